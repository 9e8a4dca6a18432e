import { z } from 'zod'
import type { Connection } from './remote-engine.ts'

type VoiceModel = {
  /** Languages that a sample may be in. */
  readonly sampleLanguages: readonly string[]
  /** Whether it listens to `max_prompt_audio_length` and `enable_preprocess`. */
  readonly hasSampleOptions: boolean
  readonly canDesign: boolean
  /** Not to be had in any other region. */
  readonly isBeijingOnly: boolean
}

const SEVEN = ['zh', 'en', 'fr', 'de', 'ja', 'ko', 'ru']
const ELEVEN = [...SEVEN, 'pt', 'th', 'id', 'vi']

/**
 * Models that voices can be made for. A voice speaks with the model that it was made for and with no other.
 * @source Alibaba Cloud Model Studio, CosyVoice voice cloning and voice design API reference
 */
export const DASHSCOPE_VOICE_MODELS = {
  'cosyvoice-v3.5-plus': { sampleLanguages: ELEVEN, hasSampleOptions: true, canDesign: true, isBeijingOnly: true },
  'cosyvoice-v3.5-flash': { sampleLanguages: ELEVEN, hasSampleOptions: true, canDesign: true, isBeijingOnly: true },
  'cosyvoice-v3-plus': { sampleLanguages: SEVEN, hasSampleOptions: false, canDesign: true, isBeijingOnly: false },
  'cosyvoice-v3-flash': { sampleLanguages: ELEVEN, hasSampleOptions: true, canDesign: true, isBeijingOnly: false },
  'cosyvoice-v2': { sampleLanguages: ['zh', 'en'], hasSampleOptions: false, canDesign: false, isBeijingOnly: false },
} as const satisfies Readonly<Record<string, VoiceModel>>
export const dashscopeVoiceModelSchema = z.enum([
  'cosyvoice-v3.5-plus',
  'cosyvoice-v3.5-flash',
  'cosyvoice-v3-plus',
  'cosyvoice-v3-flash',
  'cosyvoice-v2',
])
export type DashscopeVoiceModel = z.output<typeof dashscopeVoiceModelSchema>

/** Languages and dialects that the service hears as Chinese, ISO 639. */
const CHINESE = ['zh', 'cmn', 'yue', 'nan', 'wuu', 'hak', 'gan', 'hsn', 'cjy', 'mnp', 'cdo', 'czh', 'czo', 'cpx']

/**
 * The language that a recording is said to be in, as the service takes it.
 * @param language BCP 47
 * @returns null where it is not said: the service takes none such with that model
 */
export const dashscopeSampleLanguage = (model: string, language: string | null): string | null => {
  const known = dashscopeVoiceModelSchema.safeParse(model)
  if (!known.success) return null
  const [primary = ''] = (language ?? '').toLowerCase().split('-')
  const spoken = CHINESE.includes(primary) ? 'zh' : primary
  return voiceModel(known.data).sampleLanguages.includes(spoken) ? spoken : null
}

const LEAST_PROMPT_SEC = 3
const MOST_PROMPT_SEC = 30

/** How much of a recording is to be listened to: all of it, as far as that goes; null for models that are not told. */
export const dashscopePromptSec = (model: DashscopeVoiceModel, durationSec: number): number | null =>
  voiceModel(model).hasSampleOptions
    ? Math.min(MOST_PROMPT_SEC, Math.max(LEAST_PROMPT_SEC, Math.ceil(durationSec * 10) / 10))
    : null

/** Whether a model listens to options of a sample, which are told when a voice is made and at no other time. */
export const hasDashscopeSampleOptions = (model: string): boolean => {
  const known = dashscopeVoiceModelSchema.safeParse(model)
  return known.success && voiceModel(known.data).hasSampleOptions
}

/** Whether recordings can be cleaned up before a voice is made of them. */
export const canCleanSample = (connection: Connection): boolean =>
  connection.kind === 'dashscope' && hasDashscopeSampleOptions(connection.model)

const voiceModel = (model: DashscopeVoiceModel): VoiceModel => DASHSCOPE_VOICE_MODELS[model]

/** Its part of a voice's name: what the documentation and the vendor's SDK both allow. */
export const dashscopeVoicePrefixSchema = z.string().regex(/^[a-z0-9]{1,9}$/, {
  error: 'one to nine digits and lower-case letters',
})

const PREFIX_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'
const READABLE_LENGTH = 3
const PREFIX_LENGTH = 9

/**
 * A prefix that no other voice has, so that a voice whose making was not heard of can be found by it: the beginning of its
 * name as far as that is made of digits and Latin letters, then six characters of chance (31 bits).
 * @param random uniform in [0, 1)
 */
export const uniqueDashscopeVoicePrefix = (name: string, random: () => number): string => {
  const readable = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, READABLE_LENGTH)
  const chance = Array.from(
    { length: PREFIX_LENGTH - readable.length },
    () => PREFIX_ALPHABET[Math.floor(random() * PREFIX_ALPHABET.length)],
  )
  return readable + chance.join('')
}

/** Where a sample of a person's own lies: whoever has the address can load it. */
export const dashscopeSampleUrlSchema = z
  .url({ protocol: /^https$/, error: 'an https address' })
  .max(2048)
  .refine((url) => !/^https:\/\/[^/?#]*@/i.test(url), { error: 'an address without a name and a password' })

export const dashscopeCloneSchema = z
  .object({
    targetModel: dashscopeVoiceModelSchema,
    prefix: dashscopeVoicePrefixSchema,
    /** Language of the sample, ISO 639-1; null: not said. */
    sampleLanguage: z.string().nullable(),
    /** How much of the sample is listened to at most; null: the service's own 10 s. */
    longestPromptSec: z.number().min(LEAST_PROMPT_SEC).max(MOST_PROMPT_SEC).nullable(),
    /** Whether the service cleans the sample first; null: its own preset. */
    isPreprocessed: z.boolean().nullable(),
  })
  .superRefine(({ targetModel, sampleLanguage, longestPromptSec, isPreprocessed }, { addIssue }) => {
    const { sampleLanguages, hasSampleOptions } = voiceModel(targetModel)
    const refuse = (field: string, message: string): void => addIssue({ code: 'custom', path: [field], message })
    if (sampleLanguage !== null && !sampleLanguages.includes(sampleLanguage))
      refuse('sampleLanguage', `${targetModel} takes samples in ${sampleLanguages.join(', ')}`)
    if (hasSampleOptions) return
    if (longestPromptSec !== null) refuse('longestPromptSec', `${targetModel} has no such option`)
    if (isPreprocessed !== null) refuse('isPreprocessed', `${targetModel} has no such option`)
  })
export type DashscopeClone = z.output<typeof dashscopeCloneSchema>

const HAN = /\p{Script=Han}/u
const isChineseOrEnglish = (text: string): boolean => /^[\p{Script=Latin}\p{Script=Han}\P{L}]*$/u.test(text)
const chineseOrEnglish = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine((text) => text.trim() !== '', { error: 'not empty' })
    .refine(isChineseOrEnglish, { error: 'Chinese or English' })

export const dashscopeDesignSchema = z
  .object({
    targetModel: dashscopeVoiceModelSchema.refine((model) => voiceModel(model).canDesign, {
      error: 'a model that voices can be designed for',
    }),
    prefix: dashscopeVoicePrefixSchema,
    /** What the voice is to be like: gender, age, timbre, pace, what it is for. */
    voicePrompt: chineseOrEnglish(500),
    /** What the voice says so that it can be judged, in its language. */
    previewText: chineseOrEnglish(200),
    language: z.enum(['zh', 'en']).nullable(),
  })
  .superRefine(({ language, previewText }, { addIssue }) => {
    if (language !== null && HAN.test(previewText) !== (language === 'zh'))
      addIssue({ code: 'custom', path: ['previewText'], message: 'in the language of the voice' })
  })
export type DashscopeDesign = z.output<typeof dashscopeDesignSchema>

/** Which samples the service takes, and which it takes well. @source Alibaba Cloud Model Studio, CosyVoice voice cloning, recording guide */
export const DASHSCOPE_SAMPLE_LIMITS = {
  longestSec: 60,
  largestBytes: 10_000_000,
  leastRateHz: 16_000,
  leastSpeechSec: 5,
  leastSpeechShare: 0.6,
  longestPauseSec: 2,
  bestFromSec: 10,
  bestToSec: 20,
  /** Our own: below it there is nothing to clone. */
  silentDb: -60,
} as const

/** A rule of samples that one breaks, in the unit of its limit (seconds, Hz, bytes, dB, share of the whole). */
export type DashscopeSampleFinding = {
  readonly rule:
    | 'silent'
    | 'too-long'
    | 'too-large'
    | 'low-rate'
    | 'little-speech'
    | 'much-silence'
    | 'long-pause'
    | 'short'
    | 'long'
  readonly measured: number
  readonly limit: number
}

/** Numbers of a recording; a RecordingReport has them. */
export type DashscopeSampleMeasured = {
  readonly durationSec: number
  /** False where it goes on beyond `durationSec`. */
  readonly isWhole: boolean
  readonly sampleRateHz: number
  readonly speechLevelDb: number
  readonly leadingSilenceSec: number
  readonly trailingSilenceSec: number
  /** Between the first word and the last. */
  readonly pauses: readonly { readonly startSec: number; readonly durationSec: number }[]
}

/** The longest stretch of speech that no pause longer than that interrupts. */
const longestSpeechSec = (
  { durationSec, leadingSilenceSec, trailingSilenceSec, pauses }: DashscopeSampleMeasured,
  longestPauseSec: number,
): number => {
  const breaks = pauses.filter((pause) => pause.durationSec > longestPauseSec)
  const starts = [leadingSilenceSec, ...breaks.map((pause) => pause.startSec + pause.durationSec)]
  const ends = [...breaks.map(({ startSec }) => startSec), durationSec - trailingSilenceSec]
  return Math.max(0, ...starts.map((startSec, index) => (ends[index] ?? startSec) - startSec))
}

/** `problems`: what the service would refuse it for; `advice`: what could be better about it. */
export type SampleCheck = {
  readonly problems: readonly DashscopeSampleFinding[]
  readonly advice: readonly DashscopeSampleFinding[]
}

/** A sample by the rules of DashScope, before anything is uploaded. @param sizeBytes of the file that would be sent */
export const checkDashscopeSample = (sample: DashscopeSampleMeasured, sizeBytes: number): SampleCheck =>
  checkSample(sample, sizeBytes, DASHSCOPE_SAMPLE_LIMITS.longestSec)

/** What its model refuses. @source FunAudioLLM/CosyVoice cosyvoice/cli/frontend.py _extract_speech_token */
const EAS_LONGEST_SEC = 30
const REFUSED_BY_EAS: readonly DashscopeSampleFinding['rule'][] = ['silent', 'too-long', 'too-large', 'low-rate']
const ADVISED_FOR_EAS: readonly DashscopeSampleFinding['rule'][] = ['much-silence', 'long-pause']

/**
 * A sample for PAI-EAS, which names no rules: it is measured by those of DashScope, and only what no service could use is a
 * problem.
 * @param sizeBytes of the file that would be sent
 */
export const checkEasSample = (sample: DashscopeSampleMeasured, sizeBytes: number): SampleCheck => {
  const { problems, advice } = checkSample(sample, sizeBytes, EAS_LONGEST_SEC)
  return {
    problems: problems.filter(({ rule }) => REFUSED_BY_EAS.includes(rule)),
    advice: [...problems, ...advice].filter(({ rule }) => ADVISED_FOR_EAS.includes(rule)),
  }
}

const checkSample = (sample: DashscopeSampleMeasured, sizeBytes: number, longestSec: number): SampleCheck => {
  const { durationSec, isWhole, sampleRateHz, speechLevelDb, leadingSilenceSec, trailingSilenceSec, pauses } = sample
  const limits = DASHSCOPE_SAMPLE_LIMITS
  const silences = [leadingSilenceSec, trailingSilenceSec, ...pauses.map((pause) => pause.durationSec)]
  const silenceSec = silences.reduce((sum, sec) => sum + sec, 0)
  const speechSec = longestSpeechSec(sample, limits.longestPauseSec)
  const speechShare = durationSec > 0 ? Math.max(0, durationSec - silenceSec) / durationSec : 0
  const pauseSec = Math.max(...silences)
  const found = (
    isSo: boolean,
    rule: DashscopeSampleFinding['rule'],
    measured: number,
    limit: number,
  ): DashscopeSampleFinding[] => (isSo ? [{ rule, measured, limit }] : [])
  return {
    problems: [
      ...found(speechLevelDb < limits.silentDb, 'silent', speechLevelDb, limits.silentDb),
      // What goes on was not listened to any further: it must be cut, however short the part that is known.
      ...found(durationSec > longestSec || !isWhole, 'too-long', durationSec, longestSec),
      ...found(sizeBytes > limits.largestBytes, 'too-large', sizeBytes, limits.largestBytes),
      ...found(sampleRateHz < limits.leastRateHz, 'low-rate', sampleRateHz, limits.leastRateHz),
      ...found(speechSec < limits.leastSpeechSec, 'little-speech', speechSec, limits.leastSpeechSec),
      ...found(speechShare < limits.leastSpeechShare, 'much-silence', speechShare, limits.leastSpeechShare),
    ],
    advice: [
      ...found(pauseSec > limits.longestPauseSec, 'long-pause', pauseSec, limits.longestPauseSec),
      ...found(durationSec < limits.bestFromSec, 'short', durationSec, limits.bestFromSec),
      ...found(durationSec > limits.bestToSec, 'long', durationSec, limits.bestToSec),
    ],
  }
}
