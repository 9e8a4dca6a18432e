import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { z } from 'zod'
import { isAbsent } from '../disk/index.ts'
import { corruptBundle, toReadError } from './bundle-errors.ts'

/** A manifest is some ten kilobytes; what is larger is something else under its name. */
const MAX_JSON_BYTES = 16 * 1024 * 1024

/** @returns undefined where there is no such file. @throws AppError `model.corrupt` */
export const readJson = async (directory: string, file: string): Promise<unknown> => {
  const absolute = path.join(directory, file)
  let text: string
  try {
    const { size } = await stat(absolute)
    if (size > MAX_JSON_BYTES) throw corruptBundle(file, `it has ${size} bytes`)
    text = await readFile(absolute, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw toReadError(error, file)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw corruptBundle(file, 'not-json', error)
  }
}

/** @throws AppError `model.corrupt`, naming the first field that does not fit */
export const parseAs = <Schema extends z.ZodType>(schema: Schema, json: unknown, file: string): z.output<Schema> => {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue === undefined || issue.path.length === 0 ? 'content' : issue.path.join('.')
  throw corruptBundle(file, `${where}: ${issue?.message ?? 'it does not fit'}`, parsed.error)
}
