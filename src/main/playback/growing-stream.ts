import { createMixdown, type MixPlan } from '../../shared/audio/index.ts'
import type { FollowTake } from '../take-store/index.ts'
import { GrowingSound } from './growing-sound.ts'
import { interleave } from './interleave.ts'

const CHANNEL_COUNT = 2
/** Half a second at 24 kHz: a window that comes late has much to catch up with. */
const READ_FRAMES = 12_000

export type GrowingStream = {
  plan: MixPlan
  growing: FollowTake
  fromSamples: number
  /** Exclusive; the sound may end before. */
  untilSamples: number
  signal: AbortSignal
}

/**
 * The mixdown of a take while it is rendered, as interleaved stereo f32, to its end or until the signal aborts.
 * @throws what the take was lost by; AppError `take.missing`
 */
export async function* streamGrowing(from: GrowingStream): AsyncGenerator<Uint8Array> {
  const { plan, growing, fromSamples, untilSamples, signal } = from
  await using sound = new GrowingSound()
  let lost: { error: unknown } | undefined
  const wake = (): void => sound.wake()
  signal.addEventListener('abort', wake, { once: true })
  const unfollow = growing((growth) => {
    if (growth.kind === 'growing') sound.grow(growth)
    else {
      lost = { error: growth.error }
      sound.wake()
    }
  })
  try {
    const mixdown = createMixdown(plan, sound.readTake, { channelCount: CHANNEL_COUNT })
    for (let atSamples = fromSamples; !signal.aborted; ) {
      if (lost) throw lost.error
      const frames = Math.min(sound.reachedSamples, untilSamples) - atSamples
      if (frames > 0) {
        const channels = await mixdown.read(atSamples, Math.min(frames, READ_FRAMES))
        yield interleave(channels)
        atSamples += channels[0]?.length ?? 0
      } else if (sound.isWhole || atSamples >= untilSamples) return
      else await sound.changed()
    }
  } finally {
    unfollow()
    signal.removeEventListener('abort', wake)
  }
}
