import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { MAX_SCRIPT_BYTES } from '../../shared/script/index.ts'
import { errnoOf } from '../disk/index.ts'
import { scriptTooLarge } from './script-text.ts'

/** The bytes of a script, and the name they came under. */
export type ScriptFile = { name: string; bytes: Uint8Array }

const unreadable = (file: string, cause: unknown): AppError =>
  new AppError('script.file-unreadable', {
    params: { file: path.basename(file), reason: errnoOf(cause) ?? 'unknown' },
    remedies: ['check-permissions', 'choose-another-file'],
    cause,
  })

/** @throws AppError `script.file-unreadable` */
export const scriptFileSize = async (file: string): Promise<number> => {
  try {
    return (await stat(file)).size
  } catch (error) {
    throw unreadable(file, error)
  }
}

/**
 * Reads a file that may be a script. Its size is looked at first, so that a video costs nothing.
 *
 * @throws AppError `script.file-unreadable`, `script.too-large`
 */
export const loadScriptFile = async (file: string): Promise<ScriptFile> => {
  const sizeBytes = await scriptFileSize(file)
  if (sizeBytes > MAX_SCRIPT_BYTES) throw scriptTooLarge(path.basename(file), sizeBytes)
  try {
    return { name: path.basename(file), bytes: await readFile(file) }
  } catch (error) {
    throw unreadable(file, error)
  }
}
