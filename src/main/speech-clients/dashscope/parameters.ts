import {
  countCharacters,
  DASHSCOPE_FACTORS,
  DASHSCOPE_LIMITS,
  DASHSCOPE_SAMPLE_RATES_HZ,
  DASHSCOPE_VOICES,
  type DashscopeCapabilities,
  type DashscopeRegion,
  dashscopeCapabilities,
  findDashscopeModel,
  modelOfDashscopeVoice,
  type TextFix,
  type TextFixes,
  takesInstruction,
} from '../../../shared/endpoint/index.ts'
import { isChinese } from '../../../shared/render/index.ts'
import { type OwnReason, ownReason, RemoteFailure, type SpeechAsked, type SpeechEvent } from '../../remote/index.ts'

export type Manner = Omit<SpeechAsked, 'text'>
export type SpeechWarning = Extract<SpeechEvent, { kind: 'warning' }>

export type ParameterOptions = {
  readonly region: DashscopeRegion
  /** Whether times of words are asked for, where model and voice have them. */
  readonly hasWordTimes: boolean
  readonly fixes?: TextFixes | undefined
}

export type TaskParameters = {
  /** As the service names them. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly sampleRateHz: number
  readonly warnings: readonly SpeechWarning[]
}

const refusal = (failureClass: 'bad-request' | 'model-mismatch' | 'text-too-long', reason: OwnReason): RemoteFailure =>
  new RemoteFailure(failureClass, reason)

const SSML_HEAD = /^\s*(<\?xml[^>]*\?>\s*)?<speak[\s>]/

/**
 * @param charactersPerSend as the service counts them
 * @throws RemoteFailure `bad-request` for nothing to say and for what is no SSML, `text-too-long`
 */
export const checkText = (text: string, isSsml: boolean, charactersPerSend: number): void => {
  if (text.trim() === '') throw refusal('bad-request', ownReason('no-text'))
  if (isSsml && !SSML_HEAD.test(text)) throw refusal('bad-request', ownReason('ssml-without-root'))
  const characters = countCharacters(text, { isSsml })
  if (characters > charactersPerSend)
    throw refusal('text-too-long', ownReason('too-many-characters', { characters, limit: charactersPerSend }))
}

/** @throws RemoteFailure `model-mismatch` where it is known that the model does not have the voice */
const checkVoice = ({ model, voice }: Manner): void => {
  const known = findDashscopeModel(model)
  const ownModel = modelOfDashscopeVoice(voice)
  const models =
    ownModel === undefined
      ? DASHSCOPE_VOICES.flatMap((system) => (system.voice === voice && known ? [system.model] : []))
      : [ownModel]
  if (models.length === 0 || models.includes(model)) return
  if (ownModel === undefined && known?.hasSystemVoices === false)
    throw refusal('model-mismatch', ownReason('no-preset-voices', { model }))
  throw refusal('model-mismatch', ownReason('voice-of-other-model', { model: models.join(', ') }))
}

const warning = (field: string, reason: string): SpeechWarning => ({ kind: 'warning', field, reason })

const nearestRateHz = (wantedHz: number): number =>
  DASHSCOPE_SAMPLE_RATES_HZ.find((rateHz) => rateHz >= wantedHz) ?? Math.max(...DASHSCOPE_SAMPLE_RATES_HZ)

const factor = (field: 'speed' | 'pitch', asked: number, warn: (found: SpeechWarning) => void): number => {
  const { least, most } = DASHSCOPE_FACTORS
  const given = Math.round(Math.min(most, Math.max(least, asked)) * 100) / 100
  if (asked < least || asked > most) warn(warning(field, 'out-of-range'))
  return given
}

/** What the service calls a language. @param tag BCP 47 */
const serviceLanguage = (tag: string): string => (isChinese(tag) ? 'zh' : (tag.toLowerCase().split(/[-_]/)[0] ?? ''))

const languageHints = (
  tag: string,
  { voiceKind, languages, hintLanguages }: DashscopeCapabilities,
  warn: (found: SpeechWarning) => void,
): Record<string, unknown> => {
  const language = serviceLanguage(tag)
  if (!hintLanguages.includes(language)) {
    if (!languages.includes(language)) warn(warning('language', 'not-supported'))
    return {}
  }
  return voiceKind === 'cloned' && language === 'zh' ? {} : { language_hints: [language] }
}

const instruction = (
  words: string,
  { instruction: rule }: DashscopeCapabilities,
  warn: (found: SpeechWarning) => void,
): Record<string, unknown> => {
  if (!takesInstruction(rule, words)) {
    warn(warning('instruct', rule.kind === 'none' ? 'not-with-voice' : 'not-listed'))
    return {}
  }
  const most = DASHSCOPE_LIMITS.instructionCharacters
  const characters = countCharacters(words)
  if (characters > most) throw refusal('bad-request', ownReason('instruct-too-long', { characters, limit: most }))
  if (rule.kind === 'free' && rule.isUncertain) warn(warning('instruct', 'uncertain'))
  return { instruction: words }
}

const entries = (fixes: readonly TextFix[]): Record<string, string>[] =>
  fixes.map(({ written, said }) => ({ [written]: said }))

const textFixes = (
  { readings, replacements, isMarkdownFiltered }: TextFixes,
  { hasTextFixes }: DashscopeCapabilities,
  text: string,
  warn: (found: SpeechWarning) => void,
): Record<string, unknown> => {
  if (!hasTextFixes) {
    if ([...readings, ...replacements].some(({ written }) => text.includes(written)))
      warn(warning('readings', 'not-with-voice'))
    return {}
  }
  const [pronunciation, replace] = [entries(readings), entries(replacements)]
  const hotFix = {
    ...(pronunciation.length > 0 && { pronunciation }),
    ...(replace.length > 0 && { replace }),
  }
  return {
    ...(Object.keys(hotFix).length > 0 && { hot_fix: hotFix }),
    ...(isMarkdownFiltered && { enable_markdown_filter: true }),
  }
}

const SEEDS = 65_536

/**
 * What is asked, as the service names it: raw 16-bit PCM, and of everything else only what the model takes with this voice.
 * @throws RemoteFailure `model-mismatch` for a voice of another model, `bad-request` for SSML where there is none and for an
 * instruction that is too long
 */
export const taskParameters = (
  asked: Manner & { readonly text?: string },
  { region, hasWordTimes, fixes }: ParameterOptions,
): TaskParameters => {
  const capabilities = dashscopeCapabilities(asked.model, asked.voice, region)
  checkVoice(asked)
  if (asked.isSsml && !capabilities.hasSsml) throw refusal('bad-request', ownReason('no-ssml'))
  const warnings: SpeechWarning[] = []
  const warn = (found: SpeechWarning): void => {
    warnings.push(found)
  }
  const { language, instruct, seed, text = '' } = asked
  const sampleRateHz = nearestRateHz(asked.sampleRateHz)
  if (seed !== null && !capabilities.hasSeed) warn(warning('seed', 'not-supported'))
  const parameters = {
    text_type: 'PlainText',
    voice: asked.voice,
    format: 'pcm',
    sample_rate: sampleRateHz,
    volume: Math.round(Math.min(100, Math.max(0, asked.volume))),
    rate: factor('speed', asked.speed, warn),
    pitch: factor('pitch', asked.pitch, warn),
    ...(seed !== null && capabilities.hasSeed && { seed: ((seed % SEEDS) + SEEDS) % SEEDS }),
    ...(language !== null && languageHints(language, capabilities, warn)),
    ...(instruct !== null && instruct !== '' && instruction(instruct, capabilities, warn)),
    ...(asked.isSsml && { enable_ssml: true }),
    ...(hasWordTimes && capabilities.hasWordTimes && { word_timestamp_enabled: true }),
    ...(fixes && textFixes(fixes, capabilities, text, warn)),
  }
  return { parameters, sampleRateHz, warnings }
}
