import type { PcmBlock } from '../../shared/audio/index.ts'
import type { EngineCapabilities, RenderRequest, SpokenWord } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'

export type RenderProgress = {
  /** Share of the line that has been spoken, 0 to 1; never goes backwards. */
  fraction: number
}

/** What an engine says beside the sound. */
export type RenderNote =
  /** What it bills, in the unit of its price; the counted text where it does not say. */
  | { readonly kind: 'usage'; readonly units: number; readonly requestId: string | null }
  /** Words, and when they are heard in the line. More may follow: they come in order. */
  | { readonly kind: 'words'; readonly words: readonly SpokenWord[] }
  /** A field of the request that it did not honour. */
  | { readonly kind: 'warning'; readonly field: string; readonly reason: string }

export type EngineJob = {
  signal: AbortSignal
  /** Somebody waits for this line, rather than for a long job. */
  isUrgent?: boolean
  progress(progress: RenderProgress): void
  note?(note: RenderNote): void
}

/**
 * Anything that turns a RenderRequest into PCM. Every engine passes `engineConformance` (engine-conformance.ts).
 */
export interface Engine extends AsyncDisposable {
  readonly capabilities: EngineCapabilities
  /** Voices the engine brings along, for the library to offer; ids are stable between versions. */
  readonly presetVoices: readonly Voice[]
  /**
   * Loads the model, or reaches the endpoint; calling it again is free.
   * @throws AppError what is missing; AppCancel when the signal aborts
   */
  prepare(signal: AbortSignal): Promise<void>
  /**
   * Speaks one line: mono blocks at `capabilities.sampleRateHz`, at least one sample in all.
   * @throws AppError as an engine's documentation names them; AppCancel when the signal aborts
   */
  render(request: RenderRequest, job: EngineJob): AsyncIterable<PcmBlock>
}
