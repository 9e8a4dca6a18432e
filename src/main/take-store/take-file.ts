import { type FileHandle, open } from 'node:fs/promises'
import type { TakeKey } from '../../shared/render/index.ts'
import { errnoOf } from '../disk/index.ts'
import { missingTake } from './disk-errors.ts'
import { takeFile } from './take-paths.ts'
import { BYTES_PER_SAMPLE, parseTakeHeader, TAKE_HEADER_BYTES, type TakeAudio } from './take-wav.ts'

export type OpenTake = { handle: FileHandle; audio: TakeAudio }

/**
 * Opens a take for reading.
 * @throws AppError `take.missing` where there is no file, or one that is not a whole take
 */
export const openTake = async (directory: string, takeKey: TakeKey): Promise<OpenTake> => {
  let handle: FileHandle
  try {
    handle = await open(takeFile(directory, takeKey, 'wav'), 'r')
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? missingTake(takeKey, 'no-file', error) : error
  }
  try {
    const head = new Uint8Array(TAKE_HEADER_BYTES)
    const { bytesRead } = await handle.read(head, 0, head.length, 0)
    const audio = parseTakeHeader(head.subarray(0, bytesRead))
    if (!audio) throw missingTake(takeKey, 'damaged')
    const { size } = await handle.stat()
    if (size < TAKE_HEADER_BYTES + audio.durationSamples * BYTES_PER_SAMPLE) throw missingTake(takeKey, 'short')
    return { handle, audio }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * Fills `target` with samples from `startSamples` on. Samples lie on disk as they lie in memory: every platform this runs
 * on is little-endian.
 * @throws AppError `take.missing` where the take ends before the target is full
 */
export const readSamples = async (
  { handle, audio }: OpenTake,
  takeKey: TakeKey,
  startSamples: number,
  target: Float32Array,
): Promise<void> => {
  if (startSamples + target.length > audio.durationSamples) throw missingTake(takeKey, 'short')
  await readFully(handle, takeKey, startSamples, target)
}

/** As `readSamples`, of a file whose head may not be written yet. */
export const readFully = async (
  handle: FileHandle,
  takeKey: TakeKey,
  startSamples: number,
  target: Float32Array,
): Promise<void> => {
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
  const position = TAKE_HEADER_BYTES + startSamples * BYTES_PER_SAMPLE
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done)
    if (bytesRead === 0) throw missingTake(takeKey, 'short')
    done += bytesRead
  }
}
