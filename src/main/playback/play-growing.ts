import { setImmediate, setTimeout } from 'node:timers/promises'
import { createMixdown, type MixPlan } from '../../shared/audio/index.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import type { PlaybackAnchor } from './audio-output.ts'
import type { GrowingSound } from './growing-sound.ts'
import { interleave } from './interleave.ts'
import { type OutputStream, QUEUED_BLOCKS } from './naudiodon-output.ts'
import { ANCHOR_EVERY_BLOCKS, BLOCK_MS, fadedOut } from './play-mix.ts'

/** Sound that has to be there before the first of it is heard. */
export const START_SEC = 0.2
/** And before it goes on once it ran out: one long wait is easier to listen to than many short ones. */
export const RESUME_SEC = 1
/** Read from disk at once; it was written a moment ago. */
const STRETCH_BLOCKS = 10
/** A device without a clock of its own takes silence as fast as it comes; it gets no more ahead than this. */
const MAX_AHEAD_MS = 200

export type GrowingToPlay = {
  sound: GrowingSound
  /** Of the take alone, as long as it could become. */
  plan: MixPlan
  channelCount: 1 | 2
  fromSamples: number
  /** Exclusive; the sound may end before. */
  untilSamples: number
}

/**
 * Plays a sound on an open device while it comes into being, to its end or until the signal aborts; then the device is
 * closed. Where more is not there yet the device gets silence, which keeps its clock going, and the anchors say so.
 * @returns where the sound ended
 * @throws AppCancel when the signal aborts; AppError `take.missing`
 */
export const playGrowing = async (
  { sound, plan, channelCount, fromSamples, untilSamples }: GrowingToPlay,
  stream: OutputStream,
  job: { signal: AbortSignal; onAnchor(anchor: PlaybackAnchor): void; nowEpochMs(): number },
): Promise<number> => {
  const { sampleRateHz } = plan
  const mixdown = createMixdown(plan, sound.readTake, { channelCount })
  const blockFrames = Math.round((sampleRateHz * BLOCK_MS) / 1000)
  const silence = Array.from({ length: channelCount }, () => new Float32Array(blockFrames))
  const anchors = anchorsOf(job)
  const startSamples = Math.min(fromSamples, untilSamples)
  let positionSamples = startSamples
  let isWaiting = true
  let silentSinceMs = performance.now()
  let silentBlocks = 0

  const wait = async (): Promise<void> => {
    if (!isWaiting) [isWaiting, silentSinceMs, silentBlocks] = [true, performance.now(), 0]
    const aheadMs = silentBlocks * BLOCK_MS - (performance.now() - silentSinceMs)
    if (aheadMs > MAX_AHEAD_MS) await pause(sound, aheadMs - MAX_AHEAD_MS / 2, job.signal)
    if (job.signal.aborted) throw new AppCancel()
    silentBlocks++
    await stream.write(interleave(silence))
    anchors.wrote({ positionSamples, isWaiting: true })
  }
  const speak = async (frames: number): Promise<void> => {
    isWaiting = false
    const stretch = await mixdown.read(positionSamples, frames)
    for (let offset = 0; offset < frames; offset += blockFrames) {
      const block = stretch.map((channel) => channel.subarray(offset, offset + blockFrames))
      if (job.signal.aborted) {
        await stream.write(interleave(block.map(fadedOut)))
        throw new AppCancel()
      }
      await stream.write(interleave(block))
      anchors.wrote({ positionSamples, isWaiting: false })
      positionSamples += block[0]?.length ?? 0
      await setImmediate()
    }
  }

  try {
    for (;;) {
      // A device without a clock of its own takes blocks faster than messages arrive.
      await setImmediate()
      const thereSamples = Math.min(sound.reachedSamples, untilSamples) - positionSamples
      const isAllThere = sound.isWhole || sound.reachedSamples >= untilSamples
      if (isAllThere && thereSamples <= 0) return Math.min(positionSamples, sound.reachedSamples)
      const needSec = positionSamples === startSamples ? START_SEC : RESUME_SEC
      if (isAllThere || thereSamples >= (isWaiting ? needSec * sampleRateHz : 1))
        await speak(Math.min(thereSamples, blockFrames * STRETCH_BLOCKS))
      else await wait()
    }
  } finally {
    await stream.end()
  }
}

/** Until the sound has changed, the signal aborts, or the time is over. */
const pause = async (sound: GrowingSound, delayMs: number, signal: AbortSignal): Promise<void> => {
  const over = new AbortController()
  try {
    await Promise.race([
      sound.changed(),
      setTimeout(delayMs, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(() => undefined),
    ])
  } finally {
    over.abort()
  }
}

/** Says where the sound is: of each block that the queue took, the one that sounds by then. */
const anchorsOf = (job: { onAnchor(anchor: PlaybackAnchor): void; nowEpochMs(): number }) => {
  type Block = Omit<PlaybackAnchor, 'atEpochMs'>
  const queued: Block[] = []
  let told: Block | undefined
  let untoldBlocks = 0
  return {
    wrote: (block: Block): void => {
      queued.push(block)
      const sounding = queued.length > QUEUED_BLOCKS ? queued.shift() : undefined
      if (!sounding) return
      untoldBlocks++
      if (told?.isWaiting === sounding.isWaiting && untoldBlocks < ANCHOR_EVERY_BLOCKS) return
      told = sounding
      untoldBlocks = 0
      job.onAnchor({ ...sounding, atEpochMs: job.nowEpochMs() })
    },
  }
}
