import { open } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { SampleWriter } from './sample-writer.ts'
import { BYTES_PER_SAMPLE, TAKE_HEADER_BYTES } from './take-wav.ts'

test('samples that come while others are being written lie behind them', async () => {
  using folder = temporaryFolder()
  await using handle = await open(path.join(folder.directory, 'take.wav'), 'wx+')
  const writer = new SampleWriter(handle)
  const flushes: Promise<void>[] = []
  let pushed = 0
  for (const length of [10, 3, 70_000, 1, 65_536, 5]) {
    await writer.push(Float32Array.from({ length }, (_, index) => pushed + index))
    pushed += length
    // Not waited for: the next block comes in between.
    flushes.push(writer.flush())
  }
  await Promise.all(flushes)
  expect([writer.writtenSamples, writer.durationSamples]).toEqual([pushed, pushed])
  const written = new Float32Array(pushed)
  const bytes = new Uint8Array(written.buffer)
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, TAKE_HEADER_BYTES)
  expect(bytesRead).toBe(pushed * BYTES_PER_SAMPLE)
  expect(written.findIndex((sample, index) => sample !== index)).toBe(-1)
})
