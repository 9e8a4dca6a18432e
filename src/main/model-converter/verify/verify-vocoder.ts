import path from 'node:path'
import { float32Of, type ModelFolder, networkTensor, openNetwork, openVocoder } from '../../cosyvoice/index.ts'
import { BUNDLE_GRAPHS, type VerificationFigure } from '../../model-bundle/index.ts'
import { graphFiles } from '../../onnx/index.ts'
import type { CheckpointFolder } from '../checkpoint-folder.ts'
import type { VerificationJob } from '../run-verification.ts'
import { errorFigures, relativeError } from './compare.ts'
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
  const pitch = async (from: string): Promise<Float32Array> => {
    await using network = await openNetwork(path.join(from, graphFiles(BUNDLE_GRAPHS.pitch).model))
    const { f0 } = await network.run({ mel: networkTensor(mel, [1, description.vocoder.melBins, FRAMES]) })
    return Float32Array.from(float32Of(f0))
  }
  const measured = await render(directory)
  const measuredPitch = await pitch(directory)
  await using exact = await writeExactGraphs(exactVocoderGraphs(checkpoint), job.scratchDirectory, job)
  // Its frames may all count as unvoiced here, and the sound then knows nothing of the pitch.
  const pitchError = relativeError(measuredPitch, await pitch(exact.directory))
  return [
    ...errorFigures(measured, await render(exact.directory), VOCODER_THRESHOLD),
    { name: 'pitch error', measured: pitchError, threshold: VOCODER_THRESHOLD },
  ]
}
