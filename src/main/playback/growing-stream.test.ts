import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { createMixdown } from '../../shared/audio/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import { type GrowingLine, growingLine, openTakeFiles } from './growing-bench.ts'
import { streamGrowing } from './growing-stream.ts'
import { interleave } from './interleave.ts'

const open = (line: GrowingLine, { fromSamples = 0, untilSamples = line.playable.plan.durationSamples } = {}) => {
  const { plan, growing } = line.playable
  if (!growing) throw new Error('it grows')
  const controller = new AbortController()
  const { signal } = controller
  const stream = streamGrowing({ plan, growing, fromSamples, untilSamples, signal })
  return { stream, abort: () => controller.abort() }
}
const collect = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}
const mixed = async (line: GrowingLine, fromSamples: number, untilSamples: number): Promise<Buffer> => {
  const take = await line.read()
  const mixdown = createMixdown(
    line.playable.plan,
    async (_takeId, startSamples, target) => target.set(take.subarray(startSamples, startSamples + target.length)),
    { channelCount: 2 },
  )
  return interleave(await mixdown.read(fromSamples, untilSamples - fromSamples))
}

test('a stream is the mixdown of the take, given out as it comes into being, to each who asks', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  const whole = collect(open(line).stream)
  const part = collect(open(line, { fromSamples: 3_000, untilSamples: 50_000 }).stream)
  for (const samples of [2_400, 1, 40_000, 2_400, 9_999]) await line.speak(samples)
  const late = collect(open(line, { fromSamples: 54_000 }).stream)
  line.end()
  expect((await whole).equals(await mixed(line, 0, 54_800))).toBe(true)
  expect((await part).equals(await mixed(line, 3_000, 50_000))).toBe(true)
  expect((await late).equals(await mixed(line, 54_000, 54_800))).toBe(true)
  expect(line.followers()).toBe(0)
})

test('a stream that is behind reads no more than is asked of it', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  await line.speak(1_000_000)
  const { stream } = open(line)
  const first = await stream.next()
  expect(first.value?.length).toBeLessThanOrEqual(100_000)
  expect(first.value?.length).toBeGreaterThan(0)
  await stream.return(undefined)
  expect(line.followers()).toBe(0)
})

test('a stream that nobody wants any more ends while it waits, and closes its file', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  await line.speak(1_000)
  const { stream, abort } = open(line)
  await stream.next()
  // The one that the take is written through, and ours.
  expect([2, undefined]).toContain(openTakeFiles(folder.directory))
  const waiting = stream.next()
  abort()
  expect((await waiting).done).toBe(true)
  expect(line.followers()).toBe(0)
  expect([1, undefined]).toContain(openTakeFiles(folder.directory))
})

test('a stream whose take is lost fails by the name of the loss', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  const { stream } = open(line)
  await line.speak(1_000)
  await stream.next()
  const waiting = stream.next()
  const crash = new AppError('engine.crashed')
  line.fail(crash)
  await expect(waiting).rejects.toBe(crash)
  expect(line.followers()).toBe(0)
})

test('a stream that is never read opens nothing', async () => {
  using folder = temporaryFolder()
  await using line = growingLine(folder.directory)
  open(line)
  await line.speak(1_000)
  expect(line.followers()).toBe(0)
})
