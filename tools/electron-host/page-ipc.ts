import type { CdpSession } from './cdp.ts'
import { codec } from './codec.ts'
import { type IpcEvent, IpcMain, ipcMain } from './ipc-main.ts'
import { logDebug } from './log.ts'
import type { HostToPage, PageToHost } from './page-messages.ts'
import { PRELOAD_WORLD, RECEIVE_FUNCTION } from './page-source.ts'
import { type MessagePortMain, PortTransport } from './ports.ts'
import type { WebContents } from './web-contents.ts'

/** Messages between the host and the preload world of one window. */
export class PageIpc {
  /** webContents.ipc: handlers of this window only. */
  readonly ipcMain = new IpcMain()
  readonly #contents: WebContents
  readonly #transport = new PortTransport((message) =>
    this.#post(message.kind === 'port-message' ? { ...message, data: codec.encode(message.data) } : message),
  )
  #session: CdpSession | undefined
  /** The preload world of the current document; messages wait for it. */
  #worldId: string | undefined
  #outbox: HostToPage[] = []

  constructor(contents: WebContents) {
    this.#contents = contents
  }

  attach(session: CdpSession, frameId: string, binding: string): void {
    this.#session = session
    session.on('Runtime.bindingCalled', (event) => {
      if (event.name === binding) this.#receive(JSON.parse(event.payload))
    })
    session.on('Runtime.executionContextCreated', ({ context }) => {
      const aux = context.auxData as { frameId?: string } | undefined
      if (context.name !== PRELOAD_WORLD || aux?.frameId !== frameId) return
      this.#worldId = context.uniqueId
      this.#flush()
    })
    session.on('Runtime.executionContextDestroyed', (event) => {
      if (event.executionContextUniqueId === this.#worldId) this.#worldId = undefined
    })
    session.on('Runtime.executionContextsCleared', () => {
      this.#worldId = undefined
      this.#transport.drop()
    })
  }

  send(channel: string, args: unknown[], ports: readonly MessagePortMain[] = []): void {
    this.#post({ kind: 'send', channel, args: codec.encode(args), ports: this.#transport.lend(ports) })
  }

  /** The value of an expression in the preload world, awaited. @throws when there is no document or it goes away */
  async evaluate(expression: string): Promise<unknown> {
    if (!this.#worldId || !this.#session) throw new Error('the window shows no document')
    const { result, exceptionDetails } = await this.#session.send('Runtime.evaluate', {
      expression,
      uniqueContextId: this.#worldId,
      awaitPromise: true,
      returnByValue: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  /** Messages for a document that is about to be replaced never arrive. */
  forgetUnsent(): void {
    this.#outbox = []
  }

  close(): void {
    this.#outbox = []
    this.#session = undefined
    this.#transport.drop()
  }

  #post(message: HostToPage): void {
    this.#outbox.push(message)
    this.#flush()
  }

  #flush(): void {
    if (!this.#worldId || !this.#session) return
    for (const message of this.#outbox.splice(0))
      this.#session
        .send('Runtime.callFunctionOn', {
          functionDeclaration: `function (text) { ${RECEIVE_FUNCTION}(text) }`,
          uniqueContextId: this.#worldId,
          arguments: [{ value: JSON.stringify(message) }],
          returnByValue: true,
        })
        .then(
          ({ exceptionDetails }) => {
            if (exceptionDetails) logDebug('a listener threw in the page', exceptionDetails.exception?.description)
          },
          (error: Error) => logDebug('message dropped', message.kind, error.message),
        )
  }

  #receive(message: PageToHost): void {
    switch (message.kind) {
      case 'invoke':
        void this.#invoke(message.id, message.channel, message.args)
        break
      case 'send': {
        const event = this.#event(message.ports.map((id) => this.#transport.borrow(id)))
        const args = codec.decode(message.args) as unknown[]
        this.ipcMain.emit(message.channel, event, ...args)
        ipcMain.emit(message.channel, event, ...args)
        break
      }
      case 'port-message':
        this.#transport.receive({ ...message, data: codec.decode(message.data) })
        break
      case 'port-close':
        this.#transport.receive(message)
        break
      case 'preload-error':
        this.#contents.onPreloadError(codec.decode(message.error) as Error)
    }
  }

  async #invoke(id: number, channel: string, args: string): Promise<void> {
    try {
      const handler = this.ipcMain.findHandler(channel) ?? ipcMain.findHandler(channel)
      if (!handler) throw new Error(`No handler registered for '${channel}'`)
      const result = await handler(this.#event([]), ...(codec.decode(args) as unknown[]))
      this.#post({ kind: 'answer', id, ok: true, value: codec.encode(result) })
    } catch (error) {
      // Electron prints the original and tells the page only its text.
      console.error(`Error occurred in handler for '${channel}':`, error)
      const value = codec.encode(new Error(`Error invoking remote method '${channel}': ${error}`))
      this.#post({ kind: 'answer', id, ok: false, value })
    }
  }

  #event(ports: MessagePortMain[]): IpcEvent {
    const contents = this.#contents
    return {
      sender: contents,
      senderFrame: contents.mainFrame,
      frameId: 1,
      processId: contents.id,
      ports,
      reply: (channel, ...args) => contents.send(channel, ...args),
    }
  }
}
