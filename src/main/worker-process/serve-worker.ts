import { AppCancel, toAppError } from '../../shared/kernel/index.ts'
import type { FromWorker, ToWorker } from './protocol.ts'

export type WorkerMethod = (
  input: unknown,
  call: { signal: AbortSignal; item(item: unknown): void },
) => Promise<unknown>

type Port = { send(message: FromWorker): void; onMessage(listener: (message: ToWorker) => void): void }

/** Electron gives a utility process `process.parentPort`; under plain Node the owner is reached by `process.send`. */
type ElectronParentPort = {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

const openPort = (): Port => {
  const { parentPort } = process as { parentPort?: ElectronParentPort }
  if (parentPort)
    return {
      send: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', (event) => listener(event.data as ToWorker)),
    }
  return {
    send: (message) => {
      if (process.connected) process.send?.(message)
    },
    onMessage: (listener) => {
      process.on('message', (message) => listener(message as ToWorker))
      // Whoever owned this worker is gone; there is nobody left to work for.
      process.on('disconnect', () => process.exit(0))
    },
  }
}

/** Worker's side: answers calls by name until the process is ended. Inputs are the method's own to parse. */
export const serveWorker = (methods: Readonly<Record<string, WorkerMethod>>, port: Port = openPort()): void => {
  const running = new Map<number, AbortController>()
  port.onMessage(async (message) => {
    if (message.kind === 'cancel') return running.get(message.callId)?.abort()
    const { callId, method, input } = message
    const controller = new AbortController()
    running.set(callId, controller)
    try {
      const run = methods[method]
      if (!run) throw new Error(`this worker has no method ${method}`)
      const output = await run(input, {
        signal: controller.signal,
        item: (item) => port.send({ kind: 'item', callId, item }),
      })
      port.send({ kind: 'done', callId, output })
    } catch (error) {
      if (error instanceof AppCancel || controller.signal.aborted) port.send({ kind: 'cancelled', callId })
      else port.send({ kind: 'failed', callId, error: toAppError(error).toData() })
    } finally {
      running.delete(callId)
    }
  })
}
