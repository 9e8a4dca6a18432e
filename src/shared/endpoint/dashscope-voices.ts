import { z } from 'zod'

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
    longestPromptSec: z.number().min(3).max(30).nullable(),
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
}

/**
 * What the service would refuse a sample for, and what could be better about it, before anything is uploaded. Pauses inside the
 * speech are not measured: speech counts from the first word to the last, and whoever passes may still be refused.
 * @param sizeBytes of the file that would be sent
 */
export const checkDashscopeSample = (
  { durationSec, isWhole, sampleRateHz, speechLevelDb, leadingSilenceSec, trailingSilenceSec }: DashscopeSampleMeasured,
  sizeBytes: number,
): { readonly problems: readonly DashscopeSampleFinding[]; readonly advice: readonly DashscopeSampleFinding[] } => {
  const limits = DASHSCOPE_SAMPLE_LIMITS
  const speechSec = Math.max(0, durationSec - leadingSilenceSec - trailingSilenceSec)
  const speechShare = durationSec > 0 ? speechSec / durationSec : 0
  const pauseSec = Math.max(leadingSilenceSec, trailingSilenceSec)
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
      ...found(durationSec > limits.longestSec || !isWhole, 'too-long', durationSec, limits.longestSec),
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
