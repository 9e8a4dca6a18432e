import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMixdown } from '../../shared/audio/index.ts'
import { openMixWav } from './mix-wav.ts'
import { planOfClips, RATE_HZ, readKnownTake } from './test-bench.ts'

const { plan } = planOfClips([3000, 20_000, 1, 777])

const collect = async (parts: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}

test('the virtual file is a stereo float WAV whose samples are those of the mixdown', async () => {
  const wav = openMixWav(plan, readKnownTake)
  const bytes = await collect(wav.read(0, wav.sizeBytes - 1))
  expect(bytes.length).toBe(wav.sizeBytes)
  expect(bytes.toString('latin1', 0, 4)).toBe('RIFF')
  expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8)
  expect(bytes.toString('latin1', 8, 16)).toBe('WAVEfmt ')
  expect(bytes.readUInt16LE(20)).toBe(3)
  expect(bytes.readUInt16LE(22)).toBe(2)
  expect(bytes.readUInt32LE(24)).toBe(RATE_HZ)
  expect(bytes.readUInt16LE(34)).toBe(32)
  const dataAt = bytes.indexOf('data', 0, 'latin1')
  expect(bytes.readUInt32LE(dataAt + 4)).toBe(plan.durationSamples * 8)
  expect(dataAt + 8 + plan.durationSamples * 8).toBe(bytes.length)

  const [left, right] = await createMixdown(plan, readKnownTake, { channelCount: 2 }).read(0, plan.durationSamples)
  for (let frame = 0; frame < plan.durationSamples; frame++) {
    const at = dataAt + 8 + frame * 8
    if (bytes.readFloatLE(at) !== left?.[frame] || bytes.readFloatLE(at + 4) !== right?.[frame])
      expect.fail(`frame ${frame} differs`)
  }
})

test('any part that is asked for is that part of the whole', async () => {
  const wav = openMixWav(plan, readKnownTake)
  const whole = await collect(wav.read(0, wav.sizeBytes - 1))
  const byte = fc.integer({ min: 0, max: wav.sizeBytes - 1 })
  const nearHeader = fc.integer({ min: 0, max: 80 })
  await fc.assert(
    fc.asyncProperty(fc.oneof(byte, nearHeader), fc.oneof(byte, nearHeader), async (one, other) => {
      const [start, end] = [Math.min(one, other), Math.max(one, other)]
      expect((await collect(wav.read(start, end))).equals(whole.subarray(start, end + 1))).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('reading beyond the end gives what there is', async () => {
  const wav = openMixWav(plan, readKnownTake)
  expect((await collect(wav.read(wav.sizeBytes - 3, wav.sizeBytes + 100))).length).toBe(3)
  expect((await collect(wav.read(wav.sizeBytes, wav.sizeBytes + 100))).length).toBe(0)
})

test('a plan too long for RIFF becomes RF64 with its sizes in 64 bits', async () => {
  const durationSamples = 24_000 * 3600 * 7
  const wav = openMixWav({ ...plan, durationSamples }, readKnownTake)
  const header = await collect(wav.read(0, 95))
  expect(header.toString('latin1', 0, 4)).toBe('RF64')
  expect(header.readUInt32LE(4)).toBe(0xffffffff)
  expect(header.toString('latin1', 8, 16)).toBe('WAVEds64')
  expect(header.readBigUInt64LE(20)).toBe(BigInt(wav.sizeBytes - 8))
  expect(header.readBigUInt64LE(28)).toBe(BigInt(durationSamples * 8))
  expect(header.readBigUInt64LE(36)).toBe(BigInt(durationSamples))
  const dataAt = header.indexOf('data', 0, 'latin1')
  expect(header.readUInt32LE(dataAt + 4)).toBe(0xffffffff)
  expect(wav.sizeBytes).toBe(dataAt + 8 + durationSamples * 8)
  const lastFrame = await collect(wav.read(wav.sizeBytes - 8, wav.sizeBytes - 1))
  expect(lastFrame).toEqual(Buffer.alloc(8))
})
