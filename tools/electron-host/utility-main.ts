// Entry of a utility process: utility-main.ts <module> [args], started by utility-process.ts.
import './hooks.ts'
import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type MessagePortMain, PortTransport } from './ports.ts'
import type { UtilityMessage } from './utility-message.ts'

const sendToMain = process.send?.bind(process)
if (!sendToMain) throw new Error('utility-main.ts is started by utilityProcess.fork')
const tell = (message: UtilityMessage): void => void sendToMain(message)
const transport = new PortTransport(tell)

type MessageEvent = { data: unknown; ports: MessagePortMain[] }

/** process.parentPort: messages wait until somebody listens. */
class ParentPort extends EventEmitter {
  #queue: MessageEvent[] = []
  #isStarted = false

  constructor() {
    super()
    this.on('newListener', (name) => {
      if (name === 'message') queueMicrotask(() => this.start())
    })
  }

  postMessage(data: unknown, transfer: MessagePortMain[] = []): void {
    tell({ kind: 'message', data: structuredClone(data), ports: transport.lend(transfer) })
  }

  start(): void {
    this.#isStarted = true
    for (const event of this.#queue.splice(0)) this.emit('message', event)
  }

  pause(): void {
    this.#isStarted = false
  }

  receive(event: MessageEvent): void {
    if (this.#isStarted) this.emit('message', event)
    else this.#queue.push(event)
  }
}

const parentPort = new ParentPort()
process.on('message', (message: UtilityMessage) => {
  if (message.kind === 'message')
    parentPort.receive({ data: message.data, ports: message.ports.map((id) => transport.borrow(id)) })
  else transport.receive(message)
})
process.on('disconnect', () => process.exit(0))

const versions = { ...process.versions, ...JSON.parse(process.env.COSY_HOST_VERSIONS ?? '{}') }
delete process.env.COSY_HOST_VERSIONS
delete process.env.COSY_HOST_ROLE
Object.defineProperty(process, 'versions', { value: Object.freeze(versions) })
Object.defineProperty(process, 'type', { value: 'utility' })
Object.defineProperty(process, 'parentPort', { value: parentPort })
delete process.send
process.argv.splice(1, 1)

const entry = process.argv[1] ?? ''
if (entry.endsWith('.cjs')) createRequire(import.meta.url)(entry)
else await import(pathToFileURL(entry).href)
