// The Chrome DevTools Protocol over a pair of pipes: JSON messages, each followed by a zero byte.
import { EventEmitter } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { CDPSession } from 'playwright'

/** One session of the protocol: the browser itself or a target attached to. Typed like Playwright's. */
export interface CdpSession {
  readonly send: CDPSession['send']
  readonly on: CDPSession['on']
}

type Message = {
  id?: number
  method?: string
  params?: Record<string, unknown>
  sessionId?: string
  result?: unknown
  error?: { message: string }
}
type Pending = { method: string; resolve(result: unknown): void; reject(error: Error): void }

/** Logs every message when set to '2'. */
const isTracing = process.env.COSY_HOST_DEBUG === '2'

export class CdpConnection {
  /** The session of the browser as a whole. */
  readonly browser: CdpSession
  #write: Writable
  #lastId = 0
  #pending = new Map<number, Pending>()
  #sessions = new Map<string, EventEmitter & CdpSession>()

  constructor(write: Writable, read: Readable) {
    this.#write = write
    this.browser = this.#openSession('')
    // A write after Chromium's death is reported by its exit.
    write.on('error', () => {})
    let chunks: Buffer[] = []
    read.on('data', (data: Buffer) => {
      let rest = data
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        chunks.push(rest.subarray(0, end))
        this.#receive(Buffer.concat(chunks).toString())
        chunks = []
        rest = rest.subarray(end + 1)
      }
      if (rest.length > 0) chunks.push(rest)
    })
  }

  getSession(id: string): CdpSession {
    const session = this.#sessions.get(id)
    if (!session) throw new Error(`no session ${id}`)
    return session
  }

  /** Fails everything still waiting for an answer. */
  close(reason: string): void {
    for (const { method, reject } of this.#pending.values()) reject(new Error(`${method}: ${reason}`))
    this.#pending.clear()
  }

  #openSession(sessionId: string): EventEmitter & CdpSession {
    const send = (method: string, params: object = {}): Promise<unknown> => this.#send(sessionId, method, params)
    const session = Object.assign(new EventEmitter(), { send }) as EventEmitter & CdpSession
    session.setMaxListeners(0)
    this.#sessions.set(sessionId, session)
    return session
  }

  #send(sessionId: string, method: string, params: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#pending.set(id, { method, resolve, reject })
      const text = JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })
      if (isTracing) process.stderr.write(`> ${text.slice(0, 300)}\n`)
      this.#write.write(`${text}\0`)
    })
  }

  #receive(text: string): void {
    if (isTracing) process.stderr.write(`< ${text.slice(0, 300)}\n`)
    const message: Message = JSON.parse(text)
    if (message.id) {
      const pending = this.#pending.get(message.id)
      this.#pending.delete(message.id)
      if (message.error) pending?.reject(new Error(`${pending.method}: ${message.error.message}`))
      else pending?.resolve(message.result)
      return
    }
    const { method = '', params = {} } = message
    const target = typeof params.sessionId === 'string' ? params.sessionId : ''
    if (method === 'Target.attachedToTarget') this.#openSession(target)
    this.#sessions.get(message.sessionId ?? '')?.emit(method, params)
    if (method === 'Target.detachedFromTarget') this.#sessions.delete(target)
  }
}
