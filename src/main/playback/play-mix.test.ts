import { expect, test } from 'vitest'
import { createMixdown, type ReadTake } from '../../shared/audio/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import type { PlaybackAnchor } from './audio-output.ts'
import { interleave } from './interleave.ts'
import { playMix } from './play-mix.ts'
import { planOfClips, RATE_HZ, readKnownTake } from './test-bench.ts'

const { plan } = planOfClips([30_000, 9_000])

const recordingStream = (onWrite: (writtenBlocks: number) => void = () => {}) => {
  const written: Buffer[] = []
  let endCount = 0
  return {
    stream: {
      write: async (bytes: Buffer) => {
        written.push(bytes)
        onWrite(written.length)
      },
      end: async () => {
        endCount++
      },
    },
    bytes: () => Buffer.concat(written),
    blocks: written,
    endCount: () => endCount,
  }
}

const part = (fromSamples: number, untilSamples: number, readTake: ReadTake = readKnownTake) => ({
  mixdown: createMixdown(plan, readTake, { channelCount: 2 }),
  sampleRateHz: RATE_HZ,
  fromSamples,
  untilSamples,
})

test('exactly the samples between start and end reach the device, then it is closed', async () => {
  const device = recordingStream()
  const anchors: PlaybackAnchor[] = []
  const signal = new AbortController().signal
  await playMix(part(1234, 33_333), device.stream, {
    signal,
    onAnchor: (anchor) => anchors.push(anchor),
    nowEpochMs: () => 7,
  })
  const expected = interleave(await createMixdown(plan, readKnownTake, { channelCount: 2 }).read(1234, 33_333 - 1234))
  expect(device.bytes().equals(expected)).toBe(true)
  expect(device.endCount()).toBe(1)
  expect(device.blocks.every((block) => block.length <= 480 * 8)).toBe(true)
  expect(anchors[0]).toEqual({ positionSamples: 1234, atEpochMs: 7, isWaiting: false })
  expect(anchors.map(({ positionSamples }) => positionSamples - 1234)).toEqual(
    anchors.map((_, index) => index * 10 * 480),
  )
  expect(anchors.length).toBe(7)
})

test('a cancelled mix fades out within one block and closes the device', async () => {
  const controller = new AbortController()
  const device = recordingStream((writtenBlocks) => {
    if (writtenBlocks === 5) controller.abort()
  })
  const playing = playMix(part(0, 39_500), device.stream, {
    signal: controller.signal,
    onAnchor: () => {},
    nowEpochMs: Date.now,
  })
  await expect(playing).rejects.toBeInstanceOf(AppCancel)
  expect(device.blocks.length).toBe(6)
  expect(device.endCount()).toBe(1)
  const last = device.blocks[5] ?? Buffer.alloc(0)
  expect(last.readFloatLE(0)).toBeGreaterThan(0.01)
  expect(last.readFloatLE(last.length - 4)).toBe(0)
})

test('a take that cannot be read ends the sound with its own error and closes the device', async () => {
  const device = recordingStream()
  const playing = playMix(
    part(0, 39_500, async () => {
      throw new AppError('take.missing')
    }),
    device.stream,
    { signal: new AbortController().signal, onAnchor: () => {}, nowEpochMs: Date.now },
  )
  await expect(playing).rejects.toMatchObject({ code: 'take.missing' })
  expect(device.endCount()).toBe(1)
})
