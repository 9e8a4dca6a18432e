import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import path from 'node:path'
import { AppCancel } from '../../shared/kernel/index.ts'
import { corruptBundle, toReadError } from './bundle-errors.ts'
import { type Bundle, openBundle } from './open-bundle.ts'

export type ReadJob = {
  signal: AbortSignal
  /** Bytes read since the last call. */
  onBytes(bytes: number): void
}

const READ_BYTES = 1024 * 1024

/**
 * SHA-256 of a file in lower-case hex, read a megabyte at a time.
 * @throws AppCancel; what the system says
 */
export const hashFile = async (file: string, { signal, onBytes }: ReadJob): Promise<string> => {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(file, { highWaterMark: READ_BYTES })) {
    if (signal.aborted) throw new AppCancel()
    hash.update(bytes)
    onBytes(bytes.length)
  }
  return hash.digest('hex')
}

/**
 * Opens a bundle and reads every byte of it again.
 * @throws AppError as `openBundle`; `model.corrupt` names the first file that is not as it was written. AppCancel
 */
export const checkBundle = async (directory: string, job: ReadJob): Promise<Bundle> => {
  const bundle = await openBundle(directory)
  for (const file of bundle.manifest.files) {
    const sha256 = await hashFile(path.join(bundle.directory, file.path), job).catch((error: unknown) => {
      throw toReadError(error, file.path)
    })
    if (sha256 !== file.sha256) throw corruptBundle(file.path, 'checksum-differs')
  }
  return bundle
}
