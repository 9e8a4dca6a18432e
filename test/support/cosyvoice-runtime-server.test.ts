import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RuntimeServer, startRuntimeServer } from './cosyvoice-runtime-server.ts'
import { W } from './speech-fixtures.ts'

let server: RuntimeServer
beforeEach(async () => {
  server = await startRuntimeServer()
})
afterEach(() => server[Symbol.asyncDispose]())

const MARK = 'You are a helpful assistant.<|endofprompt|>'
const PROMPT = new File([W], 'prompt.wav', { type: 'audio/wav' })
type Fields = Readonly<Record<string, string | File | undefined>>
const post = async (route: string, fields: Fields) => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, value)
  const answer = await fetch(`${server.baseUrl}${route}`, { method: 'POST', body: form })
  return { status: answer.status, body: await answer.arrayBuffer().catch(() => undefined) }
}
const WHOLE: readonly (readonly [string, Fields])[] = [
  ['/inference_sft', { tts_text: 'a', spk_id: 'b' }],
  ['/inference_zero_shot', { tts_text: 'a', prompt_text: `${MARK}b`, prompt_wav: PROMPT }],
  ['/inference_cross_lingual', { tts_text: `${MARK}a`, prompt_wav: PROMPT }],
  ['/inference_instruct', { tts_text: 'a', spk_id: 'b', instruct_text: 'c<|endofprompt|>' }],
  ['/inference_instruct2', { tts_text: 'a', instruct_text: `${MARK}c`, prompt_wav: PROMPT }],
]

test.each(WHOLE)('%s speaks raw samples', async (route, fields) => {
  if (route === '/inference_instruct') server.model = 'cosyvoice'
  expect(await post(route, fields)).toMatchObject({ status: 200, body: { byteLength: 32 } })
  expect(server.violations).toEqual([])
})

test.each(WHOLE)('%s refuses what is not whole, and says which field', async (route, fields) => {
  for (const name of Object.keys(fields)) {
    const { status, body } = await post(route, { ...fields, [name]: undefined })
    expect([status, JSON.parse(new TextDecoder().decode(body))]).toEqual([
      422,
      { detail: [{ type: 'missing', loc: ['body', name], msg: 'Field required', input: null }] },
    ])
  }
  expect(server.inferences).toEqual([])
})

test.each(WHOLE)('%s is noticed to get a field that it does not have', async (route, fields) => {
  await post(route, { ...fields, speed: '1.5' })
  expect(server.violations).toEqual([`${route} has no speed`])
})

test('directions have another route with the first model than with the later ones', async () => {
  const [, , , first, later] = WHOLE
  const statusOf = async (called: (typeof WHOLE)[number] | undefined): Promise<number | undefined> =>
    called && (await post(...called)).status
  expect([await statusOf(first), await statusOf(later)]).toEqual([500, 200])
  server.model = 'cosyvoice'
  expect([await statusOf(first), await statusOf(later)]).toEqual([200, 500])
})

test('a recording that is text, or no sound, is refused', async () => {
  const [, [route, fields]] = WHOLE as [unknown, (typeof WHOLE)[number]]
  expect((await post(route, { ...fields, prompt_wav: 'a.wav' })).status).toBe(422)
  expect((await post(route, { ...fields, prompt_wav: new File(['hello'], 'a.wav') })).status).toBe(500)
})

test.each([
  ['/inference_zero_shot', { tts_text: `${MARK}a`, prompt_text: 'b', prompt_wav: PROMPT }],
  ['/inference_cross_lingual', { tts_text: 'a', prompt_wav: PROMPT }],
  ['/inference_instruct2', { tts_text: `${MARK}a`, instruct_text: 'c', prompt_wav: PROMPT }],
])(
  '%s of CosyVoice3 breaks off without its mark in the right place; other models do not need it',
  async (route, fields) => {
    expect(await post(route, fields)).toEqual({ status: 200, body: undefined })
    server.model = 'cosyvoice2'
    expect(await post(route, fields)).toMatchObject({ status: 200, body: { byteLength: 32 } })
  },
)

test('another method, another route and another form are refused', async () => {
  const status = async (route: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(`${server.baseUrl}${route}`, init)).status
  expect(await status('/inference_sft?tts_text=a&spk_id=b')).toBe(404)
  expect(await status('/inference_sft', { method: 'PUT', body: 'a' })).toBe(404)
  expect(await status('/inference_vc', { method: 'POST', body: 'a' })).toBe(404)
  expect(await status('/inference_sft/', { method: 'POST', body: 'a' })).toBe(404)
  const json = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"tts_text":"a","spk_id":"b"}',
  }
  expect(await status('/inference_sft', json)).toBe(422)
  expect(await status('/openapi.json')).toBe(200)
})
