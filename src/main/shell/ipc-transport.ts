import { BrowserWindow, type IpcMainEvent, type IpcMainInvokeEvent, ipcMain, type WebContents } from 'electron'
import { WIRE_CALL, WIRE_CANCEL, WIRE_EVENT, WIRE_JOB, WIRE_START, writeAnswer } from '../../shared/contract/index.ts'
import type { ContractServer } from '../handlers/index.ts'

export const broadcastToWindows = (channel: string, payload: unknown): void => {
  for (const window of BrowserWindow.getAllWindows()) send(window.webContents, WIRE_EVENT, { channel, payload })
}

const send = (contents: WebContents, channel: string, message: unknown): void => {
  if (!contents.isDestroyed()) contents.send(channel, message)
}

/** Carries the contract over Electron's IPC. Only the top frame of our own origin is listened to. */
export const connectIpc = (server: ContractServer, isOurUrl: (url: string) => boolean): void => {
  const isTrusted = (event: IpcMainInvokeEvent | IpcMainEvent): boolean =>
    event.senderFrame !== null && event.senderFrame.parent === null && isOurUrl(event.senderFrame.url)

  const guard =
    <Answer>(answer: (event: IpcMainInvokeEvent, message: unknown) => Answer) =>
    (event: IpcMainInvokeEvent, message: unknown): Answer => {
      if (!isTrusted(event)) throw new Error('this frame may not speak to main')
      return answer(event, message)
    }

  ipcMain.handle(
    WIRE_CALL,
    guard(async (_event, message) => writeAnswer(await server.call(message))),
  )
  ipcMain.handle(
    WIRE_START,
    guard(async (_event, message) => {
      // Jobs outlive a reload: every window hears them, and takes those it knows.
      const started = await server.start(message, (news) => {
        for (const window of BrowserWindow.getAllWindows()) send(window.webContents, WIRE_JOB, news)
      })
      return writeAnswer(started)
    }),
  )
  ipcMain.on(WIRE_CANCEL, (event, message: unknown) => {
    if (isTrusted(event)) server.cancel(message)
  })
}
