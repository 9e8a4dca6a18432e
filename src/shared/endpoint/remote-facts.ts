import type { SampleRateHz } from '../kernel/index.ts'
import { type InstructOption, trainedInstructs } from '../render/index.ts'
import type { VoiceMode } from '../voice/index.ts'
import { dashscopeDirections } from './dashscope-directions.ts'
import { DASHSCOPE_FACTORS, DASHSCOPE_LIMITS, dashscopeCapabilities, findDashscopeModel } from './dashscope-models.ts'
import { DASHSCOPE_VOICES } from './dashscope-system-voices.ts'
import { dashscopeVoiceModelSchema } from './dashscope-voices.ts'
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
  /** Whether the recording of a copied voice goes along with lines that have a direction. */
  readonly directsByRecording: boolean
  /** BCP 47; empty: any, or nobody knows. */
  readonly languages: readonly string[]
  readonly sampleRateHz: SampleRateHz
  readonly streaming: boolean
  /** Speakers of the endpoint that take directions; null: all of them. */
  readonly instructSpeakers: readonly string[] | null
  /** Those of them that follow `instructs` alone, to the letter; absent: none. */
  readonly listedOnlySpeakers?: readonly string[]
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

const dashscopeFacts = ({ model: id, region, mostText }: Of<'dashscope'>): RemoteFacts => {
  const model = findDashscopeModel(id)
  const system = DASHSCOPE_VOICES.filter((voice) => voice.model === id && voice.regions.includes(region))
  const cloned = dashscopeCapabilities(id, `${id}-x-y`, region).instruction
  const speakers = system.map(({ voice }) => voice)
  const mayClone = model?.mayClone ?? true
  const { least: min, most: max } = DASHSCOPE_FACTORS
  return {
    modes: [
      ...(system.length > 0 || !model ? (['presetSpeaker'] as const) : []),
      ...(mayClone ? RECORDED : []),
      ...(mayClone && cloned.kind !== 'none' ? (['instruct'] as const) : []),
    ],
    recordings: mayClone ? 'enrolled' : 'none',
    mayEnrol: mayClone && dashscopeVoiceModelSchema.safeParse(id).success,
    directsByRecording: false,
    languages: model?.languages ?? [],
    sampleRateHz: 24_000,
    streaming: true,
    ...dashscopeDirections(id, region, speakers),
    honoursSeed: model?.hasSeed ?? false,
    takesFixes: model?.hasTextFixes ?? false,
    speed: { min, max },
    pitch: { min, max },
    text: { unit: 'characters', most: mostText ?? DASHSCOPE_LIMITS.charactersPerSend },
    voices: system.map(({ voice, language }) => ({ remoteVoice: voice, name: voice, language, gender: NEUTRAL })),
    price: model?.prices[region] ?? null,
    member: { baseUrl: null, concurrency: 3, requestsPerSecond: DASHSCOPE_LIMITS.submissionsPerSecond },
    needsKey: true,
    mayDesign: (model?.mayDesign ?? false) && region === 'cn',
  }
}

const IS_COSYVOICE3 = /cosyvoice-?3/i

const openAiFacts = (connection: Of<'openai'>): RemoteFacts => {
  const { profile: name, model, sampleRateHz, takesInstructions, mostText } = connection
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
    directsByRecording: false,
    languages: [],
    sampleRateHz: profile.sampleRatesHz.includes(24_000) ? 24_000 : sampleRateHz,
    streaming: profile.stream === 'events' || profile.stream === 'raw',
    instructSpeakers: takes ? null : [],
    instructs: takes && IS_COSYVOICE3.test(model) ? trainedInstructs('cosyvoice3') : [],
    honoursSeed: profile.hasSeed,
    takesFixes: false,
    speed: profile.speed,
    pitch: profile.pitch,
    text: { unit: profile.text.unit, most: mostText ?? profile.text.most },
    voices: (known?.voices ?? []).map((voice) => ({ ...voice, gender: NEUTRAL })),
    price: known?.price ?? null,
    member: { baseUrl: profile.baseUrl, concurrency: profile.baseUrl === null ? 1 : 3, requestsPerSecond: null },
    needsKey: profile.baseUrl !== null,
    mayDesign: false,
  }
}

/** Servers of one's own. */
const OWN = {
  directsByRecording: false,
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
  instructs: trainedInstructs('cosyvoice2'),
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
  directsByRecording: true,
  languages: [],
  sampleRateHz: 24_000,
  streaming: transport === 'sse' || transport === 'websocket' || transport === 'http-stream',
  instructSpeakers: [],
  // Those of v3: v2 follows none.
  instructs: trainedInstructs('cosyvoice3'),
  speed: HALF_TO_DOUBLE,
  // It takes more, but cuts the sound of it without a word.
  text: { unit: 'code-points', most: 300 },
  member: { baseUrl: null, concurrency: 1, requestsPerSecond: null },
  needsKey: false,
})

const runtimeFacts = ({ model, sampleRateHz }: Of<'cosyvoice-runtime'>): RemoteFacts => ({
  ...OWN,
  modes: [
    ...(model === 'cosyvoice' ? (['presetSpeaker'] as const) : []),
    ...RECORDED,
    ...(model === 'cosyvoice' ? [] : (['instruct'] as const)),
  ],
  recordings: 'sent-along',
  mayEnrol: false,
  languages: [],
  sampleRateHz: sampleRateHz ?? (model === 'cosyvoice' ? 22_050 : 24_000),
  streaming: true,
  // The first model follows directions with its own speakers, the later ones with recordings.
  instructSpeakers: model === 'cosyvoice' ? null : [],
  instructs: model === 'cosyvoice' ? [] : trainedInstructs(model),
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
  const key = JSON.stringify({ ...connection, fixes: undefined, extra: undefined })
  const facts = known.get(key) ?? factsOf(connection)
  known.set(key, facts)
  return facts
}

/** What an engine's units are: of its price, and of its limit where it has none. */
export const billedUnit = ({ price, connection }: Pick<RemoteEngine, 'price' | 'connection'>): BilledUnit =>
  price?.unit ?? remoteFacts(connection).text.unit
