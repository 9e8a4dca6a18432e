import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import type { PcmBlock } from '../../shared/audio/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'
import { createSyncTakeReader, openTakeStore } from './index.ts'

const aKey = (name: number): TakeKey => name.toString(16).padStart(64, '0') as TakeKey
const ramp = (durationSamples: number, from: number): PcmBlock =>
  Float32Array.from({ length: durationSamples }, (_, index) => from + index / 1e6)

async function* blocksOf(samples: PcmBlock): AsyncGenerator<PcmBlock> {
  yield samples
}

test('reads what the store kept, from any place, with more takes than it holds open', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  for (let name = 0; name < 20; name++) await store.keep(aKey(name), 24_000, blocksOf(ramp(5000, name)))
  using reader = createSyncTakeReader(folder.directory)
  fc.assert(
    fc.property(fc.nat(19), fc.nat(4999), fc.nat(3000), (name, start, length) => {
      const target = new Float32Array(Math.min(length, 5000 - start))
      reader.read(aKey(name), start, target)
      expect(target).toEqual(ramp(5000, name).subarray(start, start + target.length))
    }),
  )
})

test('a take that is gone, damaged or cut off is missing, and says why', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  for (const name of [1, 2, 3]) await store.keep(aKey(name), 24_000, blocksOf(ramp(5000, name)))
  rmSync(store.pathOf(aKey(1)))
  writeFileSync(store.pathOf(aKey(2)), 'no take at all, though long enough to be read as the head of one')
  truncateSync(store.pathOf(aKey(3)), 1000)
  using reader = createSyncTakeReader(folder.directory)
  const missing = (name: number) => {
    try {
      reader.read(aKey(name), 0, new Float32Array(10))
    } catch (error) {
      return error
    }
    return undefined
  }
  expect(missing(1)).toMatchObject({ code: 'take.missing', params: { reason: 'no-file' } })
  expect(missing(2)).toMatchObject({ code: 'take.missing', params: { reason: 'damaged' } })
  expect(missing(3)).toMatchObject({ code: 'take.missing', params: { reason: 'short' } })
})

test('more samples than a take has are an error, not silence', async () => {
  using folder = temporaryFolder()
  await using store = openTakeStore(folder.directory)
  await store.keep(aKey(1), 24_000, blocksOf(ramp(100, 0)))
  using reader = createSyncTakeReader(folder.directory)
  expect(() => reader.read(aKey(1), 90, new Float32Array(11))).toThrow(/take.missing/)
})
