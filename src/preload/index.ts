import { contextBridge, ipcRenderer } from 'electron'
import type { CosyBridge, WireEvent, WireJobMessage } from '../shared/contract/wire.ts'
import { WIRE_CALL, WIRE_CANCEL, WIRE_EVENT, WIRE_JOB, WIRE_START } from '../shared/contract/wire-channels.ts'

const listen =
  <Message>(channel: string) =>
  (listener: (message: Message) => void): (() => void) => {
    const forward = (_event: unknown, message: Message): void => listener(message)
    ipcRenderer.on(channel, forward)
    return () => {
      ipcRenderer.off(channel, forward)
    }
  }

const bridge: CosyBridge = {
  call: (message) => ipcRenderer.invoke(WIRE_CALL, message),
  start: (message) => ipcRenderer.invoke(WIRE_START, message),
  cancel: (jobId) => ipcRenderer.send(WIRE_CANCEL, { jobId }),
  onEvent: listen<WireEvent>(WIRE_EVENT),
  onJob: listen<WireJobMessage>(WIRE_JOB),
}

contextBridge.exposeInMainWorld('cosy', bridge)
