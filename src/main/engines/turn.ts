import { setImmediate } from 'node:timers/promises'
import { AppCancel } from '../../shared/kernel/index.ts'

/**
 * Lets messages, a cancel among them, be heard between two pieces of synchronous work.
 * @throws AppCancel when the signal has aborted
 */
export const nextTurn = async (signal: AbortSignal): Promise<void> => {
  await setImmediate()
  if (signal.aborted) throw new AppCancel()
}
