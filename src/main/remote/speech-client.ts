import { concatFloat32 } from '../../shared/audio/index.ts'
import { RemoteFailure } from './failure.ts'
import { type RetryDeps, withRetries } from './retry.ts'

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
  /** Wanted; what comes says its own. */
  readonly sampleRateHz: number
}

/** What comes back, in this order: sound while it comes, and what is known at the end. */
export type SpeechEvent =
  /** Mono. The rate is the same in all events of a piece. */
  | { readonly kind: 'sound'; readonly pcm: Float32Array<ArrayBuffer>; readonly sampleRateHz: number }
  /** Cumulative: the last one counts. */
  | { readonly kind: 'usage'; readonly characters: number | null; readonly requestId: string | null }
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

export type SpokenPiece = {
  readonly pcm: Float32Array<ArrayBuffer>
  readonly sampleRateHz: number
  readonly characters: number | null
  readonly requestId: string | null
  readonly warnings: readonly { readonly field: string; readonly reason: string }[]
}

const wholeOf = async (events: AsyncGenerator<SpeechEvent>): Promise<SpokenPiece> => {
  const blocks: Float32Array[] = []
  const warnings: SpokenPiece['warnings'][number][] = []
  let [sampleRateHz, characters, requestId] = [0, null as number | null, null as string | null]
  try {
    for await (const event of events) {
      if (event.kind === 'warning') warnings.push({ field: event.field, reason: event.reason })
      else if (event.kind === 'usage') {
        characters = event.characters ?? characters
        requestId = event.requestId ?? requestId
      } else {
        blocks.push(event.pcm)
        sampleRateHz = event.sampleRateHz
      }
    }
  } catch (error) {
    throw error instanceof RemoteFailure && blocks.length > 0 ? error.afterAudio() : error
  }
  const pcm = concatFloat32(blocks)
  if (pcm.length === 0) throw new RemoteFailure('protocol', { reason: 'it ended without any sound' })
  return { pcm, sampleRateHz, characters, requestId, warnings }
}

/**
 * A whole piece, asked for again where that is safe; of an attempt that failed nothing is kept.
 * @throws RemoteFailure of the last attempt; AppCancel
 */
export const speakWithRetries = (
  client: SpeechClient,
  asked: SpeechAsked,
  deps: RetryDeps,
  options: { signal: AbortSignal; onRetry?: (failure: RemoteFailure, delayMs: number) => void },
): Promise<SpokenPiece> => withRetries(() => wholeOf(client.speak(asked, options.signal)), deps, options)
