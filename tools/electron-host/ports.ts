// MessageChannelMain over processes. A port is either local to this process or lent to a transport (a page or a utility
// process), whose messages then belong to the other side. Main relays between transports.
import { EventEmitter } from 'node:events'

/** What travels about ports. `data` is whatever the transport carries: a structured clone, or encoded text. */
export type PortMessage =
  | { kind: 'port-message'; id: string; data: unknown; ports: string[] }
  | { kind: 'port-close'; id: string }

/** The other side of a process boundary, and the ports it currently holds. */
export class PortTransport {
  readonly ports = new Set<MessagePortMain>()
  readonly send: (message: PortMessage) => void

  constructor(send: (message: PortMessage) => void) {
    this.send = send
  }

  /** Handles a message from the other side. */
  receive(message: PortMessage): void {
    const port = registry.get(message.id)
    if (!port) return
    if (message.kind === 'port-message')
      port.peer?.deliver(
        message.data,
        message.ports.map((id) => this.borrow(id)),
      )
    else port.lose()
  }

  /** Hands local ports over to the other side; returns the names it knows them by. */
  lend(ports: readonly unknown[] = []): string[] {
    return ports.map((port) => {
      if (!(port instanceof MessagePortMain)) throw new TypeError('only MessagePortMain can be transferred')
      port.moveTo(this)
      return port.id
    })
  }

  /** The local end of a port the other side sent. */
  borrow(id: string): MessagePortMain {
    const known = registry.get(id)
    if (known) {
      known.transport = undefined
      this.ports.delete(known)
      return known
    }
    const remote = new MessagePortMain(id)
    const local = new MessagePortMain()
    connect(remote, local)
    remote.moveTo(this)
    return local
  }

  /** The other side is gone, and its ports with it. */
  drop(): void {
    for (const port of this.ports) if (port.transport === this) port.lose()
    this.ports.clear()
  }
}

const registry = new Map<string, MessagePortMain>()
let lastPort = 0

export class MessagePortMain extends EventEmitter {
  readonly id: string
  peer: MessagePortMain | undefined
  transport: PortTransport | undefined
  #queue: { data: unknown; ports: MessagePortMain[] }[] = []
  #isStarted = false
  #isClosed = false

  constructor(id = `main-${process.pid}-${++lastPort}`) {
    super()
    this.id = id
    registry.set(id, this)
  }

  postMessage(data: unknown, transfer: readonly MessagePortMain[] = []): void {
    if (this.transport) throw new Error('port has been transferred')
    this.peer?.deliver(structuredClone(data), transfer)
  }

  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    for (const event of this.#queue.splice(0)) this.emit('message', event)
  }

  close(): void {
    if (!this.#end()) return
    queueMicrotask(() => {
      this.emit('close')
      this.peer?.endedByPeer()
    })
  }

  /** A message for whoever holds this end. */
  deliver(data: unknown, ports: readonly MessagePortMain[]): void {
    if (this.#isClosed) return
    if (this.transport) {
      this.transport.send({ kind: 'port-message', id: this.id, data, ports: this.transport.lend(ports) })
      return
    }
    const event = { data, ports: [...ports] }
    if (this.#isStarted) setImmediate(() => this.emit('message', event))
    else this.#queue.push(event)
  }

  moveTo(transport: PortTransport): void {
    this.transport = transport
    transport.ports.add(this)
    for (const { data, ports } of this.#queue.splice(0))
      transport.send({ kind: 'port-message', id: this.id, data, ports: transport.lend(ports) })
  }

  endedByPeer(): void {
    if (!this.#end()) return
    if (this.transport) this.transport.send({ kind: 'port-close', id: this.id })
    else this.emit('close')
  }

  /** The side that held this end closed it or died. */
  lose(): void {
    if (this.#end()) this.peer?.endedByPeer()
  }

  #end(): boolean {
    if (this.#isClosed) return false
    this.#isClosed = true
    registry.delete(this.id)
    return true
  }
}

export class MessageChannelMain {
  readonly port1 = new MessagePortMain()
  readonly port2 = new MessagePortMain()

  constructor() {
    connect(this.port1, this.port2)
  }
}

function connect(one: MessagePortMain, other: MessagePortMain): void {
  one.peer = other
  other.peer = one
}
