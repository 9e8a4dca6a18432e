import { type FileHandle, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import {
  createPeakCollector,
  floatWavHeader,
  type PcmBlock,
  peakPairCount,
  peaksToBytes,
} from '../../shared/audio/index.ts'
import { AppError, assert } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'
import { ifAbsent, writeBeside, writeFully } from '../disk/index.ts'
import { onDisk } from './disk-errors.ts'
import { type GrowingTake, GrowingTakes, type TakeGrowth } from './growing-takes.ts'
import { SampleWriter } from './sample-writer.ts'
import { type Swept, sweepTakes } from './sweep-takes.ts'
import { type OpenTake, openTake, readSamples } from './take-file.ts'
import { takeFile } from './take-paths.ts'
import { createTakeReader, type TakeReader } from './take-reader.ts'
import type { TakeAudio } from './take-wav.ts'

/** Take audio on disk, addressed by TakeKey: what it holds never changes, and two lines of the same sound share it. */
export interface TakeStore extends TakeReader {
  /**
   * Writes a take as its blocks arrive; it is there when it is complete and safe on disk, and not before. A take that is
   * there already is left alone, and the blocks are never asked for.
   * @param blocks mono at `sampleRateHz`, at least one sample in all
   * @throws AppError `take.disk-full`, `take.not-writable`; whatever `blocks` throws. Nothing is left behind.
   */
  keep(takeKey: TakeKey, sampleRateHz: number, blocks: AsyncIterable<PcmBlock>): Promise<{ durationSamples: number }>
  /**
   * Tells how far a take has come that is being kept, or will be: at once where it has begun, and then after each block,
   * which is on disk by then. Of takes that are kept already it says nothing.
   * @returns the way to stop
   */
  follow(takeKey: TakeKey, onGrowth: (growth: TakeGrowth) => void): () => void
  /** Length and rate of a take; undefined where there is none, or not a whole one. */
  measure(takeKey: TakeKey): Promise<TakeAudio | undefined>
  has(takeKey: TakeKey): Promise<boolean>
  /** Where a take's WAV lies, or would lie. */
  pathOf(takeKey: TakeKey): string
  /** Peaks of a take, as `peaksFromBytes` (shared/audio) reads them. @throws AppError `take.missing` */
  peaks(takeKey: TakeKey): Promise<Uint8Array<ArrayBuffer>>
  /** Puts the folder in step with the rows. At start only, before anything is kept: files come before their rows. */
  sweep(keysInUse: Iterable<TakeKey>): Promise<Swept>
}

/** Samples read at once where a whole take passes by. */
const READ_SAMPLES = 16_384

/** @param directory folder of the takes, made when the first one is kept */
export const openTakeStore = (directory: string, options: { maxOpen?: number } = {}): TakeStore => {
  const reader = createTakeReader(directory, options.maxOpen)
  const growing = new GrowingTakes()

  const measure = async (takeKey: TakeKey): Promise<TakeAudio | undefined> => {
    try {
      return await withTake(directory, takeKey, async ({ audio }) => audio)
    } catch (error) {
      if (error instanceof AppError && error.code === 'take.missing') return undefined
      throw error
    }
  }

  return {
    read: reader.read,
    forget: reader.forget,
    measure,
    has: async (takeKey) => (await measure(takeKey)) !== undefined,
    pathOf: (takeKey) => takeFile(directory, takeKey, 'wav'),
    keep: async (takeKey, sampleRateHz, blocks) => {
      const known = await measure(takeKey)
      if (known?.sampleRateHz === sampleRateHz) return { durationSamples: known.durationSamples }
      reader.forget(takeKey)
      return writeTake(directory, takeKey, { sampleRateHz, blocks, growing })
    },
    follow: (takeKey, onGrowth) => growing.follow(takeKey, onGrowth),
    peaks: async (takeKey) =>
      withTake(directory, takeKey, async (take) => {
        const stored = await findStoredPeaks(directory, takeKey, take.audio.durationSamples)
        if (stored) return stored
        const bytes = await peaksOf(take, takeKey)
        await storePeaks(directory, takeKey, bytes)
        return bytes
      }),
    sweep: (keysInUse) => sweepTakes(directory, keysInUse),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  }
}

const withTake = async <Result>(
  directory: string,
  takeKey: TakeKey,
  look: (take: OpenTake) => Promise<Result>,
): Promise<Result> => {
  const take = await openTake(directory, takeKey)
  try {
    return await look(take)
  } finally {
    await take.handle.close()
  }
}

const writeTake = async (
  directory: string,
  takeKey: TakeKey,
  from: { sampleRateHz: number; blocks: AsyncIterable<PcmBlock>; growing: GrowingTakes },
): Promise<{ durationSamples: number }> => {
  const { sampleRateHz, blocks, growing } = from
  const collector = createPeakCollector()
  const file = takeFile(directory, takeKey, 'wav')
  let take: GrowingTake | undefined
  const write = async (handle: FileHandle, unfinishedFile: string): Promise<{ durationSamples: number }> => {
    const samples = new SampleWriter(handle)
    const flush = async (isWhole = false): Promise<void> => {
      await samples.flush()
      take?.grewTo(samples.writtenSamples, isWhole)
    }
    take = growing.begin(takeKey, { unfinishedFile, file }, flush)
    for await (const block of blocks) {
      await samples.push(block)
      collector.push(block)
      if (take.isFollowed()) await flush()
    }
    const { durationSamples } = samples
    assert(durationSamples > 0, 'a take has at least one sample')
    await flush(true)
    await writeFully(handle, floatWavHeader({ sampleRateHz, durationSamples }), 0)
    // Before the take itself: peaks of an earlier file of this key must never stand beside the new one.
    await storePeaks(directory, takeKey, peaksToBytes(collector.finish()))
    return { durationSamples }
  }
  try {
    const kept = await onDisk(directory, async () => {
      await mkdir(path.dirname(file), { recursive: true })
      // Whether the name itself is remembered is left to the system; the sweep at the next start finds out.
      return writeBeside(file, write)
    })
    take?.kept()
    return kept
  } catch (error) {
    take?.lost(error)
    throw error
  }
}

const peaksOf = async (take: OpenTake, takeKey: TakeKey): Promise<Uint8Array<ArrayBuffer>> => {
  const collector = createPeakCollector()
  const { durationSamples } = take.audio
  const buffer = new Float32Array(READ_SAMPLES)
  for (let start = 0; start < durationSamples; start += READ_SAMPLES) {
    const part = buffer.subarray(0, Math.min(READ_SAMPLES, durationSamples - start))
    await readSamples(take, takeKey, start, part)
    collector.push(part)
  }
  return peaksToBytes(collector.finish())
}

const findStoredPeaks = async (
  directory: string,
  takeKey: TakeKey,
  durationSamples: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> => {
  const bytes = await readFile(takeFile(directory, takeKey, 'peaks')).catch(ifAbsent(undefined))
  return bytes?.length === peakPairCount(durationSamples) * 4 ? new Uint8Array(bytes) : undefined
}

const storePeaks = async (directory: string, takeKey: TakeKey, bytes: Uint8Array): Promise<void> => {
  try {
    await writeBeside(takeFile(directory, takeKey, 'peaks'), (handle) => writeFully(handle, bytes, 0), {
      isDurable: false,
    })
  } catch {
    // Peaks can be had from the take at any time; a disk that refuses them will be heard of when the take is written.
  }
}
