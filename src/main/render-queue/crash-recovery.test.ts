import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { aQueue, inLibrary } from '../../../test/support/a-queue.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { checkIntegrity, listTakes, openLibrary } from '../library/index.ts'
import { openTakeStore } from '../take-store/index.ts'

const LINES = 60
const CONCURRENCY = 3
const ENTRY = path.resolve(import.meta.dirname, '../../../test/support/run-queue.ts')

/** Random enough, and the same in every run. @source https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
const lehmer = (seed: number) => () => {
  seed = (seed * 48_271) % 2_147_483_647
  return seed / 2_147_483_647
}

type Said = { kind: string; detail: string }

/** Lets the queue work in a process of its own, which is killed when it has said so many things. */
const workUntil = async (directory: string, killAfter: number): Promise<Said[]> => {
  const child = fork(ENTRY, [directory], { execArgv: [] })
  const said: Said[] = []
  child.on('message', (message) => {
    said.push(message as Said)
    if (said.length === killAfter) child.kill('SIGKILL')
  })
  await once(child, 'exit')
  return said
}

test('after any number of kills the queue goes on by itself and speaks only what is missing', async () => {
  using folder = temporaryFolder()
  const project = await (async () => {
    await using test = aQueue({ directory: folder.directory })
    const made = inLibrary(test, { lines: LINES })
    await test.queue.enqueue(test.plan(made), made.settings.projectId)
    return made
  })()
  const random = lehmer(20_260_214)
  const spoken: string[] = []
  let kills = 0
  for (let round = 0; ; round++) {
    const said = await workUntil(
      folder.directory,
      round < 6 ? 1 + Math.floor(random() * 120) : Number.POSITIVE_INFINITY,
    )
    spoken.push(...said.filter(({ kind }) => kind === 'speaking').map(({ detail }) => detail))
    if (said.some(({ kind }) => kind === 'idle')) break
    kills++
    expect(round).toBeLessThan(10)
  }
  expect(kills).toBeGreaterThanOrEqual(5)

  using library = openLibrary({ directory: folder.directory, nowEpochMs: Date.now, mint: () => 'none' })
  await using takeStore = openTakeStore(path.join(folder.directory, 'takes'))
  expect(checkIntegrity(library.db)).toEqual([])
  const takes = listTakes(library.db, project.settings.projectId, null)
  expect(new Set(takes.map(({ lineId }) => lineId)).size).toBe(LINES)
  expect(takes).toHaveLength(LINES)
  for (const { takeKey, durationSamples, sampleRateHz } of takes)
    expect(await takeStore.measure(takeKey)).toEqual({ durationSamples, sampleRateHz })
  // Each kill may cost what was being spoken at that moment, and nothing else.
  expect(new Set(spoken).size).toBe(LINES)
  expect(spoken.length).toBeLessThanOrEqual(LINES + kills * CONCURRENCY)
  const left = readdirSync(path.join(folder.directory, 'takes'), { recursive: true, encoding: 'utf8' })
  expect(left.filter((name) => name.endsWith('.new'))).toEqual([])
  expect(existsSync(path.join(folder.directory, 'library.db'))).toBe(true)
}, 60_000)
