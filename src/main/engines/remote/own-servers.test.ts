import { expect, test } from 'vitest'
import { aRemoteSetup } from '../../../../test/support/a-remote-setup.ts'
import { startCosyVoiceApiServer } from '../../../../test/support/cosyvoice-api-server.ts'
import { startOpenAiSpeechServer, W } from '../../../../test/support/openai-speech-server.ts'
import { toneOf } from '../../../../test/support/spoken-sound.ts'
import { type Connection, remoteFacts } from '../../../shared/endpoint/index.ts'
import { voiceIdSchema } from '../../../shared/kernel/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import { conformanceRequest } from '../engine-conformance.ts'
import { openRemoteEngine } from './open-remote-engine.ts'

const LINE = `${'一二三四五六七八九'.repeat(5)}。`.repeat(33)

const deps = () => ({
  ...{ wire: createWire({ clock: systemClock, isOffline: () => false }), clock: systemClock, random: () => 0 },
})
const job = () => ({ signal: new AbortController().signal, progress: () => undefined })

test('a long line comes whole from an API server that makes no more sound than of 300 characters', async () => {
  await using server = await startCosyVoiceApiServer({ soundOf: toneOf })
  const connection: Connection = { kind: 'cosyvoice-server', transport: 'cache' }
  const setup = aRemoteSetup(connection, { baseUrl: server.url, key: '' })
  const voices = [{ remoteVoice: 'my_voice_01', name: 'Ann', language: null, gender: 'neutral' as const }]
  await using engine = openRemoteEngine({ ...setup, engine: { ...setup.engine, voices } }, deps())
  const [voice] = engine.presetVoices
  if (!voice) throw new Error('a voice')
  const request = conformanceRequest(engine, { text: LINE, voice: { voiceId: voice.voiceId, source: voice.source } })
  let samples = 0
  for await (const pcm of engine.render(request, job())) samples += pcm.length
  expect(samples).toBe(toneOf(LINE).length)
  const texts = server.seen.flatMap(({ body }) => (typeof body.text === 'string' ? [body.text] : []))
  expect(texts.join('')).toBe(LINE)
  expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(300)
})

test.each(['cache', 'sse', 'websocket', 'http-stream', 'task', 'schedule'] as const)(
  'by %s it is asked for no more at once',
  (transport) => {
    expect(remoteFacts({ kind: 'cosyvoice-server', transport }).text).toEqual({ unit: 'code-points', most: 300 })
  },
)

test('a line in another language than its recording is spoken without the words of it', async () => {
  await using server = await startOpenAiSpeechServer('sglang-omni')
  const connection: Connection = {
    ...{ kind: 'openai', profile: 'sglang-omni', model: 'm', sampleRateHz: 24_000, takesInstructions: false },
  }
  const recording = { wav: new Uint8Array(W), transcript: '你好', language: 'zh-CN' }
  await using engine = openRemoteEngine(
    aRemoteSetup(
      connection,
      { baseUrl: server.baseUrl, key: '' },
      {
        remoteVoice: () => 'ann',
        recordingOf: async () => recording,
      },
    ),
    deps(),
  )
  const source = { kind: 'promptAudio', audioSha256: 'a'.repeat(64), promptText: '你好' } as const
  const voice = { voiceId: voiceIdSchema.parse('voice_ann'), source }
  for (const language of ['zh', 'en'])
    for await (const pcm of engine.render(conformanceRequest(engine, { text: 'Hello.', voice, language }), job()))
      expect(pcm.length).toBeGreaterThan(0)
  expect(server.speeches().map(({ ref_text }) => ref_text)).toEqual(['你好', undefined])
})
