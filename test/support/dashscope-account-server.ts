import { request as ask, createServer, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { Clock } from '../../src/main/clock/index.ts'
import { DASHSCOPE_KEY, type DashscopeServer, type DashscopeTraits, startDashscopeServer } from './dashscope-server.ts'
import { type DashscopeVoicesServer, startDashscopeVoicesServer, VOICES_KEY } from './dashscope-voices-server.ts'
import { type Loopback, listenOnLoopback } from './loopback.ts'

/** Where voices are made; speech is everywhere else. */
const VOICE_PATHS = ['/api/v1/uploads', '/api/v1/services/audio/tts/customization']

export type DashscopeAccount = AsyncDisposable & {
  /** Speech and voices at one address, as the service has them, with one key: `DASHSCOPE_KEY`. */
  readonly url: string
  readonly speech: DashscopeServer
  readonly voices: DashscopeVoicesServer
} & Pick<Loopback, 'openExchanges' | 'settled'>

/** DashScope whole: what is copied there can be spoken with. */
export const startDashscopeAccount = async (
  clock: Clock,
  traits: Pick<DashscopeTraits, 'soundOf'> = {},
): Promise<DashscopeAccount> => {
  const voices = await startDashscopeVoicesServer()
  const speech = await startDashscopeServer(clock, {
    ...traits,
    hasCopy: (model, voice) => voices.voices.get(voice)?.target_model === model,
  })
  const server = createServer((request, response) => {
    const isOfVoices = VOICE_PATHS.some((path) => request.url?.split('?')[0] === path)
    const headers: IncomingHttpHeaders = { ...request.headers }
    if (isOfVoices && headers.authorization === `Bearer ${DASHSCOPE_KEY}`)
      headers.authorization = `Bearer ${VOICES_KEY}`
    const onward = ask(new URL(request.url ?? '/', isOfVoices ? voices.url : speech.url), {
      method: request.method ?? 'GET',
      headers,
    })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })
  server.on('upgrade', (request, socket, head) => {
    const lines = [`${request.method} ${request.url} HTTP/1.1`]
    for (let at = 0; at < request.rawHeaders.length; at += 2)
      lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`)
    const onward = connect(Number(new URL(speech.url).port), '127.0.0.1')
    onward.write(`${lines.join('\r\n')}\r\n\r\n`)
    onward.write(head)
    onward.pipe(socket)
    socket.pipe(onward)
    // Whoever breaks off breaks off both.
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
    onward.on('close', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  })
  const loopback = await listenOnLoopback(server)
  return {
    url: `http://${loopback.host}`,
    speech,
    voices,
    openExchanges: loopback.openExchanges,
    settled: loopback.settled,
    [Symbol.asyncDispose]: async () => {
      await loopback[Symbol.asyncDispose]()
      await speech[Symbol.asyncDispose]()
      await voices[Symbol.asyncDispose]()
    },
  }
}
