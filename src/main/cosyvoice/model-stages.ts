import type { ModelDescription } from '../model-bundle/index.ts'
import type { DeviceChoice } from './devices/choose-devices.ts'
import type { Flow } from './flow/flow.ts'
import type { Llm } from './open-model.ts'
import type { PromptNetworks } from './prompt/prompt-features.ts'
import type { TextTokenizer } from './text/tokenizer.ts'
import type { SpeechVocoder } from './vocoder/create-vocoder.ts'

/**
 * A model on disk, whatever its layout. Each stage is opened when it is needed and closed by whoever opened it, so that they
 * need not be in memory together. Opening one throws AppError model.not-found | model.corrupt | model.graph-rejected |
 * engine.gpu-unavailable | engine.out-of-memory.
 */
export interface ModelStages {
  readonly description: ModelDescription
  /** Tells the networks of the prompt apart, for the names of kept features: equal ones give equal features. */
  readonly promptFingerprint: string
  /** Whether its streams draw in chunks that never change once they are finished, with the prompt's among them. */
  readonly streamsInChunks: boolean
  /** Where each graph runs. */
  readonly devices: DeviceChoice
  openTokenizer(): Promise<TextTokenizer>
  openPromptNetworks(): Promise<PromptNetworks & AsyncDisposable>
  openLlm(): Promise<Llm>
  openFlow(): Promise<Flow & AsyncDisposable>
  openVocoder(): Promise<SpeechVocoder & AsyncDisposable>
}
