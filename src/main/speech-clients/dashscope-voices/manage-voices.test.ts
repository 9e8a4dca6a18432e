import { expect, test } from 'vitest'
import { aVoiceAccount } from '../../../../test/support/a-voice-account.ts'
import { sampleWav, type VoiceAction, type VoiceManner } from '../../../../test/support/dashscope-voices-server.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import type { DashscopeVoices } from './dashscope-voices.ts'

const never = new AbortController().signal
const VOICE = 'cosyvoice-v3.5-plus-narrator-0a1b'
const wav = sampleWav()
const refused = (status: number, code: string, message = 'm', headers?: Record<string, string>): VoiceManner => ({
  answer: { status, body: { code, message, request_id: 'q' }, ...(headers && { headers }) },
})
const output = (fields: unknown): VoiceManner => ({
  answer: { status: 200, body: { output: fields, request_id: 'q' } },
})

test('B9: a list is read page by page until one is not full', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  for (let index = 0; index < 23; index++) server.add({ voice_id: `cosyvoice-v3-plus-n${index}-a` })
  const list = await voices.listVoices({ prefix: null }, never)
  expect(list.map(({ voiceId }) => voiceId)).toEqual([...server.voices.keys()])
  expect(server.requests.map(({ input }) => input)).toEqual(
    [0, 1, 2].map((page_index) => ({ action: 'list_voice', page_index, page_size: 10 })),
  )
  expect((await voices.listVoices({ prefix: 'n1' }, never)).map(({ voiceId }) => voiceId)).toHaveLength(11)
  await server.allClosed()
})

test('a list of whole pages ends with an empty one; rows that name no voice, and rows that come twice, are passed over', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  for (let index = 0; index < 10; index++) server.add({ voice_id: `cosyvoice-v3-plus-n${index}-a` })
  expect(await voices.listVoices({ prefix: null }, never)).toHaveLength(10)
  expect(server.count('list_voice')).toBe(2)
  const rows = (from: number) => Array.from({ length: 10 }, (_none, at) => ({ voice_id: `v-${from + at}` }))
  server.next(
    'list_voice',
    output({ voice_list: [...rows(0).slice(0, 8), { status: 'OK' }, null] }),
    output({ voice_list: rows(5) }),
    output({ voice_list: null }),
  )
  const list = await voices.listVoices({ prefix: null }, never)
  expect(list.map(({ voiceId }) => voiceId)).toEqual(Array.from({ length: 15 }, (_none, at) => `v-${at}`))
  expect(list[0]).toEqual({
    voiceId: 'v-0',
    targetModel: null,
    state: 'unknown',
    isDesigned: false,
    createdAtEpochMs: null,
    modifiedAtEpochMs: null,
    voicePrompt: null,
    previewText: null,
  })
})

test('a service that gives the same page for ever is not read for ever', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  const page = output({ voice_list: Array.from({ length: 10 }, (_none, at) => ({ voice_id: `v-${at}` })) })
  server.next('list_voice', ...Array.from({ length: 5 }, () => page))
  expect(await voices.listVoices({ prefix: null }, never)).toHaveLength(10)
  expect(server.count('list_voice')).toBe(2)
})

test('what is known of a voice is told, whatever is missing', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.add({
    voice_id: 'cosyvoice-v3-plus-vd-announcer-1',
    target_model: 'cosyvoice-v3-plus',
    gmt_create: '2026-01-05 10:00:00',
    gmt_modified: '2026-01-05 10:00:09',
    voice_prompt: '沉稳的男声',
    preview_text: '晚上好。',
  })
  expect(await voices.queryVoice('cosyvoice-v3-plus-vd-announcer-1', never)).toEqual({
    voiceId: 'cosyvoice-v3-plus-vd-announcer-1',
    targetModel: 'cosyvoice-v3-plus',
    state: 'usable',
    isDesigned: true,
    createdAtEpochMs: Date.parse('2026-01-05T02:00:00Z'),
    modifiedAtEpochMs: Date.parse('2026-01-05T02:00:09Z'),
    voicePrompt: '沉稳的男声',
    previewText: '晚上好。',
  })
  server.next(
    'query_voice',
    output({ status: 'ok' }),
    output({ status: 'FROZEN', gmt_create: 7, target_model: 'other' }),
  )
  expect(await voices.queryVoice(VOICE, never)).toMatchObject({ state: 'usable', targetModel: 'cosyvoice-v3.5-plus' })
  expect(await voices.queryVoice(VOICE, never)).toMatchObject({
    state: 'unknown',
    targetModel: 'other',
    createdAtEpochMs: null,
  })
})

test('B2: a voice that is rejected is told at once, and can be deleted', async () => {
  await using account = await aVoiceAccount()
  const { server, voices, clock } = account
  server.add({ voice_id: VOICE, states: ['UNDEPLOYED'] })
  expect(await voices.waitUntilUsable(VOICE, { signal: never })).toMatchObject({ state: 'rejected' })
  expect([server.count('query_voice'), clock.waitedMs]).toEqual([1, []])
  await voices.deleteVoice(VOICE, never)
  expect(server.voices.size).toBe(0)
})

test('a voice is waited for ever more seldom, and after ten minutes left as it is', async () => {
  await using account = await aVoiceAccount()
  const { server, voices, clock } = account
  server.add({ voice_id: VOICE, states: ['DEPLOYING'] })
  expect(await voices.waitUntilUsable(VOICE, { signal: never })).toMatchObject({ state: 'deploying' })
  expect(clock.waitedMs.slice(0, 8)).toEqual([2000, 3000, 4500, 6750, 10_125, 15_000, 15_000, 15_000])
  expect(Math.max(...clock.waitedMs)).toBe(15_000)
  expect(clock.waitedMs.reduce((sum, waited) => sum + waited)).toBe(600_000)
  expect(server.count('query_voice')).toBe(clock.waitedMs.length + 1)
})

test('polls that fail on the way are followed by the next; the service says how long to wait', async () => {
  await using account = await aVoiceAccount()
  const { server, voices, clock } = account
  server.add({ voice_id: VOICE })
  server.next(
    'query_voice',
    { resets: 'before' },
    refused(429, 'Throttling', 'm', { 'retry-after': '30' }),
    refused(503, 'ServiceUnavailable', 'm', { 'retry-after': '3600' }),
    refused(500, 'InternalError.Timeout'),
  )
  expect(await voices.waitUntilUsable(VOICE, { signal: never })).toMatchObject({ state: 'usable' })
  expect(clock.waitedMs).toEqual([2000, 30_000, 60_000, 6750])
  await server.allClosed()
})

test('polls that fail to the end tell why, and what waiting does not help against tells it at once', async () => {
  await using account = await aVoiceAccount()
  const { server, voices, clock } = account
  server.next('query_voice', ...Array.from({ length: 100 }, () => refused(503, 'ServiceUnavailable')))
  await expect(voices.waitUntilUsable(VOICE, { signal: never })).rejects.toMatchObject({ failureClass: 'unavailable' })
  expect(clock.waitedMs.reduce((sum, waited) => sum + waited)).toBe(600_000)
  await using other = await aVoiceAccount()
  await expect(other.voices.waitUntilUsable('gone', { signal: never })).rejects.toMatchObject({
    failureClass: 'voice-not-found',
  })
  expect(other.server.count('query_voice')).toBe(1)
})

test('a cancel ends the waiting between two polls', async () => {
  const clock = { nowEpochMs: () => 0, setTimer: () => () => undefined }
  await using account = await aVoiceAccount({ deps: { clock } })
  account.server.add({ voice_id: VOICE, states: ['DEPLOYING'] })
  const controller = new AbortController()
  const onVoice = (): void => {
    setImmediate(() => controller.abort())
  }
  const waiting = account.voices.waitUntilUsable(VOICE, { signal: controller.signal, onVoice })
  await expect(waiting).rejects.toBeInstanceOf(AppCancel)
  await account.server.allClosed()
  expect(account.server.count('query_voice')).toBe(1)
})

const CALLS: readonly (readonly [VoiceAction, (voices: DashscopeVoices, signal: AbortSignal) => Promise<unknown>])[] = [
  ['list_voice', (voices, signal) => voices.listVoices({ prefix: null }, signal)],
  ['query_voice', (voices, signal) => voices.queryVoice(VOICE, signal)],
  ['update_voice', (voices, signal) => voices.updateVoice({ voiceId: VOICE, sample: { wav, url: null } }, signal)],
  ['delete_voice', (voices, signal) => voices.deleteVoice(VOICE, signal)],
]

test.each(CALLS)('%s is asked again where that is safe', async (action, call) => {
  await using account = await aVoiceAccount()
  const { server, voices, clock } = account
  server.add({ voice_id: VOICE })
  server.next(action, { resets: 'before' }, refused(503, 'ServiceUnavailable'))
  await call(voices, never)
  expect([server.count(action), clock.waitedMs]).toEqual([3, [500, 2000]])
  await server.allClosed()
})

test.each(CALLS)('%s that is cancelled ends, and its connection', async (action, call) => {
  for (const hangs of ['head', 'body'] as const) {
    await using account = await aVoiceAccount()
    const { server, voices } = account
    server.add({ voice_id: VOICE })
    server.next(action, { hangs })
    const controller = new AbortController()
    const asking = call(voices, controller.signal)
    await server.asked(action)
    controller.abort()
    await expect(asking).rejects.toBeInstanceOf(AppCancel)
    await server.allClosed()
    expect(server.count(action)).toBe(1)
  }
})

test('a voice whose removal was not heard of is gone; one that never was is told', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.add({ voice_id: VOICE })
  server.next('delete_voice', { resets: 'after' })
  await voices.deleteVoice(VOICE, never)
  expect([server.count('delete_voice'), server.voices.size]).toEqual([2, 0])
  await expect(voices.deleteVoice(VOICE, never)).rejects.toMatchObject({ failureClass: 'voice-not-found' })
})

test('a clone gets another sample, by whatever way, and is made anew', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.add({ voice_id: VOICE })
  server.statesOfNew = ['DEPLOYING', 'OK']
  server.unreachable.add('oss')
  const updated = await voices.updateVoice({ voiceId: VOICE, sample: { wav, url: null } }, never)
  expect([updated.way, updated.failedWays.map(({ way }) => way)]).toEqual(['data-uri', ['temporary-upload']])
  expect(server.requests.at(-1)?.input).toEqual({
    action: 'update_voice',
    voice_id: VOICE,
    url: `data:audio/wav;base64,${Buffer.from(wav).toString('base64')}`,
  })
  expect(await voices.waitUntilUsable(VOICE, { signal: never })).toMatchObject({ state: 'usable' })
})

test('a designed voice has no sample to change', async () => {
  await using account = await aVoiceAccount()
  const voiceId = 'cosyvoice-v3-plus-vd-announcer-1'
  const updating = account.voices.updateVoice({ voiceId, sample: { wav, url: null } }, never)
  await expect(updating).rejects.toMatchObject({ failureClass: 'bad-request' })
  expect([account.server.requests, account.askedFor]).toEqual([[], []])
})

test('nothing of a storage less safe than the service is used', async () => {
  const asked: string[] = []
  const body = {
    data: {
      policy: 'p',
      signature: 's',
      upload_dir: 'd',
      upload_host: 'http://a.example/',
      oss_access_key_id: 'k',
      x_oss_object_acl: 'private',
      x_oss_forbid_overwrite: true,
    },
  }
  await using account = await aVoiceAccount({
    deps: {
      endpoint: { baseUrl: 'https://a.example', apiKey: async () => 'sk-key' },
      wire: {
        ask: async ({ url }) => {
          asked.push(new URL(url).pathname)
          const text = JSON.stringify(url.includes('getPolicy') ? body : { output: {} })
          const bytes = new TextEncoder().encode(text)
          return {
            status: 200,
            header: () => null,
            bytes: async () => bytes,
            text: async () => text,
            pieces: async function* () {
              yield bytes
            },
          }
        },
        openSocket: () => Promise.reject(new Error('no sockets')),
      },
    },
  })
  const updated = await account.voices.updateVoice({ voiceId: VOICE, sample: { wav, url: null } }, never)
  expect(updated.way).toBe('data-uri')
  expect(asked).toEqual(['/api/v1/uploads', '/api/v1/uploads', '/api/v1/services/audio/tts/customization'])
})
