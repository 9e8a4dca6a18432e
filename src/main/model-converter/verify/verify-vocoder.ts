import { type ModelFolder, openVocoder } from '../../cosyvoice/index.ts'
import type { VerificationFigure } from '../../model-bundle/index.ts'
import type { CheckpointFolder } from '../checkpoint-folder.ts'
import type { VerificationJob } from '../run-verification.ts'
import { errorFigures } from './compare.ts'
import { exactVocoderGraphs, writeExactGraphs } from './exact-graphs.ts'
import { sampleNormal, sampleNumbers } from './sample-inputs.ts'

/** Its weights are float32 in every bundle; only the order of sums may differ. */
export const VOCODER_THRESHOLD = 2e-3

const FRAMES = 30
const SEED = 3

/** Sound of a made-up mel, from the bundle and by the graphs as they were published. */
export const verifyVocoder = async (
  checkpoint: CheckpointFolder,
  { directory, description }: ModelFolder,
  job: VerificationJob,
): Promise<VerificationFigure[]> => {
  const mel = sampleNormal(sampleNumbers(SEED), FRAMES * description.vocoder.melBins)
  const render = async (from: string): Promise<Float32Array> => {
    await using opened = await openVocoder({ directory: from, description })
    return await opened.render(mel, { seed: SEED, signal: job.signal })
  }
  const measured = await render(directory)
  await using exact = await writeExactGraphs(exactVocoderGraphs(checkpoint), job.scratchDirectory, job)
  return errorFigures(measured, await render(exact.directory), VOCODER_THRESHOLD)
}
