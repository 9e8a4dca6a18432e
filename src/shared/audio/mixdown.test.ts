import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineIdSchema, takeIdSchema, trackIdSchema } from '../kernel/index.ts'
import { type ChannelCount, createMixdown, type MixPlan, type ReadTake } from './index.ts'

const lineId = lineIdSchema.parse('line_1')
const trackId = (name: string) => trackIdSchema.parse(`track_${name}`)
const takeId = (name: string | number) => takeIdSchema.parse(`take_${name}`)

type ClipFacts = Partial<MixPlan['clips'][number]> & { startSamples: number; durationSamples: number }
const plan = (durationSamples: number, clips: ClipFacts[], tracks: MixPlan['tracks'] = []): MixPlan => ({
  sampleRateHz: 24000,
  durationSamples,
  clips: clips.map((clip) => ({
    lineId,
    takeId: takeId('ones'),
    trackId: null,
    gainDb: 0,
    fadeInSamples: 0,
    fadeOutSamples: 0,
    ...clip,
  })),
  tracks,
})

/** Every take is endless and knows its place: sample n of take k is a fixed pseudo-random value. */
const noise: ReadTake = async (id, startSamples, target) => {
  const seed = id.length * 7919 + Number(id.slice(5)) * 104729
  for (let i = 0; i < target.length; i++)
    target[i] = ((((startSamples + i) * 48271 + seed) % 65521) / 65521 - 0.5) * 0.5
}
const ones: ReadTake = async (_id, _start, target) => void target.fill(1)

const mixAll = async (mixPlan: MixPlan, readTake: ReadTake, channelCount: ChannelCount, blocks: number[]) => {
  const mixdown = createMixdown(mixPlan, readTake, { channelCount })
  const channels = Array.from({ length: channelCount }, () => new Float32Array(mixPlan.durationSamples))
  for (let at = 0, turn = 0; at < mixPlan.durationSamples; turn++) {
    const frames = Math.min(blocks[turn % blocks.length] ?? 1, mixPlan.durationSamples - at)
    const block = await mixdown.read(at, frames)
    channels.forEach((channel, index) => {
      channel.set(block[index] ?? [], at)
    })
    at += frames
  }
  return channels
}

const DURATION = 2000
const clipFacts = fc.record({
  takeId: fc.integer({ min: 0, max: 5 }).map(takeId),
  trackId: fc.constantFrom(null, trackId('a'), trackId('b'), trackId('muted')),
  startSamples: fc.integer({ min: 0, max: DURATION }),
  durationSamples: fc.integer({ min: 1, max: 900 }),
  gainDb: fc.integer({ min: -24, max: 6 }),
  fadeInSamples: fc.integer({ min: 0, max: 300 }),
  fadeOutSamples: fc.integer({ min: 0, max: 300 }),
})
const byStart = (left: ClipFacts, right: ClipFacts) => left.startSamples - right.startSamples
const anyPlan = fc.array(clipFacts, { maxLength: 12 }).map((clips) =>
  plan(DURATION, clips.sort(byStart), [
    { trackId: trackId('a'), gainDb: -3, pan: -0.4 },
    { trackId: trackId('b'), gainDb: 2, pan: 1 },
  ]),
)
const blockSizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 6 })
const anyChannelCount = fc.constantFrom<ChannelCount>(1, 2)

describe('a mixdown', () => {
  it('gives the same samples however it is cut into blocks', async () => {
    await fc.assert(
      fc.asyncProperty(anyPlan, anyChannelCount, blockSizes, async (mixPlan, channelCount, blocks) => {
        const whole = await mixAll(mixPlan, noise, channelCount, [DURATION])
        expect(await mixAll(mixPlan, noise, channelCount, blocks)).toEqual(whole)
      }),
      { numRuns: 150 },
    )
  })

  it('is the sum of what its clips are alone', async () => {
    await fc.assert(
      fc.asyncProperty(anyPlan, anyChannelCount, async (mixPlan, channelCount) => {
        const whole = await mixAll(mixPlan, noise, channelCount, [333])
        const alone = await Promise.all(
          mixPlan.clips.map((clip) => mixAll({ ...mixPlan, clips: [clip] }, noise, channelCount, [DURATION])),
        )
        whole.forEach((channel, index) => {
          const worst = channel.reduce((most, sample, at) => {
            const sum = alone.reduce((total, part) => total + (part[index]?.[at] ?? 0), 0)
            return Math.max(most, Math.abs(sum - sample))
          }, 0)
          expect(worst).toBeLessThan(1e-5)
        })
      }),
      { numRuns: 60 },
    )
  })

  it('doubles when every take doubles', async () => {
    const doubled: ReadTake = async (id, start, target) => {
      await noise(id, start, target)
      target.forEach((sample, index) => {
        target[index] = 2 * sample
      })
    }
    await fc.assert(
      fc.asyncProperty(anyPlan, anyChannelCount, async (mixPlan, channelCount) => {
        const once = await mixAll(mixPlan, noise, channelCount, [DURATION])
        const twice = await mixAll(mixPlan, doubled, channelCount, [DURATION])
        expect(twice).toEqual(once.map((channel) => channel.map((sample) => 2 * sample)))
      }),
      { numRuns: 60 },
    )
  })

  it('is silent exactly where no audible clip lies', async () => {
    await fc.assert(
      fc.asyncProperty(anyPlan, blockSizes, async (mixPlan, blocks) => {
        const [mono] = await mixAll(mixPlan, ones, 1, blocks)
        const audible = mixPlan.clips.filter((clip) => clip.trackId !== trackId('muted'))
        const sounds = Array.from({ length: DURATION }, (_, at) =>
          audible.some((clip) => at >= clip.startSamples && at < clip.startSamples + clip.durationSamples),
        )
        expect([...(mono ?? [])].map((sample) => sample !== 0)).toEqual(sounds)
      }),
      { numRuns: 60 },
    )
  })

  it('finds a long clip under many short ones', async () => {
    const short = Array.from({ length: 50 }, (_, index) => ({ startSamples: 10 + index * 10, durationSamples: 5 }))
    const mixdown = createMixdown(plan(1000, [{ startSamples: 0, durationSamples: 900 }, ...short]), ones, {
      channelCount: 1,
    })
    expect((await mixdown.read(895, 10))[0]).toEqual(new Float32Array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0]))
    expect((await mixdown.read(504, 3))[0]).toEqual(new Float32Array([2, 1, 1]))
  })

  it('is silent beyond its end and never asks a take for more than the clip', async () => {
    const asked: number[] = []
    const counting: ReadTake = async (_id, start, target) => {
      asked.push(start, target.length)
      target.fill(1)
    }
    const mixdown = createMixdown(plan(6, [{ startSamples: 2, durationSamples: 10 }]), counting, { channelCount: 1 })
    expect((await mixdown.read(0, 10))[0]).toEqual(new Float32Array([0, 0, 1, 1, 1, 1, 0, 0, 0, 0]))
    expect((await mixdown.read(100, 4))[0]).toEqual(new Float32Array(4))
    expect(asked).toEqual([0, 4])
  })

  it('adds up two clips beyond full scale instead of limiting them', async () => {
    const clip = { startSamples: 0, durationSamples: 4, gainDb: 6 }
    const [mono] = await createMixdown(plan(4, [clip, clip]), ones, { channelCount: 1 }).read(0, 4)
    expect(mono?.[0]).toBeCloseTo(2 * 10 ** (6 / 20), 5)
  })

  it('fades linearly, and a fade-out crossed with a fade-in adds up to one', async () => {
    const crossed = plan(150, [
      { startSamples: 0, durationSamples: 100, fadeOutSamples: 50 },
      { startSamples: 50, durationSamples: 100, fadeInSamples: 50 },
    ])
    const [mono] = await createMixdown(crossed, ones, { channelCount: 1 }).read(0, 150)
    for (const sample of mono ?? []) expect(sample).toBeCloseTo(1, 6)
    const [faded] = await createMixdown(plan(10, [{ startSamples: 0, durationSamples: 10, fadeInSamples: 4 }]), ones, {
      channelCount: 1,
    }).read(0, 10)
    expect(faded).toEqual(new Float32Array([0.125, 0.375, 0.625, 0.875, 1, 1, 1, 1, 1, 1]))
  })

  it('adds the gains of clip and track in dB', async () => {
    const mixPlan = plan(
      1,
      [{ startSamples: 0, durationSamples: 1, gainDb: -4, trackId: trackId('a') }],
      [{ trackId: trackId('a'), gainDb: -2, pan: 0.7 }],
    )
    const [mono] = await createMixdown(mixPlan, ones, { channelCount: 1 }).read(0, 1)
    expect(mono?.[0]).toBeCloseTo(10 ** (-6 / 20), 6)
  })

  it('pans with constant power: centre at -3 dB, one side alone at unity', async () => {
    const atPan = async (pan: number) => {
      const mixPlan = plan(
        1,
        [{ startSamples: 0, durationSamples: 1, trackId: trackId('a') }],
        [{ trackId: trackId('a'), gainDb: 0, pan }],
      )
      const [left, right] = await createMixdown(mixPlan, ones, { channelCount: 2 }).read(0, 1)
      return [left?.[0] ?? 0, right?.[0] ?? 0] as const
    }
    const [centreLeft, centreRight] = await atPan(0)
    expect(centreLeft).toBeCloseTo(Math.SQRT1_2, 6)
    expect(centreRight).toBeCloseTo(Math.SQRT1_2, 6)
    expect((await atPan(-1))[0]).toBeCloseTo(1, 6)
    expect((await atPan(-1))[1]).toBeCloseTo(0, 6)
    for (const pan of [-0.8, -0.3, 0.1, 0.6, 1]) {
      const [left, right] = await atPan(pan)
      expect(left ** 2 + right ** 2).toBeCloseTo(1, 6)
    }
  })

  it('keeps two reads at once apart', async () => {
    const mixPlan = plan(400, [{ startSamples: 0, durationSamples: 400, takeId: takeId(3) }])
    const slow: ReadTake = async (id, start, target) => {
      await noise(id, start, target)
      await new Promise(setImmediate)
    }
    const mixdown = createMixdown(mixPlan, slow, { channelCount: 1 })
    const [[first], [second]] = await Promise.all([mixdown.read(0, 200), mixdown.read(200, 200)])
    const [whole] = await mixdown.read(0, 400)
    expect([...(first ?? []), ...(second ?? [])]).toEqual([...(whole ?? [])])
  })
})
