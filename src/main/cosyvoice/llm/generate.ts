import { AppCancel, AppError, assert } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import type { LlmDecoder } from './llm-decoder.ts'
import { type LengthRatios, lengthLimits } from './plausible-length.ts'
import { sampleSpeechId } from './sampler.ts'
import type { RandomSource } from './seeded-random.ts'

export type SpeechGeneration = LengthRatios & {
  /** Has seen nothing yet. */
  readonly decoder: LlmDecoder
  /** [positions, hidden]: sos, text, task, speech of the prompt. */
  readonly prompt: Float32Array
  /** Embedding [hidden] of a speech id. */
  readonly speechRow: (speechId: number) => Promise<Float32Array>
  readonly description: ModelDescription['llm']
  /** How many ids the text to be spoken has; the prompt's are not among them. */
  readonly textTokens: number
  readonly random: RandomSource
  /** Below the least length no id that ends a line is drawn. False: only the first of them, as the original does. */
  readonly strictMinLength?: boolean
  /** Said instead of what would be drawn; the line ends behind the last of them, however long it is. */
  readonly forced?: readonly number[]
  /** Scores [speech vocabulary] before each id, from step 0 on; behind the last of `forced` too. */
  readonly onLogits?: (step: number, logits: Float32Array) => void
  readonly signal?: AbortSignal
}

/**
 * Speech ids of a line, each as soon as it is known. Ids that end a line are not among them; a line that does not end is cut
 * at its greatest length.
 * @throws AppCancel between two ids, once the signal is aborted; AppError model.graph-rejected where scores are no numbers
 * @source FunAudioLLM/CosyVoice cosyvoice/llm/llm.py Qwen2LM.inference, inference_wrapper; CosyVoice3LM
 */
export async function* generateSpeech(generation: SpeechGeneration): AsyncGenerator<number, void, void> {
  const { decoder, speechRow, description, random, forced, strictMinLength = true, onLogits, signal } = generation
  assert(generation.textTokens > 0, 'there is a text to speak')
  const { min, max } = lengthLimits(generation.textTokens, generation)
  const stopIds = idsFrom(description.firstStopId, description.speechVocabularySize)
  const forbidden = strictMinLength ? stopIds : stopIds.slice(0, 1)
  const history: number[] = []
  let embeddings = generation.prompt
  for (let step = 0; forced ? step <= forced.length : step < max; step++) {
    if (signal?.aborted) throw new AppCancel()
    const logits = await decoder.forward(embeddings)
    onLogits?.(step, logits)
    checkScores(logits, description.speechVocabularySize)
    if (signal?.aborted) throw new AppCancel()
    const id = forced
      ? forced[step]
      : sampleSpeechId(logits, { history, random, forbidden: step < min ? forbidden : [] })
    if (id === undefined || id >= description.firstStopId) return
    history.push(id)
    yield id
    embeddings = await speechRow(id)
  }
}

const idsFrom = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

const checkScores = (logits: Float32Array, vocabularySize: number): void => {
  if (logits.length !== vocabularySize)
    throw rejected(`it scores ${logits.length} speech tokens where there are ${vocabularySize}`)
  for (let id = 0; id < logits.length; id++)
    if (!Number.isFinite(logits[id])) throw rejected('its scores are not numbers')
}

const rejected = (reason: string): AppError =>
  new AppError('model.graph-rejected', {
    params: { graph: 'llm', reason },
    remedies: ['convert-again', 'choose-another-precision', 'report'],
  })
