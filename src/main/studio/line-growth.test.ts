import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import type { PcmBlock } from '../../shared/audio/index.ts'
import { AppCancel, AppError, type AppErrorData } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'
import type { QueuedRequest } from '../library/index.ts'
import { openTakeStore, type TakeGrowth } from '../take-store/index.ts'
import { followLine } from './line-growth.ts'

const KEY = 'cd'.repeat(32) as TakeKey
const OTHER_KEY = 'ef'.repeat(32) as TakeKey
const RATE_HZ = 24_000

const request = (patch: Partial<QueuedRequest> = {}): QueuedRequest => ({
  ...{ takeKey: KEY, status: 'queued', error: null },
  ...patch,
})
const failed = (code: 'engine.crashed' | 'engine.out-of-memory'): AppErrorData => new AppError(code).toData()

async function* speech(samples: number, end: Promise<unknown> = Promise.resolve()): AsyncGenerator<PcmBlock> {
  yield new Float32Array(samples).fill(0.25)
  await end
}

/** A line in a queue that the test moves by hand, over a real take store. */
const aLine = (directory: string) => {
  const store = openTakeStore(directory)
  const looks = new Set<() => void>()
  const told: TakeGrowth[] = []
  let asked: QueuedRequest | undefined = request()
  let trouble: AppErrorData | null = null
  const follow = (): (() => void) =>
    followLine(KEY, {
      takeStore: store,
      findRequest: () => asked,
      trouble: () => trouble,
      onQueueChanged: (look) => {
        looks.add(look)
        return () => {
          looks.delete(look)
        }
      },
    })((growth) => told.push(growth))
  return {
    ...{ store, told, follow },
    isWatched: () => looks.size > 0,
    /** The queue says this of the line from now on. */
    move: (to: QueuedRequest | undefined, reason: AppErrorData | null = null): void => {
      asked = to
      trouble = reason
      for (const look of [...looks]) look()
    },
    toldKinds: () => told.map((growth) => (growth.kind === 'growing' ? growth.writtenSamples : growth.error)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

test('a line is followed from its place in the queue to the end of its take', async () => {
  using folder = temporaryFolder()
  await using line = aLine(folder.directory)
  const stop = line.follow()
  line.move(request({ status: 'running' }))
  expect(line.told).toEqual([])
  await line.store.keep(KEY, RATE_HZ, speech(2_400))
  line.move(request({ status: 'done' }))
  expect(line.told.at(-1)).toMatchObject({ writtenSamples: 2_400, isWhole: true })
  stop()
  expect(line.isWatched()).toBe(false)
})

test('an attempt that fails before its first sound is forgotten when the next one speaks', async () => {
  using folder = temporaryFolder()
  await using line = aLine(folder.directory)
  line.follow()
  const crash = Promise.reject(new AppError('engine.crashed'))
  crash.catch(() => undefined)
  await expect(line.store.keep(KEY, RATE_HZ, speech(0, crash))).rejects.toMatchObject({ code: 'engine.crashed' })
  line.move(request({ status: 'waiting', error: failed('engine.crashed') }))
  expect(line.told).toEqual([])
  await line.store.keep(KEY, RATE_HZ, speech(500))
  expect(line.told.at(-1)).toMatchObject({ writtenSamples: 500, isWhole: true })
})

test('once it was heard a take that is lost is told, whatever the queue does next', async () => {
  using folder = temporaryFolder()
  await using line = aLine(folder.directory)
  line.follow()
  const crash = Promise.reject(new AppError('engine.crashed', { retryable: true }))
  crash.catch(() => undefined)
  await expect(line.store.keep(KEY, RATE_HZ, speech(500, crash))).rejects.toThrow()
  expect(line.toldKinds()).toEqual([500, expect.objectContaining({ code: 'engine.crashed' })])
  expect(line.isWatched()).toBe(false)
  await line.store.keep(KEY, RATE_HZ, speech(900))
  expect(line.told.length).toBe(2)
})

test('a line that has begun is heard to its end, whatever stops the queue meanwhile', async () => {
  using folder = temporaryFolder()
  await using line = aLine(folder.directory)
  line.follow()
  let finish = (): void => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const keeping = line.store.keep(KEY, RATE_HZ, speech(500, finished))
  await vi.waitFor(() => expect(line.toldKinds()).toEqual([500]))
  line.move(request({ status: 'running' }), failed('engine.crashed'))
  expect(line.toldKinds()).toEqual([500])
  finish()
  await keeping
  expect(line.told.at(-1)).toMatchObject({ writtenSamples: 500, isWhole: true })
})

test('what keeps a line from ever being spoken is told: its own failure, a cancel, a queue in trouble', () => {
  for (const [to, reason, told] of [
    [request({ status: 'failed', error: failed('engine.out-of-memory') }), null, { code: 'engine.out-of-memory' }],
    [request({ status: 'cancelled' }), null, new AppCancel()],
    [request(), failed('engine.crashed'), { code: 'engine.crashed' }],
  ] as const) {
    using folder = temporaryFolder()
    const line = aLine(folder.directory)
    line.follow()
    line.move(to, reason)
    expect(line.toldKinds()).toEqual([
      told instanceof AppCancel ? expect.any(AppCancel) : expect.objectContaining(told),
    ])
    expect(line.isWatched()).toBe(false)
  }
})

test('a take that was there before is whole at once', async () => {
  using folder = temporaryFolder()
  await using line = aLine(folder.directory)
  await line.store.keep(KEY, RATE_HZ, speech(700))
  line.move(request({ status: 'done' }))
  line.follow()
  await vi.waitFor(() => expect(line.told.length).toBe(1))
  expect(line.told[0]).toMatchObject({ writtenSamples: 700, isWhole: true, file: line.store.pathOf(KEY) })
})

test('a request that made way for a newer one, or left the queue without a take, will not be spoken', async () => {
  for (const now of [request({ takeKey: OTHER_KEY }), undefined]) {
    using folder = temporaryFolder()
    await using line = aLine(folder.directory)
    line.follow()
    line.move(now)
    await vi.waitFor(() => expect(line.toldKinds()).toEqual([expect.any(AppCancel)]))
  }
})

test('who stops following in the meantime hears nothing', async () => {
  using folder = temporaryFolder()
  await using line = aLine(folder.directory)
  await line.store.keep(KEY, RATE_HZ, speech(700))
  line.move(request({ status: 'done' }))
  const stop = line.follow()
  stop()
  await line.store.measure(KEY)
  expect(line.told).toEqual([])
})
