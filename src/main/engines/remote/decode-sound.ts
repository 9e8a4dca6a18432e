import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { AppError } from '../../../shared/kernel/index.ts'
import { readAudio } from '../../audio-file/index.ts'
import { ownReason, RemoteFailure } from '../../remote/index.ts'

/** No piece of a line is longer. */
const LONGEST_SEC = 1800

/**
 * Sound that came compressed, or in another form than was asked for.
 * @returns mono samples
 * @throws RemoteFailure `protocol` for what is no sound
 */
export const decodeSound = async (
  bytes: Uint8Array,
): Promise<{ readonly pcm: Float32Array<ArrayBuffer>; readonly sampleRateHz: number }> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'cosy-sound-'))
  try {
    const file = path.join(folder, 'sound')
    await writeFile(file, bytes)
    return await readAudio(file, { longestSec: LONGEST_SEC })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new RemoteFailure('protocol', { ...ownReason('sound-undecodable'), cause: error })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
