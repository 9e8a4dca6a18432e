import { AppCancel, AppError, type AppErrorData } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'
import type { QueuedRequest } from '../library/index.ts'
import type { FollowTake, TakeGrowth, TakeStore } from '../take-store/index.ts'

type LineGrowthDeps = {
  takeStore: Pick<TakeStore, 'follow' | 'measure' | 'pathOf'>
  /** The newest request for the line. */
  findRequest(): QueuedRequest | undefined
  /** The trouble that the queue stands still for, if it does. */
  trouble(): AppErrorData | null
  /** Calls back after every change of the queue. @returns the way to stop */
  onQueueChanged(look: () => void): () => void
}

/**
 * How far the take of a line has come that is in the queue: from before it is begun, through retries, to its end. A
 * failure is told when nothing will follow it: the queue has given up, or sound that was heard will not be kept.
 */
export const followLine =
  (takeKey: TakeKey, deps: LineGrowthDeps): FollowTake =>
  (onGrowth) => {
    let isOver = false
    let hasBegun = false
    const end = (growth: TakeGrowth): void => {
      if (isOver) return
      isOver = true
      stop()
      onGrowth(growth)
    }
    const lose = (error: Error): void => end({ kind: 'lost', error })

    /** It was there before, or came to be without anybody following: nothing more will be told of it. */
    const findKept = async (): Promise<void> => {
      const kept = await deps.takeStore.measure(takeKey)
      if (!kept) return lose(new AppCancel())
      const file = deps.takeStore.pathOf(takeKey)
      const { durationSamples } = kept
      const files = { unfinishedFile: file, file }
      end({ kind: 'growing', takeKey, ...files, writtenSamples: durationSamples, isWhole: true })
    }
    const look = (): void => {
      // From its first sample on the file itself tells what becomes of it.
      if (isOver || hasBegun) return
      const asked = deps.findRequest()
      const trouble = deps.trouble()
      if (asked?.takeKey !== takeKey || asked.status === 'done') findKept().catch(lose)
      else if (asked.status === 'failed')
        lose(asked.error ? AppError.fromData(asked.error) : new AppError('internal.bug'))
      else if (asked.status === 'cancelled') lose(new AppCancel())
      else if (trouble) lose(AppError.fromData(trouble))
    }
    const unfollow = deps.takeStore.follow(takeKey, (growth) => {
      if (isOver) return
      if (growth.kind === 'lost') {
        if (hasBegun) end(growth)
      } else {
        hasBegun ||= growth.writtenSamples > 0
        if (hasBegun) onGrowth(growth)
      }
    })
    const unwatch = deps.onQueueChanged(look)
    const stop = (): void => {
      isOver = true
      unfollow()
      unwatch()
    }
    look()
    return stop
  }
