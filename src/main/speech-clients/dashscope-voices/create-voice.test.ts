import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { aVoiceAccount } from '../../../../test/support/a-voice-account.ts'
import {
  type DashscopeVoicesServer,
  PREVIEW_WAV,
  sampleWav,
  VOICES_KEY,
  type VoiceAction,
  type VoiceManner,
} from '../../../../test/support/dashscope-voices-server.ts'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire, failureOfError, RemoteFailure } from '../../remote/index.ts'
import type { CloneAsked } from './create-voice.ts'
import type { DesignAsked } from './design-voice.ts'
import { voiceHintOf } from './voice-failure.ts'

const never = new AbortController().signal
const wav = sampleWav()
const clone = (more: Partial<CloneAsked> = {}): CloneAsked => ({
  targetModel: 'cosyvoice-v3.5-plus',
  prefix: 'narrator',
  sampleLanguage: 'zh',
  longestPromptSec: null,
  isPreprocessed: null,
  sample: { wav: null, url: 'https://x/a.wav' },
  ...more,
})
const design = (more: Partial<DesignAsked> = {}): DesignAsked => ({
  targetModel: 'cosyvoice-v3-plus',
  prefix: 'announcer',
  voicePrompt: '沉稳的中年男声，语速缓慢。',
  previewText: '各位听众，晚上好。',
  language: 'zh',
  ...more,
})
const refused = (status: number, code: string, message = 'm', headers?: Record<string, string>): VoiceManner => ({
  answer: { status, body: { code, message, request_id: 'q' }, ...(headers && { headers }) },
})
const failureOf = async (promise: Promise<unknown>): Promise<RemoteFailure> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof RemoteFailure) return error
  throw new Error('it did not fail as a request does', { cause: error })
}

test('B1: a voice is made of a sample, and waited for until it can speak', async () => {
  await using account = await aVoiceAccount()
  const { server, voices, clock } = account
  server.statesOfNew = ['DEPLOYING', 'DEPLOYING', 'OK']
  const made = await voices.createVoice(clone(), never)
  expect(made).toEqual({
    voiceId: 'cosyvoice-v3.5-plus-narrator-0001',
    targetModel: 'cosyvoice-v3.5-plus',
    requestId: 'r-1',
    isAdopted: false,
    way: 'own-url',
    failedWays: [],
  })
  expect(server.requests[0]?.input).toEqual({
    action: 'create_voice',
    target_model: 'cosyvoice-v3.5-plus',
    prefix: 'narrator',
    url: 'https://x/a.wav',
    language_hints: ['zh'],
  })
  const states: string[] = []
  const voice = await voices.waitUntilUsable(made.voiceId, {
    signal: never,
    onVoice: ({ state }) => states.push(state),
  })
  expect(voice).toMatchObject({ state: 'usable', targetModel: 'cosyvoice-v3.5-plus', isDesigned: false })
  expect(voice.createdAtEpochMs).toBe(Date.parse('2026-01-05T02:00:00Z'))
  expect(states).toEqual(['deploying', 'deploying', 'usable'])
  expect(clock.waitedMs).toEqual([2000, 3000])
  await server.allClosed()
})

test('options of a clone go into the request, and only where the model has them', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  await voices.createVoice(clone({ sampleLanguage: null, longestPromptSec: 12.5, isPreprocessed: false }), never)
  expect(server.requests[0]?.input).toMatchObject({ max_prompt_audio_length: 12.5, enable_preprocess: false })
  expect(server.requests[0]?.input).not.toHaveProperty('language_hints')
  const failure = await failureOf(
    voices.createVoice(clone({ targetModel: 'cosyvoice-v2', longestPromptSec: 12.5 }), never),
  )
  expect(failure).toMatchObject({
    failureClass: 'bad-request',
    facts: { reason: 'field-unfit', params: { field: 'longestPromptSec' } },
  })
  expect(server.requests).toHaveLength(1)
})

test('B3: a sample that cannot be loaded goes by the next way, each with consent; the storage gets it with the file last', async () => {
  await using account = await aVoiceAccount()
  const { server, voices, askedFor } = account
  server.unreachable.add('https')
  const made = await voices.createVoice(clone({ sample: { wav, url: 'https://x/a.wav?signature=hidden' } }), never)
  expect(askedFor).toEqual(['own-url', 'temporary-upload'])
  expect(made.way).toBe('temporary-upload')
  expect(made.failedWays).toHaveLength(1)
  const [first] = made.failedWays
  expect([first?.way, first?.failure.failureClass]).toEqual(['own-url', 'bad-request'])
  expect(first?.failure.facts.reason).not.toContain('hidden')
  expect([...server.objects.values()]).toEqual([wav])
  const [key] = server.objects.keys()
  const created = server.requests.at(-1)
  expect(created?.input.url).toBe(`oss://${key}`)
  expect(created?.headers['x-dashscope-ossresourceresolve']).toBe('enable')
  expect(server.requests.map(({ action }) => action)).toEqual(['create_voice', 'getPolicy', 'upload', 'create_voice'])
  await server.allClosed()
})

test('B3: when no way is left, the refusal stands', async () => {
  await using account = await aVoiceAccount()
  const { server, voices, askedFor } = account
  for (const scheme of ['https', 'oss', 'data']) server.unreachable.add(scheme)
  const failure = await failureOf(voices.createVoice(clone({ sample: { wav, url: 'https://x/a.wav' } }), never))
  expect([failure.failureClass, voiceHintOf(failure)]).toEqual(['bad-request', 'address'])
  expect(askedFor).toEqual(['own-url', 'temporary-upload', 'data-uri'])
  expect(server.count('create_voice')).toBe(3)
  expect(server.voices.size).toBe(0)
})

test('without consent nothing goes that way, and without any nothing goes at all', async () => {
  const onlyInRequest = await aVoiceAccount({ allows: (way) => way === 'data-uri' })
  await using _first = onlyInRequest
  const made = await onlyInRequest.voices.createVoice(clone({ sample: { wav, url: null } }), never)
  expect([made.way, onlyInRequest.server.count('getPolicy')]).toEqual(['data-uri', 0])
  expect(onlyInRequest.server.requests[0]?.input.url).toBe(
    `data:audio/wav;base64,${Buffer.from(wav).toString('base64')}`,
  )
  const none = await aVoiceAccount({ allows: () => false })
  await using _second = none
  await expect(none.voices.createVoice(clone({ sample: { wav, url: 'https://x/a' } }), never)).rejects.toBeInstanceOf(
    AppCancel,
  )
  expect(none.server.requests).toEqual([])
})

test('a cancel while a person still thinks about it ends it, and one before does not ask', async () => {
  const controller = new AbortController()
  let asked = 0
  const mayUpload = () => {
    asked += 1
    setImmediate(() => controller.abort())
    return new Promise<boolean>(() => undefined)
  }
  await using account = await aVoiceAccount({ deps: { mayUpload } })
  for (let time = 0; time < 2; time++)
    await expect(account.voices.createVoice(clone(), controller.signal)).rejects.toBeInstanceOf(AppCancel)
  expect([asked, account.server.requests]).toEqual([1, []])
})

test.each<[string, VoiceAction, VoiceManner]>([
  ['there are no uploads', 'getPolicy', { answer: { status: 404, body: '<html>' } }],
  ['its permit is incomplete', 'getPolicy', { answer: { status: 200, body: { data: { policy: 'p' } } } }],
  [
    'the storage refuses the file',
    'upload',
    { answer: { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' } },
  ],
])('where %s the sample goes in the request', async (_what, action, manner) => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.next(action, manner, manner)
  const made = await voices.createVoice(clone({ sample: { wav, url: null } }), never)
  expect([made.way, made.failedWays.map(({ way }) => way)]).toEqual(['data-uri', ['temporary-upload']])
  await server.allClosed()
})

test('an upload that fails on the way is made again under another name', async () => {
  let next = 0
  await using account = await aVoiceAccount({ deps: { random: () => (next = (next + 0.37) % 1) } })
  const { server, voices } = account
  server.next('upload', { resets: 'after' })
  const made = await voices.createVoice(clone({ sample: { wav, url: null } }), never)
  expect([made.way, server.objects.size]).toEqual(['temporary-upload', 2])
})

test('a sample that is larger than the storage takes goes another way', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.mostUploadMb = 0.00001
  const made = await voices.createVoice(clone({ sample: { wav, url: null } }), never)
  expect([made.way, server.count('upload')]).toEqual(['data-uri', 0])
})

test('a sample of more than 10 MB is not sent anywhere', async () => {
  await using account = await aVoiceAccount()
  const large = new Uint8Array(10_000_001)
  large.set(wav)
  const failure = await failureOf(account.voices.createVoice(clone({ sample: { wav: large, url: null } }), never))
  expect([failure.failureClass, account.askedFor]).toEqual(['bad-request', []])
})

test('a refused key ends it: no other way would change that', async () => {
  await using account = await aVoiceAccount({ deps: {} })
  const { server, voices } = account
  server.next('getPolicy', refused(401, 'InvalidApiKey'))
  const failure = await failureOf(voices.createVoice(clone({ sample: { wav, url: null } }), never))
  expect([failure.failureClass, server.requests.length]).toEqual(['auth', 1])
})

test('B4: too many requests are waited out as long as the service says', async () => {
  await using account = await aVoiceAccount()
  const { server, voices, clock } = account
  server.next('create_voice', refused(429, 'Throttling.RateQuota', 'slow down', { 'retry-after': '7' }))
  await voices.createVoice(clone(), never)
  expect(clock.waitedMs).toEqual([7000])
  expect(server.count('create_voice')).toBe(2)
  server.next('create_voice', ...Array.from({ length: 5 }, () => refused(429, 'Throttling.RateQuota')))
  const failure = await failureOf(voices.createVoice(clone(), never))
  expect([failure.failureClass, server.count('create_voice')]).toEqual(['rate-limit', 7])
})

test('B5: a full account is told at once, with what to do', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.next('create_voice', refused(400, 'InvalidParameter', 'Maximum voice-clone voice limit exceeded.'))
  const failure = await failureOf(voices.createVoice(clone(), never))
  expect([failure.failureClass, voiceHintOf(failure), failure.facts.requestId]).toEqual(['quota', 'delete-voices', 'q'])
  expect(server.requests).toHaveLength(1)
})

test.each<[string, VoiceManner]>([
  ['the connection ends', { resets: 'after' }],
  ['a page of a proxy comes', { says: { status: 502, body: '<html>Bad Gateway</html>' } }],
  ['the answer names no voice', { says: { status: 200, body: { output: {} } } }],
  ['the answer is empty', { says: { status: 200, body: '' } }],
  ['the service says that it failed', { says: { status: 500, body: { code: 'InternalError', message: 'x' } } }],
])('B6: a voice that was made although %s is found by its name and adopted', async (_what, manner) => {
  await using account = await aVoiceAccount()
  const { server, voices, clock } = account
  server.add({ voice_id: 'cosyvoice-v3.5-plus-narrator2-ffff' })
  server.add({ voice_id: 'cosyvoice-v3-flash-narrator-ffff' })
  server.add({ voice_id: 'cosyvoice-v3.5-plus-vd-narrator-ffff' })
  server.next('create_voice', manner)
  const made = await voices.createVoice(clone(), never)
  expect(made).toMatchObject({ voiceId: 'cosyvoice-v3.5-plus-narrator-0001', isAdopted: true, requestId: null })
  expect(server.requests.map(({ action }) => action)).toEqual(['create_voice', 'list_voice'])
  expect(server.requests[1]?.input).toMatchObject({ prefix: 'narrator', page_index: 0, page_size: 10 })
  expect(clock.waitedMs).toEqual([])
  await server.allClosed()
})

test('of several the newest is adopted, and none that is known', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.add({ voice_id: 'cosyvoice-v3.5-plus-narrator-a', gmt_create: '2026-01-05 10:00:01' })
  server.add({ voice_id: 'cosyvoice-v3.5-plus-narrator-b', gmt_create: '2026-01-05 10:00:03' })
  server.add({ voice_id: 'cosyvoice-v3.5-plus-narrator-c', gmt_create: '2026-01-05 10:00:02' })
  server.next('create_voice', { resets: 'before' }, { resets: 'before' })
  expect((await voices.createVoice(clone(), never)).voiceId).toMatch(/-b$/)
  const knownVoiceIds = new Set(['cosyvoice-v3.5-plus-narrator-b'])
  expect((await voices.createVoice(clone({ knownVoiceIds }), never)).voiceId).toMatch(/-c$/)
})

test.each([
  ['the service writes its times in UTC', (server: DashscopeVoicesServer) => (server.clockOffMs = -8 * 3_600_000)],
  ['it has no times', (server: DashscopeVoicesServer) => (server.clockOffMs = null)],
  ['the clocks are six minutes apart', (server: DashscopeVoicesServer) => (server.clockOffMs = -360_000)],
])('a voice is known by its name and made once, also where %s', async (_what, set) => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  set(server)
  server.next('create_voice', { says: { status: 500, body: { code: 'InternalError', message: 'x' } } })
  expect(await voices.createVoice(clone(), never)).toMatchObject({ isAdopted: true })
  expect([server.count('create_voice'), server.voices.size]).toEqual([1, 1])
})

test('a voice without a time is adopted where there is no newer one', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.add({ voice_id: 'cosyvoice-v3.5-plus-narrator-ageless', gmt_create: 'soon' })
  server.add({ voice_id: 'cosyvoice-v3.5-plus-narrator-aged', gmt_create: '2020-01-05 09:00:00' })
  server.next('create_voice', { resets: 'before' })
  expect((await voices.createVoice(clone(), never)).voiceId).toMatch(/-aged$/)
})

test('a request that is lost is never made again, by no other way either, whatever the list says', async () => {
  await using account = await aVoiceAccount()
  const { server, voices, clock, askedFor } = account
  server.add({ voice_id: 'cosyvoice-v3.5-plus-narrato-old' })
  server.next('create_voice', { resets: 'before' })
  const failure = await failureOf(voices.createVoice(clone({ sample: { wav, url: 'https://x/a.wav' } }), never))
  expect([failure.failureClass, server.count('create_voice'), server.count('list_voice')]).toEqual(['network', 1, 3])
  expect(askedFor).toEqual(['own-url'])
  expect(clock.waitedMs).toEqual([2000, 3000])
  await server.allClosed()
})

test('where the list cannot be had either, the person is told that nobody knows', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.next('create_voice', { resets: 'after' })
  server.next('list_voice', refused(401, 'InvalidApiKey', 'Incorrect API key'))
  const failure = await failureOf(voices.createVoice(clone(), never))
  expect(failure.failureClass).toBe('network')
  expect(failure.facts.reason).toBe('maybe-made')
  expect(server.count('create_voice')).toBe(1)
})

test('an answer that does not come in time is a lost one too', async () => {
  const time = fakeTime()
  const clock = { ...time, nowEpochMs: () => time.nowEpochMs }
  const wire = createWire({ clock, isOffline: () => false })
  await using account = await aVoiceAccount({ deps: { wire } })
  const { server, voices } = account
  server.next('create_voice', { hangs: 'head' })
  const making = failureOf(voices.createVoice(clone(), never))
  await server.asked('create_voice')
  time.pass(60_000)
  expect((await making).failureClass).toBe('timeout')
  expect([server.count('create_voice'), server.count('list_voice')]).toEqual([1, 3])
  await server.allClosed()
})

test('where the service itself failed and made nothing, it is asked once more and then the sample is blamed', async () => {
  await using account = await aVoiceAccount()
  const { server, voices, clock } = account
  const failed = refused(500, 'InternalError', 'audio preprocess server error')
  server.next('create_voice', failed)
  expect((await voices.createVoice(clone(), never)).isAdopted).toBe(false)
  expect([server.count('create_voice'), clock.waitedMs]).toEqual([2, [2000, 3000, 1000]])
  server.next('create_voice', failed, failed)
  const failure = await failureOf(voices.createVoice(clone({ prefix: 'other' }), never))
  expect([failure.failureClass, voiceHintOf(failure), server.count('create_voice')]).toEqual([
    'unavailable',
    'sample',
    4,
  ])
})

test('a service that nobody reaches was certainly not asked', async () => {
  const closed = createServer()
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
  const address = closed.address()
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  await new Promise((resolve) => closed.close(resolve))
  await using account = await aVoiceAccount({ deps: { endpoint: { baseUrl, apiKey: async () => VOICES_KEY } } })
  const failure = await failureOf(account.voices.createVoice(clone(), never))
  expect([failure.facts.code, failure.facts.reason]).toEqual(['ECONNREFUSED', 'nothing-answers'])
  expect(account.clock.waitedMs).toEqual([500, 1000, 2000])
})

test('a certificate that is not trusted ends it: nothing was sent, and nothing will be', async () => {
  let requests = 0
  const ask = async (): Promise<never> => {
    requests += 1
    throw failureOfError(Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }))
  }
  const wire = { ask, openSocket: ask }
  await using account = await aVoiceAccount({ deps: { wire } })
  const failure = await failureOf(account.voices.createVoice(clone(), never))
  expect([failure.failureClass, failure.facts.reason, requests]).toEqual(['network', 'certificate-untrusted', 1])
})

test('nobody looks for a voice where there is no such service', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  const nothing = { answer: { status: 404, body: '<html>' } }
  server.next('create_voice', nothing, nothing)
  const failure = await failureOf(voices.createVoice(clone(), never))
  expect(failure.failureClass).toBe('protocol')
  expect([server.count('create_voice'), server.count('list_voice')]).toEqual([2, 0])
})

test('a voice is designed from words, and is heard', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  const made = await voices.designVoice(design(), never)
  expect(made).toMatchObject({
    voiceId: 'cosyvoice-v3-plus-vd-announcer-0001',
    targetModel: 'cosyvoice-v3-plus',
    isAdopted: false,
    warnings: [],
  })
  expect(made.preview?.sampleRateHz).toBe(24_000)
  expect([...(made.preview?.pcm ?? [])].map((sample) => Math.round(sample * 32_768))).toEqual([
    0, 1000, 2000, 3000, 2000, 1000, 0, -1000,
  ])
  expect(server.requests[0]?.parameters).toEqual({ sample_rate: 24_000, response_format: 'wav' })
  expect((await voices.queryVoice(made.voiceId, never)).voicePrompt).toBe('沉稳的中年男声，语速缓慢。')
})

test.each<[string, unknown]>([
  ['cut short', { data: 'UklGRjQAAABXQVZFZm1' }],
  ['missing', undefined],
  ['an MP3', { data: Buffer.from('ID3xxxxxxxxxxxxx').toString('base64') }],
  ['half a sample too long', { data: Buffer.from([...wav, 0]).toString('base64') }],
  ['a head alone', { data: Buffer.from(PREVIEW_WAV, 'base64').subarray(0, 44).toString('base64') }],
  ['in two channels', { data: PREVIEW_WAV.replace('AAABAAEA', 'AAABAAIA') }],
])('B7: a voice whose preview is %s is kept, without it', async (_what, preview_audio) => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  const output = { voice_id: 'cosyvoice-v3-plus-vd-announcer-1', target_model: 'cosyvoice-v3-plus', preview_audio }
  server.next('create_voice', { answer: { status: 200, body: { output, request_id: 'q' } } })
  const made = await voices.designVoice(design(), never)
  expect([made.voiceId, made.preview, made.requestId]).toEqual(['cosyvoice-v3-plus-vd-announcer-1', null, 'q'])
  expect(made.warnings).toEqual([{ field: 'preview', reason: expect.any(String) }])
  expect(server.count('create_voice')).toBe(1)
})

test('a designed voice whose answer was lost is adopted without its preview', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.add({ voice_id: 'cosyvoice-v3-plus-announcer-ffff' })
  server.next('create_voice', { resets: 'after' })
  const made = await voices.designVoice(design(), never)
  expect(made).toMatchObject({ voiceId: 'cosyvoice-v3-plus-vd-announcer-0001', isAdopted: true, preview: null })
  expect(made.warnings).toHaveLength(1)
})

test('B8: an error in the body counts more than a status that says that all is well', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  server.next('create_voice', refused(200, 'InvalidApiKey', `Incorrect API key ${VOICES_KEY} provided`))
  const failure = await failureOf(voices.createVoice(clone(), never))
  expect([failure.failureClass, server.requests.length]).toEqual(['auth', 1])
  expect(JSON.stringify([failure.message, failure.facts])).not.toContain(VOICES_KEY)
})

test('a key that is refused, and one that is none, is not repeated', async () => {
  for (const key of ['sk-wrong-0123456789', 'sk-wrong\n0123456789', '']) {
    await using account = await aVoiceAccount()
    const endpoint = { baseUrl: account.server.url, apiKey: async () => key }
    await using other = await aVoiceAccount({ deps: { endpoint } })
    const failure = await failureOf(other.voices.createVoice(clone(), never))
    expect(failure.failureClass).toBe('auth')
    if (key) expect(JSON.stringify([failure.message, failure.facts, String(failure.cause)])).not.toContain('0123456789')
  }
})

test('what the service repeats of the words of a design is not passed on', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  const { voicePrompt, previewText } = design()
  server.next('create_voice', refused(400, 'DataInspectionFailed', `not allowed: ${voicePrompt} / ${previewText}`))
  const failure = await failureOf(voices.designVoice(design(), never))
  expect([failure.failureClass, failure.facts.reason]).toEqual([
    'content-blocked',
    'DataInspectionFailed: not allowed: *** / ***',
  ])
})

test('the address of synthesis, a path of a gateway and a workspace are understood', async () => {
  await using behind = await aVoiceAccount({ underPath: '/gateway' })
  const baseUrl = `${behind.server.url.replace('http', 'ws')}/api-ws/v1/inference/`
  const endpoint = { baseUrl, apiKey: async () => VOICES_KEY, workspaceId: 'ws-1' }
  await using account = await aVoiceAccount({ deps: { endpoint } })
  await account.voices.createVoice(clone(), never)
  expect(behind.server.requests[0]?.headers['x-dashscope-workspace']).toBe('ws-1')
})

test('what Singapore never makes is not asked for there, and its refusals name the region', async () => {
  const asked: string[] = []
  const refusing = (body: unknown) => ({
    ask: async ({ url }: { url: string }) => {
      asked.push(url)
      return createWire({
        clock: systemClock,
        isOffline: () => false,
      }).ask({ url: `data:application/json,${encodeURIComponent(JSON.stringify(body))}` }, never)
    },
    openSocket: () => Promise.reject(new Error('no sockets')),
  })
  const endpoint = { baseUrl: 'https://dashscope-intl.aliyuncs.com', apiKey: async () => VOICES_KEY }
  const body = { code: 'Model.AccessDenied', message: 'Model access denied.' }
  await using account = await aVoiceAccount({ deps: { endpoint, wire: refusing(body) } })
  const { voices } = account
  const local = await failureOf(voices.createVoice(clone(), never))
  expect([local.failureClass, asked.length]).toEqual(['model-mismatch', 0])
  const designed = await failureOf(voices.designVoice(design({ targetModel: 'cosyvoice-v3.5-plus' }), never))
  expect([designed.failureClass, asked.length]).toEqual(['model-mismatch', 0])
  const remote = await failureOf(voices.createVoice(clone({ targetModel: 'cosyvoice-v3-flash' }), never))
  expect(remote).toMatchObject({
    failureClass: 'model-mismatch',
    facts: {
      reason: 'beijing-only',
      params: { model: 'cosyvoice-v3-flash', detail: 'Model.AccessDenied: Model access denied.' },
    },
  })
  expect(asked).toEqual(['https://dashscope-intl.aliyuncs.com/api/v1/services/audio/tts/customization'])
})

test.each<[string, Partial<CloneAsked>]>([
  ['a prefix with a capital', { prefix: 'Narrator' }],
  ['a prefix of ten', { prefix: 'abcdefghij' }],
  ['a language that the model does not hear', { sampleLanguage: 'sw' }],
  ['an address without https', { sample: { wav: null, url: 'http://x/a.wav' } }],
  ['a file that is no WAV', { sample: { wav: new Uint8Array([0x49, 0x44, 0x33, 4]), url: null } }],
  ['no sample', { sample: { wav: null, url: null } }],
])('%s is refused before anything is sent or asked', async (_what, more) => {
  await using account = await aVoiceAccount()
  const failure = await failureOf(account.voices.createVoice(clone(more), never))
  expect([failure.failureClass, account.server.requests, account.askedFor]).toEqual(['bad-request', [], []])
})

test.each<[VoiceAction, VoiceManner, Partial<Record<VoiceAction, VoiceManner>>, VoiceAction[]]>([
  ['getPolicy', { hangs: 'head' }, {}, ['getPolicy']],
  ['upload', { hangs: 'head' }, {}, ['getPolicy', 'upload']],
  ['create_voice', { hangs: 'head' }, {}, ['getPolicy', 'upload', 'create_voice']],
  ['create_voice', { hangs: 'body' }, {}, ['getPolicy', 'upload', 'create_voice']],
  [
    'list_voice',
    { hangs: 'head' },
    { create_voice: { resets: 'after' } },
    ['getPolicy', 'upload', 'create_voice', 'list_voice'],
  ],
])('a cancel in %s (%j) ends it, and every connection', async (action, manner, others, seen) => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  for (const other of ['create_voice'] as const) if (others[other]) server.next(other, others[other])
  server.next(action, manner)
  const controller = new AbortController()
  const making = voices.createVoice(clone({ sample: { wav, url: null } }), controller.signal)
  await Promise.race([server.asked(action), making.catch(() => undefined)])
  controller.abort()
  await expect(making).rejects.toBeInstanceOf(AppCancel)
  await server.allClosed()
  expect(server.requests.map((request) => request.action)).toEqual(seen)
})

test('no answer makes it fail in a way that has no name', async () => {
  await using account = await aVoiceAccount()
  const { server, voices } = account
  const bodies: unknown[] = [
    ...['', 'null', '[]', '"x"', '{', '<html>', '\u0000', '{"output":null}', '{"output":[]}', '{"output":"x"}'],
    ...[
      '{"output":{"voice_id":7}}',
      '{"output":{"voice_id":"a b"}}',
      '{"code":7,"message":{}}',
      '{"code":"","message":""}',
    ],
    { output: { voice_id: 'x'.repeat(10_000) } },
    { code: 'x'.repeat(100_000), message: 'y' },
  ]
  for (const status of [200, 400])
    for (const body of bodies) {
      server.next('create_voice', { answer: { status, body } })
      const failure = await failureOf(voices.createVoice(clone(), never))
      expect(failure.facts.reason.length).toBeLessThan(400)
    }
  expect(server.count('create_voice')).toBe(2 * bodies.length)
  await server.allClosed()
})
