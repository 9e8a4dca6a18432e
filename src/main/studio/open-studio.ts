import { type AppError, toAppError } from '../../shared/kernel/index.ts'
import { restoreNewestBackup, setLibraryAside } from '../library/index.ts'
import { Studio, type StudioDeps } from './studio.ts'

/** What can be done about a library that does not open, beside leaving it alone. */
export type WayOut = 'restore' | 'beginAnew' | 'tryAgain'

const waysOutOf = (error: AppError): WayOut[] => {
  if (error.code !== 'library.corrupt') return ['tryAgain']
  return Number(error.params.backupCount) > 0 ? ['restore', 'beginAnew'] : ['beginAnew']
}

const WAYS: Readonly<Record<WayOut, (directory: string) => void>> = {
  restore: (directory) => {
    restoreNewestBackup(directory)
  },
  beginAnew: setLibraryAside,
  tryAgain: () => undefined,
}

/**
 * Opens the studio; where its library does not open, asks what to do until it does. Damaged files are set aside, never
 * deleted.
 * @param ask index of the way chosen, -1 to give up
 * @returns undefined when the person gave up
 */
export const openStudioOrAsk = async (
  deps: StudioDeps,
  ask: (error: AppError, ways: readonly WayOut[]) => Promise<number>,
): Promise<Studio | undefined> => {
  for (;;) {
    try {
      return new Studio(deps)
    } catch (error) {
      const named = toAppError(error)
      const ways = waysOutOf(named)
      const way = ways[await ask(named, ways)]
      if (!way) return undefined
      WAYS[way](deps.directory)
    }
  }
}
