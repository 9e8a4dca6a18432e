import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { countingMint } from '../../../test/support/a-project.ts'
import { draftOfFlags, type RemoteFlags } from './remote-flags.ts'

const draftOf = async (kind: string, flags: RemoteFlags) => {
  const stdin = Readable.from([])
  const { engine } = await draftOfFlags(kind, flags, { mint: countingMint(), environment: () => undefined, stdin })
  return engine
}
const at = { baseUrl: ['http://10.0.0.1:8000'] }

test.each([
  ['eas', { ...at, model: 'x' }, /--model: eas has no such setting, only dashscope, openai, cosyvoice-runtime/],
  ['eas', { ...at, sampleRate: '24000' }, /--sample-rate: eas/],
  ['eas', { ...at, keyIn: 'basic' }, /--key-in: eas/],
  ['cosyvoice-runtime', { ...at, transport: 'sse' }, /--transport: cosyvoice-runtime/],
  ['cosyvoice-server', { ...at, mostText: '500' }, /--most-text: cosyvoice-server/],
  ['cosyvoice-server', { ...at, websocketUrl: ['ws://10.0.0.1'] }, /--websocket-url: cosyvoice-server/],
  ['dashscope', { extra: '{"a":1}' }, /--extra: dashscope/],
  ['dashscope', { takesInstructions: true }, /--takes-instructions: dashscope/],
  ['openai', { ...at, model: 'm', region: 'cn' }, /--region: openai/],
  ['openai', { ...at, model: 'm', filterMarkdown: true }, /--filter-markdown: openai/],
  ['openai', { ...at, profile: 'wcode', sampleRate: '24000' }, /--sample-rate: wcode/],
  [
    'openai',
    { ...at, profile: 'siliconflow', takesInstructions: true },
    /--takes-instructions: no model of siliconflow/,
  ],
] as const)('%s: a flag of another kind is refused: %o', async (kind, flags, detail) => {
  await expect(draftOf(kind, { ...flags, baseUrl: [...at.baseUrl] } as RemoteFlags)).rejects.toMatchObject({
    code: 'usage.invalid',
    params: { detail: expect.stringMatching(detail) },
  })
})

test('a WebSocket address of a service will do, and is kept as what it is the same as', async () => {
  const engine = await draftOf('dashscope', { baseUrl: ['wss://dashscope.aliyuncs.com/api-ws/v1/inference'] })
  expect(engine.members[0]?.baseUrl).toBe('https://dashscope.aliyuncs.com/api-ws/v1/inference')
  const eas = await draftOf('eas', { baseUrl: ['wss://a.example/api/predict/tts/api-ws/v1/audio/speech'] })
  expect(eas.members[0]?.baseUrl).toBe('https://a.example/api/predict/tts')
})

test('what most people never need can be said', async () => {
  expect((await draftOf('cosyvoice-runtime', { ...at, sampleRate: '22050' })).connection).toMatchObject({
    sampleRateHz: 22_050,
  })
  expect((await draftOf('dashscope', { mostText: '10000' })).connection).toMatchObject({ mostText: 10_000 })
  const openai = await draftOf('openai', {
    ...{ baseUrl: ['http://10.0.0.1/v1', 'http://10.0.0.2/v1'], model: 'm', mostText: '500', keyIn: 'X-Api-Key' },
    extra: '{"temperature":0.7,"nested":{"top_p":[1]}}',
  })
  expect(openai.connection).toMatchObject({ mostText: 500, extra: { temperature: 0.7, nested: { top_p: [1] } } })
  expect(openai.members.map(({ keyHeader }) => keyHeader)).toEqual(Array(2).fill({ name: 'X-Api-Key', scheme: null }))
  const server = await draftOf('cosyvoice-server', { ...at, keyIn: 'basic' })
  expect(server.members[0]?.keyHeader).toEqual({ name: 'Authorization', scheme: 'Basic' })
  expect((await draftOf('cosyvoice-server', { ...at, keyIn: 'bearer' })).members[0]).not.toHaveProperty('keyHeader')
  const webSockets = ['wss://one.example/tts', 'https://two.example/tts/']
  const eas = await draftOf('eas', { baseUrl: ['http://10.0.0.1', 'http://10.0.0.2'], websocketUrl: webSockets })
  expect(eas.members.map(({ webSocketUrl }) => webSocketUrl)).toEqual([
    'wss://one.example/tts',
    'wss://two.example/tts',
  ])
})

test.each([
  ['openai', { extra: '{"temperature":' }, /--extra: it is a JSON object/],
  ['openai', { extra: '[1]' }, /--extra: it is a JSON object/],
  ['openai', { extra: '{"input":"x"}' }, /--extra: it may not hold input, model, voice/],
  ['openai', { extra: JSON.stringify({ prompt: 'x'.repeat(10_001) }) }, /--extra: it is longer/],
  ['openai', { mostText: '5' }, /--most-text/],
  ['openai', { mostText: '20001' }, /--most-text/],
  ['openai', { keyIn: 'my key' }, /--key-in: is no name of a header/],
  ['openai', { keyIn: 'Content-Type' }, /--key-in: is a header of the request itself/],
  ['cosyvoice-runtime', { sampleRate: '12345' }, /--sample-rate/],
  ['dashscope', { transport: 'http', region: 'intl' }, /--transport http: .* in Beijing only/],
  ['dashscope', { transport: 'http', model: 'cosyvoice-v1' }, /--transport http: cosyvoice-v1 answers no requests/],
  ['eas', { websocketUrl: ['ftp://x'] }, /--websocket-url: an http\(s\) or ws\(s\) address/],
  ['eas', { websocketUrl: ['ws://a.example', 'ws://b.example'] }, /--websocket-url: 2 came for 1 endpoints/],
] as const)('%s: what cannot be is refused: %o', async (kind, flags, detail) => {
  const asked = { ...(kind === 'openai' && { model: 'm' }), ...flags, baseUrl: [...at.baseUrl] } as RemoteFlags
  await expect(draftOf(kind, asked)).rejects.toMatchObject({
    code: 'usage.invalid',
    params: { detail: expect.stringMatching(detail) },
  })
})
