import { AppCancel } from '../../../shared/kernel/index.ts'

/**
 * Keeps tasks apart whose files have the same name: the server names them after text, voice and format, so that a second speed
 * of a line would overwrite the first, or be taken for it.
 * @source CosyVoice API (v2 + v3) app/api/v3/tasks.py, generate_file_path_v3
 */
export interface Twins {
  /**
   * One at a time for each file. What was left running by an earlier one is waited for first.
   * @throws AppCancel while it waits; what `work` throws
   */
  alone<Output>(file: string, signal: AbortSignal, work: () => Promise<Output>): Promise<Output>
  /** A task went on when nobody waited for it any more. @param untilOver resolves when it writes no more */
  leave(file: string, untilOver: (signal: AbortSignal) => Promise<void>): void
}

const orCancelled = async (waiting: Promise<void>, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) throw new AppCancel()
  let onAbort = (): void => undefined
  const cancelled = new Promise<void>((resolve) => {
    onAbort = resolve
    signal.addEventListener('abort', onAbort)
  })
  await Promise.race([waiting, cancelled])
  signal.removeEventListener('abort', onAbort)
  if (signal.aborted) throw new AppCancel()
}

export const createTwins = (): Twins => {
  const busy = new Map<string, Promise<void>>()
  const left = new Map<string, (signal: AbortSignal) => Promise<void>>()
  return {
    async alone(file, signal, work) {
      for (let other = busy.get(file); other; other = busy.get(file)) await orCancelled(other, signal)
      if (signal.aborted) throw new AppCancel()
      let done = (): void => undefined
      busy.set(
        file,
        new Promise<void>((resolve) => {
          done = resolve
        }),
      )
      try {
        await left.get(file)?.(signal)
        left.delete(file)
        return await work()
      } finally {
        busy.delete(file)
        done()
      }
    },
    leave(file, untilOver) {
      left.set(file, untilOver)
    },
  }
}
