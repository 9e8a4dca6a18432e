import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type DashscopeVoicesServer,
  PREVIEW_WAV,
  sampleWav,
  startDashscopeVoicesServer,
  VOICES_KEY,
} from './dashscope-voices-server.ts'

let server: DashscopeVoicesServer
beforeEach(async () => {
  server = await startDashscopeVoicesServer({ nowEpochMs: () => Date.parse('2026-01-05T02:00:00Z') })
})
afterEach(() => server[Symbol.asyncDispose]())

const PATH = '/api/v1/services/audio/tts/customization'
const KEYED = { authorization: `Bearer ${VOICES_KEY}`, 'content-type': 'application/json' }
type How = { path?: string; method?: string; headers?: Record<string, string> }
const post = async (body: unknown, { path = PATH, method = 'POST', headers = KEYED }: How = {}) => {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers,
    ...(method !== 'GET' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const said = await answer.text()
  return { status: answer.status, said: said.startsWith('{') ? JSON.parse(said) : said }
}
const act = (input: object, more: object = {}) => post({ model: 'voice-enrollment', input, ...more })

const CLONE = {
  ...{ action: 'create_voice', target_model: 'cosyvoice-v3.5-plus', prefix: 'narrator' },
  url: 'https://x/a.wav',
}
const DESIGN = {
  ...{ action: 'create_voice', target_model: 'cosyvoice-v3-plus', prefix: 'announcer' },
  ...{ voice_prompt: '沉稳的中年男声', preview_text: '晚上好。' },
}
const dataUri = (bytes: Uint8Array): string => `data:audio/wav;base64,${Buffer.from(bytes).toString('base64')}`

test('voices are made, listed, asked for, renewed and removed', async () => {
  const { said } = await act(CLONE)
  const voice_id = 'cosyvoice-v3.5-plus-narrator-0001'
  expect(said).toEqual({ output: { voice_id }, usage: { count: 1 }, request_id: 'r-1' })
  await act(DESIGN, { parameters: { sample_rate: 24_000, response_format: 'wav' } })
  expect((await act({ action: 'list_voice', prefix: 'narr' })).said.output.voice_list).toEqual([
    { voice_id, gmt_create: '2026-01-05 10:00:00', gmt_modified: '2026-01-05 10:00:00', status: 'OK' },
  ])
  expect((await act({ action: 'query_voice', voice_id })).said.output).toMatchObject({ status: 'OK' })
  expect((await act({ action: 'update_voice', voice_id, url: 'https://x/b.wav' })).status).toBe(200)
  expect((await act({ action: 'delete_voice', voice_id })).status).toBe(200)
  expect([...server.voices.keys()]).toEqual(['cosyvoice-v3-plus-vd-announcer-0002'])
})

describe('a request is refused with', () => {
  test.each<[string, number, How]>([
    ['no key', 401, { headers: { 'content-type': 'application/json' } }],
    ['a wrong key', 401, { headers: { ...KEYED, authorization: 'Bearer sk-wrong' } }],
    ['a key in the address', 401, { path: `${PATH}?api_key=${VOICES_KEY}`, headers: {} }],
    ['another path', 404, { path: '/api/v1/services/audio/tts' }],
    ['another method', 404, { method: 'PUT' }],
    ['a form', 400, { headers: { ...KEYED, 'content-type': 'text/plain' } }],
  ])('%s', async (_, status, how) => {
    expect((await post({ model: 'voice-enrollment', input: CLONE }, how)).status).toBe(status)
    expect(server.requests).toEqual([])
  })

  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['another model', { model: 'cosyvoice-v3-plus', input: CLONE }],
    ['an action that is none', { model: 'voice-enrollment', input: { ...CLONE, action: 'clone_voice' } }],
    ['an unknown field beside the input', { model: 'voice-enrollment', input: CLONE, task: 'x' }],
  ])('%s', async (_, body) => {
    expect(await post(body)).toMatchObject({ status: 400, said: { code: 'InvalidParameter' } })
    expect(server.requests).toEqual([])
  })

  test.each<[string, object, object?]>([
    ['an unknown field', { ...CLONE, name: 'x' }],
    ['no model to speak with', { ...CLONE, target_model: undefined }],
    ['a model without copies', { ...CLONE, target_model: 'cosyvoice-v1' }],
    ['no prefix', { ...CLONE, prefix: undefined }],
    ['a prefix of eleven characters', { ...CLONE, prefix: 'abcdefghijk' }],
    ['a prefix with a dash', { ...CLONE, prefix: 'my-voice' }],
    ['no address', { ...CLONE, url: undefined }],
    ['an address that is no https', { ...CLONE, url: 'http://x/a.wav' }],
    ['a file of its own', { ...CLONE, url: 'file:///a.wav' }],
    ['a language that no model hears', { ...CLONE, language_hints: ['sw'] }],
    ['a language that v3-plus does not hear', { ...CLONE, target_model: 'cosyvoice-v3-plus', language_hints: ['th'] }],
    ['a language that v2 does not hear', { ...CLONE, target_model: 'cosyvoice-v2', language_hints: ['ja'] }],
    ['a prompt of 31 s', { ...CLONE, max_prompt_audio_length: 31 }],
    ['a prompt of 2 s', { ...CLONE, max_prompt_audio_length: 2 }],
    [
      'the length of a prompt for v3-plus',
      { ...CLONE, target_model: 'cosyvoice-v3-plus', max_prompt_audio_length: 10 },
    ],
    ['cleaning for v2', { ...CLONE, target_model: 'cosyvoice-v2', enable_preprocess: true }],
    ['a form of the preview without a design', CLONE, { parameters: { sample_rate: 24_000, response_format: 'wav' } }],
    ['a design for v2', { ...DESIGN, target_model: 'cosyvoice-v2' }],
    ['a design without a preview', { ...DESIGN, preview_text: undefined }],
    ['a design of 501 characters', { ...DESIGN, voice_prompt: '慢'.repeat(501) }],
    ['a preview of 201 characters', { ...DESIGN, preview_text: '慢'.repeat(201) }],
    ['a design in French', { ...DESIGN, language_hints: ['fr'] }],
    ['a design with a sample', { ...DESIGN, url: 'https://x/a.wav' }],
    ['a rate of the preview that is none', DESIGN, { parameters: { sample_rate: 11_025, response_format: 'wav' } }],
    ['a form of the preview that is none', DESIGN, { parameters: { sample_rate: 24_000, response_format: 'flac' } }],
    ['a page before the first', { action: 'list_voice', page_index: -1 }],
    ['an empty page', { action: 'list_voice', page_size: 0 }],
    ['no voice', { action: 'query_voice' }],
    ['an update without a sample', { action: 'update_voice', voice_id: 'x' }],
  ])('%s', async (_, input, more) => {
    expect(await act(input, more)).toMatchObject({ status: 400, said: { code: 'InvalidParameter' } })
    expect([...server.voices.keys()]).toEqual([])
  })

  test.each(['query_voice', 'update_voice', 'delete_voice'])('%s of a voice that is not there', async (action) => {
    const more = action === 'update_voice' ? { url: 'https://x/a.wav' } : {}
    expect(await act({ action, voice_id: 'x', ...more })).toMatchObject({
      status: 400,
      said: { code: 'BadRequest.VoiceNotFound' },
    })
  })

  test('the update of a voice that was made from words', async () => {
    const { said } = await act(DESIGN)
    expect(await act({ action: 'update_voice', voice_id: said.output.voice_id, url: 'https://x/a.wav' })).toMatchObject(
      { status: 400, said: { code: 'InvalidParameter' } },
    )
  })

  test('the voice after the thousandth', async () => {
    for (let index = 0; index < 999; index += 1) server.add({ voice_id: `cosyvoice-v2-n-${index}` })
    expect((await act(CLONE)).status).toBe(200)
    const expected = { status: 400, said: { message: 'Maximum voice-clone voice limit exceeded.' } }
    expect(await act(CLONE)).toMatchObject(expected)
    expect(await act(DESIGN)).toMatchObject(expected)
  })
})

describe('a sample is refused that', () => {
  const large = new Uint8Array(10_000_001)
  large.set(sampleWav())
  const samples: [string, string, Uint8Array][] = [
    ['is an MP3', 'Audio.DecoderError', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(100)])],
    ['is no sound', 'Audio.DecoderError', Buffer.from('<html>')],
    ['has more than 10 MB', 'Audio.FileSizeExceed', large],
    ['has less than 16 kHz', 'Audio.AudioRateError', sampleWav({ rateHz: 8000, durationSec: 10 })],
    ['has more than 60 s', 'Audio.DurationLimitError', sampleWav({ durationSec: 61 })],
    ['has less than 5 s', 'Audio.AudioShortError', new Uint8Array(Buffer.from(PREVIEW_WAV, 'base64'))],
    ['is silent', 'Audio.AudioSilentError', sampleWav({ loudness: 0 })],
  ]
  test.each(samples)('%s: %s', async (_, code, bytes) => {
    expect(await act({ ...CLONE, url: dataUri(bytes) })).toMatchObject({ status: 430, said: { code } })
    server.objects.set('a.wav', bytes)
    const headers = { ...KEYED, 'x-dashscope-ossresourceresolve': 'enable' }
    const body = { model: 'voice-enrollment', input: { ...CLONE, url: 'oss://a.wav' } }
    expect(await post(body, { headers })).toMatchObject({ status: 430, said: { code } })
    expect(server.voices.size).toBe(0)
  })

  test('says of itself that it is something else', async () => {
    const url = dataUri(sampleWav()).replace('audio/wav', 'text/plain')
    expect(await act({ ...CLONE, url })).toMatchObject({ said: { code: 'BadRequest.UnsupportedFileFormat' } })
    expect((await act({ ...CLONE, url: dataUri(sampleWav()) })).status).toBe(200)
  })

  test('is not there, or whose address nobody resolves', async () => {
    const missing = { status: 400, said: { code: 'BadRequest.ResourceNotExist' } }
    server.objects.set('a.wav', sampleWav())
    expect(await act({ ...CLONE, url: 'oss://a.wav' })).toMatchObject(missing)
    const headers = { ...KEYED, 'x-dashscope-ossresourceresolve': 'enable' }
    const body = (url: string) => ({ model: 'voice-enrollment', input: { ...CLONE, url } })
    expect(await post(body('oss://b.wav'), { headers })).toMatchObject(missing)
    expect((await post(body('oss://a.wav'), { headers })).status).toBe(200)
    server.unreachable.add('https')
    expect(await act(CLONE)).toMatchObject({ status: 415, said: { code: 'BadRequest.InputDownloadFailed' } })
  })
})

describe('the storage for samples', () => {
  const POLICY = '/api/v1/uploads?action=getPolicy&model=voice-enrollment'
  const FIELDS = {
    OSSAccessKeyId: 'LTAI-temporary',
    Signature: 'c2lnbmF0dXJl',
    policy: 'cG9saWN5',
    key: 'dashscope-instant/account/2026-01-05/u-1/a.wav',
    'x-oss-object-acl': 'private',
    'x-oss-forbid-overwrite': 'true',
    success_action_status: '200',
  }
  const upload = async (
    changes: Record<string, string | undefined> = {},
    { isFileFirst = false, hasFile = true, headers = {} } = {},
  ): Promise<number> => {
    const form = new FormData()
    if (isFileFirst) form.set('file', new File([sampleWav()], 'a.wav'))
    for (const [name, value] of Object.entries({ ...FIELDS, ...changes }))
      if (value !== undefined) form.set(name, value)
    if (hasFile && !isFileFirst) form.set('file', new File([sampleWav()], 'a.wav'))
    return (await fetch(`${server.url}/oss`, { method: 'POST', headers, body: form })).status
  }

  test('takes what its permit says, once', async () => {
    const { said } = await post('', { path: POLICY, method: 'GET' })
    expect(said.data).toMatchObject({ upload_host: `${server.url}/oss`, x_oss_forbid_overwrite: 'true' })
    expect(await upload()).toBe(200)
    expect(await upload()).toBe(409)
    expect([...server.objects.keys()]).toEqual([FIELDS.key])
  })

  test.each<[string, number, How]>([
    ['without a key', 401, { path: POLICY, headers: {} }],
    ['for another model', 400, { path: '/api/v1/uploads?action=getPolicy&model=cosyvoice-v2' }],
    ['for another action', 400, { path: '/api/v1/uploads?action=list&model=voice-enrollment' }],
    ['by another method', 404, { path: POLICY, method: 'POST' }],
  ])('gives no permit %s', async (_, status, how) => {
    expect((await post('', { method: 'GET', ...how })).status).toBe(status)
  })

  test.each<[string, Parameters<typeof upload>[0], Parameters<typeof upload>[1]]>([
    ['with another signature', { Signature: 'x' }, {}],
    ['with another policy', { policy: 'x' }, {}],
    ['with another name', { OSSAccessKeyId: 'x' }, {}],
    ['to a folder that is not its own', { key: 'dashscope-instant/other/a.wav' }, {}],
    ['that all may read', { 'x-oss-object-acl': 'public-read' }, {}],
    ['that may be written again', { 'x-oss-forbid-overwrite': 'false' }, {}],
    ['without the status of its success', { success_action_status: undefined }, {}],
    ['whose file is not the last', {}, { isFileFirst: true }],
    ['without a file', {}, { hasFile: false }],
    ['with a key that is meant for others', {}, { headers: { authorization: `Bearer ${VOICES_KEY}` } }],
  ])('takes nothing %s', async (_, changes, how) => {
    expect(await upload(changes, how)).toBe(403)
    expect(server.objects.size).toBe(0)
  })
})
