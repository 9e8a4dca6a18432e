import type { Clock } from '../../clock/index.ts'
import type { WireSocket } from '../../remote/index.ts'

const MOST_WARM = 3
/** The server closes an idle connection after a minute; ours go before that. */
const WARM_MS = 45_000

/** Connections between two tasks. */
export interface SocketPool extends Disposable {
  /** The one that was used last and is open. */
  take(): WireSocket | undefined
  /** Keeps a connection on which a task has ended well; where there are enough, it is closed. */
  give(socket: WireSocket): void
  /** Keeps none of them any longer. */
  empty(): void
}

type Warm = { readonly socket: WireSocket; readonly stopTimer: () => void }

export const createSocketPool = (clock: Clock): SocketPool => {
  const warm: Warm[] = []
  let isClosed = false

  const leave = (socket: WireSocket): void => {
    const index = warm.findIndex((one) => one.socket === socket)
    for (const { stopTimer } of index < 0 ? [] : warm.splice(index, 1)) stopTimer()
    socket.destroy()
  }

  const empty = (): void => {
    for (const { socket } of [...warm]) leave(socket)
  }

  return {
    take() {
      for (let last = warm.pop(); last; last = warm.pop()) {
        last.stopTimer()
        if (last.socket.isOpen) return last.socket
        last.socket.destroy()
      }
      return undefined
    },
    give(socket) {
      if (isClosed || !socket.isOpen || warm.length >= MOST_WARM) socket.destroy()
      else warm.push({ socket, stopTimer: clock.setTimer(() => leave(socket), WARM_MS) })
    },
    empty,
    [Symbol.dispose]() {
      isClosed = true
      empty()
    },
  }
}
