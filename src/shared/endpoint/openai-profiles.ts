import { DASHSCOPE_VOICES } from './dashscope-system-voices.ts'
import type { BilledUnit, Connection, Price, RemoteVoice } from './remote-engine.ts'

export type OpenAiProfileId = Extract<Connection, { kind: 'openai' }>['profile']
export type OpenAiFormat = 'wav' | 'pcm' | 'mp3' | 'opus'
type Range = { readonly min: number; readonly max: number }

type KnownModel = {
  readonly model: string
  readonly voices: readonly Pick<RemoteVoice, 'remoteVoice' | 'name' | 'language'>[]
  /** As it was published. */
  readonly price: Price | null
}

/** What is known of servers that speak like OpenAI's `/v1/audio/speech`: which fields they take, in what ranges. */
export type OpenAiProfile = {
  /** As it ends in `/v1`; null where each person has their own. */
  readonly baseUrl: string | null
  /** It is known to have. What is not listed may be typed. */
  readonly models: readonly KnownModel[]
  /** The most text of one request. */
  readonly text: { readonly unit: BilledUnit; readonly most: number }
  /** Null: the field does not exist. */
  readonly speed: Range | null
  readonly pitch: Range | null
  /** As 0 to 100, or as a gain in dB. */
  readonly volume: ({ readonly field: 'volume' | 'gain' } & Range) | null
  readonly hasSeed: boolean
  readonly hasSsml: boolean
  /** `optional`: some models of such servers take directions; a person says whether theirs does. */
  readonly instructions: 'no' | 'optional' | 'yes'
  /** Takes the English name of a language. */
  readonly hasLanguage: boolean
  /** Whether a voice is a recording that goes with each request. */
  readonly reference: 'no' | 'optional' | 'required'
  /** In the order in which they are asked for: the next where one is refused. */
  readonly formats: readonly [OpenAiFormat, ...OpenAiFormat[]]
  /** What may be asked for in `sample_rate`. Empty: there is no such field. */
  readonly sampleRatesHz: readonly number[]
  /** Of raw samples, where nothing else is said. */
  readonly rawSampleRateHz: number
  /** `absent`: the field is never sent. `events`: asked for as events. `raw`: asked for with `pcm`, as raw samples or events. */
  readonly stream: 'absent' | 'events' | 'raw'
  /** Of one request, from first to last. */
  readonly totalMs: number
  /** Where voices are listed: by the OpenAI-like route, by SiliconFlow's, or nowhere. */
  readonly voiceList: 'no' | 'openai' | 'siliconflow'
  /** How a recording becomes a voice there, or that it does not. */
  readonly voiceUpload: 'no' | 'vllm-omni' | 'siliconflow'
}

const DASHSCOPE_RATES_HZ = [8000, 16_000, 22_050, 24_000, 44_100, 48_000]
const SILICONFLOW_MODEL = 'FunAudioLLM/CosyVoice2-0.5B'
const SILICONFLOW_VOICES = ['alex', 'benjamin', 'charles', 'david', 'anna', 'bella', 'claire', 'diana']

/** A model of DashScope's, which has its voices wherever it is sold. */
const resold = (model: string, amount: number): KnownModel => ({
  model: `tongyi/${model}`,
  voices: DASHSCOPE_VOICES.filter((voice) => voice.model === model && voice.regions.includes('cn')).map(
    ({ voice, language }) => ({ remoteVoice: voice, name: voice, language }),
  ),
  price: { amount, currency: 'CNY', per: 1000, unit: 'characters' },
})

const GENERIC: OpenAiProfile = {
  baseUrl: null,
  models: [],
  // OpenAI takes 4096; servers that nobody knows may take less.
  text: { unit: 'code-points', most: 2000 },
  speed: { min: 0.25, max: 4 },
  pitch: null,
  volume: null,
  hasSeed: false,
  hasSsml: false,
  instructions: 'optional',
  hasLanguage: false,
  reference: 'no',
  formats: ['wav', 'mp3'],
  sampleRatesHz: [],
  rawSampleRateHz: 24_000,
  stream: 'absent',
  totalMs: 600_000,
  voiceList: 'openai',
  voiceUpload: 'no',
}

/**
 * @source wcode: its page of tongyi/cosyvoice-v3-plus. generic: OpenAI API reference, audio/speech. vllm-omni: vllm-project/vllm-omni
 * docs/serving/speech_api.md. sglang-omni: sgl-project/sglang-omni docs. siliconflow: docs.siliconflow.cn text-to-speech.
 * cosyvoice-desktop: the source of CosyVoiceDesktop's server.
 */
export const OPENAI_PROFILES: Readonly<Record<OpenAiProfileId, OpenAiProfile>> = {
  generic: GENERIC,
  wcode: {
    ...GENERIC,
    baseUrl: 'https://wcode.net/api/gpt/v1',
    models: [resold('cosyvoice-v3-plus', 0.25), resold('cosyvoice-v3-flash', 0.0015)],
    text: { unit: 'characters', most: 2000 },
    speed: { min: 0.5, max: 2 },
    pitch: { min: 0.5, max: 2 },
    volume: { field: 'volume', min: 0, max: 100 },
    hasSeed: true,
    hasSsml: true,
    instructions: 'no',
    formats: ['wav'],
    sampleRatesHz: DASHSCOPE_RATES_HZ,
    totalMs: 300_000,
    voiceList: 'no',
  },
  'vllm-omni': {
    ...GENERIC,
    models: [{ model: 'FunAudioLLM/Fun-CosyVoice3-0.5B-2512', voices: [], price: null }],
    text: { unit: 'code-points', most: 1000 },
    instructions: 'yes',
    hasLanguage: true,
    reference: 'optional',
    formats: ['wav'],
    stream: 'events',
    voiceUpload: 'vllm-omni',
  },
  'sglang-omni': {
    ...GENERIC,
    text: { unit: 'code-points', most: 1000 },
    hasSeed: true,
    instructions: 'yes',
    hasLanguage: true,
    reference: 'required',
    formats: ['pcm'],
    stream: 'raw',
    voiceList: 'no',
  },
  siliconflow: {
    ...GENERIC,
    baseUrl: 'https://api.siliconflow.cn/v1',
    models: [
      {
        model: SILICONFLOW_MODEL,
        voices: SILICONFLOW_VOICES.map((name) => ({
          ...{ remoteVoice: `${SILICONFLOW_MODEL}:${name}`, name, language: null },
        })),
        price: { amount: 105, currency: 'CNY', per: 1_000_000, unit: 'utf8-bytes' },
      },
    ],
    text: { unit: 'code-points', most: 1000 },
    volume: { field: 'gain', min: -10, max: 10 },
    instructions: 'no',
    formats: ['pcm', 'wav'],
    sampleRatesHz: [8000, 16_000, 24_000, 32_000, 44_100],
    stream: 'raw',
    totalMs: 300_000,
    voiceList: 'siliconflow',
    voiceUpload: 'siliconflow',
  },
  'cosyvoice-desktop': { ...GENERIC, instructions: 'yes', formats: ['wav'] },
}
