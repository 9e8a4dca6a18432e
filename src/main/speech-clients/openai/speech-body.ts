import { billedUnits, countCharacters } from '../../../shared/endpoint/index.ts'
import { type OwnReason, ownReason, RemoteFailure, type SpeechAsked, type SpeechEvent } from '../../remote/index.ts'
import { isOtherLanguage } from '../other-language.ts'
import { type OpenAiEndpoint, profileOf } from './endpoint.ts'

/** A recording that a server is to speak like. */
export type VoiceAudio = {
  /** Of an audio file: WAV, MP3 or FLAC. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** `audio/wav` and the like. */
  readonly type: string
  /** What is said in it. */
  readonly transcript: string
  /** BCP 47; null: nobody knows. */
  readonly language?: string | null
}

type Warning = Extract<SpeechEvent, { kind: 'warning' }>
export type SpeechBody = {
  readonly fields: Readonly<Record<string, unknown>>
  readonly warnings: readonly Warning[]
  /** A factor on what comes: of loudness, as much as the server cannot be asked for. */
  readonly gain: number
}

/** Of the rates that may be asked for, the lowest that loses nothing, else the highest. */
const rateFor = (wantedHz: number, ratesHz: readonly number[]): number =>
  Math.min(...ratesHz.filter((rateHz) => rateHz >= wantedHz), Math.max(...ratesHz))

const SEEDS = 65_536
const seedOf = (seed: number): number => ((seed % SEEDS) + SEEDS) % SEEDS

const twoDecimals = (value: number): number => Math.round(value * 100) / 100

/** Loudness is half at 25, unchanged at 50, double at 100; silence is no number of dB. */
const gainOf = (volume: number, { min, max }: { min: number; max: number }): { askedDb: number; rest: number } => {
  if (volume === 0) return { askedDb: 0, rest: 0 }
  const askedDb = twoDecimals(Math.min(max, Math.max(min, 20 * Math.log10(volume / 50))))
  const rest = askedDb === min || askedDb === max ? volume / 50 / 10 ** (askedDb / 20) : 1
  return { askedDb, rest }
}

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })
const languageName = (tag: string): string | undefined => {
  try {
    return languageNames.of(new Intl.Locale(tag).language)
  } catch {
    // No language tag: then it has no name.
    return undefined
  }
}

const refused = (reason: OwnReason): RemoteFailure => new RemoteFailure('bad-request', reason)

/** @throws RemoteFailure for what no server of this profile takes, before anything is sent */
const checkText = ({ text, isSsml }: SpeechAsked, endpoint: OpenAiEndpoint): void => {
  const profile = profileOf(endpoint)
  if (text.trim() === '') throw refused(ownReason('no-text'))
  if (isSsml && !profile.hasSsml) throw refused(ownReason('no-ssml'))
  const most = endpoint.mostText ?? profile.text.most
  const { unit } = profile.text
  const units = unit === 'characters' ? countCharacters(text, { isSsml }) : billedUnits(text, unit)
  if (units > most)
    throw new RemoteFailure('text-too-long', ownReason('too-many-characters', { characters: units, limit: most }))
}

/** Base64 of the recording, in the address itself. */
const dataAddress = ({ bytes, type }: VoiceAudio): string =>
  `data:${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}`

/**
 * The fields of a request for speech, without those that the server does not know; of these it warns.
 *
 * @param format one of the profile
 * @param recording that the voice is, where it is one
 * @throws RemoteFailure `bad-request`, `text-too-long`, `voice-not-found` for what no server of this profile takes
 */
export const speechBody = (
  asked: SpeechAsked,
  endpoint: OpenAiEndpoint,
  { format, recording }: { readonly format: string; readonly recording: VoiceAudio | undefined },
): SpeechBody => {
  checkText(asked, endpoint)
  const profile = profileOf(endpoint)
  const warnings: Warning[] = []
  const warn = (field: string, reason: string): void => {
    warnings.push({ kind: 'warning', field, reason })
  }
  const fields: Record<string, unknown> = { model: asked.model, input: asked.text, response_format: format }

  const within = (name: string, value: number, range: { min: number; max: number }): number => {
    const nearest = Math.min(range.max, Math.max(range.min, value))
    if (nearest !== value) warn(name, 'out-of-range')
    return twoDecimals(nearest)
  }
  for (const name of ['speed', 'pitch'] as const) {
    if (asked[name] === 1) continue
    const range = profile[name]
    if (range) fields[name] = within(name, asked[name], range)
    else warn(name, 'not-supported')
  }
  let gain = 1
  if (asked.volume !== 50) {
    const { volume } = profile
    if (volume?.field === 'volume') fields.volume = Math.round(within('volume', asked.volume, volume))
    else if (volume?.field === 'gain') {
      const { askedDb, rest } = gainOf(asked.volume, volume)
      if (askedDb !== 0) fields.gain = askedDb
      gain = rest
    } else warn('volume', 'not-supported')
  }
  if (asked.seed !== null) {
    if (profile.hasSeed) fields.seed = seedOf(asked.seed)
    else warn('seed', 'not-supported')
  }
  if (asked.isSsml) fields.enable_ssml = true
  if (asked.language !== null) {
    const name = languageName(asked.language)
    if (profile.hasLanguage && name !== undefined) fields.language = name
    else warn('language', 'not-supported')
  }
  if (profile.sampleRatesHz.length > 0) fields.sample_rate = rateFor(asked.sampleRateHz, profile.sampleRatesHz)

  const takesInstructions =
    profile.instructions === 'yes' || (profile.instructions === 'optional' && endpoint.takesInstructions)
  if (asked.instruct !== null && takesInstructions) fields.instructions = asked.instruct
  else if (asked.instruct !== null) warn('instruct', 'not-supported')

  if (recording && profile.reference !== 'no') {
    const { transcript, language = null } = recording
    if (profile.reference === 'optional' && transcript === '') throw refused(ownReason('no-transcript'))
    fields.ref_audio = dataAddress(recording)
    // SGLang speaks like a recording whose words it knows, in another language than that, or as it is told: one of them.
    const isOther = fields.instructions !== undefined || isOtherLanguage(asked.language, language)
    if (transcript !== '' && (profile.reference === 'optional' || !isOther)) fields.ref_text = transcript
  } else if (profile.reference === 'required') {
    if (endpoint.extra?.ref_audio === undefined) throw new RemoteFailure('voice-not-found', ownReason('no-recording'))
  } else if (asked.voice !== '') fields.voice = asked.voice

  // vLLM streams at the model's own speed alone.
  if (profile.stream === 'events' && fields.speed === undefined)
    Object.assign(fields, { stream: true, stream_format: 'sse', response_format: 'pcm' })
  if (profile.stream === 'raw') fields.stream = format === 'pcm'
  return { fields: { ...fields, ...endpoint.extra }, warnings, gain }
}
