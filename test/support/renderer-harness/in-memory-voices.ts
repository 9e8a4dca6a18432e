import type { AppContract, Handlers } from '../../../src/shared/contract/index.ts'
import { AppError, type GrantId, type VoiceId } from '../../../src/shared/kernel/index.ts'
import type { RenderWorld } from '../../../src/shared/render/index.ts'
import type { NewVoice, RecordingReport, Voice } from '../../../src/shared/voice/index.ts'

export type VoiceChannels =
  | 'voice.choose-recording'
  | 'voice.inspect-recording'
  | 'voice.create'
  | 'voice.change'
  | 'voice.delete'

const GOOD: RecordingReport = {
  durationSec: 6.4,
  isWhole: true,
  sampleRateHz: 48_000,
  peakDb: -3.2,
  speechLevelDb: -20.6,
  noiseLevelDb: -66.3,
  clippedShare: 0,
  leadingSilenceSec: 0.2,
  trailingSilenceSec: 0.4,
  pauses: [],
  advice: [],
  problem: null,
}

const refused = (...args: ConstructorParameters<typeof AppError>): RecordingReport['problem'] =>
  new AppError(...args).toData()
const remedies = ['choose-another-file', 'choose-another-voice'] as const

/** By the `recording` of the page's address. */
const REPORTS: Readonly<Record<string, RecordingReport>> = {
  good: GOOD,
  advice: {
    ...GOOD,
    durationSec: 14.2,
    sampleRateHz: 16_000,
    peakDb: 0,
    noiseLevelDb: -38.9,
    clippedShare: 0.0123,
    advice: ['clipped', 'noisy', 'long', 'low-rate'],
  },
  long: {
    ...GOOD,
    durationSec: 60,
    isWhole: false,
    advice: ['long'],
    problem: refused('voice.prompt-too-long', { params: { durationSec: '> 60', limitSec: 30 }, remedies }),
  },
  /** Models of this computer take it, a service does not. */
  unfit: { ...GOOD, durationSec: 4.1, sampleRateHz: 16_000, noiseLevelDb: -41, advice: ['noisy', 'low-rate'] },
  silent: {
    ...GOOD,
    peakDb: -68,
    speechLevelDb: -72.1,
    noiseLevelDb: -75,
    advice: ['noisy', 'quiet'],
    problem: refused('voice.prompt-silent', { params: { levelDb: -71, limitDb: -60 }, remedies }),
  },
}

/** What the recording that a voice has is like, as it was when the voice was made. */
export const voiceReport = (kind: string): RecordingReport => ({ ...(REPORTS[kind] ?? GOOD), problem: null })

const recorded = (id: string, name: string, patch: Partial<NewVoice> = {}): Voice => {
  const { promptText = 'The harbour lay quiet under the rain.', ...facts } = patch
  return {
    voiceId: `voice_${id}` as VoiceId,
    name,
    source: { kind: 'promptAudio', audioSha256: 'a'.repeat(64), promptText },
    language: 'en',
    gender: 'female',
    notes: '',
    createdAtEpochMs: 0,
    ...facts,
  }
}

const MANY: readonly Voice[] = [
  recorded('r1', 'Grandmother', { notes: 'By the stove, winter 2024; the calm one for the narrator.' }),
  recorded('r2', '林晚', { language: 'zh' }),
  recorded('r3', '老周（重庆）', { language: 'zh', gender: 'male', promptText: '' }),
  recorded('r4', `A voice with a name that goes on ${'and on '.repeat(20)}`, { language: null, gender: 'neutral' }),
  ...Array.from({ length: 30 }, (_none, index) => recorded(`n${index}`, `Extra ${index + 1}`, { language: 'yue' })),
]

const HUNDREDS: readonly Voice[] = Array.from({ length: 180 }, (_none, index) =>
  recorded(`h${index}`, `Reader ${index + 1}`, { language: ['zh', 'en', 'ja', 'yue'][index % 4] ?? null }),
)

/**
 * Voices kept in memory, by the page's address. `?voices=`: `full` has many, `hundreds` more, one of which is cast; `none` has none from
 * recordings; `full-disk` keeps nothing. `?recording=` says what the next one is like: good, advice, unfit, long, silent or
 * unreadable.
 */
export const inMemoryVoices = ({
  emit,
  world,
}: {
  emit(channel: string, payload: unknown): void
  world: RenderWorld
}): Handlers<AppContract, VoiceChannels, AbortSignal> => {
  const query = new URLSearchParams('location' in globalThis ? location.search : '')
  const voices = world.voices instanceof Map ? world.voices : new Map<VoiceId, Voice>()
  if (query.get('voices') === 'hundreds') for (const voice of [...MANY, ...HUNDREDS]) voices.set(voice.voiceId, voice)
  if (query.get('voices') === 'full') for (const voice of MANY) voices.set(voice.voiceId, voice)
  if (query.get('voices') === 'none')
    for (const { voiceId, source } of voices.values()) if (source.kind === 'promptAudio') voices.delete(voiceId)
  const put = (voice: Voice): void => {
    voices.set(voice.voiceId, voice)
    emit('voice.changed', { voiceIds: [voice.voiceId] })
  }
  return {
    'voice.choose-recording': () => ({
      grantId: 'grant_1' as GrantId,
      name: 'Grandmother, kitchen table (take 3).m4a',
    }),
    'voice.inspect-recording': async () => {
      const kind = query.get('recording') ?? 'good'
      const report = REPORTS[kind]
      if (report) return report
      throw new AppError('voice.prompt-unreadable', {
        params: { file: 'letter.wav', reason: 'it holds no sound' },
        remedies: ['choose-another-file'],
      })
    },
    'voice.create': ({ grantId: _grantId, ...said }) => {
      if (query.get('voices') === 'full-disk')
        throw new AppError('voice.not-writable', {
          params: { folder: '/home/me/.config/cosy-studio/library/voices', reason: 'ENOSPC' },
          remedies: ['free-disk-space', 'try-again'],
        })
      const voice = recorded(`new${voices.size}`, said.name, said)
      put(voice)
      return { voiceId: voice.voiceId }
    },
    'voice.change': ({ voiceId, ...said }) => put({ ...recorded('x', said.name, said), voiceId }),
    'voice.delete': ({ voiceId }) => {
      if (voiceId === 'voice_r2')
        throw new AppError('voice.in-use', { params: { count: 2 }, remedies: ['choose-another-voice'] })
      voices.delete(voiceId)
      emit('voice.changed', { voiceIds: [voiceId] })
    },
  }
}
