import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  eventOf,
  M,
  type OpenAiSpeechServer,
  P,
  saysPieces,
  startOpenAiSpeechServer,
  W,
  WS,
} from '../../../../test/support/openai-speech-server.ts'
import { anAsk } from '../../../../test/support/speech-fixtures.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire, RemoteFailure, type SpeechEvent } from '../../remote/index.ts'
import { createOpenAiClient } from './client.ts'

let server: OpenAiSpeechServer
beforeAll(async () => {
  server = await startOpenAiSpeechServer('generic')
})
afterAll(() => server[Symbol.asyncDispose]())

const bytesOf = (parts: readonly (string | Buffer)[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part)))
const anyEvent = fc.oneof(
  fc.jsonValue().map(eventOf),
  fc
    .record({
      type: fc.constantFrom('speech.audio.delta', 'speech.audio.done', 'error', '__proto__'),
      audio: fc.jsonValue(),
    })
    .map(eventOf),
  fc.record({ audio: fc.constantFrom(P, W, WS, P.subarray(1)).map((sound) => sound.toString('base64')) }).map(eventOf),
  fc.record({ error: fc.jsonValue() }).map(eventOf),
  fc.string().map((data) => `data: ${data}\n\n`),
  fc.constantFrom('data: [DONE]\n\n', ': ping\n\n', 'event: error\n', 'data:', '\r'),
)
const anyPart = fc.oneof(
  fc.constantFrom<string | Buffer>(
    P,
    W,
    WS,
    M,
    W.subarray(0, 30),
    W.subarray(30),
    'fLaC',
    'OggS',
    'RIFF',
    '<html>',
    '"x"',
  ),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.record({ error: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  fc
    .record({ detail: fc.jsonValue(), code: fc.jsonValue(), message: fc.jsonValue() })
    .map((value) => JSON.stringify(value)),
  anyEvent,
)

test('whatever a server sends is sound or a failure with a name, and is over', async () => {
  const arbitrary = fc.record({
    parts: fc.oneof(fc.array(anyPart, { maxLength: 5 }), fc.array(anyEvent, { maxLength: 6 })),
    cutAt: fc.nat(120),
    type: fc.constantFrom('audio/wav', 'text/event-stream', 'application/json', 'audio/pcm', 'x'),
    format: fc.constantFrom('wav', 'pcm', 'mp3'),
    ends: fc.constantFrom<('whole' | 'reset')[]>('whole', 'whole', 'reset'),
  })
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ parts, cutAt, type, format, ends }) => {
      const body = bytesOf(parts)
      server.next(saysPieces([body.subarray(0, cutAt), body.subarray(cutAt)], { type, ends }))
      const client = createOpenAiClient({
        wire: createWire({ clock: systemClock, isOffline: () => false }),
        clock: systemClock,
        endpoint: { baseUrl: server.baseUrl, profile: 'generic', extra: { response_format: format } },
        decode: async () => ({ pcm: Float32Array.of(0), sampleRateHz: 8000 }),
      })
      const asked = anAsk({ text: 'x' })
      const events: SpeechEvent[] = []
      try {
        for await (const event of client.speak(asked, new AbortController().signal)) events.push(event)
        expect(events.some(({ kind }) => kind === 'sound')).toBe(true)
        seen.add('sound')
      } catch (error) {
        if (!(error instanceof RemoteFailure)) throw error
        seen.add(error.failureClass)
      }
    }),
    { numRuns: 120, endOnFailure: true },
  )
  await server.idle()
  expect([...seen]).toEqual(expect.arrayContaining(['sound', 'protocol', 'network']))
})
