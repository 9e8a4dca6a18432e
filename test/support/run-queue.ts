import path from 'node:path'
import { openLibrary, removeTakesByKey, takeKeysInUse } from '../../src/main/library/index.ts'
import { createRenderQueue } from '../../src/main/render-queue/index.ts'
import { openTakeStore } from '../../src/main/take-store/index.ts'
import { scriptedEngine } from './scripted-engine.ts'

/**
 * A process that opens the library in the folder it is given and works off its queue. It says `speaking` with the key of
 * each line it begins, `block` in the middle of one, `take` when one is there, and `idle` at the end.
 */
const [, , directory = ''] = process.argv
const say = (kind: string, detail = ''): void => void process.send?.({ kind, detail })
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

let count = 0
const library = openLibrary({ directory, nowEpochMs: Date.now, mint: () => `${process.pid}-${count++}` })
const takeStore = openTakeStore(path.join(directory, 'takes'))
const engine = scriptedEngine({ concurrency: 3 })
const { missingKeys } = await takeStore.sweep(takeKeysInUse(library.db))
removeTakesByKey(library.db, missingKeys)
const queue = createRenderQueue({
  library,
  takeStore,
  engines: {
    get: () => ({
      ...engine,
      async *render(request, job) {
        say('speaking', request.takeKey)
        for await (const block of engine.render(request, job)) {
          say('block')
          await turn()
          yield block
        }
      },
    }),
  },
  nowEpochMs: Date.now,
  random: Math.random,
  onChanged: () => undefined,
  onTakeAdded: ({ takeIds }) => say('take', String(takeIds.length)),
  log: () => undefined,
})
queue.start()
await queue.whenIdle()
say('idle')
await queue[Symbol.asyncDispose]()
library.close()
process.disconnect()
