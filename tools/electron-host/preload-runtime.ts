import type { Codec } from './codec.ts'
import type { HostToPage, PageConfig, PageToHost } from './page-messages.ts'
import type { makePreloadEmitter } from './preload-emitter.ts'

/** What a preload script finds in its scope. */
export type PreloadScope = {
  require(name: string): unknown
  process: Record<string, unknown>
  fail(error: unknown): void
}

/**
 * The sandboxed preload's `require('electron')`. Runs in the preload world before the preload script, sent there as
 * source text, so it closes over nothing outside itself.
 *
 * @param post carries JSON text to the host
 * @returns the scope, and the function the host calls with its messages
 */
export function makePreloadRuntime(
  config: PageConfig,
  codec: Codec,
  bridge: { expose(name: string, api: unknown): void },
  EventEmitter: ReturnType<typeof makePreloadEmitter>,
  post: (text: string) => void,
): PreloadScope & { receive(text: string): void } {
  const tell = (message: PageToHost): void => post(JSON.stringify(message))
  const notEmulated = (name: string) => (): never => {
    throw new Error(`electron.${name} is not emulated by tools/electron-host`)
  }

  // A relayed port: the page holds one end of a real MessageChannel, this world the other.
  const ports = new Map<string, MessagePort>()
  let lastPort = 0
  const relay = (id: string, port: MessagePort): void => {
    ports.set(id, port)
    port.onmessage = (event) =>
      tell({ kind: 'port-message', id, data: codec.encode(event.data), ports: event.ports.map(lend) })
    port.addEventListener('close', () => tell({ kind: 'port-close', id }))
  }
  const adopt = (id: string): MessagePort => {
    const { port1, port2 } = new MessageChannel()
    relay(id, port2)
    return port1
  }
  const lend = (port: MessagePort): string => {
    const id = `page-${config.token}-${++lastPort}`
    relay(id, port)
    return id
  }

  const pending = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>()
  let lastInvoke = 0
  const ipcRenderer = Object.assign(new EventEmitter(), {
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const id = ++lastInvoke
        tell({ kind: 'invoke', id, channel, args: encodeOrThrow(args) })
        pending.set(id, { resolve, reject })
      }),
    send: (channel: string, ...args: unknown[]) =>
      tell({ kind: 'send', channel, args: encodeOrThrow(args), ports: [] }),
    postMessage: (channel: string, message: unknown, transfer: MessagePort[] = []) =>
      tell({ kind: 'send', channel, args: encodeOrThrow([message]), ports: transfer.map(lend) }),
    sendSync: notEmulated('ipcRenderer.sendSync'),
    sendToHost: notEmulated('ipcRenderer.sendToHost'),
  })

  function encodeOrThrow(args: unknown[]): string {
    try {
      return codec.encode(args)
    } catch (cause) {
      throw new Error('An object could not be cloned.', { cause })
    }
  }

  const receive = (text: string): void => {
    const message: HostToPage = JSON.parse(text)
    switch (message.kind) {
      case 'answer': {
        const waiting = pending.get(message.id)
        pending.delete(message.id)
        if (message.ok) waiting?.resolve(codec.decode(message.value))
        else waiting?.reject(codec.decode(message.value))
        break
      }
      case 'send': {
        const event = { sender: ipcRenderer, ports: message.ports.map(adopt), preventDefault() {} }
        ipcRenderer.emit(message.channel, event, ...(codec.decode(message.args) as unknown[]))
        break
      }
      case 'port-message':
        ports.get(message.id)?.postMessage(codec.decode(message.data), message.ports.map(adopt))
        break
      case 'port-close':
        ports.get(message.id)?.close()
        ports.delete(message.id)
    }
  }

  if (config.guardsClose) window.addEventListener('beforeunload', (event) => event.preventDefault())

  const electron = {
    ipcRenderer,
    contextBridge: {
      exposeInMainWorld: (name: string, api: unknown) => bridge.expose(name, api),
      exposeInIsolatedWorld: notEmulated('contextBridge.exposeInIsolatedWorld'),
      executeInMainWorld: notEmulated('contextBridge.executeInMainWorld'),
    },
    // The protocol has no synchronous way from a File to its path.
    webUtils: { getPathForFile: () => '' },
  }
  const timers = {
    setTimeout: window.setTimeout.bind(window),
    clearTimeout: window.clearTimeout.bind(window),
    setInterval: window.setInterval.bind(window),
    clearInterval: window.clearInterval.bind(window),
  }
  const modules: Record<string, unknown> = {
    electron,
    'electron/renderer': electron,
    events: Object.assign(EventEmitter, { EventEmitter }),
    timers,
    url: { URL, URLSearchParams },
  }

  return {
    receive,
    require(name) {
      const module = modules[name.replace(/^node:/, '')]
      if (!module)
        throw new Error(`module not found: ${name} (a sandboxed preload may require electron, events, timers and url)`)
      return module
    },
    process: config.process,
    fail: (error) =>
      tell({ kind: 'preload-error', error: codec.encode(error instanceof Error ? error : new Error(String(error))) }),
  }
}
