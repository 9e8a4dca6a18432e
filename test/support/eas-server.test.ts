import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EasServer, startEasServer } from './eas-server.ts'
import { openRaw, type RawHeard, type RawSocket, upgradeStatus } from './raw-exchange.ts'
import { W } from './speech-fixtures.ts'

let server: EasServer
const sockets: RawSocket[] = []
beforeEach(async () => {
  server = await startEasServer()
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const SPEECH = '/api/v1/audio/speech'
const REFERENCES = '/api/v1/audio/reference_audio'
const keyed = (): Record<string, string> => ({ authorization: `Bearer ${server.token}` })
const INPUT = {
  ...{ mode: 'fast_replication', reference_audio_id: 'ref1', text: '你好', output_format: 'wav' },
  ...{ sample_rate: 24_000, volume: 1, speed: 1 },
}
const BODY = { model: 'CosyVoice2-0.5B', input: INPUT, stream: false }
type How = { path?: string; method?: string; headers?: Record<string, string> }
const post = async (
  body: unknown,
  { path = SPEECH, method = 'POST', headers = { ...keyed(), 'content-type': 'application/json' } }: How = {},
): Promise<{ status: number; text: string }> => {
  const sent = body instanceof FormData || typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(`${server.baseUrl}${path}`, {
    method,
    headers,
    ...(!['GET', 'DELETE'].includes(method) && { body: sent }),
  })
  return { status: answer.status, text: await answer.text() }
}

describe('a request for speech', () => {
  test('of the right form is answered, whole or in events', async () => {
    expect(JSON.parse((await post(BODY)).text)).toMatchObject({ output: { audio: { data: expect.any(String) } } })
    expect((await post({ ...BODY, stream: true })).text).toMatch(/^data: \{/)
    const told = { ...INPUT, mode: 'natural_language_replication', instruct: '用四川话说' }
    expect((await post({ ...BODY, input: told })).status).toBe(200)
    expect(server.violations).toEqual([])
  })

  test.each<[string, number, How]>([
    ['without the token', 401, { headers: { 'content-type': 'application/json' } }],
    ['with another token', 401, { headers: { authorization: 'Bearer eas' } }],
    ['with the token alone', 401, { headers: { authorization: 'eas-token-ABCD1234' } }],
    ['with the token in the address', 401, { path: `${SPEECH}?token=eas-token-ABCD1234`, headers: {} }],
    ['to another path', 404, { path: '/v1/audio/speech' }],
    ['by another method', 404, { method: 'PUT' }],
  ])('%s is refused', async (_, status, how) => {
    expect((await post(BODY, how)).status).toBe(status)
    expect(server.speeches).toEqual([])
  })

  test('beside the path of the service finds nothing', async () => {
    const { origin } = new URL(server.baseUrl)
    const answer = await fetch(`${origin}${SPEECH}`, { method: 'POST', headers: keyed(), body: JSON.stringify(BODY) })
    expect(answer.status).toBe(404)
  })

  const input = (changes: object): object => ({ ...BODY, input: { ...INPUT, ...changes } })
  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['no model', { ...BODY, model: undefined }],
    ['the model of the socket', { ...BODY, model: 'cosyvoice-v2' }],
    ['no word about streaming', { ...BODY, stream: undefined }],
    ['streaming in the wrong place', { ...input({ stream: false }), stream: undefined }],
    ['an unknown field', { ...BODY, voice: 'ref1' }],
    ['an unknown field of the input', input({ seed: 1 })],
    ['a pitch', input({ pitch: 1 })],
    ['no voice', input({ reference_audio_id: undefined })],
    ['an empty voice', input({ reference_audio_id: '' })],
    ['no text', input({ text: undefined })],
    ['an empty text', input({ text: '' })],
    ['no mode', input({ mode: undefined })],
    ['a mode that is none', input({ mode: 'zero_shot' })],
    ['directions in a mode that has none', input({ instruct: 'softly' })],
    ['no directions in the mode for them', input({ mode: 'natural_language_replication' })],
    ['empty directions', input({ mode: 'natural_language_replication', instruct: '' })],
    ['a format that is none', input({ output_format: 'opus' })],
    ['a bit rate as a number', input({ bit_rate: 192 })],
    ['a bit rate that is none', input({ bit_rate: '100k' })],
    ['no volume at all', input({ volume: 0 })],
    ['too fast', input({ speed: 2.1 })],
    ['too slow', input({ speed: 0.4 })],
    ['a rate that is none', input({ sample_rate: 100 })],
  ])('with %s is refused', async (_, body) => {
    expect((await post(body)).status).toBe(400)
    expect([server.speeches, server.violations.length]).toEqual([[], 1])
  })

  test('that says that it is something else is refused', async () => {
    const headers = { ...keyed(), 'content-type': 'text/plain' }
    expect((await post(BODY, { headers })).status).toBe(400)
  })

  test('with a voice that is not there is not answered', async () => {
    const { status, text } = await post(input({ reference_audio_id: 'ref2' }))
    expect([status, text]).toEqual([404, expect.stringContaining('ref2 not found')])
  })
})

describe('a recording', () => {
  const sound = (bytes: Uint8Array<ArrayBuffer> = W, name = 'a.wav', type = 'audio/wav'): File =>
    new File([bytes], name, { type })
  const upload = (fields: Readonly<Record<string, string | File>>): Promise<{ status: number; text: string }> => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    return post(form, { path: REFERENCES, headers: keyed() })
  }

  test('with its words becomes a voice, until it is deleted', async () => {
    const { status, text } = await upload({ file: sound(), text: '好' })
    const { id } = JSON.parse(text)
    expect([status, JSON.parse(text)]).toMatchObject([200, { filename: 'a.wav', bytes: W.length, text: '好' }])
    expect((await post('', { path: `${REFERENCES}/${id}`, method: 'DELETE' })).status).toBe(200)
    expect((await post('', { path: `${REFERENCES}/${id}`, method: 'GET' })).status).toBe(404)
    expect((await post('', { path: `${REFERENCES}/${id}`, method: 'DELETE' })).status).toBe(404)
  })

  test.each<[string, Readonly<Record<string, string | File>>]>([
    ['no words', { file: sound() }],
    ['empty words', { file: sound(), text: '' }],
    ['no file', { text: '好' }],
    ['words for a file', { file: 'a.wav', text: '好' }],
    ['an empty file', { file: sound(new Uint8Array()), text: '好' }],
    ['a file of another kind', { file: sound(W, 'a.flac', 'audio/flac'), text: '好' }],
    ['a file that says that it is text', { file: sound(W, 'a.wav', 'text/plain'), text: '好' }],
    ['a file that is not what it says', { file: sound(new Uint8Array(100)), text: '好' }],
    ['an unknown field', { file: sound(), text: '好', name: 'anna' }],
  ])('with %s is refused', async (_, fields) => {
    expect((await upload(fields)).status).toBe(400)
    expect([...server.references.keys()]).toEqual(['ref1'])
  })

  test('as JSON is refused, and so is one by another method, or without the token', async () => {
    expect((await post({ file: 'a', text: 'b' }, { path: REFERENCES })).status).toBe(400)
    expect((await post('', { path: `${REFERENCES}/ref1`, method: 'PUT' })).status).toBe(400)
    expect((await post('', { path: `${REFERENCES}/ref1`, method: 'DELETE', headers: {} })).status).toBe(401)
  })

  test.each(['limit=0', 'limit=x', 'order=name', 'page=1'])('is not listed with %s', async (query) => {
    expect((await post('', { path: `${REFERENCES}?${query}`, method: 'GET' })).status).toBe(400)
  })
})

describe('a socket', () => {
  const PATH = '/api-ws/v1/audio/speech'
  const ID = randomUUID()
  const header = (action: string, taskId = ID) => ({ action, task_id: taskId, streaming: 'duplex' })
  const PARAMETERS = {
    ...{ mode: 'fast_replication', reference_audio_id: 'ref1', output_format: 'wav' },
    ...{ sample_rate: 24_000, speed: 1 },
  }
  const run = (parameters: object = {}, payload: object = {}) => ({
    header: header('run-task'),
    payload: {
      ...{ task_group: 'audio', task: 'tts', function: 'SpeechSynthesizer', model: 'cosyvoice-v2' },
      parameters: { ...PARAMETERS, ...parameters },
      input: {},
      ...payload,
    },
  })
  const text = (words: string, taskId = ID) => ({
    header: header('continue-task', taskId),
    payload: { input: { text: words } },
  })
  const finish = (taskId = ID) => ({ header: header('finish-task', taskId), payload: { input: {} } })
  const open = async (): Promise<RawSocket> => {
    const socket = await openRaw(`${server.baseUrl}${PATH}`, keyed())
    sockets.push(socket)
    return socket
  }
  const isEvent =
    (event: string) =>
    (heard: RawHeard): boolean =>
      'frame' in heard && (heard.frame as { header: { event: string } }).header.event === event
  const begun = async (): Promise<RawSocket> => {
    const socket = await open()
    socket.say(run())
    await socket.heardUntil(isEvent('task-started'))
    return socket
  }
  const expectRefused = async (socket: RawSocket): Promise<void> => {
    const came = await socket.heardUntil(isEvent('task-failed'))
    expect(came.at(-1)).toMatchObject({ frame: { header: { error_code: 'InvalidParameter' } } })
    expect(await socket.heard()).toMatchObject({ closed: 1007 })
    expect(server.violations).toHaveLength(1)
  }

  test('speaks a task in the right order, once', async () => {
    const socket = await begun()
    for (const frame of [text('你'), text('好'), finish()]) socket.say(frame)
    const came = await socket.heardUntil(isEvent('task-finished'))
    expect(came.map((heard) => 'frame' in heard)).toEqual([true, true])
    expect([server.tasks[0]?.texts, server.violations]).toEqual([['你', '好'], []])
    socket.say(text('more'))
    expect(await socket.heard()).toMatchObject({ closed: 1007 })
    expect(server.violations).toEqual(['a frame after the end'])
  })

  test('is not opened without the token, nor anywhere else', async () => {
    const status = (path: string, headers: Record<string, string>): Promise<number> =>
      upgradeStatus(`${server.baseUrl}${path}`, headers)
    expect(await status(PATH, keyed())).toBe(101)
    expect(await status(PATH, {})).toBe(401)
    expect(await status(`${PATH}?token=${server.token}`, {})).toBe(401)
    expect(await status('/api-ws/v1/inference', keyed())).toBe(404)
  })

  test.each<[string, unknown]>([
    ['no JSON', 'run-task'],
    ['bytes', Buffer.from('{}')],
    ['the model of requests', run({}, { model: 'CosyVoice2-0.5B' })],
    ['no input', run({}, { input: undefined })],
    ['text with the first frame', run({}, { input: { text: '你好' } })],
    ['an unknown field', run({}, { user: 'me' })],
    ['an unknown parameter', run({ seed: 1 })],
    ['a volume', run({ volume: 1 })],
    ['no voice', run({ reference_audio_id: undefined })],
    ['no mode', run({ mode: undefined })],
    ['directions in a mode that has none', run({ instruct: 'softly' })],
    ['no directions in the mode for them', run({ mode: 'natural_language_replication' })],
    ['too fast', run({ speed: 2.1 })],
    ['a format that is none', run({ output_format: 'opus' })],
    ['another way of streaming', { ...run(), header: { ...header('run-task'), streaming: 'out' } }],
    ['a task without its name', { ...run(), header: { action: 'run-task', streaming: 'duplex' } }],
    ['text first', text('你好')],
    ['the end first', finish()],
  ])('refuses %s', async (_, frame) => {
    const socket = await open()
    socket.say(frame)
    await expectRefused(socket)
  })

  test.each<[string, unknown[]]>([
    ['an empty text', [text('')]],
    ['a text of another task', [text('a', randomUUID())]],
    ['the end without a text', [finish()]],
    ['the end of another task', [text('a'), finish(randomUUID())]],
    ['a text with another field', [{ ...text('a'), payload: { input: { text: 'a', voice: 'b' } } }]],
    ['a task within a task', [text('a'), run()]],
    ['bytes', [text('a'), Buffer.from('a')]],
  ])('in a task refuses %s', async (_, frames) => {
    const socket = await begun()
    for (const frame of frames) socket.say(frame)
    await expectRefused(socket)
  })

  test('refuses text before task-started', async () => {
    const socket = await open()
    socket.say(run())
    socket.say(text('a'))
    await expectRefused(socket)
    expect(server.violations).toEqual(['a frame before task-started'])
  })

  test('fails a task with a voice that is not there', async () => {
    const socket = await open()
    socket.say(run({ reference_audio_id: 'ref2' }))
    await socket.heardUntil(isEvent('task-started'))
    socket.say(text('a'))
    socket.say(finish())
    expect(await socket.heard()).toMatchObject({
      frame: { header: { error_message: 'reference audio ref2 not found' } },
    })
  })
})
