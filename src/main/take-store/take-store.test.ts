import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noTestDiskReason, smallDisk, temporaryFolder, withoutWriting } from '../../../test/support/test-disk.ts'
import { createPeakCollector, type PcmBlock, peaksFromBytes } from '../../shared/audio/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'
import { createTakeReader, openTakeStore } from './index.ts'

const aKey = (name: number): TakeKey => name.toString(16).padStart(64, '0') as TakeKey
const KEY = aKey(0xab)
const RATE_HZ = 24_000

const sine = (durationSamples: number): PcmBlock =>
  Float32Array.from({ length: durationSamples }, (_, index) => 0.4 * Math.sin(index / 7))

async function* blocksOf(samples: PcmBlock, blockLength = 2_400): AsyncGenerator<PcmBlock> {
  for (let start = 0; start < samples.length; start += blockLength) yield samples.slice(start, start + blockLength)
}
async function* never(): AsyncGenerator<PcmBlock> {
  yield await Promise.reject(new Error('nobody should ask for these blocks'))
}
const filesIn = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort()
    : []
const codeOf = (error: unknown): unknown =>
  error instanceof AppError ? { code: error.code, remedies: error.remedies, reason: error.params.reason } : error

test('what is kept is read back sample for sample, from any place', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const samples = sine(150_000)
  expect(await store.keep(KEY, RATE_HZ, blocksOf(samples, 777))).toEqual({ durationSamples: 150_000 })
  await fc.assert(
    fc.asyncProperty(fc.nat(149_999), fc.nat(70_000), async (start, length) => {
      const target = new Float32Array(Math.min(length, 150_000 - start))
      await store.read(KEY, start, target)
      expect(target).toEqual(samples.slice(start, start + target.length))
    }),
    { numRuns: 30 },
  )
})

test('a take is a float WAV that other software measures and decodes alike', async (context) => {
  if (spawnSync('soxi').error && !process.env.CI) return context.skip('sox is not installed')
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const samples = sine(5_000)
  await store.keep(KEY, RATE_HZ, blocksOf(samples))
  const file = store.pathOf(KEY)
  expect(path.relative(folder.directory, file)).toBe(path.join('00', `${KEY}.wav`))
  const soxi = (flag: string): string => spawnSync('soxi', [flag, file], { encoding: 'utf8' }).stdout.trim()
  expect([soxi('-r'), soxi('-c'), soxi('-s'), soxi('-b'), soxi('-e')]).toEqual([
    '24000',
    '1',
    '5000',
    '32',
    'Floating Point PCM',
  ])
  const raw = spawnSync('sox', [file, '-t', 'raw', '-e', 'float', '-b', '32', '-L', '-']).stdout
  const decoded = new Float32Array(new Uint8Array(raw).buffer)
  expect(decoded.length).toBe(samples.length)
  expect(Math.max(...decoded.map((sample, index) => Math.abs(sample - (samples[index] ?? 0))))).toBeLessThan(1e-6)
})

test('a take that is there is kept as it is, and its blocks are never asked for', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  await store.keep(KEY, RATE_HZ, blocksOf(sine(500)))
  expect(await store.keep(KEY, RATE_HZ, never())).toEqual({ durationSamples: 500 })
})

test('a damaged take is written anew, and read anew although it was open', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  await store.keep(KEY, RATE_HZ, blocksOf(sine(500)))
  await store.read(KEY, 0, new Float32Array(500))
  truncateSync(store.pathOf(KEY), 100)
  expect(await store.has(KEY)).toBe(false)
  await store.keep(KEY, RATE_HZ, blocksOf(sine(600)))
  const target = new Float32Array(600)
  await store.read(KEY, 0, target)
  expect(target).toEqual(sine(600))
  expect(await store.measure(KEY)).toEqual({ sampleRateHz: RATE_HZ, durationSamples: 600 })
})

test('missing, damaged and short takes are missing, each with its reason', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const read = (key: TakeKey, length = 10) => store.read(key, 0, new Float32Array(length)).catch(codeOf)
  expect(await read(aKey(1))).toMatchObject({ code: 'take.missing', reason: 'no-file', remedies: ['render-again'] })
  await store.keep(aKey(2), RATE_HZ, blocksOf(sine(500)))
  expect(await read(aKey(2), 501)).toMatchObject({ code: 'take.missing', reason: 'short' })
  await store.keep(aKey(3), RATE_HZ, blocksOf(sine(500)))
  truncateSync(store.pathOf(aKey(3)), 1_000)
  expect(await read(aKey(3))).toMatchObject({ code: 'take.missing', reason: 'short' })
  await store.keep(aKey(4), RATE_HZ, blocksOf(sine(500)))
  writeFileSync(store.pathOf(aKey(4)), 'RIFF but not really a take, only some words that are longer than a head')
  expect(await read(aKey(4))).toMatchObject({ code: 'take.missing', reason: 'damaged' })
  expect(await store.peaks(aKey(4)).catch(codeOf)).toMatchObject({ code: 'take.missing' })
})

test('blocks that fail or are cancelled leave nothing behind', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  async function* cancelled(): AsyncGenerator<PcmBlock> {
    yield sine(100)
    throw new AppCancel()
  }
  await expect(store.keep(KEY, RATE_HZ, cancelled())).rejects.toBeInstanceOf(AppCancel)
  await expect(store.keep(KEY, RATE_HZ, blocksOf(new Float32Array(0)))).rejects.toThrow('at least one sample')
  expect(filesIn(folder.directory)).toEqual([])
})

test('two lines of the same sound may be kept at the same time', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  await Promise.all([1, 2, 3].map(() => store.keep(KEY, RATE_HZ, blocksOf(sine(9_000), 10))))
  expect(filesIn(folder.directory)).toEqual([`${KEY}.peaks`, `${KEY}.wav`])
  expect(await store.measure(KEY)).toMatchObject({ durationSamples: 9_000 })
})

test('a full disk is named, leaves no half take, and the take is kept once there is room', async (context) => {
  const reason = noTestDiskReason()
  if (reason) return context.skip(reason)
  using disk = smallDisk(256)
  const directory = path.join(disk.directory, 'takes')
  await using store = openTakeStore(directory)
  await store.keep(aKey(1), RATE_HZ, blocksOf(sine(10_000)))
  const before = filesIn(directory)
  const error = await store.keep(KEY, RATE_HZ, blocksOf(sine(100_000))).catch(codeOf)
  expect(error).toMatchObject({ code: 'take.disk-full', remedies: ['free-disk-space', 'try-again'] })
  expect(filesIn(directory)).toEqual(before)
  disk.resize(2_048)
  expect(await store.keep(KEY, RATE_HZ, blocksOf(sine(100_000)))).toEqual({ durationSamples: 100_000 })
})

test('a folder that cannot be written is named', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  await withoutWriting(folder, async () => {
    const error = await store.keep(KEY, RATE_HZ, blocksOf(sine(10))).catch(codeOf)
    expect(error).toMatchObject({ code: 'take.not-writable', remedies: ['check-permissions'] })
  })
})

test('peaks come from the file beside the take, or from the take itself', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const samples = sine(70_001)
  await store.keep(KEY, RATE_HZ, blocksOf(samples))
  const collector = createPeakCollector()
  collector.push(samples)
  const expected = collector.finish()
  const peaks = async () => peaksFromBytes((await store.peaks(KEY)).buffer)
  expect(await peaks()).toEqual(expected)
  const sidecar = store.pathOf(KEY).replace('.wav', '.peaks')
  rmSync(sidecar)
  expect(await peaks()).toEqual(expected)
  expect(existsSync(sidecar)).toBe(true)
  truncateSync(sidecar, 12)
  expect(await peaks()).toEqual(expected)
})

test('a sweep removes what nobody refers to and tells what is missing', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const inUse = [aKey(1), aKey(0xff00).replace(/^00/, 'f0') as TakeKey]
  for (const key of [...inUse, aKey(3)]) await store.keep(key, RATE_HZ, blocksOf(sine(100)))
  const half = `${store.pathOf(aKey(1))}.12ab-34.new`
  writeFileSync(half, 'half a take')
  const notOurs = path.join(folder.directory, '00', 'notes.txt')
  writeFileSync(notOurs, 'mine')
  mkdirSync(path.join(folder.directory, 'other'))
  renameSync(store.pathOf(aKey(3)), path.join(folder.directory, 'other', path.basename(store.pathOf(aKey(3)))))

  const swept = await store.sweep([...inUse, aKey(9)])
  expect(swept).toEqual({ missingKeys: [aKey(9)], removedFiles: 2 })
  for (const key of inUse) expect(await store.has(key)).toBe(true)
  expect(readFileSync(notOurs, 'utf8')).toBe('mine')
  expect(existsSync(half)).toBe(false)
  expect(readdirSync(path.join(folder.directory, 'other'))).toHaveLength(1)
})

test('sweeping where no take was ever kept finds every key missing', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(path.join(folder.directory, 'takes'))
  expect(await store.sweep([KEY])).toEqual({ missingKeys: [KEY], removedFiles: 0 })
})

test('a reader keeps few files open, however many takes are read at once', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  const keys = Array.from({ length: 20 }, (_, index) => aKey(index))
  for (const [index, key] of keys.entries()) await store.keep(key, RATE_HZ, blocksOf(sine(100 + index)))
  const openFiles = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      const target = spawnSync('readlink', [`/proc/${process.pid}/fd/${fd}`], { encoding: 'utf8' }).stdout
      return target.startsWith(folder.directory)
    }).length
  const reader = createTakeReader(folder.directory, 3)
  for (let round = 0; round < 3; round++)
    await Promise.all(keys.map((key, index) => reader.read(key, 100 + index - 1, new Float32Array(1))))
  if (process.platform === 'linux') expect(openFiles()).toBeLessThanOrEqual(3)
  await reader[Symbol.asyncDispose]()
  if (process.platform === 'linux') expect(openFiles()).toBe(0)
})
