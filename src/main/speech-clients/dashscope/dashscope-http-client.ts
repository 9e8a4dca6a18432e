import { DASHSCOPE_LIMITS, dashscopeHttpObstacle } from '../../../shared/endpoint/index.ts'
import {
  createPcmAssembler,
  ownReason,
  type PcmAssembler,
  RemoteFailure,
  retryAfterMs,
  type SpeechAsked,
  type SpeechClient,
  type SpeechEvent,
  serverEvents,
  type WireAnswer,
} from '../../remote/index.ts'
import { decodeBase64 } from '../base64.ts'
import { refusalBody } from '../server-words.ts'
import { addressesOf, type DashscopeDeps, headersOf, withKey } from './endpoint.ts'
import { statusFailure, taskFailure, withoutSecrets } from './failures.ts'
import { parseAnswer, parseRefusal, type ServerAnswer } from './messages.ts'
import { checkText, taskParameters } from './parameters.ts'
import { createWordTimes } from './word-times.ts'

export type DashscopeHttpDeps = Omit<DashscopeDeps, 'onOddity'> & {
  /** Whether sound comes while it is made; else it is fetched when all of it is there. */
  readonly isStreaming: boolean
}

const bytesOf = (base64: string): Uint8Array => {
  const bytes = decodeBase64(base64)
  if (bytes) return bytes
  throw new RemoteFailure('network', ownReason('sound-cut-short'))
}

/** What one answer, or one event, says. @throws RemoteFailure for errors, and for what is neither */
const understood = (body: string): ServerAnswer => {
  const refusal = parseRefusal(body)
  if (refusal) throw taskFailure({ ...refusal, message: refusal.message ?? '' })
  const answer = parseAnswer(body)
  if (answer) return answer
  throw new RemoteFailure('protocol', ownReason('answer-unreadable'))
}

/**
 * DashScope by requests, for where WebSockets are blocked; Beijing only.
 * @source Alibaba Cloud Model Studio, CosyVoice HTTP API
 */
export const createDashscopeHttpClient = ({ wire, clock, endpoint, isStreaming }: DashscopeHttpDeps): SpeechClient => {
  const region = endpoint.region ?? 'cn'

  const refuse = async (answer: WireAnswer): Promise<never> => {
    const waitMs = retryAfterMs(answer.header('retry-after'), clock.nowEpochMs())
    throw statusFailure(answer.status, await refusalBody(answer.pieces()), waitMs)
  }

  const soundOf = function* (assembler: PcmAssembler, bytes: Uint8Array): Generator<SpeechEvent> {
    const pcm = assembler.push(bytes)
    if (pcm.length > 0) yield { kind: 'sound', pcm, sampleRateHz: assembler.sampleRateHz }
  }

  /** The address is the server's: it gets no key. */
  const fetchSound = async function* (
    url: string,
    assembler: PcmAssembler,
    signal: AbortSignal,
  ): AsyncGenerator<SpeechEvent> {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new RemoteFailure('protocol', ownReason('answer-lacks', { field: 'audio.url' }))
    const answer = await wire.ask({ url }, signal)
    if (answer.status !== 200) {
      await refusalBody(answer.pieces())
      throw new RemoteFailure(answer.status >= 500 ? 'unavailable' : 'protocol', {
        ...ownReason('sound-not-fetched', { status: answer.status }),
        httpStatus: answer.status,
      })
    }
    for await (const piece of answer.pieces()) yield* soundOf(assembler, piece)
  }

  const bodiesOf = async function* (answer: WireAnswer): AsyncGenerator<string> {
    if (answer.header('content-type')?.includes('json')) yield await answer.text()
    else for await (const { data } of serverEvents(answer.pieces())) if (data !== '') yield data
  }

  const hearAnswers = async function* (
    answer: WireAnswer,
    assembler: PcmAssembler,
    signal: AbortSignal,
  ): AsyncGenerator<SpeechEvent> {
    const wordTimes = createWordTimes()
    let characters: number | null = null
    for await (const body of bodiesOf(answer)) {
      const { requestId = null, isLast, data, url, characters: counted, sentenceIndex, words: told } = understood(body)
      characters = counted ?? characters
      wordTimes.take(sentenceIndex, told, (1000 * assembler.samples) / assembler.sampleRateHz)
      if (data !== undefined) yield* soundOf(assembler, bytesOf(data))
      if (isLast && assembler.samples === 0 && url !== undefined) yield* fetchSound(url, assembler, signal)
      const words = isLast ? wordTimes.words() : []
      if (words.length > 0) yield { kind: 'words', words }
      if (isLast || counted !== undefined) yield { kind: 'usage', characters, requestId }
      if (!isLast) continue
      if (assembler.samples === 0) throw new RemoteFailure('protocol', ownReason('no-sound'))
      if (assembler.isOdd) throw new RemoteFailure('network', ownReason('sound-cut-short'))
      return
    }
    throw new RemoteFailure('network', ownReason('ended-unfinished'))
  }

  const bodyOf = (asked: SpeechAsked, parameters: Readonly<Record<string, unknown>>): string => {
    const { text_type: _, ...input } = parameters
    return JSON.stringify({ model: asked.model, input: { text: asked.text, ...input } })
  }

  /** @throws RemoteFailure `model-mismatch` */
  const checkRoute = ({ model }: SpeechAsked): void => {
    const obstacle = dashscopeHttpObstacle(model, region)
    if (!obstacle) return
    const reason = obstacle === 'http-beijing-only' ? ownReason(obstacle) : ownReason(obstacle, { model })
    throw new RemoteFailure('model-mismatch', reason)
  }

  return {
    async *speak(asked, signal) {
      checkRoute(asked)
      checkText(asked.text, asked.isSsml, endpoint.charactersPerSend ?? DASHSCOPE_LIMITS.charactersPerSend)
      const { fixes } = endpoint
      const { parameters, sampleRateHz, warnings } = taskParameters(asked, { region, hasWordTimes: isStreaming, fixes })
      yield* warnings
      const url = addressesOf(endpoint).speech
      const assembler = createPcmAssembler(sampleRateHz)
      let usedKey: string | undefined
      try {
        const answer = await withKey(endpoint, signal, async (key) => {
          usedKey = key
          const headers = {
            ...headersOf(endpoint, key),
            'content-type': 'application/json',
            ...(isStreaming && { 'x-dashscope-sse': 'enable' }),
          }
          const given = await wire.ask({ url, method: 'POST', headers, body: bodyOf(asked, parameters) }, signal)
          return given.status === 200 ? given : refuse(given)
        })
        yield* hearAnswers(answer, assembler, signal)
      } catch (error) {
        if (!(error instanceof RemoteFailure)) throw error
        const failure = withoutSecrets(error, usedKey, [asked.text])
        throw assembler.samples > 0 ? failure.afterAudio() : failure
      }
    },
    async [Symbol.asyncDispose]() {
      // Nothing is kept between two requests.
    },
  }
}
