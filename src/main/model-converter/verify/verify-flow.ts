import { openFlow } from '../../cosyvoice/index.ts'
import { BUNDLE_GRAPHS, type GraphVerification, type ModelDescription } from '../../model-bundle/index.ts'
import { graphFiles, writeGraph } from '../../onnx/index.ts'
import type { CheckpointFolder } from '../checkpoint-folder.ts'
import { errorFigures } from './compare.ts'
import { linkBundle } from './link-bundle.ts'
import { sampleIds, sampleNormal, sampleNumbers } from './sample-inputs.ts'

/** Error of the mel after all steps beyond which a conversion is not kept. */
export const FLOW_THRESHOLDS: Readonly<Record<ModelDescription['flow']['weights'], number>> = {
  fp32: 5e-4,
  fp16: 1e-2,
  int8: 3e-2,
}

const PROMPT_TOKENS = 10
const SPOKEN_TOKENS = 20
const SPEAKER_SIZE = 192
const STEPS = 10
const SEED = 2

/** Mel of made-up tokens after ten steps, from the bundle and with an estimator in float32. */
export const verifyFlow = async (
  checkpoint: CheckpointFolder,
  bundle: { directory: string; description: ModelDescription },
  temporary: string,
  signal: AbortSignal,
): Promise<GraphVerification> => {
  const { flow } = bundle.description
  const next = sampleNumbers(SEED)
  const input = {
    tokens: sampleIds(next, PROMPT_TOKENS + SPOKEN_TOKENS, flow.speechCodes),
    promptMel: sampleNormal(next, PROMPT_TOKENS * flow.framesPerToken * flow.melBins),
    speaker: sampleNormal(next, SPEAKER_SIZE),
    steps: STEPS,
    isFinal: true,
  }
  const render = async (directory: string): Promise<Float32Array> => {
    await using opened = await openFlow({ directory, description: bundle.description })
    return await opened.render(input, { signal })
  }
  const measured = await render(bundle.directory)
  // The same folder but for its estimator.
  const estimator = graphFiles(BUNDLE_GRAPHS.estimator)
  await linkBundle(bundle.directory, temporary, [estimator.model, estimator.weights])
  await writeGraph(
    checkpoint.flow.estimator(BUNDLE_GRAPHS.estimator, 'float32'),
    temporary,
    {},
    { signal, onBytes: () => {} },
  )
  const exact = await render(temporary)
  return { graph: 'flow', figures: errorFigures(measured, exact, FLOW_THRESHOLDS[flow.weights]) }
}
