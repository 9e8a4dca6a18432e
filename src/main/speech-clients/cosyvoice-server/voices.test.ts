import { afterEach, expect, test, vi } from 'vitest'
import {
  type CosyVoiceApiServer,
  type ServerTraits,
  startCosyVoiceApiServer,
  wavOf,
} from '../../../../test/support/cosyvoice-api-server.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import { queueStats, registerScheduled, removeScheduled, renderScheduled, scheduledState } from './schedule.ts'
import { TASK_IS_GONE } from './task-waiting.ts'
import { removeTask, startTask, taskState } from './tasks.ts'
import {
  createServerVoice,
  deleteServerVoice,
  isDuplicateVoice,
  listServerVoices,
  type NewServerVoice,
  nextVoiceId,
  serverVoice,
  updateServerVoice,
} from './voices.ts'

const never = new AbortController().signal
const servers: CosyVoiceApiServer[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const server of servers.splice(0)) {
    await server.settled()
    await server[Symbol.asyncDispose]()
  }
})
const setUp = async (traits: ServerTraits = {}) => {
  const server = await startCosyVoiceApiServer(traits)
  servers.push(server)
  const wire = createWire({ clock: systemClock, isOffline: () => false })
  return { server, access: { wire, clock: systemClock, endpoint: { baseUrl: server.url } } }
}
/** A second of sound. */
const RECORDING = wavOf(Array(24_000).fill(0.1))
const newVoice = (changes: Partial<NewServerVoice> = {}): NewServerVoice => ({
  voiceId: 'a',
  name: 'Ann',
  audio: { bytes: RECORDING, fileName: 'C:\\ann\\sample.Flac' },
  promptText: '你好',
  ...changes,
})

test('a voice is created, found, renamed and deleted', async () => {
  const { server, access } = await setUp()
  vi.stubEnv('TZ', 'Asia/Tokyo')
  const created = await createServerVoice(access, 'v3', newVoice(), never)
  expect(created).toEqual({
    voiceId: 'a',
    name: 'Ann',
    description: null,
    voiceType: 'cross_lingual',
    language: null,
    createdAtEpochMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    durationSec: 3.5,
    sampleRateHz: 24_000,
    sizeBytes: 1000,
    isActive: true,
  })
  expect(server.seen[0]).toMatchObject({
    path: '/api/v3/voices/',
    body: {
      voice_id: 'a',
      name: 'Ann',
      voice_type: 'cross_lingual',
      prompt_text: '你好',
      audio_format: 'flac',
      audio_file: `voice.flac audio/flac ${RECORDING.length}`,
    },
  })
  expect(server.seen[0]?.body).not.toHaveProperty('language')
  expect(await updateServerVoice(access, 'v3', 'a', { name: 'Anna' }, never)).toMatchObject({ name: 'Anna' })
  expect(await serverVoice(access, 'v3', 'a', never)).toMatchObject({ name: 'Anna' })
  await deleteServerVoice(access, 'v3', 'a', never)
  const missing = { failureClass: 'voice-not-found' }
  await expect(serverVoice(access, 'v3', 'a', never)).rejects.toMatchObject(missing)
  await expect(updateServerVoice(access, 'v3', 'a', { name: 'x' }, never)).rejects.toMatchObject(missing)
  await expect(deleteServerVoice(access, 'v3', 'a', never)).rejects.toMatchObject(missing)
})

test('a route that the server does not have is no missing voice', async () => {
  const { server, access } = await setUp()
  server.misbehave('voice', { status: 404, body: { detail: 'Not Found' } })
  await expect(serverVoice(access, 'v3', 'my_voice_01', never)).rejects.toMatchObject({ failureClass: 'protocol' })
})

test('E4: a name that is taken is the same refusal in both forms, and there is another name', async () => {
  const { server, access } = await setUp({ voices: ['a'] })
  const refusals: unknown[] = []
  const tryOnce = (): Promise<unknown> =>
    createServerVoice(access, 'v3', newVoice(), never).catch((error: unknown) => refusals.push(error))
  await tryOnce()
  server.misbehave('voices-create', { status: 409, body: { detail: 'Voice already exists' } })
  await tryOnce()
  for (const refusal of refusals) {
    expect(refusal).toMatchObject({ failureClass: 'bad-request' })
    expect(isDuplicateVoice(refusal)).toBe(true)
  }
  expect(refusals).toHaveLength(2)
  server.misbehave('voices-create', {
    status: 400,
    body: { error: 'http_error', message: 'Invalid audio file: too short' },
  })
  const other = await createServerVoice(access, 'v3', newVoice(), never).catch((error: unknown) => error)
  expect([isDuplicateVoice(other), isDuplicateVoice(new Error('x'))]).toEqual([false, false])
  expect(other).toMatchObject({ failureClass: 'bad-request' })
  expect(['a', 'a_2', 'a_9', 'a_b'].map(nextVoiceId)).toEqual(['a_2', 'a_3', 'a_10', 'a_b_2'])
  expect(await createServerVoice(access, 'v3', newVoice({ voiceId: nextVoiceId('a') }), never)).toMatchObject({
    voiceId: 'a_2',
  })
})

test('a recording that the server would not take is not sent', async () => {
  const { server, access } = await setUp()
  expect(() =>
    createServerVoice(access, 'v3', newVoice({ audio: { bytes: RECORDING, fileName: 'a.txt' } }), never),
  ).toThrow(expect.objectContaining({ failureClass: 'bad-request' }))
  expect(server.seen).toEqual([])
})

test('all pages of voices are read, whatever the server says of their size', async () => {
  const names = Array.from({ length: 230 }, (_, index) => `v${index}`)
  const { server, access } = await setUp({ voices: names })
  const voices = await listServerVoices(access, 'v2', never)
  expect(voices.map(({ voiceId }) => voiceId)).toEqual(names)
  expect(server.seen.map(({ path }) => path)).toEqual(
    [1, 2, 3].map((page) => `/api/v2/voices/?page=${page}&page_size=100`),
  )
})

test('a list that promises more than it has ends, and rows that cannot be read are left out', async () => {
  const { server, access } = await setUp()
  const bare = { voice_id: 'b', created_at: 'soon', duration: -1, file_size: '?', description: 7 }
  server.misbehave(
    'voices',
    { body: { voices: [bare, { name: 'no id' }, 3], total: 1000 } },
    { body: { voices: [], total: 1000 } },
  )
  expect(await listServerVoices(access, 'v3', never)).toEqual([
    expect.objectContaining({
      voiceId: 'b',
      name: 'b',
      createdAtEpochMs: null,
      durationSec: null,
      sizeBytes: null,
      description: null,
    }),
  ])
  expect(server.seen).toHaveLength(2)
  server.misbehave('voices', { body: { total: 1 } })
  await expect(listServerVoices(access, 'v3', never)).rejects.toMatchObject({ failureClass: 'protocol' })
})

const line = (text: string) => ({ text, voice: 'my_voice_01', speed: 1 })

test('a task is started, followed and removed', async () => {
  const { access } = await setUp()
  const one = await startTask(access, 'v3', line('one'), never)
  expect(one).toMatchObject({ status: 'registered', progress: 0 })
  expect(await taskState(access, 'v3', one.taskId, never)).toMatchObject({ status: 'processing', progress: 0.3 })
  await removeTask(access, 'v3', one.taskId, never)
  const gone = { failureClass: 'unavailable', facts: { code: TASK_IS_GONE } }
  await expect(taskState(access, 'v3', one.taskId, never)).rejects.toMatchObject(gone)
  await expect(removeTask(access, 'v3', one.taskId, never)).rejects.toMatchObject(gone)
})

test('the schedule is counted, rendered and taken back', async () => {
  const { access } = await setUp()
  const ids: Record<string, string> = {}
  for (const [text, priority] of [
    ['a', 'low'],
    ['b', 'urgent'],
    ['c', 'normal'],
    ['d', 'urgent'],
  ] as const)
    ids[text] = (await registerScheduled(access, { ...line(text), priority }, never)).taskId
  expect(await queueStats(access, never)).toEqual({
    tasks: 4,
    byStatus: { pending: 4 },
    byPriority: { low: 1, urgent: 2, normal: 1 },
    averageSynthesisSec: 1.25,
  })
  const a = ids.a ?? ''
  expect(await renderScheduled(access, a, never)).toMatchObject({ status: 'scheduled' })
  expect(await scheduledState(access, a, never)).toMatchObject({ status: 'processing', priority: 'low' })
  await expect(removeScheduled(access, a, never)).rejects.toMatchObject({ failureClass: 'bad-request' })
  await removeScheduled(access, ids.b ?? '', never)
  await expect(removeScheduled(access, ids.b ?? '', never)).rejects.toMatchObject({ failureClass: 'unavailable' })
})
