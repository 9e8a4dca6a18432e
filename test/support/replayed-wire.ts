import { type Clock, waitUntil } from '../../src/main/clock/index.ts'
import {
  failureOfError,
  RemoteFailure,
  type SocketMessage,
  type Wire,
  type WireAnswer,
  type WireSocket,
} from '../../src/main/remote/index.ts'
import { AppCancel } from '../../src/shared/kernel/index.ts'

/** What a server said: answers in the order of the requests, and what came through sockets. */
export type Exchange = {
  readonly answers: readonly RecordedAnswer[]
  readonly sockets: readonly RecordedSocket[]
}
export type RecordedAnswer = {
  readonly status: number
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly pieces: readonly Uint8Array[]
  /** It broke off after the last piece. */
  readonly isBroken: boolean
}
export type RecordedSocket = {
  /** What the client sent first: it may hold ids that the server repeats. */
  readonly sent: readonly string[]
  /** Each when so many messages of the client had come. */
  readonly messages: readonly { readonly message: SocketMessage; readonly afterSends: number }[]
  /** The server closes after the last message. */
  readonly closeCode: number | null
}

const HEADERS = ['content-type', 'content-length', 'retry-after', 'x-request-id', 'x-dashscope-request-id']
const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** A wire that writes down what goes over another. */
export const recordingWire = (wire: Wire): { readonly wire: Wire; exchange(): Exchange } => {
  const answers: { status: number; headers: Record<string, string>; pieces: Uint8Array[]; isBroken: boolean }[] = []
  const sockets: { sent: string[]; messages: { message: SocketMessage; afterSends: number }[]; closeCode: null }[] = []
  return {
    exchange: () => structuredClone({ answers, sockets }),
    wire: {
      async ask(request, signal) {
        const answer = await wire.ask(request, signal)
        const headers: Record<string, string> = {}
        for (const name of HEADERS) {
          const value = answer.header(name)
          if (value !== null) headers[name] = value
        }
        const recorded = { status: answer.status, headers, pieces: [] as Uint8Array[], isBroken: false }
        answers.push(recorded)
        const pieces = async function* () {
          for await (const piece of answer.pieces()) {
            recorded.pieces.push(piece)
            yield piece
          }
        }
        return answerOf(answer.status, (name) => answer.header(name), pieces)
      },
      async openSocket(request, signal) {
        const socket = await wire.openSocket(request, signal)
        const recorded = {
          sent: [] as string[],
          messages: [] as { message: SocketMessage; afterSends: number }[],
          closeCode: null,
        }
        sockets.push(recorded)
        return {
          get isOpen() {
            return socket.isOpen
          },
          get close() {
            return socket.close
          },
          send: (text) => {
            recorded.sent.push(text)
            socket.send(text)
          },
          destroy: () => socket.destroy(),
          async *messages(patience, signal) {
            for await (const message of socket.messages(patience, signal)) {
              recorded.messages.push({ message, afterSends: recorded.sent.length })
              yield message
            }
          },
        }
      },
    },
  }
}

const answerOf = (
  status: number,
  header: (name: string) => string | null,
  pieces: () => AsyncGenerator<Uint8Array>,
): WireAnswer => {
  const bytes = async (): Promise<Uint8Array> => {
    const all: Uint8Array[] = []
    for await (const piece of pieces()) all.push(piece)
    return Buffer.concat(all)
  }
  return { status, header, pieces, bytes, text: async () => new TextDecoder().decode(await bytes()) }
}

/** What a client was given, in the order in which it took it. */
export type Delivered =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly bytes: Uint8Array
      readonly isBroken: boolean
      /** What was asked, where it was text. */
      readonly request: string
    }
  | { readonly kind: 'message'; readonly message: SocketMessage }

/** A wire on which a server says what was written down, whatever it is asked. No sockets, and no time but the clock's. */
export const replayedWire = (exchange: Exchange, clock: Clock) => {
  const delivered: Delivered[] = []
  let asked = 0
  let opened = 0
  const broken = (): RemoteFailure => failureOfError(Object.assign(new Error('it broke'), { code: 'ECONNRESET' }))
  const wire: Wire = {
    async ask({ body }, signal) {
      if (signal.aborted) throw new AppCancel()
      const recorded = exchange.answers[Math.min(asked++, exchange.answers.length - 1)]
      if (!recorded) throw broken()
      const { status, headers } = recorded
      // As HTTP has it: a length that was said is the length of the body, or the body is broken.
      const bytes = Buffer.concat(recorded.pieces)
      const length = headers['content-length'] === undefined ? bytes.length : Number(headers['content-length'])
      const isShort = Number.isInteger(length) && length > bytes.length
      const request = typeof body === 'string' ? body : ''
      const told = { kind: 'answer' as const, status, bytes, isBroken: recorded.isBroken || isShort, request }
      delivered.push(told)
      const pieces = async function* () {
        let left = Number.isInteger(length) && length >= 0 ? length : bytes.length
        for (const piece of recorded.pieces) {
          if (signal.aborted) throw new AppCancel()
          if (left > 0 && piece.length > 0) yield piece.subarray(0, left)
          left -= piece.length
        }
        if (told.isBroken) throw broken()
      }
      return answerOf(status, (name) => headers[name.toLowerCase()] ?? null, pieces)
    },
    async openSocket(_request, signal) {
      if (signal.aborted) throw new AppCancel()
      const recorded = exchange.sockets[Math.min(opened++, exchange.sockets.length - 1)]
      if (!recorded) throw broken()
      const idsThen = recorded.sent.join().match(UUIDS) ?? []
      const sent: string[] = []
      let at = 0
      let isDestroyed = false
      let wake = (): void => undefined
      const isOver = (): boolean => isDestroyed || (at >= recorded.messages.length && recorded.closeCode !== null)
      const withIdsOfNow = (message: SocketMessage): SocketMessage => {
        if (typeof message !== 'string') return message
        const idsNow = sent.join().match(UUIDS) ?? []
        return idsThen.reduce((text, id, index) => text.replaceAll(id, idsNow[index] ?? id), message)
      }
      const socket: WireSocket = {
        get isOpen() {
          return !isOver()
        },
        get close() {
          return isOver() ? { code: isDestroyed ? 1006 : (recorded.closeCode ?? 1006), reason: '' } : undefined
        },
        send: (text) => {
          sent.push(text)
          wake()
        },
        destroy: () => {
          isDestroyed = true
          wake()
        },
        async *messages({ idleMs }, signal) {
          for (;;) {
            if (signal.aborted) throw new AppCancel()
            const next = isDestroyed ? undefined : recorded.messages[at]
            if (next && next.afterSends <= sent.length) {
              at += 1
              const message = withIdsOfNow(next.message)
              delivered.push({ kind: 'message', message })
              yield message
              continue
            }
            if (isOver()) return
            const waiting = new AbortController()
            wake = () => waiting.abort()
            const ended = AbortSignal.any([waiting.signal, signal])
            const isLate = await waitUntil(clock, clock.nowEpochMs() + idleMs, ended).then(
              () => true,
              () => false,
            )
            if (isLate) throw new RemoteFailure('timeout', { reason: `nothing came for ${idleMs / 1000} s` })
          }
        },
      }
      return socket
    },
  }
  return { wire, delivered, asked: () => asked }
}
