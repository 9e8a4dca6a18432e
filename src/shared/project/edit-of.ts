import { AppError } from '../kernel/index.ts'
import { MAX_LINE_CHARACTERS } from '../script/index.ts'
import type { ProjectEdit, RecordRef } from './project.ts'
import type { ProjectRecord } from './records.ts'

/** The edit that does this; null where there is nothing to do. */
export const editOf = (put: readonly ProjectRecord[], remove: readonly RecordRef[] = []): ProjectEdit | null =>
  put.length > 0 || remove.length > 0 ? { put: [...put], remove: [...remove] } : null

const isSame = (left: unknown, right: unknown): boolean =>
  left === right || (typeof left === 'object' && JSON.stringify(left) === JSON.stringify(right))

/** The record with a change, as a list: empty where it says the same already, or where there is no record. */
export const patched = <Kind extends ProjectRecord>(
  record: Kind | undefined,
  patch: Partial<Omit<Kind, 'kind'>>,
): Kind[] => {
  if (!record) return []
  const changed: Kind = { ...record, ...patch }
  const keys = Object.keys(patch) as (keyof Kind)[]
  return keys.every((key) => isSame(record[key], changed[key])) ? [] : [changed]
}

/** A text that fits a line, in one row. @throws AppError `script.line-too-long` */
export const lineText = (text: string): string => {
  const inOneRow = text.replace(/\s*[\n\v\f\r\u0085\u2028\u2029]+\s*/g, ' ')
  if (inOneRow.length <= MAX_LINE_CHARACTERS) return inOneRow
  throw new AppError('script.line-too-long', {
    params: { characters: inOneRow.length, limit: MAX_LINE_CHARACTERS },
    remedies: ['split-long-lines'],
  })
}
