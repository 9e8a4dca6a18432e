import { setImmediate } from 'node:timers/promises'
import type { Mixdown } from '../../shared/audio/index.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import type { PlaybackAnchor } from './audio-output.ts'
import { interleave } from './interleave.ts'
import { type OutputStream, QUEUED_BLOCKS } from './naudiodon-output.ts'

/** A stop takes about four blocks to be heard, so they are short. */
export const BLOCK_MS = 20
/** Takes are read from disk this far at a time, one stretch ahead of the sound. */
const STRETCH_BLOCKS = 25
export const ANCHOR_EVERY_BLOCKS = 10

export type MixToPlay = {
  mixdown: Mixdown
  sampleRateHz: number
  fromSamples: number
  /** Exclusive. */
  untilSamples: number
}

/**
 * Plays part of a mixdown on an open device, to its end or until the signal aborts; then the device is closed.
 * @throws AppCancel when the signal aborts
 */
export const playMix = async (
  { mixdown, sampleRateHz, fromSamples, untilSamples }: MixToPlay,
  stream: OutputStream,
  job: { signal: AbortSignal; onAnchor(anchor: PlaybackAnchor): void; nowEpochMs(): number },
): Promise<void> => {
  const blockFrames = Math.round((sampleRateHz * BLOCK_MS) / 1000)
  const readFrom = async (startSamples: number): Promise<Float32Array[]> =>
    mixdown.read(startSamples, Math.max(0, Math.min(blockFrames * STRETCH_BLOCKS, untilSamples - startSamples)))
  let writtenBlocks = 0
  const write = async (channels: readonly Float32Array[]): Promise<void> => {
    await stream.write(interleave(channels))
    writtenBlocks++
    // The queue has taken this block, so the one before all that wait in it is sounding.
    const soundingBlock = writtenBlocks - 1 - QUEUED_BLOCKS
    if (soundingBlock >= 0 && soundingBlock % ANCHOR_EVERY_BLOCKS === 0)
      job.onAnchor({
        positionSamples: fromSamples + soundingBlock * blockFrames,
        atEpochMs: job.nowEpochMs(),
        isWaiting: false,
      })
  }
  try {
    let ahead = readFrom(fromSamples)
    for (let positionSamples = fromSamples; positionSamples < untilSamples; ) {
      const stretch = await ahead
      const stretchFrames = stretch[0]?.length ?? 0
      ahead = readFrom(positionSamples + stretchFrames)
      ahead.catch(() => {
        // Its own turn to be awaited comes, unless playback stops first; then nobody needs it.
      })
      for (let offset = 0; offset < stretchFrames; offset += blockFrames) {
        const block = stretch.map((channel) => channel.subarray(offset, offset + blockFrames))
        // A device without a clock of its own takes blocks faster than messages arrive.
        await setImmediate()
        if (job.signal.aborted) {
          await write(block.map(fadedOut))
          throw new AppCancel()
        }
        await write(block)
      }
      positionSamples += stretchFrames
    }
  } finally {
    await stream.end()
  }
}

/** Ramps to silence, because a sound cut short clicks. */
export const fadedOut = (channel: Float32Array): Float32Array =>
  channel.map((sample, index) => sample * (1 - (index + 1) / channel.length))
