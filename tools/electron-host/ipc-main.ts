import { EmulatedEmitter } from './not-emulated.ts'
import type { MessagePortMain } from './ports.ts'
import type { WebContents, WebFrameMain } from './web-contents.ts'

/** What a handler or listener gets first. */
export type IpcEvent = {
  sender: WebContents
  senderFrame: WebFrameMain
  frameId: number
  processId: number
  ports: MessagePortMain[]
  reply(channel: string, ...args: unknown[]): void
}
export type IpcHandler = (event: IpcEvent, ...args: unknown[]) => unknown

export class IpcMain extends EmulatedEmitter {
  readonly #handlers = new Map<string, IpcHandler>()

  handle(channel: string, handler: IpcHandler): void {
    if (this.#handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    this.#handlers.set(channel, handler)
  }

  handleOnce(channel: string, handler: IpcHandler): void {
    this.handle(channel, (...args) => {
      this.removeHandler(channel)
      return handler(...args)
    })
  }

  removeHandler(channel: string): void {
    this.#handlers.delete(channel)
  }

  findHandler(channel: string): IpcHandler | undefined {
    return this.#handlers.get(channel)
  }
}

export const ipcMain = new IpcMain()
