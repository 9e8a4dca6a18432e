import { AppCancel } from '../../../shared/kernel/index.ts'
import { type Clock, orCancelled } from '../../clock/index.ts'

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
  /**
   * Something is still to be done about a file of which nobody waits any more. It is begun at once, and those who come are
   * held up until it is done.
   * @param finish where it fails, the next one who comes does it again, and is told
   */
  leave(file: string, finish: (signal: AbortSignal) => Promise<void>): void
  /** Waits a while for whoever is being finished with; those who take longer are left as they are. */
  close(): Promise<void>
}

type Left = { readonly finish: (signal: AbortSignal) => Promise<void>; readonly background: Promise<void> }

/** So long is waited for what is left to do about tasks of which nobody waits any more. */
export const FINISHING_MS = 3000

export const createTwins = (clock: Clock): Twins => {
  const busy = new Map<string, Promise<void>>()
  const left = new Map<string, Left>()
  const closing = new AbortController()
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
        const earlier = left.get(file)
        if (earlier) await orCancelled(earlier.background, signal)
        if (left.has(file)) await earlier?.finish(signal)
        left.delete(file)
        return await work()
      } finally {
        busy.delete(file)
        done()
      }
    },
    leave(file, finish) {
      const background = finish(closing.signal).then(
        () => {
          if (left.get(file)?.finish === finish) left.delete(file)
        },
        // It stays what is left, for the next one who comes.
        () => undefined,
      )
      left.set(file, { finish, background })
    },
    async close() {
      const finished = async (): Promise<void> => {
        // Those who are cancelled leave theirs behind only now.
        await Promise.all(busy.values())
        await Promise.all([...left.values()].map(({ background }) => background))
      }
      let stopTimer = (): void => undefined
      const late = new Promise<void>((resolve) => {
        stopTimer = clock.setTimer(resolve, FINISHING_MS)
      })
      await Promise.race([finished(), late])
      stopTimer()
      closing.abort()
    },
  }
}
