import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { flowLine, type ModelFolder, openFlow, openNetwork, timeSchedule } from '../../cosyvoice/index.ts'
import { type ModelDescription, modulationFile, type VerificationFigure } from '../../model-bundle/index.ts'
import type { CheckpointFolder } from '../checkpoint-folder.ts'
import type { VerificationJob } from '../run-verification.ts'
import { errorFigures, relativeError } from './compare.ts'
import { exactFlow, VERIFIED_STEPS, writeExactGraphs } from './exact-graphs.ts'
import { sampleIds, sampleNormal, sampleNumbers } from './sample-inputs.ts'

/** Error of the mel after all steps beyond which a conversion is not kept. */
export const FLOW_THRESHOLDS: Readonly<Record<ModelDescription['flow']['weights'], number>> = {
  fp32: 5e-4,
  fp16: 2e-2,
  int8: 0.1,
}

const PROMPT_TOKENS = 10
const SPOKEN_TOKENS = 20
const SPEAKER_SIZE = 192
const SEED = 2
/** For two seconds of any model. */
const MEMORY_BYTES = 2 ** 29

/**
 * Mel of made-up tokens after ten steps, from the bundle and in float32: of a whole line, and of one in two pieces. The bundle's
 * estimator remembers the first piece if it can; the float32 one computes it again with the second.
 */
export const verifyFlow = async (
  checkpoint: CheckpointFolder,
  { directory, description }: ModelFolder,
  job: VerificationJob,
): Promise<VerificationFigure[]> => {
  const { flow } = description
  const next = sampleNumbers(SEED)
  const promptTokens = sampleIds(next, PROMPT_TOKENS, flow.speechCodes)
  const tokens = sampleIds(next, SPOKEN_TOKENS, flow.speechCodes)
  const voice = {
    promptMel: sampleNormal(next, PROMPT_TOKENS * flow.framesPerToken * flow.melBins),
    speaker: sampleNormal(next, SPEAKER_SIZE),
    steps: VERIFIED_STEPS,
  }
  const { signal } = job
  const render = async (from: string): Promise<{ whole: Float32Array; pieces: Float32Array }> => {
    await using flowStage = await openFlow({ directory: from, description }, {}, openNetwork, {
      memoryBytes: MEMORY_BYTES,
    })
    const whole = await flowStage.render({ ...voice, tokens: [...promptTokens, ...tokens], isFinal: true }, { signal })
    using line = flowLine(flowStage, { ...voice, promptTokens })
    // The first piece ends where a chunk does.
    const early = tokens.slice(0, flow.chunkTokens - PROMPT_TOKENS + flow.lookaheadTokens)
    const [first, last] = [await line.push(early, false, { signal }), await line.push(tokens, true, { signal })]
    return { whole, pieces: Float32Array.of(...first, ...last) }
  }
  const measured = await render(directory)
  const { graphs, modulation } = exactFlow(checkpoint)
  await using exact = await writeExactGraphs(graphs, job.scratchDirectory, job)
  const table = await modulation(timeSchedule(VERIFIED_STEPS).times)
  await writeFile(path.join(exact.directory, modulationFile(VERIFIED_STEPS)), table)
  job.onBytes(table.byteLength)
  const expected = await render(exact.directory)
  const threshold = FLOW_THRESHOLDS[flow.weights]
  return [
    ...errorFigures(measured.whole, expected.whole, threshold),
    { name: 'error in pieces', measured: relativeError(measured.pieces, expected.pieces), threshold },
  ]
}
