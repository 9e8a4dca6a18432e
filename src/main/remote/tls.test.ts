import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { systemClock } from '../clock/index.ts'
import { isTlsFailure, RemoteFailure } from './failure.ts'
import { retryDelayMs } from './retry.ts'
import { serverEvents } from './server-events.ts'
import { createWire } from './wire.ts'

const certificate = (name: string): string =>
  readFileSync(path.resolve(import.meta.dirname, '../../../test/fixtures/tls', name), 'utf8')
const never = new AbortController().signal

/** One that nobody but its own authority vouches for: a request, events and a socket. */
const server = createServer(
  { key: certificate('server-key.pem'), cert: certificate('server.pem') },
  (request, answer) => {
    if (request.url === '/events') {
      answer.writeHead(200, { 'content-type': 'text/event-stream' })
      answer.end('data: one\n\ndata: two\n\n')
    } else answer.end('hello')
  },
)
const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket: WebSocket) => {
  socket.send('hello')
  socket.close(1000)
})
let address = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `localhost:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  sockets.close()
  server.closeAllConnections()
  server.close()
})

const wireTrusting = (certificates: readonly string[]) => {
  let asked = 0
  const wire = createWire({
    clock: systemClock,
    isOffline: () => false,
    systemCertificates: () => {
      asked += 1
      return certificates
    },
  })
  return { wire, timesAsked: () => asked }
}
const failureOf = async (request: Promise<unknown>): Promise<RemoteFailure> => {
  const error = await request.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof RemoteFailure) return error
  throw new Error('it did not fail')
}

describe('over TLS', () => {
  // First of all: what is trusted once is trusted by the whole process.
  test('a certificate that nobody vouches for is refused, named, and not tried again', async () => {
    const { wire, timesAsked } = wireTrusting([])
    const failures = [
      await failureOf(wire.ask({ url: `https://${address}/` }, never)),
      await failureOf(wire.openSocket({ url: `wss://${address}/` }, never)),
    ]
    for (const failure of failures) {
      expect(failure).toMatchObject({ failureClass: 'network', facts: { reason: 'certificate-untrusted' } })
      expect(isTlsFailure(failure)).toBe(true)
      expect(retryDelayMs(failure, 1, 0)).toBeUndefined()
    }
    expect(timesAsked()).toBe(1)
  })

  test('an authority that the system trusts is trusted: requests, events and sockets', async () => {
    const { wire, timesAsked } = wireTrusting([certificate('authority.pem')])
    expect(await (await wire.ask({ url: `https://${address}/` }, never)).text()).toBe('hello')
    const events: string[] = []
    for await (const { data } of serverEvents((await wire.ask({ url: `https://${address}/events` }, never)).pieces()))
      events.push(data)
    expect(events).toEqual(['one', 'two'])
    const socket = await wire.openSocket({ url: `wss://${address}/` }, never)
    const heard: unknown[] = []
    for await (const message of socket.messages({ idleMs: 5000 }, never)) heard.push(message)
    expect([heard, socket.close?.code, timesAsked()]).toEqual([['hello'], 1000, 1])
  })

  test('a name that the certificate is not for is refused, whoever vouches for it', async () => {
    const { wire } = wireTrusting([certificate('authority.pem')])
    const other = address.replace('localhost', 'localhost.localdomain')
    const failure = await failureOf(wire.ask({ url: `https://${other}/` }, never))
    expect(failure.failureClass).toBe('network')
  })
})

test('an address that is none, and a header that none can be, are refusals and say nothing of themselves', async () => {
  const { wire } = wireTrusting([])
  for (const request of [
    { url: 'wss://[' },
    { url: 'wss://localhost:1/', headers: { authorization: 'Bearer sk-1\n2' } },
  ]) {
    const failure = await failureOf(wire.openSocket(request, never))
    expect(failure.failureClass).toBe('bad-request')
    expect(failure.message).not.toContain('sk-1')
  }
})
