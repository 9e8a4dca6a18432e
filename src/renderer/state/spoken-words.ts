import type { TakeId } from '../../shared/kernel/index.ts'
import type { SpokenWord } from '../../shared/render/index.ts'
import type { Bridge } from '../bridge/index.ts'

/** Takes whose words are remembered: those that were heard last. */
const REMEMBERED_TAKES = 64

/** The words of a take with their times; undefined until main has told them, which it is asked for with the first call. */
export type SpokenWordsOf = (takeId: TakeId) => readonly SpokenWord[] | undefined

export const createSpokenWords = (bridge: Bridge, tellError: (error: unknown) => void): SpokenWordsOf => {
  const known = new Map<TakeId, readonly SpokenWord[] | undefined>()
  return (takeId) => {
    if (!known.has(takeId)) {
      known.set(takeId, undefined)
      const [oldest] = known.keys()
      if (oldest !== undefined && known.size > REMEMBERED_TAKES) known.delete(oldest)
      bridge
        .call('take.words', { takeId })
        .then((words) => known.set(takeId, words))
        .catch(tellError)
    }
    return known.get(takeId)
  }
}
