import { openVocoder } from '../../cosyvoice/index.ts'
import { BUNDLE_GRAPHS, type GraphVerification, type ModelDescription } from '../../model-bundle/index.ts'
import { vocoderGraph } from '../../networks/index.ts'
import { graphFiles, writeGraph } from '../../onnx/index.ts'
import type { CheckpointFolder } from '../checkpoint-folder.ts'
import { errorFigures } from './compare.ts'
import { linkBundle } from './link-bundle.ts'
import { sampleNormal, sampleNumbers } from './sample-inputs.ts'

/** Its weights are float32 in every bundle; only the order of sums may differ. */
export const VOCODER_THRESHOLD = 2e-3

const FRAMES = 30
const SEED = 3

/** Sound of a made-up mel, from the bundle and by the graph as it was published, whose samples are repeated before each convolution. */
export const verifyVocoder = async (
  checkpoint: CheckpointFolder,
  bundle: { directory: string; description: ModelDescription },
  temporary: string,
  signal: AbortSignal,
): Promise<GraphVerification> => {
  const mel = sampleNormal(sampleNumbers(SEED), FRAMES * bundle.description.vocoder.melBins)
  const render = async (directory: string): Promise<Float32Array> => {
    await using opened = await openVocoder({ directory, description: bundle.description })
    return await opened.render(mel, { seed: SEED, signal })
  }
  const measured = await render(bundle.directory)
  const decoder = graphFiles(BUNDLE_GRAPHS.vocoder)
  await linkBundle(bundle.directory, temporary, [decoder.model, decoder.weights])
  const published = vocoderGraph(BUNDLE_GRAPHS.vocoder, checkpoint.vocoder, { repeatsSamples: true })
  await writeGraph(published, temporary, {}, { signal, onBytes: () => {} })
  return { graph: 'vocoder', figures: errorFigures(measured, await render(temporary), VOCODER_THRESHOLD) }
}
