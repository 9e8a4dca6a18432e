import { AppCancel } from '../../shared/kernel/index.ts'

/** Who uses something at the moment: several beside each other, or one alone. Admits in the order of asking. */
export interface Turns {
  /**
   * Waits until it may, and uses it.
   * @throws AppCancel while it waits, once the signal is aborted; what `use` throws
   */
  take<Result>(how: { isAlone: boolean; signal: AbortSignal }, use: () => Promise<Result>): Promise<Result>
  /** Settles when nobody uses it, nor waits. */
  whenIdle(): Promise<void>
}

type TurnsOptions = {
  /** Whether all have to leave before anybody else may enter. */
  mustEmpty(): boolean
  /** Nobody uses it now; whoever waits is admitted after this. */
  onEmpty(): void
}

type Waiting = { readonly isAlone: boolean; admit(): void }

export const createTurns = ({ mustEmpty, onEmpty }: TurnsOptions): Turns => {
  const waiting: Waiting[] = []
  const idlers: (() => void)[] = []
  let present = 0
  let isOneAlone = false

  const mayEnter = (isAlone: boolean): boolean => present === 0 || !(isAlone || isOneAlone || mustEmpty())
  const enter = (isAlone: boolean): void => {
    present++
    isOneAlone = isAlone
  }
  const admitWaiting = (): void => {
    for (let [next] = waiting; next && mayEnter(next.isAlone); [next] = waiting) {
      waiting.shift()
      enter(next.isAlone)
      next.admit()
    }
  }
  const leave = (): void => {
    present--
    if (present === 0) onEmpty()
    admitWaiting()
    if (present === 0) for (const resolve of idlers.splice(0)) resolve()
  }

  const admitted = (isAlone: boolean, signal: AbortSignal): Promise<void> => {
    if (waiting.length === 0 && mayEnter(isAlone)) {
      enter(isAlone)
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(entry), 1)
        reject(new AppCancel())
        admitWaiting()
      }
      const entry: Waiting = {
        isAlone,
        admit: () => {
          signal.removeEventListener('abort', giveUp)
          resolve()
        },
      }
      waiting.push(entry)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  return {
    async take({ isAlone, signal }, use) {
      if (signal.aborted) throw new AppCancel()
      await admitted(isAlone, signal)
      try {
        return await use()
      } finally {
        leave()
      }
    },
    whenIdle: () =>
      present === 0 && waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve)),
  }
}
