import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { TakeKey } from '../../shared/render/index.ts'
import { errnoOf } from '../disk/index.ts'
import { missingTake } from './disk-errors.ts'
import { takeFile } from './take-paths.ts'
import { BYTES_PER_SAMPLE, parseTakeHeader, TAKE_HEADER_BYTES, type TakeAudio } from './take-wav.ts'

/** Reads takes by key, without a turn of the event loop: for processes that compute in one go anyway. */
export interface SyncTakeReader extends Disposable {
  /**
   * @param startSamples first sample wanted, within the take
   * @param target mono f32, filled completely
   * @throws AppError `take.missing`
   */
  read(takeKey: TakeKey, startSamples: number, target: Float32Array): void
}

type OpenTake = { descriptor: number; audio: TakeAudio }

/** A take is read in neighbouring blocks, and few takes sound at a time. */
const OPEN_TAKES = 8

const openTakeSync = (directory: string, takeKey: TakeKey): OpenTake => {
  let descriptor: number
  try {
    descriptor = openSync(takeFile(directory, takeKey, 'wav'), 'r')
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? missingTake(takeKey, 'no-file', error) : error
  }
  try {
    const head = new Uint8Array(TAKE_HEADER_BYTES)
    const audio = parseTakeHeader(head.subarray(0, readSync(descriptor, head, 0, head.length, 0)))
    if (!audio) throw missingTake(takeKey, 'damaged')
    if (fstatSync(descriptor).size < TAKE_HEADER_BYTES + audio.durationSamples * BYTES_PER_SAMPLE)
      throw missingTake(takeKey, 'short')
    return { descriptor, audio }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/**
 * Keeps the files read last open.
 * @param directory folder of the takes
 */
export const createSyncTakeReader = (directory: string): SyncTakeReader => {
  const takes = new Map<TakeKey, OpenTake>()

  const use = (takeKey: TakeKey): OpenTake => {
    const take = takes.get(takeKey) ?? openTakeSync(directory, takeKey)
    // Newest use last: the first key is the one used longest ago.
    takes.delete(takeKey)
    takes.set(takeKey, take)
    for (const [oldest, { descriptor }] of takes) {
      if (takes.size <= OPEN_TAKES) break
      takes.delete(oldest)
      closeSync(descriptor)
    }
    return take
  }

  return {
    read: (takeKey, startSamples, target) => {
      const { descriptor, audio } = use(takeKey)
      if (startSamples + target.length > audio.durationSamples) throw missingTake(takeKey, 'short')
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
      const position = TAKE_HEADER_BYTES + startSamples * BYTES_PER_SAMPLE
      for (let done = 0; done < bytes.length; ) {
        const bytesRead = readSync(descriptor, bytes, done, bytes.length - done, position + done)
        if (bytesRead === 0) throw missingTake(takeKey, 'short')
        done += bytesRead
      }
    },
    [Symbol.dispose]: () => {
      for (const { descriptor } of takes.values()) closeSync(descriptor)
      takes.clear()
    },
  }
}
