import type { SpokenWord } from '../../shared/render/index.ts'

/** What is asked of a remote engine for one piece of a line, on the one scale that all of them are mapped from. */
export type SpeechAsked = {
  readonly text: string
  readonly model: string
  /** The engine's own name for it. */
  readonly voice: string
  /** Directions in words; null where none are given. */
  readonly instruct: string | null
  /** BCP 47, or null: told from the text. */
  readonly language: string | null
  /** Factor on the speaking rate. */
  readonly speed: number
  /** Factor on the fundamental. */
  readonly pitch: number
  /** 0 to 100, 50 is unchanged. */
  readonly volume: number
  readonly seed: number | null
  readonly isSsml: boolean
  /** Somebody waits for this line: before those of a long job, where the service has an order. */
  readonly isUrgent: boolean
  /** Wanted; what comes says its own. */
  readonly sampleRateHz: number
}

/** What comes back, in this order: sound while it comes, and what is known at the end. */
export type SpeechEvent =
  /** Mono. The rate is the same in all events of a piece. */
  | { readonly kind: 'sound'; readonly pcm: Float32Array<ArrayBuffer>; readonly sampleRateHz: number }
  /** Cumulative: the last one counts. */
  | { readonly kind: 'usage'; readonly characters: number | null; readonly requestId: string | null }
  /** Of all the sound that came, from its first sample; before the last usage, from engines that tell them. */
  | { readonly kind: 'words'; readonly words: readonly SpokenWord[] }
  /** A field of what was asked that the engine does not honour, or something about the answer that a person may want to know. */
  | { readonly kind: 'warning'; readonly field: string; readonly reason: string }

/** Speaks pieces by one protocol. */
export interface SpeechClient extends AsyncDisposable {
  /**
   * One attempt. It ends only where the engine's own mark of the end came; leaving the loop early lets go of the connection.
   * @throws RemoteFailure, with `hasPartialAudio` where sound had come; AppCancel
   */
  speak(asked: SpeechAsked, signal: AbortSignal): AsyncGenerator<SpeechEvent>
}
