import type { OpenAiFormat } from '../../../shared/endpoint/index.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { PATIENCE, RemoteFailure, type SpeechAsked, type SpeechClient, type SpeechEvent } from '../../remote/index.ts'
import { addressOf, authorizationOf, type OpenAiDeps, profileOf } from './endpoint.ts'
import { createRefusals, requestIdOf } from './refusal.ts'
import { bodySound, type DecodeSound } from './sound.ts'
import { speechBody, type VoiceAudio } from './speech-body.ts'

export type OpenAiClientDeps = OpenAiDeps & {
  /** Of sound that came compressed, or as no 16-bit mono. */
  readonly decode: DecodeSound
  /** The recording that a voice is, for servers that speak like one; undefined where the server knows the voice by its name. */
  readonly voiceAudio?: (voice: string) => Promise<VoiceAudio | undefined>
}

const rateOf = (rate: unknown): number | undefined => (typeof rate === 'number' && rate > 0 ? rate : undefined)

/** Said of the format, by the status that says something of the request itself. */
const isFormatRefusal = (error: unknown): boolean =>
  error instanceof RemoteFailure && error.failureClass === 'bad-request' && error.facts.httpStatus === 400

/**
 * Speaks by `POST …/audio/speech` as OpenAI's API has it, with what the endpoint's profile knows of its server. Where a server
 * refuses a format, it is asked for the profile's next one, and from then on for that.
 */
export const createOpenAiClient = ({ voiceAudio, decode, ...deps }: OpenAiClientDeps): SpeechClient => {
  const { wire, endpoint } = deps
  const profile = profileOf(endpoint)
  const disposed = new AbortController()
  let taken: OpenAiFormat = profile.formats[0]

  async function* attempt(
    fields: Readonly<Record<string, unknown>>,
    texts: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<SpeechEvent> {
    const refusals = createRefusals(deps, texts)
    const { totalMs } = profile
    const answer = await wire.ask(
      {
        url: addressOf(endpoint, 'audio/speech'),
        method: 'POST',
        headers: { ...authorizationOf(endpoint), 'content-type': 'application/json' },
        body: JSON.stringify(fields),
        // Servers that do not stream answer when all is spoken.
        patience: { headMs: fields.stream === true ? PATIENCE.headMs : totalMs, totalMs },
      },
      signal,
    )
    if (answer.status < 200 || answer.status >= 300) throw await refusals.ofAnswer(answer)
    yield* bodySound(answer, {
      refusals,
      decode,
      format: String(fields.response_format),
      rawSampleRateHz: rateOf(fields.sample_rate) ?? endpoint.sampleRateHz ?? profile.rawSampleRateHz,
    })
    const requestId = requestIdOf(answer)
    if (requestId !== null) yield { kind: 'usage', characters: null, requestId }
  }

  async function* speakAs(format: OpenAiFormat, asked: SpeechAsked, signal: AbortSignal): AsyncGenerator<SpeechEvent> {
    const recording = profile.reference === 'no' ? undefined : await voiceAudio?.(asked.voice)
    const { fields, warnings, gain } = speechBody(asked, endpoint, { format, recording })
    const texts = [asked.text, asked.instruct ?? '', recording?.transcript ?? '']
    let isFirst = true
    for await (const event of attempt(fields, texts, signal)) {
      // Together with the first sound: a refusal had none.
      if (isFirst) yield* warnings
      if (isFirst && format !== profile.formats[0])
        yield { kind: 'warning', field: 'format', reason: 'format-mismatch' }
      isFirst = false
      taken = format
      yield event.kind === 'sound' && gain !== 1 ? { ...event, pcm: event.pcm.map((sample) => gain * sample) } : event
    }
  }

  return {
    async *speak(asked, outerSignal) {
      const signal = AbortSignal.any([outerSignal, disposed.signal])
      const formats = profile.formats.slice(profile.formats.indexOf(taken))
      for (const [index, format] of formats.entries()) {
        if (signal.aborted) throw new AppCancel()
        try {
          yield* speakAs(format, asked, signal)
          return
        } catch (error) {
          // A cancel wins over whatever else happened.
          if (signal.aborted) throw new AppCancel()
          if (!isFormatRefusal(error) || index === formats.length - 1) throw error
        }
      }
    },
    async [Symbol.asyncDispose]() {
      disposed.abort()
    },
  }
}
