import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { stillClock } from '../../../test/support/speech-fixtures.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import { systemClock } from '../clock/index.ts'
import { serverEvents } from './server-events.ts'
import { createWire, type SocketMessage } from './wire.ts'

const never = new AbortController().signal
const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const listen = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
const serve = async (listener: RequestListener): Promise<string> => `http://${await listen(createServer(listener))}/`

const wireThat = ({ isOffline = false } = {}) => createWire({ clock: systemClock, isOffline: () => isOffline })

describe('a request', () => {
  test('is answered with its status, its headers and its whole body', async () => {
    const url = await serve((request, answer) => {
      answer.writeHead(418, { 'x-mark': 'a' })
      answer.end(`${request.method} ${request.headers.authorization}`)
    })
    const answer = await wireThat().ask(
      { url, method: 'POST', headers: { authorization: 'Bearer k' }, body: '{}' },
      never,
    )
    expect([answer.status, answer.header('X-Mark'), await answer.text()]).toEqual([418, 'a', 'POST Bearer k'])
  })

  test('with a form comes as one', async () => {
    const bodies: string[] = []
    const url = await serve(async (request, answer) => {
      const headers = { 'content-type': request.headers['content-type'] ?? '' }
      const form = await new Response(await buffer(request), { headers }).formData()
      const file = form.get('file')
      bodies.push(String(form.get('text')), file instanceof File ? `${file.name} ${await file.text()}` : 'no file')
      answer.end()
    })
    const form = new FormData()
    form.append('text', '你好')
    form.append('file', new Blob(['sound']), 'a.wav')
    await (await wireThat().ask({ url, method: 'POST', body: form }, never)).bytes()
    expect(bodies).toEqual(['你好', 'a.wav sound'])
  })

  test('with a form that is cancelled at any moment fails with nothing but that', async () => {
    const uncaught: unknown[] = []
    const note = (error: unknown): void => void uncaught.push(error)
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note)
    const url = await serve((request) => request.resume())
    for (let turns = 0; turns < 40; turns++) {
      const controller = new AbortController()
      const form = new FormData()
      for (let part = 0; part < 20; part++) form.append('file', new Blob(['sound']), 'a.wav')
      const asked = wireThat().ask({ url, method: 'POST', body: form }, controller.signal)
      const cancelled = expect(asked).rejects.toBeInstanceOf(AppCancel)
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      controller.abort()
      await cancelled
    }
    await new Promise((resolve) => setImmediate(resolve))
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
    expect(uncaught).toEqual([])
  })

  test.each([
    ['https://studio.example/v1/speech?key=geheim', 'https://studio.example'],
    ['/login?next=geheim', '/login'],
    ['http://[', '…'],
  ])('that is sent on to %s is not followed, and says where to', async (location, value) => {
    const paths: unknown[] = []
    const url = await serve((request, answer) => {
      paths.push(request.url)
      answer.writeHead(307, { location })
      answer.end()
    })
    await expect(wireThat().ask({ url, headers: { authorization: 'Bearer k' } }, never)).rejects.toMatchObject({
      failureClass: 'protocol',
      facts: { reason: 'redirected', params: { value }, httpStatus: 307 },
    })
    expect(paths).toEqual(['/'])
  })

  test('whose answer ends early fails as network, and one that nobody answers too', async () => {
    const url = await serve((_request, answer) => {
      answer.writeHead(200, { 'content-length': '60' })
      answer.write('x'.repeat(30), () => answer.destroy())
    })
    const answer = await wireThat().ask({ url }, never)
    await expect(answer.bytes()).rejects.toMatchObject({ failureClass: 'network' })
    const gone = createServer()
    gone.listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    await once(gone, 'close')
    await expect(wireThat().ask({ url: `http://127.0.0.1:${port}/` }, never)).rejects.toMatchObject({
      failureClass: 'network',
      facts: { code: 'ECONNREFUSED' },
    })
  })

  test('that takes too long for its head, or between two pieces, fails as timeout', async () => {
    const silent = await serve(() => undefined)
    await expect(wireThat().ask({ url: silent, patience: { headMs: 30 } }, never)).rejects.toMatchObject({
      failureClass: 'timeout',
    })
    const stalled = await serve((_request, answer) => {
      answer.write('a')
    })
    const answer = await wireThat().ask({ url: stalled, patience: { idleMs: 30 } }, never)
    await expect(answer.bytes()).rejects.toMatchObject({ failureClass: 'timeout' })
  })

  test('may take longer for its first piece than between two', async () => {
    const { time, clock } = stillClock()
    let answering: ServerResponse | undefined
    const url = await serve((_request, answer) => {
      answering = answer
      answer.flushHeaders()
    })
    const wire = createWire({ clock, isOffline: () => false })
    const answer = await wire.ask({ url, patience: { firstMs: 3000, idleMs: 1000 } }, never)
    const pieces = answer.pieces()
    const first = pieces.next()
    time.pass(2999)
    answering?.write('a')
    expect(Buffer.from((await first).value ?? []).toString()).toBe('a')
    const second = pieces.next()
    time.pass(1000)
    await expect(second).rejects.toMatchObject({ failureClass: 'timeout' })
  })

  test('that is cancelled before, while it waits and while it reads lets go of its connection', async () => {
    const closed: Promise<unknown>[] = []
    const url = await serve((request, answer) => {
      closed.push(once(request.socket, 'close'))
      if (request.url === '/body') answer.write('a')
    })
    await expect(wireThat().ask({ url }, AbortSignal.abort())).rejects.toBeInstanceOf(AppCancel)
    expect(closed).toHaveLength(0)
    const waiting = new AbortController()
    const asked = wireThat().ask({ url }, waiting.signal)
    while (closed.length === 0) await new Promise((resolve) => setImmediate(resolve))
    waiting.abort()
    await expect(asked).rejects.toBeInstanceOf(AppCancel)
    const reading = new AbortController()
    const answer = await wireThat().ask({ url: `${url}body` }, reading.signal)
    const read = async (): Promise<void> => {
      for await (const _ of answer.pieces()) reading.abort()
    }
    await expect(read()).rejects.toBeInstanceOf(AppCancel)
    await Promise.all(closed)
  })

  test('opens nothing while the app stays offline', async () => {
    let requests = 0
    const url = await serve((_request, answer) => {
      requests += 1
      answer.end()
    })
    const wire = wireThat({ isOffline: true })
    await expect(wire.ask({ url }, never)).rejects.toMatchObject({ failureClass: 'offline' })
    await expect(wire.openSocket({ url: url.replace('http', 'ws') }, never)).rejects.toMatchObject({
      failureClass: 'offline',
    })
    expect(requests).toBe(0)
  })

  test('streams events, whatever pieces they come in', async () => {
    const url = await serve((_request, answer) => {
      answer.write('event: a\nda')
      setImmediate(() => answer.end('ta: {"x":\ndata: 1}\n\ndata: 你\n\ndata: last'))
    })
    const events: unknown[] = []
    const answer = await wireThat().ask({ url }, never)
    for await (const event of serverEvents(answer.pieces())) events.push(event)
    expect(events).toEqual([
      { event: 'a', data: '{"x":\n1}' },
      { event: undefined, data: '你' },
      { event: undefined, data: 'last' },
    ])
  })
})

describe('a socket', () => {
  const serveSockets = async (onConnection: (socket: import('ws').WebSocket) => void): Promise<string> => {
    const server = createServer()
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', onConnection)
    return `ws://${await listen(server)}/`
  }
  const collected = async (messages: AsyncIterable<SocketMessage>): Promise<SocketMessage[]> => {
    const all: SocketMessage[] = []
    for await (const message of messages) all.push(message)
    return all
  }

  test('gives text and bytes in their order until it is closed, and tells with what', async () => {
    const url = await serveSockets((socket) => {
      socket.on('message', (text) => {
        socket.send(`heard ${text}`)
        socket.send(new Uint8Array([1, 2]))
        socket.close(1011, 'enough')
      })
    })
    const socket = await wireThat().openSocket({ url }, never)
    socket.send('hello')
    expect(await collected(socket.messages({ idleMs: 5000 }, never))).toEqual(['heard hello', new Uint8Array([1, 2])])
    expect(socket.close).toEqual({ code: 1011, reason: 'enough' })
    expect(socket.isOpen).toBe(false)
  })

  test('that is refused fails with the class of its status and the words of the server', async () => {
    const url = await serve((_request, answer) => answer.end())
    const refusing = createServer()
    refusing.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 23\r\n\r\n{"code":"InvalidApiKey"}'.slice(0, -1))
    })
    const at = await listen(refusing)
    await expect(wireThat().openSocket({ url: `ws://${at}/` }, never)).rejects.toMatchObject({
      failureClass: 'auth',
      facts: { httpStatus: 401, reason: expect.stringContaining('InvalidApiKey') },
    })
    await expect(wireThat().openSocket({ url: url.replace('http', 'ws') }, never)).rejects.toMatchObject({
      failureClass: 'bad-request',
    })
  })

  test('on which nothing comes fails as timeout, and a cancel ends the waiting', async () => {
    const url = await serveSockets(() => undefined)
    const wire = wireThat()
    const quiet = await wire.openSocket({ url }, never)
    await expect(collected(quiet.messages({ idleMs: 30 }, never))).rejects.toMatchObject({ failureClass: 'timeout' })
    quiet.destroy()
    const controller = new AbortController()
    const socket = await wire.openSocket({ url }, never)
    const reading = collected(socket.messages({ idleMs: 5000 }, controller.signal))
    controller.abort()
    await expect(reading).rejects.toBeInstanceOf(AppCancel)
    socket.destroy()
  })

  test('whose other side is gone without a word closes as 1006', async () => {
    const url = await serveSockets((socket) => socket.terminate())
    const socket = await wireThat().openSocket({ url }, never)
    await collected(socket.messages({ idleMs: 5000 }, never)).catch(() => undefined)
    expect(socket.close?.code).toBe(1006)
  })
})

test('hanging up ends requests, answers, sockets and those on their way, and opens nothing later', async () => {
  const silent = await serve(() => undefined)
  const half = await serve((_request, answer) => {
    answer.writeHead(200)
    answer.write('half')
  })
  const server = createServer()
  new WebSocketServer({ server })
  const url = `ws://${await listen(server)}/`
  const neverUpgraded = createServer()
  neverUpgraded.on('upgrade', () => undefined)
  const slow = `ws://${await listen(neverUpgraded)}/`
  let isOffline = false
  const wire = createWire({ clock: systemClock, isOffline: () => isOffline })

  const answer = await wire.ask({ url: half }, never)
  const socket = await wire.openSocket({ url }, never)
  const idle = await wire.openSocket({ url }, never)
  const reading = (async () => {
    for await (const _ of socket.messages({ idleMs: 5000 }, never));
  })()
  const waiting = [wire.ask({ url: silent }, never), answer.bytes(), wire.openSocket({ url: slow }, never), reading]
  const ended = Promise.allSettled(waiting)
  isOffline = true
  wire.hangUp()
  const offline = { status: 'rejected', reason: { failureClass: 'offline' } }
  expect(await ended).toMatchObject([offline, offline, offline, offline])
  expect([socket.isOpen, idle.isOpen]).toEqual([false, false])
  await expect(wire.ask({ url: silent }, never)).rejects.toMatchObject({ failureClass: 'offline' })
  isOffline = false
  const again = await wire.openSocket({ url }, never)
  expect(again.isOpen).toBe(true)
  again.destroy()
})
