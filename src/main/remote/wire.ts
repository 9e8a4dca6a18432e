import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { AppCancel } from '../../shared/kernel/index.ts'
import type { Clock } from '../clock/index.ts'
import { classOfStatus, failureOfError, isTlsFailure, type OwnReason, ownReason, RemoteFailure } from './failure.ts'
import { retryAfterMs } from './retry.ts'
import { createSystemTrust, readSystemCertificates } from './system-certificates.ts'

/** How long is waited for what. */
export type Patience = {
  /** Until the head of an answer, or the upgrade of a WebSocket. */
  readonly headMs: number
  /** From the head to the first piece; without it, as between two. */
  readonly firstMs?: number
  /** Between two pieces of an answer. */
  readonly idleMs: number
  readonly totalMs: number
}
export const PATIENCE: Patience = { headMs: 60_000, idleMs: 30_000, totalMs: 600_000 }

export type WireRequest = {
  readonly url: string
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Keys belong here, never into the address. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | FormData | Uint8Array<ArrayBuffer>
  readonly patience?: Partial<Patience>
}

/** The head of an answer, and its body as it comes. */
export interface WireAnswer {
  readonly status: number
  header(name: string): string | null
  /**
   * Pieces of the body.
   * @throws RemoteFailure `network` where it ends early, `timeout`; AppCancel
   */
  pieces(): AsyncGenerator<Uint8Array>
  /** All of the body. @throws as `pieces` */
  bytes(): Promise<Uint8Array>
  /** @throws as `pieces` */
  text(): Promise<string>
}

export type SocketMessage = string | Uint8Array

/** A WebSocket, opened. */
export interface WireSocket {
  readonly isOpen: boolean
  /** Frames as they come, until the other side closes: then `close` tells with what. One reader at a time. */
  messages(patience: { readonly idleMs: number }, signal: AbortSignal): AsyncGenerator<SocketMessage>
  /** Known once it is closed. */
  readonly close: { readonly code: number; readonly reason: string } | undefined
  send(text: string): void
  /** Closes at once, without waiting for the other side. */
  destroy(): void
}

/** The one door through which remote engines reach the network. */
export interface Wire {
  /**
   * @returns whatever the status
   * @throws RemoteFailure `offline` before anything is opened, `network`, `timeout`; AppCancel
   */
  ask(request: WireRequest, signal: AbortSignal): Promise<WireAnswer>
  /**
   * @throws RemoteFailure `offline`, `network`, `timeout`; of the class of the status where the upgrade is refused; AppCancel
   */
  openSocket(
    request: Pick<WireRequest, 'url' | 'headers'> & { readonly headMs?: number },
    signal: AbortSignal,
  ): Promise<WireSocket>
}

/** The door for whoever holds its key. */
export interface OwnWire extends Wire {
  /** Ends everything that is open, as `offline`: connections that wait for the next request as well. */
  hangUp(): void
}

export type WireDeps = {
  readonly clock: Clock
  /** Asked before anything is opened. */
  isOffline(): boolean
  /** Authorities that the system trusts, as PEM; preset: the system's. */
  systemCertificates?(): readonly string[]
}

const MAX_REFUSAL_BYTES = 64 * 1024

const offline = (): RemoteFailure => new RemoteFailure('offline', ownReason('stays-offline'))

/** Aborts what runs when its time is over, and tells that from a person's cancel. */
class Limits implements Disposable {
  readonly #controller = new AbortController()
  readonly #clock: Clock
  readonly #outer: AbortSignal
  #stop: (() => void) | undefined
  #stopTotal: (() => void) | undefined
  expired: OwnReason | undefined
  readonly #onAbort = (): void => this.#controller.abort()
  readonly #closing: AbortSignal

  constructor(clock: Clock, outer: AbortSignal, closing: AbortSignal, totalMs: number) {
    this.#clock = clock
    this.#outer = outer
    this.#closing = closing
    outer.addEventListener('abort', this.#onAbort, { once: true })
    closing.addEventListener('abort', this.#onAbort, { once: true })
    if (outer.aborted) this.#controller.abort()
    this.#stopTotal = clock.setTimer(() => this.#expire(ownReason('took-longer', { seconds: totalMs / 1000 })), totalMs)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** From now on, so long for the next step. */
  allow(ms: number, reason: 'no-answer' | 'silent'): void {
    this.#stop?.()
    this.#stop = this.#clock.setTimer(() => this.#expire(ownReason(reason, { seconds: ms / 1000 })), ms)
  }

  #expire(reason: OwnReason): void {
    this.expired ??= reason
    this.#controller.abort()
  }

  /** What an abort of ours was about; else the failure of the request. */
  toError(error: unknown): Error {
    if (this.#outer.aborted) return new AppCancel()
    if (this.#closing.aborted) return offline()
    if (this.expired !== undefined) return new RemoteFailure('timeout', { ...this.expired, cause: error })
    return failureOfError(error)
  }

  [Symbol.dispose](): void {
    this.#stop?.()
    this.#stopTotal?.()
    this.#stopTotal = undefined
    this.#outer.removeEventListener('abort', this.#onAbort)
    this.#closing.removeEventListener('abort', this.#onAbort)
  }
}

class Answer implements WireAnswer {
  readonly status: number
  readonly #response: Response
  readonly #limits: Limits
  readonly #patience: Pick<Patience, 'firstMs' | 'idleMs'>

  constructor(response: Response, limits: Limits, patience: Pick<Patience, 'firstMs' | 'idleMs'>) {
    this.status = response.status
    this.#response = response
    this.#limits = limits
    this.#patience = patience
  }

  header(name: string): string | null {
    return this.#response.headers.get(name)
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    using limits = this.#limits
    const reader = this.#response.body?.getReader()
    if (!reader) return
    const { idleMs, firstMs = idleMs } = this.#patience
    try {
      for (let allowedMs = firstMs; ; allowedMs = idleMs) {
        limits.allow(allowedMs, 'silent')
        const { done, value } = await reader.read().catch((error: unknown) => {
          throw limits.toError(error)
        })
        if (done) return
        yield value
      }
    } finally {
      // Left early, or failed: nothing more is read, and the connection goes.
      await reader.cancel().catch(() => undefined)
    }
  }

  async bytes(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    for await (const piece of this.pieces()) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }
}

/** Frames wait here until somebody reads them. */
class Socket implements WireSocket {
  readonly #socket: WebSocket
  readonly #clock: Clock
  readonly #waiting: SocketMessage[] = []
  #wake: () => void = () => undefined
  #failure: RemoteFailure | undefined
  close: { readonly code: number; readonly reason: string } | undefined

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket
    this.#clock = clock
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#waiting.push(isBinary ? new Uint8Array(data) : data.toString('utf8'))
      this.#wake()
    })
    socket.on('error', (error) => {
      this.#failure ??= failureOfError(error)
      this.#wake()
    })
    socket.on('close', (code, reason) => {
      this.close = { code, reason: reason.toString('utf8') }
      this.#wake()
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && this.close === undefined
  }

  async *messages({ idleMs }: { readonly idleMs: number }, signal: AbortSignal): AsyncGenerator<SocketMessage> {
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake)
    try {
      for (;;) {
        if (signal.aborted) throw new AppCancel()
        const message = this.#waiting.shift()
        if (message !== undefined) {
          yield message
          continue
        }
        if (this.close) {
          if (this.#failure && (this.close.code === 1006 || this.#failure.failureClass === 'offline'))
            throw this.#failure
          return
        }
        await this.#next(idleMs)
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  send(text: string): void {
    this.#socket.send(text)
  }

  destroy(): void {
    this.#socket.terminate()
  }

  /** The same, with the reason for whoever reads. */
  fail(failure: RemoteFailure): void {
    this.#failure = failure
    this.#socket.terminate()
  }

  async #next(idleMs: number): Promise<void> {
    let isLate = false
    await new Promise<void>((resolve) => {
      const stop = this.#clock.setTimer(() => {
        isLate = true
        resolve()
      }, idleMs)
      this.#wake = () => {
        stop()
        resolve()
      }
    })
    this.#wake = () => undefined
    if (isLate) throw new RemoteFailure('timeout', ownReason('silent', { seconds: idleMs / 1000 }))
  }
}

const refusalOf = async (answer: IncomingMessage, nowEpochMs: number): Promise<RemoteFailure> => {
  const pieces: Uint8Array[] = []
  let sizeBytes = 0
  for await (const piece of answer) {
    sizeBytes += piece.length
    if (sizeBytes > MAX_REFUSAL_BYTES) break
    pieces.push(piece)
  }
  const httpStatus = answer.statusCode ?? 0
  const waitMs = retryAfterMs(answer.headers['retry-after'] ?? null, nowEpochMs)
  const words = new TextDecoder().decode(Buffer.concat(pieces))
  return new RemoteFailure(classOfStatus(httpStatus), {
    ...(words === '' ? ownReason('http-status', { status: httpStatus }) : { reason: words }),
    httpStatus,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  })
}

/** @throws RemoteFailure `bad-request` for an address or a header that no socket can have */
const connect = (url: string, headers: Readonly<Record<string, string>>): WebSocket => {
  try {
    return new WebSocket(url, { headers: { ...headers }, perMessageDeflate: false })
  } catch (error) {
    // What it says may hold the address or the header.
    throw new RemoteFailure('bad-request', { ...ownReason('unsendable'), cause: error })
  }
}

/** Where an answer sends on to, without what a key could be in: another host, or else another path. Nobody follows it. */
const redirectOf = ({ status, headers }: Response, url: string): string | undefined => {
  const location = headers.get('location')
  if (status < 300 || status >= 400 || location === null) return undefined
  const target = URL.parse(location, url)
  if (!target) return '…'
  return target.origin === new URL(url).origin ? target.pathname : target.origin
}

/** A form as it is sent. Sent piece by piece, one that is cancelled would be written on after its end, which nobody catches. */
const wholeOf = async (form: FormData): Promise<{ body: Uint8Array<ArrayBuffer>; headers: Record<string, string> }> => {
  const whole = new Response(form)
  const type = whole.headers.get('content-type') ?? ''
  return { body: new Uint8Array(await whole.arrayBuffer()), headers: { 'content-type': type } }
}

export const createWire = ({ clock, isOffline, systemCertificates }: WireDeps): OwnWire => {
  const trustSystem = createSystemTrust(systemCertificates ?? readSystemCertificates)
  /** A certificate was refused before anything was sent: asked again once the system's authorities are trusted as well. */
  const trusting = async <Output>(open: () => Promise<Output>): Promise<Output> => {
    try {
      return await open()
    } catch (error) {
      if (error instanceof RemoteFailure && isTlsFailure(error) && trustSystem()) return open()
      throw error
    }
  }
  let closing = new AbortController()
  const sockets = new Set<Socket>()
  return {
    ask: ({ url, method = 'GET', headers = {}, body, patience }, signal) =>
      trusting(async () => {
        if (signal.aborted) throw new AppCancel()
        if (isOffline()) throw offline()
        const { headMs, totalMs, ...ofPieces } = { ...PATIENCE, ...patience }
        const limits = new Limits(clock, signal, closing.signal, totalMs)
        try {
          limits.allow(headMs, 'no-answer')
          const sent = body instanceof FormData ? await wholeOf(body) : { body, headers: {} }
          const response = await fetch(url, {
            method,
            headers: { ...headers, ...sent.headers },
            ...(sent.body !== undefined && { body: sent.body }),
            signal: limits.signal,
            redirect: 'manual',
          })
          const elsewhere = redirectOf(response, url)
          if (elsewhere !== undefined) {
            await response.body?.cancel()
            throw new RemoteFailure('protocol', {
              ...ownReason('redirected', { value: elsewhere }),
              httpStatus: response.status,
            })
          }
          return new Answer(response, limits, ofPieces)
        } catch (error) {
          limits[Symbol.dispose]()
          throw limits.toError(error)
        }
      }),
    openSocket: ({ url, headers = {}, headMs = 10_000 }, signal) =>
      trusting(() => {
        if (signal.aborted) return Promise.reject(new AppCancel())
        if (isOffline()) return Promise.reject(offline())
        const { signal: closed } = closing
        return new Promise<Socket>((resolve, reject) => {
          const socket = connect(url, headers)
          const settle = (finish: () => void): void => {
            stopTimer()
            signal.removeEventListener('abort', cancel)
            closed.removeEventListener('abort', hangUp)
            socket.off('open', opened)
            socket.off('error', failed)
            socket.off('unexpected-response', refused)
            finish()
          }
          const giveUp = (error: Error): void =>
            settle(() => {
              // What it still says of its end is of no interest, but unheard it would end the process.
              socket.on('error', () => undefined)
              socket.terminate()
              reject(error)
            })
          const cancel = (): void => giveUp(new AppCancel())
          const hangUp = (): void => giveUp(offline())
          const opened = (): void =>
            settle(() => {
              const own = new Socket(socket, clock)
              sockets.add(own)
              socket.on('close', () => sockets.delete(own))
              resolve(own)
            })
          const failed = (error: Error): void => giveUp(failureOfError(error))
          const refused = (_request: unknown, answer: IncomingMessage): void => {
            refusalOf(answer, clock.nowEpochMs()).then(giveUp, (error: unknown) => giveUp(failureOfError(error)))
          }
          const stopTimer = clock.setTimer(
            () => giveUp(new RemoteFailure('timeout', ownReason('no-connection', { seconds: headMs / 1000 }))),
            headMs,
          )
          signal.addEventListener('abort', cancel)
          closed.addEventListener('abort', hangUp)
          socket.on('open', opened)
          socket.on('error', failed)
          socket.on('unexpected-response', refused)
        })
      }),
    hangUp() {
      closing.abort()
      closing = new AbortController()
      for (const socket of sockets) socket.fail(offline())
    },
  }
}
