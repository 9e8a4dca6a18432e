import type { SampleRateHz } from '../kernel/index.ts'
import type { InstructOption } from '../render/index.ts'
import type { VoiceMode } from '../voice/index.ts'
import { dashscopeInstruction, INSTRUCTION_BLANKS } from './dashscope-instructions.ts'
import { DASHSCOPE_FACTORS, DASHSCOPE_LIMITS, dashscopeCapabilities, findDashscopeModel } from './dashscope-models.ts'
import { DASHSCOPE_VOICES } from './dashscope-system-voices.ts'
import { OPENAI_PROFILES } from './openai-profiles.ts'
import type { BilledUnit, Connection, Price, RemoteEngine, RemoteVoice } from './remote-engine.ts'

type Range = { readonly min: number; readonly max: number }
type Of<Kind extends Connection['kind']> = Extract<Connection, { kind: Kind }>

/** How a voice of the library gets to speak there. */
export type RecordingWay =
  /** Not at all. */
  | 'none'
  /** It is copied there once, and known by a name from then on. */
  | 'enrolled'
  /** Its recording goes along with every request. */
  | 'sent-along'

/** What an engine that computes elsewhere can be asked for, from its connection alone: the capability matrix as data. */
export type RemoteFacts = {
  readonly modes: readonly VoiceMode[]
  readonly recordings: RecordingWay
  /** Whether a recording can be copied there; where it goes along all the same, a copy spares that. */
  readonly mayEnrol: boolean
  /** BCP 47; empty: any, or nobody knows. */
  readonly languages: readonly string[]
  readonly sampleRateHz: SampleRateHz
  readonly streaming: boolean
  /** Speakers of the endpoint that take directions; null: all of them. */
  readonly instructSpeakers: readonly string[] | null
  readonly instructs: readonly InstructOption[]
  readonly honoursSeed: boolean
  /** Whether it can be told how words are read, which the voices that were cloned for it honour. */
  readonly takesFixes: boolean
  /** Factors. */
  readonly speed: Range | null
  readonly pitch: Range | null
  /** Of one request. */
  readonly text: { readonly unit: BilledUnit; readonly most: number }
  /** Voices that the app knows the endpoint to have. */
  readonly voices: readonly RemoteVoice[]
  /** As it was published, for a form to begin with. */
  readonly price: Price | null
  /** For a form to begin with. */
  readonly member: {
    readonly baseUrl: string | null
    readonly concurrency: number
    readonly requestsPerSecond: number | null
  }
  readonly needsKey: boolean
  readonly mayDesign: boolean
}

const NEUTRAL = 'neutral' as const
const HALF_TO_DOUBLE: Range = { min: 0.5, max: 2 }
const RECORDED: readonly VoiceMode[] = ['zeroShot', 'crossLingual']

/** Names of dialects as the app's own catalogue has them. */
const DIALECT_IDS: Readonly<Record<string, string>> = {
  广东话: 'cantonese',
  东北话: 'northeastern',
  甘肃话: 'gansu',
  贵州话: 'guizhou',
  河南话: 'henan',
  湖北话: 'hubei',
  湖南话: 'hunan',
  江西话: 'jiangxi',
  闽南话: 'minnan',
  宁夏话: 'ningxia',
  山西话: 'shanxi',
  陕西话: 'shaanxi',
  山东话: 'shandong',
  上海话: 'shanghai',
  四川话: 'sichuan',
  天津话: 'tianjin',
  云南话: 'yunnan',
}
const EMOTION_IDS: readonly string[] = ['angry', 'happy', 'sad']

const dashscopeFacts = ({ model: id, region, transport }: Of<'dashscope'>): RemoteFacts => {
  const model = findDashscopeModel(id)
  const system = DASHSCOPE_VOICES.filter((voice) => voice.model === id && voice.regions.includes(region))
  const cloned = dashscopeCapabilities(id, `${id}-x-y`, region).instruction
  const speakers = system
    .map(({ voice }) => voice)
    .filter((voice) => dashscopeCapabilities(id, voice, region).instruction.kind !== 'none')
  const rules = [cloned, ...speakers.map((voice) => dashscopeCapabilities(id, voice, region).instruction)]
  const options = new Map<string, InstructOption>()
  for (const rule of rules) {
    if (rule.kind === 'none') continue
    for (const { values } of rule.templates)
      for (const blank of INSTRUCTION_BLANKS)
        for (const value of values[blank] ?? []) {
          const text = dashscopeInstruction(rule, { [blank]: value })
          const dialect = blank === 'dialect' ? DIALECT_IDS[value] : undefined
          if (text === undefined) continue
          if (dialect) options.set(text, { id: `dialect.${dialect}`, kind: 'dialect', text })
          else if (blank === 'emotion' && EMOTION_IDS.includes(value))
            options.set(text, { id: `emotion.${value}`, kind: 'emotion', text })
        }
  }
  const mayClone = model?.mayClone ?? true
  const { least: min, most: max } = DASHSCOPE_FACTORS
  return {
    modes: [
      ...(system.length > 0 || !model ? (['presetSpeaker'] as const) : []),
      ...(mayClone ? RECORDED : []),
      ...(mayClone && cloned.kind !== 'none' ? (['instruct'] as const) : []),
    ],
    recordings: mayClone ? 'enrolled' : 'none',
    mayEnrol: mayClone,
    languages: model?.languages ?? [],
    sampleRateHz: 24_000,
    streaming: transport === 'websocket',
    instructSpeakers: speakers,
    instructs: [...options.values()],
    honoursSeed: model?.hasSeed ?? false,
    takesFixes: model?.hasTextFixes ?? false,
    speed: { min, max },
    pitch: { min, max },
    text: { unit: 'characters', most: DASHSCOPE_LIMITS.charactersPerSend },
    voices: system.map(({ voice, language }) => ({ remoteVoice: voice, name: voice, language, gender: NEUTRAL })),
    price: model?.prices[region] ?? null,
    member: { baseUrl: null, concurrency: 3, requestsPerSecond: DASHSCOPE_LIMITS.submissionsPerSecond },
    needsKey: true,
    mayDesign: (model?.mayDesign ?? false) && region === 'cn',
  }
}

const openAiFacts = ({ profile: name, model, sampleRateHz, takesInstructions }: Of<'openai'>): RemoteFacts => {
  const profile = OPENAI_PROFILES[name]
  const takes = profile.instructions === 'yes' || (profile.instructions === 'optional' && takesInstructions)
  const recordings: RecordingWay =
    profile.reference !== 'no' ? 'sent-along' : profile.voiceUpload === 'no' ? 'none' : 'enrolled'
  const known = profile.models.find((entry) => entry.model === model)
  return {
    modes: [
      ...(profile.reference === 'required' ? [] : (['presetSpeaker'] as const)),
      ...(recordings === 'none' ? [] : RECORDED),
      ...(recordings !== 'none' && takes ? (['instruct'] as const) : []),
    ],
    recordings,
    mayEnrol: profile.voiceUpload !== 'no',
    languages: [],
    sampleRateHz: profile.sampleRatesHz.includes(24_000) ? 24_000 : sampleRateHz,
    streaming: profile.stream === 'events' || profile.stream === 'raw',
    instructSpeakers: takes ? null : [],
    instructs: [],
    honoursSeed: profile.hasSeed,
    takesFixes: false,
    speed: profile.speed,
    pitch: profile.pitch,
    text: profile.text,
    voices: (known?.voices ?? []).map((voice) => ({
      ...{ remoteVoice: voice, name: voice.split(':').at(-1) ?? voice, language: null, gender: NEUTRAL },
    })),
    price:
      name === 'wcode'
        ? { amount: 0.25, currency: 'CNY', per: 1000, unit: 'characters' }
        : name === 'siliconflow'
          ? { amount: 105, currency: 'CNY', per: 1_000_000, unit: 'utf8-bytes' }
          : null,
    member: { baseUrl: profile.baseUrl, concurrency: profile.baseUrl === null ? 1 : 3, requestsPerSecond: null },
    needsKey: profile.baseUrl !== null,
    mayDesign: false,
  }
}

/** Servers of one's own. */
const OWN = {
  instructs: [],
  honoursSeed: false,
  takesFixes: false,
  pitch: null,
  voices: [],
  price: null,
  mayDesign: false,
} as const satisfies Partial<RemoteFacts>
const COSYVOICE2_LANGUAGES = ['zh', 'yue', 'en', 'ja', 'ko'] as const

const easFacts = ({ transport }: Of<'eas'>): RemoteFacts => ({
  ...OWN,
  modes: ['presetSpeaker', ...RECORDED, 'instruct'],
  recordings: 'enrolled',
  mayEnrol: true,
  languages: COSYVOICE2_LANGUAGES,
  sampleRateHz: 24_000,
  streaming: transport !== 'rest',
  instructSpeakers: null,
  speed: HALF_TO_DOUBLE,
  text: { unit: 'code-points', most: 1000 },
  member: { baseUrl: null, concurrency: 2, requestsPerSecond: null },
  needsKey: true,
})

const serverFacts = ({ transport }: Of<'cosyvoice-server'>): RemoteFacts => ({
  ...OWN,
  modes: ['presetSpeaker', ...RECORDED, 'instruct'],
  recordings: 'enrolled',
  mayEnrol: true,
  languages: [],
  sampleRateHz: 24_000,
  streaming: transport === 'sse' || transport === 'websocket' || transport === 'http-stream',
  instructSpeakers: [],
  speed: HALF_TO_DOUBLE,
  text: { unit: 'code-points', most: transport === 'task' ? 1000 : 2000 },
  member: { baseUrl: null, concurrency: 1, requestsPerSecond: null },
  needsKey: false,
})

const runtimeFacts = ({ model }: Of<'cosyvoice-runtime'>): RemoteFacts => ({
  ...OWN,
  modes: [
    ...(model === 'cosyvoice' ? (['presetSpeaker'] as const) : []),
    ...RECORDED,
    ...(model === 'cosyvoice' ? [] : (['instruct'] as const)),
  ],
  recordings: 'sent-along',
  mayEnrol: false,
  languages: [],
  sampleRateHz: model === 'cosyvoice' ? 22_050 : 24_000,
  streaming: true,
  instructSpeakers: [],
  speed: null,
  text: { unit: 'code-points', most: 300 },
  member: { baseUrl: null, concurrency: 1, requestsPerSecond: null },
  needsKey: false,
})

/** @source Alibaba Cloud Model Studio, CosyVoice; PAI-EAS CosyVoice2 API; the sources of the servers named in OPENAI_PROFILES */
const factsOf = (connection: Connection): RemoteFacts => {
  switch (connection.kind) {
    case 'dashscope':
      return dashscopeFacts(connection)
    case 'openai':
      return openAiFacts(connection)
    case 'eas':
      return easFacts(connection)
    case 'cosyvoice-server':
      return serverFacts(connection)
    case 'cosyvoice-runtime':
      return runtimeFacts(connection)
  }
}

/** By what a connection says: it is read anew from the library again and again. */
const known = new Map<string, RemoteFacts>()

/** What a connection can be asked for. Found out once: hundreds of voices, each with its directions, take a while. */
export const remoteFacts = (connection: Connection): RemoteFacts => {
  const key = JSON.stringify({ ...connection, fixes: undefined })
  const facts = known.get(key) ?? factsOf(connection)
  known.set(key, facts)
  return facts
}

/** What an engine's units are: of its price, and of its limit where it has none. */
export const billedUnit = ({ price, connection }: Pick<RemoteEngine, 'price' | 'connection'>): BilledUnit =>
  price?.unit ?? remoteFacts(connection).text.unit
