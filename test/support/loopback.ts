import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A server on this machine, and what of it is under way. */
export type Loopback = AsyncDisposable & {
  /** `127.0.0.1:<port>` */
  readonly host: string
  /** Answers that are not over, and WebSockets that are not closed. */
  openExchanges(): number
  /** Waits until there are none. */
  settled(): Promise<void>
}

export const listenOnLoopback = async (server: Server): Promise<Loopback> => {
  const sockets = new Set<Socket>()
  const waiting: (() => void)[] = []
  let open = 0
  const begin = (): void => {
    open += 1
  }
  const end = (): void => {
    open -= 1
    if (open === 0) for (const tell of waiting.splice(0)) tell()
  }
  server.prependListener('request', (_request, response) => {
    begin()
    response.on('close', end)
  })
  server.prependListener('upgrade', (_request, socket) => {
    begin()
    socket.on('close', end)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    openExchanges: () => open,
    settled: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
