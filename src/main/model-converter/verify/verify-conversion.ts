import type { VerificationReport } from '../../model-bundle/index.ts'
import type { WrittenGraphs } from '../convert-checkpoint.ts'
import type { VerificationJob } from '../run-verification.ts'
import { verifyFlow } from './verify-flow.ts'
import { verifyLlm } from './verify-llm.ts'
import { verifyVocoder } from './verify-vocoder.ts'

/**
 * Runs the graphs of a bundle and their float32 originals, made anew from the checkpoint, on the same inputs. The same
 * checkpoint always gives the same report on the same machine.
 * @throws AppCancel between two runs of a graph; AppError model.graph-rejected, checkpoint.unreadable
 */
export const verifyConversion = async (
  { folder, plan, directory }: WrittenGraphs,
  job: VerificationJob,
): Promise<VerificationReport> => {
  const bundle = { directory, description: plan.model }
  const graphs: VerificationReport['graphs'] = []
  for (const [graph, verify] of Object.entries({ llm: verifyLlm, flow: verifyFlow, vocoder: verifyVocoder })) {
    job.onGraph(graph)
    graphs.push({ graph, figures: await verify(folder, bundle, job) })
  }
  return { graphs }
}
