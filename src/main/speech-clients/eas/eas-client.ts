import type { Clock } from '../../clock/index.ts'
import {
  ownReason,
  RemoteFailure,
  type SpeechAsked,
  type SpeechClient,
  type SpeechEvent,
  serverEvents,
  type Wire,
  type WireAnswer,
} from '../../remote/index.ts'
import { httpAddress } from '../address.ts'
import { failureOfWords, isSuccess, type Private, refusalOf, type ServerWords } from '../server-words.ts'
import { classOfWords, EAS_HTTP_PATIENCE, type EasEndpoint, easHeaders, easStatusClass } from './eas-endpoint.ts'
import { type EasAnswer, parseEasAnswer } from './eas-messages.ts'
import { type EasFormat, type EasRequest, toEasRequest } from './eas-request.ts'
import { speakOverSocket } from './eas-socket.ts'
import { createEasSound, type DecodeAudio, type EasSound } from './eas-sound.ts'

export type EasClientDeps = {
  readonly wire: Wire
  readonly clock: Clock
  readonly endpoint: EasEndpoint & {
    readonly transport: 'rest' | 'sse' | 'websocket'
    /** Where the WebSocket is not below the base: gateways differ. */
    readonly webSocketUrl?: string
    /** WAV where nothing is said. MP3 needs `decode`. */
    readonly format?: EasFormat
  }
  /** Of the reference audio of a voice, BCP 47; null: not known. */
  languageOf(voice: string): string | null
  /** Without it, compressed sound is refused. */
  readonly decode?: DecodeAudio
}

const MODEL = 'CosyVoice2-0.5B'
const WAV: EasFormat = { kind: 'wav' }

/** Texts of the events of a stream, or of an answer that came whole: either may come where the other was asked for. */
async function* messagesOf(answer: WireAnswer): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const pieces = answer.pieces()
  const early: Uint8Array[] = []
  let head = ''
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield* early
    yield* pieces
  }
  try {
    while (head.trim() === '') {
      const { done, value } = await pieces.next()
      if (done) break
      early.push(value)
      head += decoder.decode(value, { stream: true })
    }
    if (!head.trimStart().startsWith('{')) {
      for await (const { data } of serverEvents(all())) if (data.trim() !== '') yield data
      return
    }
    for await (const piece of pieces) head += decoder.decode(piece, { stream: true })
    yield head + decoder.decode()
  } finally {
    await pieces.return(undefined)
  }
}

async function* speakOverHttp(
  { wire, clock, endpoint }: EasClientDeps,
  request: EasRequest,
  sound: EasSound,
  hidden: Private,
  signal: AbortSignal,
): AsyncGenerator<SpeechEvent> {
  const isStream = endpoint.transport === 'sse'
  const answer = await wire.ask(
    {
      url: httpAddress(endpoint.baseUrl, '/api/v1/audio/speech'),
      method: 'POST',
      headers: { ...easHeaders(endpoint), 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, input: { ...request.input, text: request.text }, stream: isStream }),
      patience: EAS_HTTP_PATIENCE[isStream ? 'stream' : 'whole'],
    },
    signal,
  )
  if (!isSuccess(answer)) throw await refusalOf(answer, hidden, clock.nowEpochMs(), easStatusClass(request))
  const fail = (words: ServerWords, requestId: string | undefined): RemoteFailure =>
    failureOfWords(classOfWords(words.message), words, hidden, requestId)

  let requestId: string | undefined
  let lastWords: EasAnswer['words']
  for await (const message of messagesOf(answer)) {
    const found = parseEasAnswer(message)
    if (found.requestId !== undefined && found.requestId !== requestId) {
      requestId = found.requestId
      yield { kind: 'usage', characters: null, requestId }
    }
    if (found.failure) throw fail(found.failure, requestId)
    if (found.audio !== undefined) yield* sound.push(found.audio)
    lastWords = found.words ?? lastWords
    if (found.isLast) break
  }
  if (!sound.hasCome && lastWords) throw fail(lastWords, requestId)
}

const decodesWhatItAsksFor = ({ endpoint, decode }: EasClientDeps): boolean =>
  endpoint.format?.kind !== 'mp3' || decode !== undefined

/**
 * CosyVoice2 on PAI-EAS. Its voices are ids of reference audio (`createEasReferenceAudio`); what is asked as the model is not
 * sent, there is one.
 *
 * Over HTTP nothing marks the end: it is complete where the connection ended well and sound had come.
 *
 * @source cosyvoice cloud-apis D
 */
export const createEasClient = (deps: EasClientDeps): SpeechClient => {
  const { endpoint } = deps
  const { transport, format = WAV } = endpoint
  return {
    async *speak(asked: SpeechAsked, signal: AbortSignal): AsyncGenerator<SpeechEvent> {
      if (!decodesWhatItAsksFor(deps)) throw new RemoteFailure('bad-request', ownReason('sound-undecodable'))
      const request = toEasRequest(asked, deps.languageOf(asked.voice), { transport, format })
      for (const warning of request.warnings) yield { kind: 'warning', ...warning }
      const sound = createEasSound({
        sampleRateHz: asked.sampleRateHz,
        gainLinear: request.gainLinear,
        decode: deps.decode,
      })
      const hidden = { keys: [endpoint.token], texts: [asked.text, asked.instruct ?? ''] }
      try {
        yield* transport === 'websocket'
          ? speakOverSocket(deps, request, sound, hidden, signal)
          : speakOverHttp(deps, request, sound, hidden, signal)
        yield* await sound.end()
        if (!sound.hasCome) throw new RemoteFailure('protocol', ownReason('no-sound'))
      } catch (error) {
        throw error instanceof RemoteFailure && sound.hasCome ? error.afterAudio() : error
      }
    },
    // Nothing of it outlives a request.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
