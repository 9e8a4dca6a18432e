import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { createMixdown } from '../../shared/audio/index.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import type { PlaybackAnchor } from './audio-output.ts'
import { type GrowingLine, growingLine, openTakeFiles } from './growing-bench.ts'
import { GrowingSound } from './growing-sound.ts'
import { interleave } from './interleave.ts'
import { playGrowing } from './play-growing.ts'

/** A device without a clock. @param onWrite told how many blocks it has */
const aDevice = (onWrite: (blocks: number) => void) => {
  const blocks: Buffer[] = []
  let endCount = 0
  return {
    stream: {
      write: async (bytes: Buffer) => {
        blocks.push(bytes)
        onWrite(blocks.length)
      },
      end: async () => {
        endCount++
      },
    },
    /** Everything but silence. */
    sound: () => Buffer.concat(blocks.filter((block) => block.some((byte) => byte !== 0))),
    isEnded: () => endCount === 1,
  }
}

const start = (
  line: GrowingLine,
  {
    fromSamples = 0,
    untilSamples = line.playable.plan.durationSamples,
    stopAfterBlocks = Number.POSITIVE_INFINITY,
  }: { fromSamples?: number; untilSamples?: number; stopAfterBlocks?: number } = {},
) => {
  const device = aDevice((blocks) => {
    if (blocks === stopAfterBlocks) controller.abort()
  })
  const anchors: PlaybackAnchor[] = []
  const controller = new AbortController()
  const sound = new GrowingSound()
  const unfollow = line.playable.growing?.((growth) => {
    if (growth.kind === 'growing') sound.grow(growth)
  })
  const play = async (): Promise<number> => {
    try {
      return await playGrowing(
        { sound, plan: line.playable.plan, channelCount: 2, fromSamples, untilSamples },
        device.stream,
        { signal: controller.signal, onAnchor: (anchor) => anchors.push(anchor), nowEpochMs: () => 7 },
      )
    } finally {
      unfollow?.()
      await sound[Symbol.asyncDispose]()
    }
  }
  const playing = play()
  playing.catch(() => undefined)
  const heardSamples = (): number => device.sound().length / 8
  return {
    device,
    playing,
    abort: () => controller.abort(),
    heardSamples,
    heard: (samples: number) => vi.waitFor(() => expect(heardSamples()).toBe(samples), { timeout: 5_000, interval: 5 }),
    last: () => anchors.at(-1),
    anchors,
    anchored: (anchor: Partial<PlaybackAnchor>) =>
      vi.waitFor(() => expect(anchors.at(-1)).toMatchObject(anchor), { timeout: 5_000, interval: 5 }),
  }
}

/** What playing the take later would send to the device. */
const mixed = async (line: GrowingLine, fromSamples: number, untilSamples: number): Promise<Buffer> => {
  const take = await line.read()
  const mixdown = createMixdown(
    line.playable.plan,
    async (_takeId, startSamples, target) => target.set(take.subarray(startSamples, startSamples + target.length)),
    { channelCount: 2 },
  )
  return interleave(await mixdown.read(fromSamples, untilSamples - fromSamples))
}

test('what is heard while a line is rendered is the take, sample for sample', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  const { device, playing } = start(line)
  for (const samples of [4_801, 2_400, 333, 30_000, 7, 24_000]) await line.speak(samples)
  line.end()
  expect(await playing).toBe(61_541)
  expect(device.sound().equals(await mixed(line, 0, 61_541))).toBe(true)
  expect(device.isEnded()).toBe(true)
})

test('it begins with a fifth of a second, waits where there is no more, and goes on with a second', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  const { device, playing, heard, heardSamples, anchored, anchors } = start(line)
  const nextAnchor = (): Promise<void> => {
    const before = anchors.length
    return vi.waitFor(() => expect(anchors.length).toBeGreaterThan(before), { timeout: 5_000, interval: 5 })
  }
  await anchored({ positionSamples: 0, isWaiting: true })
  await line.speak(4_799)
  await nextAnchor()
  expect(heardSamples()).toBe(0)
  await line.speak(1)
  await heard(4_800)
  await anchored({ positionSamples: 4_800, isWaiting: true, atEpochMs: 7 })
  await line.speak(23_999)
  await nextAnchor()
  expect(heardSamples()).toBe(4_800)
  await line.speak(1)
  await heard(28_800)
  await anchored({ positionSamples: 28_800, isWaiting: true })
  line.end()
  expect(await playing).toBe(28_800)
  expect(device.sound().equals(await mixed(line, 0, 28_800))).toBe(true)
  const changes = anchors.filter(({ isWaiting }, index) => anchors[index - 1]?.isWaiting !== isWaiting)
  expect(changes.map(({ positionSamples, isWaiting }) => [positionSamples, isWaiting])).toEqual([
    [0, true],
    [0, false],
    [4_800, true],
    [4_800, false],
    [28_800, true],
  ])
})

test('who comes late hears it from where they want, at once', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  await line.speak(70_000)
  const first = start(line)
  const second = start(line, { fromSamples: 48_000, untilSamples: 72_000 })
  await first.heard(70_000)
  await second.heard(22_000)
  await line.speak(10_000)
  expect(await second.playing).toBe(72_000)
  line.end()
  expect(await first.playing).toBe(80_000)
  expect(first.device.sound().equals(await mixed(line, 0, 80_000))).toBe(true)
  expect(second.device.sound().equals(await mixed(line, 48_000, 72_000))).toBe(true)
})

test('a line that is shorter than it takes to begin is heard, and one that has ended before is not', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  const { playing, device } = start(line)
  const beyond = start(line, { fromSamples: 5_000 })
  await line.speak(1_000)
  line.end()
  expect(await playing).toBe(1_000)
  expect(await beyond.playing).toBe(1_000)
  expect(device.sound().equals(await mixed(line, 0, 1_000))).toBe(true)
  expect([beyond.heardSamples(), beyond.device.isEnded()]).toEqual([0, true])
})

test('it can be stopped while it waits and while it sounds, and leaves no file open', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  await line.speak(4_800)
  const waiting = start(line)
  await waiting.anchored({ positionSamples: 4_800, isWaiting: true })
  waiting.abort()
  await expect(waiting.playing).rejects.toBeInstanceOf(AppCancel)
  expect(waiting.device.isEnded()).toBe(true)

  await line.speak(240_000)
  const sounding = start(line, { stopAfterBlocks: 15 })
  await expect(sounding.playing).rejects.toBeInstanceOf(AppCancel)
  const sound = sounding.device.sound()
  // The block after that fades out.
  expect(sound.length / 8).toBe(16 * 480)
  expect(sound.readFloatLE(sound.length - 480 * 8)).toBeGreaterThan(0.01)
  expect(sound.readFloatLE(sound.length - 8)).toBe(0)
  expect(sounding.device.isEnded()).toBe(true)
  expect(line.followers()).toBe(0)
  // The one that the take is written through.
  expect([1, undefined]).toContain(openTakeFiles(folder.directory))
})

test('a device without a clock of its own gets no more silence than its time needs', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  const { playing, anchors, anchored, abort } = start(line)
  const startedMs = performance.now()
  await anchored({ isWaiting: true })
  await vi.waitFor(() => expect(anchors.length).toBeGreaterThan(3), { timeout: 5_000, interval: 5 })
  // An anchor for every ten blocks of 20 ms, of which 200 ms and what waits in the queue may be ahead.
  expect(performance.now() - startedMs).toBeGreaterThan(300)
  abort()
  await expect(playing).rejects.toBeInstanceOf(AppCancel)
})
