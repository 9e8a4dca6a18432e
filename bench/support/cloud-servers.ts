import { setTimeout } from 'node:timers/promises'
import { systemClock } from '../../src/main/clock/index.ts'
import { startCosyVoiceApiServer, wavOf } from '../../test/support/cosyvoice-api-server.ts'
import { startRuntimeServer } from '../../test/support/cosyvoice-runtime-server.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../../test/support/dashscope-server.ts'
import { startEasServer } from '../../test/support/eas-server.ts'
import { eventOf, startOpenAiSpeechServer } from '../../test/support/openai-speech-server.ts'
import { PIECE_SAMPLES, sampleAt, type Told } from './cloud-sound.ts'

// A process with a server of each kind. It speaks as it is told, and says by the clock that all processes of a machine share
// when it began to write the first sound of each line.

type Servers = Readonly<Record<string, { readonly baseUrl: string; readonly key: string; readonly voice: string }>>

const pieceOf = (index: number): Buffer => {
  const bytes = Buffer.alloc(2 * PIECE_SAMPLES)
  for (let at = 0; at < PIECE_SAMPLES; at++) bytes.writeInt16LE(sampleAt(index, at), 2 * at)
  return bytes
}
const base64Of = (index: number): string => pieceOf(index).toString('base64')
const wavAt = (index: number): Uint8Array =>
  wavOf(Array.from({ length: PIECE_SAMPLES }, (_, at) => sampleAt(index, at) / 32_768))

const [dashscope, eas, openAi, server, runtime] = await Promise.all([
  startDashscopeServer(systemClock),
  startEasServer(),
  startOpenAiSpeechServer('vllm-omni'),
  startCosyVoiceApiServer(),
  startRuntimeServer(),
])
const stamp = (): void => void process.send?.({ wroteAtNs: String(process.hrtime.bigint()) })

/** Writes pieces with a pause before each, so that each arrives by itself. */
const spoken = async ({ pieces, pauseMs }: Told, write: (index: number) => void): Promise<void> => {
  for (let index = 0; index < pieces; index++) {
    if (pauseMs > 0) await setTimeout(pauseMs)
    if (index === 0) stamp()
    write(index)
  }
}

const prepare: Readonly<Record<string, (told: Told) => void>> = {
  'dashscope websocket': (told) =>
    dashscope.answerTask(async (task) => {
      task.event('task-started')
      await task.heardAll()
      await spoken(told, (index) => task.sound(pieceOf(index)))
      task.finished()
    }),
  'dashscope http': (told) =>
    dashscope.answerRequest(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      const say = (output: object): void =>
        void response.write(eventOf({ request_id: 'q', output, usage: { characters: 6 } }))
      await spoken(told, (index) => say({ finish_reason: 'null', audio: { data: base64Of(index) } }))
      say({ finish_reason: 'stop', audio: { data: '' } })
      response.end()
    }),
  'eas sse': (told) =>
    eas.answers.push(async (answering) => {
      answering.head(200, { 'content-type': 'text/event-stream' })
      await spoken(told, (index) =>
        answering.event({ output: { finish_reason: null, audio: { data: base64Of(index) } } }),
      )
      answering.end()
    }),
  'eas websocket': (told) =>
    eas.scripts.push({
      onFinish: async (task) => {
        await spoken(told, (index) => task.sound(pieceOf(index)))
        task.event('task-finished')
      },
    }),
  'openai events': (told) =>
    openAi.next(async (answer) => {
      answer.writeHead(200, { 'content-type': 'text/event-stream' })
      answer.flushHeaders()
      await spoken(told, (index) => answer.write(eventOf({ type: 'speech.audio.delta', audio: base64Of(index) })))
      answer.end(eventOf({ type: 'speech.audio.done' }))
    }),
  'cosyvoice-server sse': (told) => {
    // Its pieces cannot pause: they are written one after another.
    const chunk = (index: number): string =>
      `event: audio_chunk\n${eventOf({ audio_data: Buffer.from(wavAt(index)).toString('base64') })}`
    const pieces = Array.from({ length: told.pieces }, (_, index) => chunk(index))
    server.misbehave('sse', {
      headers: { 'content-type': 'text/event-stream' },
      get pieces() {
        stamp()
        return [...pieces, `event: complete\n${eventOf({})}`]
      },
    })
  },
  'cosyvoice-runtime': (told) =>
    runtime.answers.push(async (response) => {
      response.writeHead(200)
      response.flushHeaders()
      await spoken(told, (index) => response.write(pieceOf(index)))
      response.end()
    }),
}

const servers: Servers = {
  dashscope: { baseUrl: dashscope.url, key: DASHSCOPE_KEY, voice: 'longxiaochun_v2' },
  eas: { baseUrl: eas.baseUrl, key: eas.token, voice: 'ref1' },
  openai: { baseUrl: openAi.baseUrl, key: '', voice: 'anna' },
  'cosyvoice-server': { baseUrl: server.url, key: '', voice: 'my_voice_01' },
  'cosyvoice-runtime': { baseUrl: runtime.baseUrl, key: '', voice: 'anna' },
}
process.on('message', (told: Told) => {
  for (let line = 0; line < told.lines; line++) prepare[told.way]?.(told)
  process.send?.({ ready: true })
})
process.on('disconnect', () => process.exit(0))
process.send?.({ servers })
