import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { VerificationReport } from '../../model-bundle/index.ts'
import type { ConversionJob } from '../conversion-plan.ts'
import type { WrittenGraphs } from '../convert-checkpoint.ts'
import { verifyFlow } from './verify-flow.ts'
import { verifyLlm } from './verify-llm.ts'
import { verifyVocoder } from './verify-vocoder.ts'

/**
 * Runs each graph of a bundle and its float32 original on the same inputs. The same checkpoint always gives the same report
 * on the same machine.
 * @throws AppCancel; AppError model.graph-rejected
 */
export const verifyConversion = async (
  { folder, plan, directory }: WrittenGraphs,
  { signal }: ConversionJob,
): Promise<VerificationReport> => {
  const bundle = { directory, description: plan.model }
  // Beside the bundle, whose disk was found large enough, and not in it.
  const temporary = await mkdtemp(`${directory}.exact-`)
  try {
    return {
      graphs: [
        await verifyLlm(folder, bundle, temporary, signal),
        await verifyFlow(folder, bundle, path.join(temporary, 'flow'), signal),
        await verifyVocoder(folder, bundle, path.join(temporary, 'vocoder'), signal),
      ],
    }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
