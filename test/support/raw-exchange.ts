import { WebSocket } from 'ws'

/** What came on a socket: a frame of JSON, the length of sound, or the end. */
export type RawHeard = { frame: unknown } | { soundBytes: number } | { closed: number; reason: string }

export type RawSocket = Disposable & {
  /** A string as it is, bytes as bytes, everything else as JSON. */
  say(frame: unknown): void
  heard(): Promise<RawHeard>
  /** All that comes until one is like this, the last one being it. */
  heardUntil(isIt: (heard: RawHeard) => boolean): Promise<RawHeard[]>
}

/** A WebSocket without any of the app. */
export const openRaw = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawSocket> => {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers })
  const came: RawHeard[] = []
  let wake: () => void = () => undefined
  const arrive = (heard: RawHeard): void => {
    came.push(heard)
    wake()
  }
  socket.on('message', (data, isBinary) =>
    arrive(isBinary ? { soundBytes: (data as Buffer).length } : { frame: JSON.parse(String(data)) }),
  )
  socket.on('close', (closed, reason) => arrive({ closed, reason: String(reason) }))
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  const heard = async (): Promise<RawHeard> => {
    for (;;) {
      const next = came.shift()
      if (next) return next
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    say: (frame) =>
      socket.send(typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame)),
    heard,
    heardUntil: async (isIt) => {
      const all: RawHeard[] = []
      for (;;) {
        const next = await heard()
        all.push(next)
        if (isIt(next) || 'closed' in next) return all
      }
    },
    [Symbol.dispose]: () => socket.terminate(),
  }
}

/** @returns what an upgrade is refused with; 101 where it is not */
export const upgradeStatus = (url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers })
    socket.on('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.on('unexpected-response', (request, response) => {
      request.destroy()
      resolve(response.statusCode ?? 0)
    })
    socket.on('error', reject)
  })
