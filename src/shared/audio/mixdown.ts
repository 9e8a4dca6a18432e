import { dbToLinear } from '../kernel/index.ts'
import type { MixClip, MixPlan, ReadTake } from './mix-plan.ts'

export type ChannelCount = 1 | 2

/**
 * The sound of a MixPlan, readable at any place in blocks of any size: the same samples whichever way it is cut. Nothing
 * limits it; where clips add up beyond full scale, so does this.
 */
export interface Mixdown {
  readonly durationSamples: number
  readonly channelCount: ChannelCount
  /**
   * Silence before, between and behind the clips.
   * @returns one new array per channel, f32, left first
   * @throws AppError `take.missing`, as `ReadTake` does
   */
  read(startSamples: number, frames: number): Promise<Float32Array<ArrayBuffer>[]>
  /** As `read`, into arrays of the caller: one per channel, all of one length, filled completely. */
  readInto(startSamples: number, target: readonly Float32Array[]): Promise<void>
}

type AudibleClip = MixClip & { endSamples: number; gainsLinear: readonly number[] }

/**
 * Constant power: centre is -3 dB on either side, one side alone is 0 dB. So a stereo mixdown is as loud as the mono one,
 * measured by ITU-R BS.1770, and no position of the pan can clip what would not clip in mono.
 */
const panGains = (pan: number): readonly [number, number] => {
  const angle = ((pan + 1) * Math.PI) / 4
  return [Math.cos(angle), Math.sin(angle)]
}

const audibleClips = (plan: MixPlan, channelCount: ChannelCount): AudibleClip[] => {
  const tracks = new Map(plan.tracks.map((track) => [track.trackId, track]))
  return plan.clips
    .flatMap((clip) => {
      const track = clip.trackId === null ? { gainDb: 0, pan: 0 } : tracks.get(clip.trackId)
      if (!track) return []
      const gainLinear = dbToLinear(clip.gainDb + track.gainDb)
      const gainsLinear = channelCount === 1 ? [gainLinear] : panGains(track.pan).map((gain) => gain * gainLinear)
      return [{ ...clip, endSamples: clip.startSamples + clip.durationSamples, gainsLinear }]
    })
    .sort((left, right) => left.startSamples - right.startSamples)
}

/** Of each clip: the latest end among it and all before it. Never falls, so it can be searched. */
const latestEnds = (clips: readonly AudibleClip[]): Float64Array => {
  const ends = new Float64Array(clips.length)
  let latestSamples = 0
  clips.forEach((clip, index) => {
    latestSamples = Math.max(latestSamples, clip.endSamples)
    ends[index] = latestSamples
  })
  return ends
}

/** Index of the first clip that may still sound at a position. */
const firstClipAt = (ends: Float64Array, positionSamples: number): number => {
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ends[middle] ?? 0) > positionSamples) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Fades are linear in amplitude and mirror each other (the half sample), so that a fade-out crossed with a fade-in of the
 * same length adds up to one.
 * @param pcm a stretch of the clip, changed in place
 * @param offsetSamples where in the clip the stretch starts
 */
const applyFades = (pcm: Float32Array, clip: AudibleClip, offsetSamples: number): void => {
  const { fadeInSamples, fadeOutSamples, durationSamples } = clip
  const fadeInEnd = Math.min(pcm.length, fadeInSamples - offsetSamples)
  for (let i = 0; i < fadeInEnd; i++) pcm[i] = (pcm[i] ?? 0) * ((offsetSamples + i + 0.5) / fadeInSamples)
  const fadeOutStart = Math.max(0, durationSamples - fadeOutSamples - offsetSamples)
  for (let i = fadeOutStart; i < pcm.length; i++)
    pcm[i] = (pcm[i] ?? 0) * ((durationSamples - offsetSamples - i - 0.5) / fadeOutSamples)
}

const addScaled = (target: Float32Array, at: number, pcm: Float32Array, gainLinear: number): void => {
  for (let i = 0; i < pcm.length; i++) target[at + i] = (target[at + i] ?? 0) + (pcm[i] ?? 0) * gainLinear
}

/** Mixes a plan: gains, fades and pan per clip; a mono mixdown ignores pan. */
export const createMixdown = (
  plan: MixPlan,
  readTake: ReadTake,
  { channelCount }: { channelCount: ChannelCount },
): Mixdown => {
  const clips = audibleClips(plan, channelCount)
  const ends = latestEnds(clips)
  // Lent to one read at a time; a read that overlaps another makes its own.
  let spare: Float32Array | undefined

  const readInto = async (startSamples: number, target: readonly Float32Array[]): Promise<void> => {
    const frames = target[0]?.length ?? 0
    for (const channel of target) channel.fill(0)
    const stopSamples = Math.min(startSamples + frames, plan.durationSamples)
    const scratch = spare && spare.length >= frames ? spare : new Float32Array(frames)
    spare = undefined
    for (let index = firstClipAt(ends, startSamples); index < clips.length; index++) {
      const clip = clips[index]
      if (!clip || clip.startSamples >= stopSamples) break
      const fromSamples = Math.max(startSamples, clip.startSamples)
      const toSamples = Math.min(stopSamples, clip.endSamples)
      if (fromSamples >= toSamples) continue
      const offsetSamples = fromSamples - clip.startSamples
      const pcm = scratch.subarray(0, toSamples - fromSamples)
      await readTake(clip.takeId, offsetSamples, pcm)
      applyFades(pcm, clip, offsetSamples)
      target.forEach((channel, channelIndex) => {
        addScaled(channel, fromSamples - startSamples, pcm, clip.gainsLinear[channelIndex] ?? 0)
      })
    }
    spare = scratch
  }

  return {
    durationSamples: plan.durationSamples,
    channelCount,
    readInto,
    read: async (startSamples, frames) => {
      const target = Array.from({ length: channelCount }, () => new Float32Array(frames))
      await readInto(startSamples, target)
      return target
    },
  }
}
