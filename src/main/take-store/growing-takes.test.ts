import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { noTestDiskReason, smallDisk, temporaryFolder } from '../../../test/support/test-disk.ts'
import type { PcmBlock } from '../../shared/audio/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'
import { createGrowingReader, openTakeStore, type TakeGrowth } from './index.ts'

const KEY = 'ab'.repeat(32) as TakeKey
const RATE_HZ = 24_000
const sampleAt = (index: number): number => Math.fround(0.4 * Math.sin(index / 7))
const block = (start: number, length: number): PcmBlock =>
  Float32Array.from({ length }, (_, index) => sampleAt(start + index))

/** Blocks that come when the test says so. */
const byHand = () => {
  const queued: (PcmBlock | Error | null)[] = []
  let wake = (): void => undefined
  let askedFor = 0
  let hasAsked = (): void => undefined
  let pushed = 0
  const push = (next: PcmBlock | Error | null): void => {
    queued.push(next)
    wake()
  }
  return {
    push: (length: number) => {
      push(block(pushed, length))
      pushed += length
    },
    fail: (error: Error) => push(error),
    end: () => push(null),
    /** Everything pushed so far has been taken, and more is wanted. */
    taken: async (blocks: number): Promise<void> => {
      while (askedFor <= blocks)
        await new Promise<void>((resolve) => {
          hasAsked = resolve
        })
    },
    async *blocks(): AsyncGenerator<PcmBlock> {
      for (;;) {
        askedFor++
        hasAsked()
        while (queued.length === 0)
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        const next = queued.shift()
        if (!next) return
        if (next instanceof Error) throw next
        yield next
      }
    },
  }
}

/** What was told, and a way to wait for it. */
const aFollower = () => {
  const told: TakeGrowth[] = []
  let hasHeard = (): void => undefined
  const waitFor = async (isSo: () => boolean): Promise<void> => {
    while (!isSo())
      await new Promise<void>((resolve) => {
        hasHeard = resolve
      })
  }
  const last = () => {
    const growth = told.at(-1)
    if (growth?.kind !== 'growing') throw new Error('nothing grows')
    return growth
  }
  return {
    told,
    last,
    hear: (growth: TakeGrowth): void => {
      told.push(growth)
      hasHeard()
    },
    written: (samples: number) => waitFor(() => told.at(-1)?.kind === 'growing' && last().writtenSamples >= samples),
    whole: () => waitFor(() => told.at(-1)?.kind === 'growing' && last().isWhole),
    lost: () => waitFor(() => told.at(-1)?.kind === 'lost'),
  }
}

const readAll = async (growth: Extract<TakeGrowth, { kind: 'growing' }>): Promise<Float32Array> => {
  await using reader = createGrowingReader()
  const samples = new Float32Array(growth.writtenSamples)
  await reader.read(growth, 0, samples)
  return samples
}

const openFilesOf = (takeKey: TakeKey): number =>
  readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).includes(takeKey)
    } catch {
      // The one that listed the folder is closed by now.
      return false
    }
  }).length

test('a take is read while it is written, block by block, and stays readable when it is kept', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const { push, blocks, end } = byHand()
  const follower = aFollower()
  store.follow(KEY, follower.hear)
  await using reader = createGrowingReader()
  const keeping = store.keep(KEY, RATE_HZ, blocks())
  for (let samples = 2_400; samples <= 24_000; samples += 2_400) {
    push(2_400)
    await follower.written(samples)
    const target = new Float32Array(2_400)
    await reader.read(follower.last(), samples - 2_400, target)
    expect(target).toEqual(block(samples - 2_400, 2_400))
  }
  expect(follower.told.every((growth) => growth.kind === 'growing' && !growth.isWhole)).toBe(true)
  expect(await store.has(KEY)).toBe(false)
  end()
  expect(await keeping).toEqual({ durationSamples: 24_000 })
  expect(follower.last()).toMatchObject({ writtenSamples: 24_000, isWhole: true, file: store.pathOf(KEY) })
  const again = new Float32Array(1_000)
  await reader.read(follower.last(), 23_000, again)
  expect(again).toEqual(block(23_000, 1_000))
  // Its name is another one now; who opens it late finds it all the same.
  expect(existsSync(follower.last().unfinishedFile)).toBe(false)
  expect(await readAll(follower.last())).toEqual(block(0, 24_000))
})

test('whoever comes late has what came before, though nothing was on disk until then', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const hand = byHand()
  const keeping = store.keep(KEY, RATE_HZ, hand.blocks())
  hand.push(700)
  hand.push(800)
  await hand.taken(2)
  const [first, second] = [aFollower(), aFollower()]
  store.follow(KEY, first.hear)
  await first.written(1_500)
  expect(await readAll(first.last())).toEqual(block(0, 1_500))
  store.follow(KEY, second.hear)
  expect(second.last().writtenSamples).toBe(1_500)
  hand.push(70_000)
  await Promise.all([first.written(71_500), second.written(71_500)])
  hand.end()
  await keeping
  for (const follower of [first, second]) expect(await readAll(follower.last())).toEqual(block(0, 71_500))
})

test('samples of a take nobody follows go to disk in large pieces', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const hand = byHand()
  const keeping = store.keep(KEY, RATE_HZ, hand.blocks())
  const stop = store.follow(KEY, () => undefined)
  stop()
  for (let count = 0; count < 5; count++) hand.push(2_400)
  await hand.taken(5)
  const follower = aFollower()
  store.follow(KEY, follower.hear)
  expect(follower.last().writtenSamples).toBe(0)
  await follower.written(12_000)
  hand.end()
  await keeping
})

test('a listener hears the same samples whenever blocks and listeners come', async () => {
  for (const blockLength of [1, 777, 30_000, 65_536, 65_537, 140_000]) {
    using folder = temporaryFolder()
    await using store = openTakeStore(folder.directory)
    const hand = byHand()
    const keeping = store.keep(KEY, RATE_HZ, hand.blocks())
    hand.push(blockLength)
    hand.push(blockLength)
    const follower = aFollower()
    const late = aFollower()
    await hand.taken(1)
    store.follow(KEY, follower.hear)
    hand.push(blockLength)
    store.follow(KEY, late.hear)
    hand.end()
    await keeping
    await Promise.all([follower.whole(), late.whole()])
    expect(await readAll(follower.last()), String(blockLength)).toEqual(block(0, 3 * blockLength))
    expect(late.last()).toEqual(follower.last())
  }
})

test('a take that is lost is told with its reason, and its samples are gone', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const hand = byHand()
  const follower = aFollower()
  store.follow(KEY, follower.hear)
  const keeping = store.keep(KEY, RATE_HZ, hand.blocks())
  hand.push(2_400)
  await follower.written(2_400)
  const growth = follower.last()
  const crash = new AppError('engine.crashed')
  hand.fail(crash)
  await expect(keeping).rejects.toBe(crash)
  expect(follower.told.at(-1)).toEqual({ kind: 'lost', error: crash })
  await expect(readAll(growth)).rejects.toMatchObject({ code: 'take.missing' })

  // It is told from its beginning when it is spoken again.
  const again = byHand()
  const keepingAgain = store.keep(KEY, RATE_HZ, again.blocks())
  again.push(500)
  await follower.written(500)
  again.end()
  await keepingAgain
  expect(follower.last()).toMatchObject({ writtenSamples: 500, isWhole: true })
})

test.skipIf(noTestDiskReason() !== undefined)('a disk that is full is told by its name', async () => {
  using disk = smallDisk(64)
  await using store = openTakeStore(disk.directory)
  const hand = byHand()
  const follower = aFollower()
  store.follow(KEY, follower.hear)
  const keeping = store.keep(KEY, RATE_HZ, hand.blocks())
  keeping.catch(() => undefined)
  hand.push(30_000)
  await follower.lost()
  expect(follower.told.at(-1)).toMatchObject({ kind: 'lost', error: { code: 'take.disk-full' } })
  await expect(keeping).rejects.toMatchObject({ code: 'take.disk-full' })
})

test('who stops following hears nothing more, and no file stays open', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const hand = byHand()
  const follower = aFollower()
  const stop = store.follow(KEY, follower.hear)
  const keeping = store.keep(KEY, RATE_HZ, hand.blocks())
  hand.push(2_400)
  await follower.written(2_400)
  const reader = createGrowingReader()
  await reader.read(follower.last(), 0, new Float32Array(10))
  const hasFds = existsSync('/proc/self/fd')
  if (hasFds) expect(openFilesOf(KEY)).toBe(2)
  await reader[Symbol.asyncDispose]()
  if (hasFds) expect(openFilesOf(KEY)).toBe(1)
  await expect(reader.read(follower.last(), 0, new Float32Array(10))).rejects.toMatchObject({ code: 'take.missing' })
  const told = follower.told.length
  stop()
  hand.push(2_400)
  hand.end()
  await keeping
  expect(follower.told.length).toBe(told)
})
