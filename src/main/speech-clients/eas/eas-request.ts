import type { SpeechAsked } from '../../remote/index.ts'
import { isOtherLanguage } from '../other-language.ts'
import { requirePlainText } from '../plain-text.ts'

/** Longest text of one request, in code points. None is documented; longer ones are cut before they come here. */
const EAS_MAX_CHARACTERS = 1000

export type EasTransport = 'rest' | 'sse' | 'websocket'
/** What the sound comes as. WAV and MP3 are all that say their rate. */
export type EasFormat = { readonly kind: 'wav' } | { readonly kind: 'mp3'; readonly bitRateKbps: number }

type Mode = 'fast_replication' | 'cross_lingual_replication' | 'natural_language_replication'
export type EasWarning = { readonly field: string; readonly reason: string }

/** A request as the service wants it, and what is left to do here. */
export type EasRequest = {
  /** `input` over HTTP; over a WebSocket its parameters, without the text. */
  readonly input: Readonly<Record<string, string | number>>
  readonly text: string
  /** Factor on the samples that come. */
  readonly gainLinear: number
  readonly warnings: readonly EasWarning[]
}

const BIT_RATES_KBPS = [16, 32, 48, 64, 128, 192, 256, 320, 384]
const [MIN_SPEED, MAX_SPEED] = [0.5, 2]

/** The lowest bit rate of the service that is not below the one wanted; its highest where there is none. */
export const easBitRate = (wantedKbps: number): string =>
  `${BIT_RATES_KBPS.find((kbps) => kbps >= wantedKbps) ?? BIT_RATES_KBPS.at(-1)}k`

const twoDecimals = (value: number): number => Math.round(value * 100) / 100

const modeOf = (asked: SpeechAsked, instruct: string, voiceLanguage: string | null): Mode => {
  if (instruct !== '') return 'natural_language_replication'
  return isOtherLanguage(asked.language, voiceLanguage) ? 'cross_lingual_replication' : 'fast_replication'
}

const warningsOf = ({ seed, pitch, speed }: SpeechAsked): EasWarning[] => [
  ...(seed === null ? [] : [{ field: 'seed', reason: 'not-supported' }]),
  ...(pitch === 1 ? [] : [{ field: 'pitch', reason: 'not-supported' }]),
  ...(speed >= MIN_SPEED && speed <= MAX_SPEED ? [] : [{ field: 'speed', reason: 'out-of-range' }]),
]

/**
 * What is asked as the service's three modes and scales have it.
 *
 * @param voiceLanguage of the reference audio, BCP 47; null: not known
 * @throws RemoteFailure `bad-request`, `text-too-long`: nothing is sent then
 * @source cosyvoice cloud-apis D.3, D.4, H
 */
export const toEasRequest = (
  asked: SpeechAsked,
  voiceLanguage: string | null,
  { transport, format }: { readonly transport: EasTransport; readonly format: EasFormat },
): EasRequest => {
  requirePlainText(asked, EAS_MAX_CHARACTERS)
  const instruct = asked.instruct?.trim() ?? ''
  const gainLinear = Math.max(0, asked.volume) / 50
  const isSocket = transport === 'websocket'
  // Silence is not worth the doubt what a factor of zero does to the service.
  const isSentAsVolume = !isSocket && gainLinear > 0
  return {
    input: {
      mode: modeOf(asked, instruct, voiceLanguage),
      reference_audio_id: asked.voice,
      ...(instruct !== '' && { instruct }),
      output_format: format.kind,
      sample_rate: asked.sampleRateHz,
      // Whether a WebSocket honours these two is not known: its sample has neither.
      ...(!isSocket && format.kind === 'mp3' && { bit_rate: easBitRate(format.bitRateKbps) }),
      ...(!isSocket && { volume: isSentAsVolume ? twoDecimals(gainLinear) : 1 }),
      speed: twoDecimals(Math.min(MAX_SPEED, Math.max(MIN_SPEED, asked.speed))),
    },
    text: asked.text,
    gainLinear: isSentAsVolume ? 1 : gainLinear,
    warnings: warningsOf(asked),
  }
}
