import type { ModelStages } from '../../src/main/cosyvoice/model-stages.ts'
import { someIds, someNumbers } from './run-graph.ts'

/** What the stages of a model make of one line. */
export type SpokenStages = {
  /** Scores behind the prompt and behind each of a few more ids. */
  readonly scores: readonly Float32Array[]
  readonly mel: Float32Array
  readonly samples: Float32Array
}

const PROMPT_IDS = 40
const MORE_IDS = 3
const TOKENS = 18
const PROMPT_TOKENS = 4
const SPEAKER_SIZE = 192

/** A line whose ids are given beforehand, stage by stage; the same whatever computes it. */
export const speakStages = async (model: ModelStages): Promise<SpokenStages> => {
  const { llm: llmDescription, flow: flowDescription } = model.description
  const scores: Float32Array[] = []
  {
    await using llm = await model.openLlm()
    const decoder = llm.decoder()
    const hear = async (rows: Float32Array) => scores.push(Float32Array.from(await decoder.forward(rows)))
    await hear(await llm.text(someIds(PROMPT_IDS, llmDescription.textVocabularySize, 1)))
    for (const id of someIds(MORE_IDS, flowDescription.speechCodes, 2)) await hear(await llm.speech([id]))
  }
  await using flow = await model.openFlow()
  const mel = await flow.render({
    tokens: someIds(TOKENS, flowDescription.speechCodes, 3),
    promptMel: someNumbers(PROMPT_TOKENS * flowDescription.framesPerToken * flowDescription.melBins, 4),
    speaker: someNumbers(SPEAKER_SIZE, 5),
    steps: flowDescription.modulation.stepCounts[0] ?? 10,
    isFinal: true,
  })
  await using vocoder = await model.openVocoder()
  return { scores, mel, samples: await vocoder.render(mel, { seed: 1 }) }
}
