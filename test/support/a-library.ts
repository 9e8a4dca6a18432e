import { type Library, openLibrary } from '../../src/main/library/index.ts'
import { countingMint } from './a-project.ts'
import { temporaryFolder } from './test-disk.ts'

export type TestLibrary = Disposable & {
  readonly directory: string
  readonly library: Library
  /** What the library's clock says; set it to let time pass. */
  nowEpochMs: number
  /** Closes the library and opens it again, as after a restart. */
  reopen(): void
}

/** A library in a folder of its own, with a clock that stands still. */
export const aLibrary = (): TestLibrary => {
  const folder = temporaryFolder()
  const mint = countingMint()
  const open = (): Library => openLibrary({ directory: folder.directory, nowEpochMs: () => test.nowEpochMs, mint })
  let library: Library | undefined
  const test: TestLibrary = {
    directory: folder.directory,
    nowEpochMs: 1_700_000_000_000,
    get library() {
      library ??= open()
      return library
    },
    reopen: () => {
      library?.close()
      library = undefined
    },
    [Symbol.dispose]: () => {
      library?.close()
      folder[Symbol.dispose]()
    },
  }
  return test
}
