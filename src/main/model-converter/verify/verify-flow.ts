import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type ModelFolder, openFlow, timeSchedule } from '../../cosyvoice/index.ts'
import { type ModelDescription, modulationFile, type VerificationFigure } from '../../model-bundle/index.ts'
import type { CheckpointFolder } from '../checkpoint-folder.ts'
import type { VerificationJob } from '../run-verification.ts'
import { errorFigures } from './compare.ts'
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

/** Mel of made-up tokens after ten steps, from the bundle and in float32. */
export const verifyFlow = async (
  checkpoint: CheckpointFolder,
  { directory, description }: ModelFolder,
  job: VerificationJob,
): Promise<VerificationFigure[]> => {
  const { flow } = description
  const next = sampleNumbers(SEED)
  const input = {
    tokens: sampleIds(next, PROMPT_TOKENS + SPOKEN_TOKENS, flow.speechCodes),
    promptMel: sampleNormal(next, PROMPT_TOKENS * flow.framesPerToken * flow.melBins),
    speaker: sampleNormal(next, SPEAKER_SIZE),
    steps: VERIFIED_STEPS,
    isFinal: true,
  }
  const render = async (from: string): Promise<Float32Array> => {
    await using opened = await openFlow({ directory: from, description })
    return await opened.render(input, { signal: job.signal })
  }
  const measured = await render(directory)
  const { graphs, modulation } = exactFlow(checkpoint)
  await using exact = await writeExactGraphs(graphs, job.scratchDirectory, job)
  const table = await modulation(timeSchedule(VERIFIED_STEPS).times)
  await writeFile(path.join(exact.directory, modulationFile(VERIFIED_STEPS)), table)
  job.onBytes(table.byteLength)
  return errorFigures(measured, await render(exact.directory), FLOW_THRESHOLDS[flow.weights])
}
