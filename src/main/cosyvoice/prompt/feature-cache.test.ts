import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { someIds, someNumbers } from '../../../../test/support/run-graph.ts'
import { noTestDiskReason, smallDisk, temporaryFolder, withoutWriting } from '../../../../test/support/test-disk.ts'
import { type FeatureKey, featureKey, openFeatureCache } from './feature-cache.ts'
import type { PromptFeatures } from './prompt-features.ts'

const features = (tokens: number, seed: number): PromptFeatures => ({
  speechTokens: someIds(tokens, 6561, seed),
  mel: someNumbers(2 * tokens * 80, seed + 1),
  melFrames: 2 * tokens,
  speaker: someNumbers(192, seed + 2),
})
const aKey = (seed: number, model = 'model'): FeatureKey =>
  featureKey({ pcm: someNumbers(100, seed), sampleRateHz: 16_000 }, model)
/** A cache, and what it had to complain about. */
const aCache = (directory: string, options: { maxSizeBytes?: number } = {}) => {
  const problems: unknown[] = []
  const time = { ms: 1_700_000_000_000 }
  const cache = openFeatureCache(directory, {
    ...options,
    nowMs: () => time.ms,
    onProblem: (error) => problems.push(error),
  })
  return { cache, problems, time }
}
const never = (): Promise<PromptFeatures> => Promise.reject(new Error('nothing had to be made'))

test('what is kept comes back, number for number, also from a cache opened later', async () => {
  using folder = temporaryFolder()
  const directory = path.join(folder.directory, 'voices', 'features')
  const { cache, problems } = aCache(directory)
  expect(await cache.find(aKey(1))).toBeUndefined()
  for (const [seed, tokens] of [0, 1, 12, 375].entries()) await cache.put(aKey(seed), features(tokens, seed))
  const later = aCache(directory)
  for (const [seed, tokens] of [0, 1, 12, 375].entries())
    expect(await later.cache.find(aKey(seed))).toEqual(features(tokens, seed))
  expect(readdirSync(directory)).toHaveLength(4)
  expect([...problems, ...later.problems]).toEqual([])
})

test('a key is another where a sample, the rate or the model is, and no other way', () => {
  const pcm = someNumbers(100, 1)
  const key = featureKey({ pcm, sampleRateHz: 16_000 }, 'a')
  expect(key).toMatch(/^[0-9a-f]{64}$/)
  const shifted = new Float32Array(101)
  shifted.set(pcm, 1)
  expect(featureKey({ pcm: shifted.subarray(1), sampleRateHz: 16_000 }, 'a')).toBe(key)
  const changed = pcm.with(50, 0.123)
  const others = [
    featureKey({ pcm: changed, sampleRateHz: 16_000 }, 'a'),
    featureKey({ pcm: pcm.subarray(1), sampleRateHz: 16_000 }, 'a'),
    featureKey({ pcm, sampleRateHz: 24_000 }, 'a'),
    featureKey({ pcm, sampleRateHz: 16_000 }, 'b'),
  ]
  expect(new Set([key, ...others]).size).toBe(5)
})

test('features are made once, and again only where they are gone', async () => {
  using folder = temporaryFolder()
  const { cache } = aCache(folder.directory)
  let made = 0
  const make = async () => features(5, ++made)
  expect(await cache.findOrMake(aKey(1), make)).toEqual(features(5, 1))
  expect(await cache.findOrMake(aKey(1), never)).toEqual(features(5, 1))
  expect(await cache.findOrMake(aKey(2), make)).toEqual(features(5, 2))
  await expect(cache.findOrMake(aKey(3), never)).rejects.toThrow('nothing had to be made')
  expect(await cache.find(aKey(3))).toBeUndefined()
})

test('a file with any byte changed, cut off, grown or under a wrong name is made again and replaced', async () => {
  using folder = temporaryFolder()
  const { cache, problems } = aCache(folder.directory)
  const [key, other] = [aKey(1), aKey(2)]
  await cache.put(key, features(3, 7))
  const file = path.join(folder.directory, `${key}.features`)
  const whole = readFileSync(file)
  const isReplaced = async (damaged: Uint8Array): Promise<void> => {
    writeFileSync(file, damaged)
    const before = problems.length
    expect(await cache.findOrMake(key, async () => features(3, 8))).toEqual(features(3, 8))
    expect(problems).toHaveLength(before + 1)
    expect(problems.at(-1)).toBeInstanceOf(Error)
    expect(await cache.findOrMake(key, never)).toEqual(features(3, 8))
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
      // The length of the header is not under the digest; a wrong one is found by what it leads to.
      await isReplaced(whole.with(at, (whole[at] ?? 0) ^ bits))
    }),
    {
      numRuns: 40,
      examples: [
        [0, 1],
        [4, 1],
        [5, 1],
        [7, 255],
        [8, 1],
        [40, 1],
      ],
    },
  )
  for (const length of [0, 3, 39, 40, 200, whole.length - 1]) await isReplaced(whole.subarray(0, length))
  await isReplaced(Buffer.concat([whole, Buffer.alloc(4)]))
  await cache.put(other, features(3, 9))
  await isReplaced(readFileSync(path.join(folder.directory, `${other}.features`)))
})

test('what was used longest ago goes first, and never what was just kept', async () => {
  using folder = temporaryFolder()
  const sizeBytes = await (async () => {
    using measured = temporaryFolder()
    await aCache(measured.directory).cache.put(aKey(0), features(10, 0))
    return statSync(path.join(measured.directory, `${aKey(0)}.features`)).size
  })()
  const { cache, time, problems } = aCache(folder.directory, { maxSizeBytes: 3 * sizeBytes })
  const held = async (): Promise<number[]> => {
    const names = readdirSync(folder.directory)
    return [1, 2, 3, 4, 5].filter((seed) => names.includes(`${aKey(seed)}.features`))
  }
  for (const seed of [1, 2, 3]) {
    time.ms += 1000
    await cache.put(aKey(seed), features(10, seed))
  }
  expect(await held()).toEqual([1, 2, 3])
  time.ms += 1000
  await cache.find(aKey(1))
  time.ms += 1000
  await cache.put(aKey(4), features(10, 4))
  expect(await held()).toEqual([1, 3, 4])
  // A clock that went back makes the newest look oldest.
  time.ms -= 1_000_000
  await cache.put(aKey(5), features(10, 5))
  expect(await held()).toEqual([1, 4, 5])
  const tight = aCache(folder.directory, { maxSizeBytes: 10 })
  await tight.cache.put(aKey(2), features(10, 2))
  expect(await held()).toEqual([2])
  expect([...problems, ...tight.problems]).toEqual([])
})

test('what a process that ended left unfinished is removed after an hour, and other files stay', async () => {
  using folder = temporaryFolder()
  const { cache, time } = aCache(folder.directory, { maxSizeBytes: 1 })
  const left = (name: string, ageMs: number): string => {
    const file = path.join(folder.directory, name)
    writeFileSync(file, 'something')
    const at = new Date(time.ms - ageMs)
    utimesSync(file, at, at)
    return file
  }
  const mark = '01234567-89ab-cdef-0123-456789abcdef'
  const old = left(`${aKey(1)}.features.${mark}.new`, 2 * 3_600_000)
  const young = left(`${aKey(2)}.features.${mark}.new`, 60_000)
  const foreign = left('notes.txt', 1e9)
  await cache.put(aKey(3), features(1, 3))
  expect([old, young, foreign].map(existsSync)).toEqual([false, true, true])
})

test.skipIf(noTestDiskReason() !== undefined)('a full disk costs the file, not the voice', async () => {
  using disk = smallDisk(64)
  const { cache, problems } = aCache(disk.directory)
  const long = features(375, 1)
  expect(await cache.findOrMake(aKey(1), async () => long)).toBe(long)
  expect(problems).toMatchObject([{ code: 'ENOSPC' }])
  expect(readdirSync(disk.directory)).toEqual([])
  await expect(cache.put(aKey(1), long)).rejects.toMatchObject({ code: 'ENOSPC' })
})

test('a folder that cannot be written is still read', async () => {
  using folder = temporaryFolder()
  const { cache, problems } = aCache(folder.directory)
  await cache.put(aKey(1), features(4, 1))
  await withoutWriting(folder, async () => {
    expect(await cache.findOrMake(aKey(1), never)).toEqual(features(4, 1))
    const made = features(4, 2)
    expect(await cache.findOrMake(aKey(2), async () => made)).toBe(made)
  })
  expect(problems.length).toBeGreaterThanOrEqual(1)
})

test('a voice that is removed leaves nothing behind, and may be removed twice', async () => {
  using folder = temporaryFolder()
  const { cache } = aCache(folder.directory)
  for (const seed of [1, 2]) await cache.put(aKey(seed), features(4, seed))
  for (const _ of [1, 2]) await cache.remove(aKey(1))
  expect(await cache.find(aKey(1))).toBeUndefined()
  expect(readdirSync(folder.directory)).toEqual([`${aKey(2)}.features`])
})

test('a folder in the place of a file is a problem that is told', async () => {
  using folder = temporaryFolder()
  const { cache, problems } = aCache(folder.directory)
  mkdirSync(path.join(folder.directory, `${aKey(1)}.features`))
  expect(await cache.find(aKey(1))).toBeUndefined()
  expect(problems).toHaveLength(1)
})
