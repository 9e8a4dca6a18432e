import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { charactersOf, DASHSCOPE_KEY, type DashscopeServer, startDashscopeServer } from './dashscope-server.ts'
import type { FakeTime } from './fake-time.ts'
import { openRaw, type RawHeard, type RawSocket, upgradeStatus } from './raw-exchange.ts'
import { stillClock } from './speech-fixtures.ts'

let server: DashscopeServer
let time: FakeTime
const sockets: RawSocket[] = []
beforeEach(async () => {
  const still = stillClock()
  time = still.time
  server = await startDashscopeServer(still.clock)
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const PATH = '/api-ws/v1/inference'
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })
const open = async (): Promise<RawSocket> => {
  const socket = await openRaw(`${server.url}${PATH}`, bearer(DASHSCOPE_KEY))
  sockets.push(socket)
  return socket
}

const ID = '2bf83b9a-baeb-4fda-8d9a-000000000001'
const GOOD = { voice: 'longanyang', format: 'pcm', sample_rate: 24_000 }
const header = (action: string, taskId: string) => ({ action, task_id: taskId, streaming: 'duplex' })
type Run = { header: object; payload: { [name: string]: unknown; parameters: object } }
const run = (parameters: object = {}, model = 'cosyvoice-v3-flash', taskId = ID): Run => ({
  header: header('run-task', taskId),
  payload: {
    ...{ task_group: 'audio', task: 'tts', function: 'SpeechSynthesizer', model },
    parameters: { ...GOOD, ...parameters },
    input: {},
  },
})
const text = (words: string, taskId = ID) => ({
  header: header('continue-task', taskId),
  payload: { input: { text: words } },
})
const finish = (taskId = ID) => ({ header: header('finish-task', taskId), payload: { input: {} } })

const isEvent =
  (event: string) =>
  (heard: RawHeard): boolean =>
    'frame' in heard && (heard.frame as { header: { event: string } }).header.event === event
const started = isEvent('task-started')
const begun = async (parameters: object = {}, model?: string): Promise<RawSocket> => {
  const socket = await open()
  socket.say(run(parameters, model))
  await socket.heardUntil(started)
  return socket
}
/** How a task that the service does not like ends. */
const failure = (code: string, message: string) => ({
  frame: {
    header: expect.objectContaining({
      event: 'task-failed',
      error_code: code,
      error_message: expect.stringContaining(message),
    }),
    payload: {},
  },
})
const expectFailed = async (socket: RawSocket, code: string, message: string): Promise<void> => {
  const came = await socket.heardUntil(isEvent('task-failed'))
  expect(came.at(-1)).toEqual(failure(code, message))
  expect(await socket.heard()).toEqual({ closed: 1000, reason: '' })
}
const expectIllegal = async (socket: RawSocket): Promise<void> => {
  expect((await socket.heardUntil(() => false)).at(-1)).toEqual({ closed: 1007, reason: 'illegal frame' })
  expect(server.complaints).toHaveLength(1)
}

test('a task in the right order is spoken, and another on the same connection', async () => {
  const socket = await begun()
  socket.say(text('你好。'))
  socket.say(finish())
  const came = await socket.heardUntil(isEvent('task-finished'))
  expect(came.filter((heard) => 'soundBytes' in heard)).toEqual([{ soundBytes: 16 }])
  expect(came.at(-1)).toMatchObject({ frame: { payload: { usage: { characters: 5 } } } })
  socket.say(run({}, 'cosyvoice-v3-flash', randomUUID()))
  await socket.heardUntil(started)
  expect(server.complaints).toEqual([])
})

describe('a handshake', () => {
  test.each([
    ['no key', PATH, {}, 401],
    ['a wrong key', PATH, bearer('sk-wrong'), 401],
    ['a key without its scheme', PATH, { authorization: DASHSCOPE_KEY }, 401],
    ['a key in the address', `${PATH}?api_key=${DASHSCOPE_KEY}`, {}, 401],
    ['something in the address', `${PATH}?model=cosyvoice-v3-flash`, bearer(DASHSCOPE_KEY), 404],
    ['another path', '/api-ws/v1/inferences', bearer(DASHSCOPE_KEY), 404],
    ['all that it needs', `${PATH}/`, bearer(DASHSCOPE_KEY), 101],
  ])('with %s is answered as the service does', async (_, path, headers, status) => {
    expect(await upgradeStatus(`${server.url}${path}`, headers)).toBe(status)
  })

  test('with a temporary key is taken until that key is over', async () => {
    const answer = await fetch(`${server.url}/api/v1/tokens?expire_in_seconds=60`, {
      method: 'POST',
      headers: bearer(DASHSCOPE_KEY),
    })
    const { token } = (await answer.json()) as { token: string }
    expect(await upgradeStatus(`${server.url}${PATH}`, bearer(token))).toBe(101)
    time.pass(60_000)
    expect(await upgradeStatus(`${server.url}${PATH}`, bearer(token))).toBe(401)
  })
})

const without = (name: string): Run => {
  const { payload, ...frame } = run()
  const { [name]: _, ...rest } = payload
  return { ...frame, payload: { parameters: payload.parameters, ...rest } }
}

describe('a frame of a form that the service does not have is an illegal one:', () => {
  test.each<[string, unknown]>([
    ['no JSON', 'run-task'],
    ['bytes', Buffer.from(JSON.stringify(run()))],
    ['no action that there is', { ...run(), header: header('start-task', ID) }],
    ['a task without its name', { ...run(), header: { action: 'run-task', streaming: 'duplex' } }],
    ['a name of another shape', run({}, 'cosyvoice-v3-flash', 'task-1')],
    ['no way of streaming', { ...run(), header: { action: 'run-task', task_id: ID } }],
    ['another way of streaming', { ...run(), header: { ...header('run-task', ID), streaming: 'out' } }],
    ['an unknown field of the header', { ...run(), header: { ...header('run-task', ID), user: 'me' } }],
    ['an unknown field of the payload', { ...run(), payload: { ...run().payload, resources: [] } }],
    ['no input', without('input')],
    ['no model', without('model')],
    ['no task', without('task')],
    ['another function', { ...run(), payload: { ...run().payload, function: 'SpeechTranscriber' } }],
    ['text with the first frame', { ...run(), payload: { ...run().payload, input: { text: '你好' } } }],
  ])('%s', async (_, frame) => {
    const socket = await open()
    socket.say(frame)
    await expectIllegal(socket)
  })

  test.each<[string, object]>([
    ['an unknown one', { speed: 1 }],
    ['no voice', { voice: undefined }],
    ['an empty voice', { voice: '' }],
    ['no format', { format: undefined }],
    ['a format that is none', { format: 'flac' }],
    ['a rate that is none', { sample_rate: 11_025 }],
    ['a bit rate below 6', { format: 'opus', bit_rate: 5 }],
    ['a bit rate above 510', { format: 'opus', bit_rate: 511 }],
    ['a volume above 100', { volume: 101 }],
    ['a volume below 0', { volume: -1 }],
    ['half a volume', { volume: 50.5 }],
    ['a rate below a half', { rate: 0.49 }],
    ['a rate above 2', { rate: 2.01 }],
    ['a pitch below a half', { pitch: 0.49 }],
    ['a pitch above 2', { pitch: 2.01 }],
    ['a seed above 65535', { seed: 65_536 }],
    ['a seed below 0', { seed: -1 }],
    ['half a seed', { seed: 0.5 }],
    ['a language that is none', { language_hints: ['yue'] }],
    ['two languages', { language_hints: ['zh', 'en'] }],
    ['no language in the list', { language_hints: [] }],
    ['another type of text', { text_type: 'SSML' }],
    ['a flag that is text', { enable_ssml: 'true' }],
  ])('among the parameters, %s', async (_, parameters) => {
    const socket = await open()
    socket.say(run(parameters))
    await expectIllegal(socket)
  })

  test.each<[string, unknown]>([
    ['a text with another field', { ...text('a'), payload: { input: { text: 'a', voice: 'b' } } }],
    ['a text without its text', { ...text('a'), payload: { input: {} } }],
    ['an end without its input', { ...finish(), payload: {} }],
    ['the end of another task', finish(randomUUID())],
  ])('in a task, %s', async (_, frame) => {
    const socket = await begun()
    socket.say(frame)
    await expectIllegal(socket)
  })
})

describe('what a model or a voice does not have fails its task:', () => {
  const PLUS = 'cosyvoice-v3-plus'
  const CLONED = 'cosyvoice-v3-flash-mine-0001'
  test.each<[string, string, object, string, string]>([
    ['a model that is none', 'cosyvoice-v9', {}, 'ModelNotFound', 'Model not exist'],
    ['a voice of another model', PLUS, {}, 'InvalidParameter', '418'],
    ['a voice that was cloned for another model', PLUS, { voice: CLONED }, 'InvalidParameter', '418'],
    ['a voice of the service with v3.5', 'cosyvoice-v3.5-flash', {}, 'InvalidParameter', '418'],
    [
      'a direction for a voice that takes none',
      'cosyvoice-v3-flash',
      { voice: 'longxiaochun_v3', instruction: '你说话的情感是happy。' },
      'InvalidParameter',
      '428',
    ],
    [
      'a free direction for a voice of the service',
      'cosyvoice-v3-flash',
      { instruction: '请慢一点' },
      'InvalidParameter',
      '428',
    ],
    [
      'a scene of another voice',
      'cosyvoice-v3-flash',
      { instruction: '你正在进行课堂教学，你说话的情感是happy。' },
      'InvalidParameter',
      '428',
    ],
    [
      'a dialect for a voice without dialects',
      'cosyvoice-v3-flash',
      { instruction: '请用四川话表达。' },
      'InvalidParameter',
      '428',
    ],
    [
      'a direction of 101 characters',
      'cosyvoice-v3-flash',
      { voice: CLONED, instruction: `${'慢'.repeat(50)}。` },
      'InvalidParameter',
      '428',
    ],
    ['a direction with v2', 'cosyvoice-v2', { voice: 'longxiaochun_v2', instruction: 'a' }, 'InvalidParameter', '428'],
    [
      'SSML for a voice that has none',
      'cosyvoice-v3-flash',
      { voice: 'loongabby_v3', enable_ssml: true },
      'InvalidParameter',
      'SSML text is not supported',
    ],
    ['SSML with v1', 'cosyvoice-v1', { voice: 'longwan', enable_ssml: true }, 'InvalidParameter', 'SSML'],
    [
      'times of words for a voice that has none',
      'cosyvoice-v3-flash',
      { voice: 'loongabby_v3', word_timestamp_enabled: true },
      'InvalidParameter',
      'word timestamps',
    ],
    [
      'times of words with v3.5',
      'cosyvoice-v3.5-flash',
      { voice: 'cosyvoice-v3.5-flash-mine-0001', word_timestamp_enabled: true },
      'InvalidParameter',
      'word timestamps',
    ],
    ['a seed with v1', 'cosyvoice-v1', { voice: 'longwan', seed: 1 }, 'InvalidParameter', 'seed'],
    ['Opus with v1', 'cosyvoice-v1', { voice: 'longwan', format: 'opus' }, 'InvalidParameter', 'opus'],
    ['a bit rate of what is no Opus', 'cosyvoice-v3-flash', { bit_rate: 32 }, 'InvalidParameter', 'bit_rate'],
    [
      'a language with v2',
      'cosyvoice-v2',
      { voice: 'longxiaochun_v2', language_hints: ['zh'] },
      'InvalidParameter',
      'language_hints',
    ],
    [
      'corrections for a voice of the service',
      'cosyvoice-v3-flash',
      { hot_fix: { replace: [{ a: 'b' }] } },
      'InvalidParameter',
      'hot_fix',
    ],
    [
      'Markdown for a voice of the service',
      'cosyvoice-v3-flash',
      { enable_markdown_filter: true },
      'InvalidParameter',
      'hot_fix',
    ],
  ])('%s', async (_, model, parameters, code, message) => {
    const socket = await begun(parameters, model)
    socket.say(text('a'))
    socket.say(finish())
    await expectFailed(socket, code, message)
  })
})

describe('a wrong order of frames:', () => {
  test('text, or an end, without a task', async () => {
    const socket = await open()
    socket.say(text('a'))
    await expectIllegal(socket)
    const another = await open()
    another.say(finish())
    expect(await another.heard()).toMatchObject({ closed: 1007 })
  })

  test('text before task-started', async () => {
    const socket = await open()
    socket.say(run())
    socket.say(text('a'))
    await expectFailed(socket, 'InvalidParameter', 'text before task-started')
  })

  test('text before a late task-started', async () => {
    server.answerTask(() => undefined)
    const socket = await open()
    socket.say(run())
    socket.say(text('a'))
    await expectFailed(socket, 'InvalidParameter', 'text before task-started')
  })

  test('an end before task-started', async () => {
    const socket = await open()
    socket.say(run())
    socket.say(finish())
    await expectIllegal(socket)
  })

  test('text of another task, and text after the end', async () => {
    const socket = await begun()
    socket.say(text('a', randomUUID()))
    await expectFailed(socket, 'InvalidParameter', 'another task')
    server.answerTask((task) => task.event('task-started'))
    const late = await open()
    late.say(run({}, 'cosyvoice-v3-flash', randomUUID()))
    const [{ frame }] = (await late.heardUntil(started)) as [{ frame: { header: { task_id: string } } }]
    late.say(finish(frame.header.task_id))
    late.say(text('a', frame.header.task_id))
    await expectFailed(late, 'InvalidParameter', 'text after finish-task')
  })

  test('a task within a task, and one of a name that there was', async () => {
    const socket = await begun()
    socket.say(run({}, 'cosyvoice-v3-flash', randomUUID()))
    await expectFailed(socket, 'InvalidParameter', 'a task is running')
    const again = await open()
    again.say(run())
    await expectFailed(again, 'InvalidParameter', 'task_id was used before')
  })
})

describe('a text:', () => {
  test.each([
    ['an empty one', '', 'Please ensure input text is valid'],
    ['a blank one', ' \n', 'Please ensure input text is valid'],
    ['one of 2001 characters', 'a'.repeat(2001), 'Text request limit violated'],
    ['one of 1001 ideographs', '二'.repeat(1001), 'Text request limit violated'],
  ])('%s fails its task', async (_, words, message) => {
    const socket = await begun()
    socket.say(text(words))
    await expectFailed(socket, 'InvalidParameter', message)
  })

  test('2000 characters are taken, 200 000 in all', async () => {
    const socket = await begun()
    for (let sent = 0; sent < 100; sent += 1) socket.say(text('二'.repeat(1000)))
    socket.say(text('a'))
    await expectFailed(socket, 'InvalidParameter', 'Text request limit violated')
    expect(server.tasks[0]?.texts).toHaveLength(100)
  })

  test('of SSML comes at once or not at all', async () => {
    const socket = await begun({ enable_ssml: true })
    socket.say(text('<speak>一</speak>'))
    socket.say(text('<speak>二</speak>'))
    await expectFailed(socket, 'InvalidParameter', 'Text request limit violated, expected 1.')
  })

  test.each([
    ['你好', 4],
    ['中A文123', 8],
    ['<speak>请<break time="500ms"/>停</speak>', 4],
    ['日本語テスト', 9],
    ['大韓民國 만세', 11],
    ['龍🐉', 3],
    ['𠀀', 2],
    ['々〇', 2],
  ])('%s is billed with %i', (words, characters) => {
    expect(charactersOf(words)).toBe(characters)
  })
})

describe('patience', () => {
  test('ends 23 s after the task, or its last text', async () => {
    const silent = await begun()
    for (const words of ['一，', '二，']) {
      time.pass(22_999)
      silent.say(text(words))
      expect((await silent.heardUntil((heard) => 'soundBytes' in heard)).at(-1)).toEqual({ soundBytes: 16 })
    }
    time.pass(23_000)
    await expectFailed(silent, 'CLIENT_ERROR', 'request timeout after 23 seconds.')
  })

  test('ends 60 s after the last task', async () => {
    const socket = await begun()
    socket.say(finish())
    await socket.heardUntil(isEvent('task-finished'))
    time.pass(60_000)
    expect(await socket.heard()).toEqual({ closed: 1000, reason: 'idle' })
  })
})

describe('over HTTP', () => {
  const SPEECH = '/api/v1/services/audio/tts/SpeechSynthesizer'
  const BODY = { model: 'cosyvoice-v3-flash', input: { ...GOOD, text: '你好' } }
  const post = (
    body: unknown,
    { path = SPEECH, method = 'POST', headers = {} }: { path?: string; method?: string; headers?: object } = {},
  ): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { ...bearer(DASHSCOPE_KEY), 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  test('a right request is answered, and its sound is there', async () => {
    const answer = (await (await post(BODY)).json()) as { output: { audio: { url: string } }; usage: object }
    expect(answer.usage).toEqual({ characters: 4 })
    expect((await (await fetch(answer.output.audio.url)).arrayBuffer()).byteLength).toBe(16)
    expect((await fetch(`${server.url}/sounds/9`)).status).toBe(404)
    expect(server.complaints).toEqual([])
  })

  const asking = (input: object, model = BODY.model): object => ({ model, input: { ...BODY.input, ...input } })
  test.each<[string, number, string, unknown, Parameters<typeof post>[1]?]>([
    ['no key', 401, 'InvalidApiKey', BODY, { headers: { authorization: '' } }],
    ['a wrong key', 401, 'InvalidApiKey', BODY, { headers: bearer('sk-wrong') }],
    ['another path', 404, 'NotFound', BODY, { path: '/api/v1/services/audio/tts' }],
    ['another method', 405, 'MethodNotAllowed', BODY, { method: 'PUT' }],
    ['a form', 415, 'InvalidParameter', BODY, { headers: { 'content-type': 'text/plain' } }],
    ['no JSON', 400, 'InvalidParameter', '{'],
    ['no text', 400, 'InvalidParameter', asking({ text: undefined })],
    ['an unknown field', 400, 'InvalidParameter', asking({ speed: 1 })],
    ['parameters of their own', 400, 'InvalidParameter', { ...BODY, parameters: {} }],
    ['a rate that is none', 400, 'InvalidParameter', asking({ sample_rate: 11_025 })],
    ['2001 characters', 400, 'InvalidParameter', asking({ text: 'a'.repeat(2001) })],
    ['a blank text', 400, 'InvalidParameter', asking({ text: ' ' })],
    ['a voice of another model', 400, 'InvalidParameter', asking({}, 'cosyvoice-v3-plus')],
    ['a model that is none', 400, 'ModelNotFound', asking({}, 'cosyvoice-v9')],
    ['v1', 400, 'ModelNotFound', asking({ voice: 'longwan' }, 'cosyvoice-v1')],
    ['times of words without a stream', 400, 'InvalidParameter', asking({ word_timestamp_enabled: true })],
    ['a short key', 400, 'InvalidParameter', '', { path: '/api/v1/tokens?expire_in_seconds=0' }],
    ['a long key', 400, 'InvalidParameter', '', { path: '/api/v1/tokens?expire_in_seconds=1801' }],
  ])('%s is refused with %i %s', async (_, status, code, body, how) => {
    const answer = await post(body, how)
    expect([answer.status, await answer.json()]).toMatchObject([status, { code, request_id: 'q' }])
    expect(server.complaints).toHaveLength(1)
  })
})
