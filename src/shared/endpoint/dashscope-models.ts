import type { DashscopeRegion } from './dashscope-addresses.ts'
import {
  clonedTemplates,
  type InstructionRule,
  NO_INSTRUCTION,
  STYLE_SENTENCES,
  SYSTEM_TEMPLATES,
} from './dashscope-instructions.ts'
import { DASHSCOPE_VOICES } from './dashscope-system-voices.ts'
import type { Price } from './remote-engine.ts'

/** @source Alibaba Cloud Model Studio, CosyVoice API reference (limits) */
export const DASHSCOPE_LIMITS = {
  /** Of one send, as the oldest of its documents has it. */
  charactersPerSend: 2000,
  /** Of one send, as newer ones have it. */
  mostCharactersPerSend: 20_000,
  /** Of all sends of a task. */
  charactersPerTask: 200_000,
  /** Of an instruction, counted as `countCharacters` does. */
  instructionCharacters: 100,
  /** Between two sends; then it ends the task. */
  gapSec: 23,
  /** Of each model and key. */
  submissionsPerSecond: 3,
} as const

export const DASHSCOPE_SAMPLE_RATES_HZ = [8000, 16_000, 22_050, 24_000, 44_100, 48_000] as const

/** Factors on speaking rate and fundamental. */
export const DASHSCOPE_FACTORS = { least: 0.5, most: 2 } as const

const SIXTEEN_DIALECTS = [
  ...['广东话', '东北话', '甘肃话', '贵州话', '河南话', '湖北话', '江西话', '闽南话'],
  ...['宁夏话', '山西话', '陕西话', '山东话', '上海话', '四川话', '天津话', '云南话'],
] as const
const NINE_DIALECTS = [
  ...['广东话', '河南话', '湖北话', '闽南话', '宁夏话', '陕西话', '山东话', '上海话', '四川话'],
] as const
const SEVEN_LANGUAGES = ['zh', 'en', 'fr', 'de', 'ja', 'ko', 'ru'] as const
const ELEVEN_LANGUAGES = [...SEVEN_LANGUAGES, 'pt', 'th', 'id', 'vi'] as const

export type DashscopeModel = {
  readonly id: string
  readonly regions: readonly DashscopeRegion[]
  /** Of `zh`, as its instructions name them. */
  readonly dialects: readonly string[]
  /** BCP 47. */
  readonly languages: readonly string[]
  /** Those that may be named in a request. */
  readonly hintLanguages: readonly string[]
  readonly hasSystemVoices: boolean
  readonly mayClone: boolean
  readonly mayDesign: boolean
  readonly hasSeed: boolean
  /** With cloned voices, and with system voices that are marked so. */
  readonly hasSsml: boolean
  /** With cloned voices, and with system voices that are marked so. */
  readonly hasWordTimes: boolean
  /** Whether it answers requests, and not its WebSocket alone. */
  readonly hasHttp: boolean
  /** Corrections of pronunciation, and a filter of Markdown, with cloned voices. */
  readonly hasTextFixes: boolean
  readonly prices: Readonly<Partial<Record<DashscopeRegion, Price>>>
}

const yuan = (amount: number): Price => ({ amount, currency: 'CNY', per: 10_000, unit: 'characters' })
const dollars = (amount: number): Price => ({ amount, currency: 'USD', per: 10_000, unit: 'characters' })

/** @source Alibaba Cloud Model Studio, CosyVoice model comparison, API reference and prices (2025-11 to 2026-10) */
export const DASHSCOPE_MODELS: readonly DashscopeModel[] = [
  {
    id: 'cosyvoice-v3.5-plus',
    regions: ['cn'],
    dialects: NINE_DIALECTS,
    languages: ELEVEN_LANGUAGES,
    hintLanguages: ELEVEN_LANGUAGES,
    hasSystemVoices: false,
    mayClone: true,
    mayDesign: true,
    hasSeed: true,
    hasSsml: true,
    hasWordTimes: false,
    hasHttp: true,
    hasTextFixes: false,
    prices: { cn: yuan(1.5) },
  },
  {
    id: 'cosyvoice-v3.5-flash',
    regions: ['cn'],
    dialects: NINE_DIALECTS,
    languages: ELEVEN_LANGUAGES,
    hintLanguages: ELEVEN_LANGUAGES,
    hasSystemVoices: false,
    mayClone: true,
    mayDesign: true,
    hasSeed: true,
    hasSsml: true,
    hasWordTimes: false,
    hasHttp: true,
    hasTextFixes: false,
    prices: { cn: yuan(0.8) },
  },
  {
    id: 'cosyvoice-v3-plus',
    regions: ['cn', 'intl'],
    dialects: SIXTEEN_DIALECTS,
    languages: SEVEN_LANGUAGES,
    hintLanguages: SEVEN_LANGUAGES,
    hasSystemVoices: true,
    mayClone: true,
    mayDesign: true,
    hasSeed: true,
    hasSsml: true,
    hasWordTimes: true,
    hasHttp: true,
    hasTextFixes: false,
    prices: { cn: yuan(2), intl: dollars(0.2867) },
  },
  {
    id: 'cosyvoice-v3-flash',
    regions: ['cn', 'intl'],
    dialects: SIXTEEN_DIALECTS,
    languages: ELEVEN_LANGUAGES,
    hintLanguages: ELEVEN_LANGUAGES,
    hasSystemVoices: true,
    mayClone: true,
    mayDesign: true,
    hasSeed: true,
    hasSsml: true,
    hasWordTimes: true,
    hasHttp: true,
    hasTextFixes: true,
    prices: { cn: yuan(1), intl: dollars(0.1434) },
  },
  {
    id: 'cosyvoice-v2',
    regions: ['cn'],
    dialects: [],
    languages: ['zh', 'en'],
    hintLanguages: [],
    hasSystemVoices: true,
    mayClone: true,
    mayDesign: false,
    hasSeed: true,
    hasSsml: true,
    hasWordTimes: true,
    hasHttp: true,
    hasTextFixes: false,
    prices: { cn: yuan(2) },
  },
  {
    id: 'cosyvoice-v1',
    regions: ['cn'],
    dialects: [],
    languages: ['zh', 'en'],
    hintLanguages: [],
    hasSystemVoices: true,
    mayClone: true,
    mayDesign: false,
    hasSeed: false,
    hasSsml: false,
    hasWordTimes: false,
    hasHttp: false,
    hasTextFixes: false,
    prices: { cn: yuan(2) },
  },
]

/** @returns undefined for models that the app knows nothing of: those may be asked all the same */
export const findDashscopeModel = (id: string): DashscopeModel | undefined =>
  DASHSCOPE_MODELS.find((model) => model.id === id)

/**
 * Why nothing can be asked of a model by requests; undefined where it can, or where nobody knows.
 * @source Alibaba Cloud Model Studio, CosyVoice HTTP API (regions and models)
 */
export const dashscopeHttpObstacle = (
  modelId: string,
  region: DashscopeRegion,
): 'http-beijing-only' | 'http-not-for-model' | undefined => {
  if (region !== 'cn') return 'http-beijing-only'
  return findDashscopeModel(modelId)?.hasHttp === false ? 'http-not-for-model' : undefined
}

export type DashscopeVoiceKind = 'system' | 'cloned' | 'designed' | 'unknown'

/**
 * Which model a voice of one's own was made for: its name begins with it.
 * @source Alibaba Cloud Model Studio, CosyVoice voice enrolment (shape of voice_id)
 */
export const modelOfDashscopeVoice = (voice: string): string | undefined =>
  DASHSCOPE_MODELS.map(({ id }) => id)
    .filter((id) => voice.startsWith(`${id}-`))
    .sort((a, b) => b.length - a.length)[0]

export const dashscopeVoiceKind = (voice: string): DashscopeVoiceKind => {
  if (DASHSCOPE_VOICES.some((known) => known.voice === voice)) return 'system'
  const model = modelOfDashscopeVoice(voice)
  if (model === undefined) return 'unknown'
  return voice.startsWith(`${model}-vd-`) ? 'designed' : 'cloned'
}

/** What a voice can be asked to do with a model. */
export type DashscopeCapabilities = {
  readonly voiceKind: DashscopeVoiceKind
  /** BCP 47, that of the voice among them; empty where nothing is known. */
  readonly languages: readonly string[]
  readonly hintLanguages: readonly string[]
  readonly instruction: InstructionRule
  readonly hasSeed: boolean
  readonly hasSsml: boolean
  readonly hasWordTimes: boolean
  readonly hasTextFixes: boolean
}

const instructionRule = (
  { id, hasSystemVoices, dialects }: DashscopeModel,
  voice: string,
  kind: DashscopeVoiceKind,
  region: DashscopeRegion,
): InstructionRule => {
  if (region === 'intl' && id !== 'cosyvoice-v3-flash') return NO_INSTRUCTION
  if (!hasSystemVoices) return { kind: 'free', isUncertain: false, templates: [], examples: [] }
  if (kind === 'system') {
    const templates = SYSTEM_TEMPLATES[id]?.[voice]
    return templates ? { kind: 'templates', templates } : NO_INSTRUCTION
  }
  if (kind !== 'cloned' || dialects.length === 0) return NO_INSTRUCTION
  return {
    kind: 'free',
    isUncertain: id === 'cosyvoice-v3-plus',
    templates: clonedTemplates(dialects),
    examples: id === 'cosyvoice-v3-flash' ? STYLE_SENTENCES : [],
  }
}

/** What may be asked of a voice with a model; of models that are not known, only what all of them can do. */
export const dashscopeCapabilities = (
  modelId: string,
  voice: string,
  region: DashscopeRegion = 'cn',
): DashscopeCapabilities => {
  const model = findDashscopeModel(modelId)
  const voiceKind = dashscopeVoiceKind(voice)
  if (!model)
    return {
      voiceKind,
      languages: [],
      hintLanguages: [],
      instruction: NO_INSTRUCTION,
      hasSeed: false,
      hasSsml: false,
      hasWordTimes: false,
      hasTextFixes: false,
    }
  const marked = DASHSCOPE_VOICES.find((known) => known.model === modelId && known.voice === voice)
  const isCloned = voiceKind === 'cloned'
  const home = marked?.language ?? null
  return {
    voiceKind,
    languages: home === null || model.languages.includes(home) ? model.languages : [...model.languages, home],
    hintLanguages: model.hintLanguages,
    instruction: instructionRule(model, voice, voiceKind, region),
    hasSeed: model.hasSeed,
    hasSsml: model.hasSsml && (isCloned || marked?.hasSsml === true),
    hasWordTimes: model.hasWordTimes && (isCloned || marked?.hasWordTimes === true),
    hasTextFixes: model.hasTextFixes && isCloned,
  }
}
