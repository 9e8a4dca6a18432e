/** Spoken characters and where they stand in the source; a break is where the source ends a row of a paragraph. */
export type Atom =
  | { kind: 'run'; plain: string; start: number; end: number; isVerbatim: boolean }
  | { kind: 'break'; start: number; end: number }

/** What starts a further row of a paragraph: marks of the quotations it is in, and indentation. */
const ROW_PREFIX = /[ \t]*(?:>[ \t]*)*/y
const ROW_END = /[ \t]*(?:\r\n|\r|\n)/y
const ESCAPE = /\\[!-/:-@[-`{-~]/y
const ENTITY = /&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[\da-zA-Z]{1,31});/y
/** Marks of dialects that the parser leaves in the text: ~~struck~~ and [^note]. */
const STRUCK = /~~(?=\S)[^~\r\n]+~~/y
const NOTE_MARK = /\[\^[^\]\s]+\]/y

const matchAt = (pattern: RegExp, source: string, offset: number, end: number): string | undefined => {
  pattern.lastIndex = offset
  const found = pattern.exec(source)?.[0]
  return found !== undefined && offset + found.length <= end ? found : undefined
}

/** Start of the text in a row that begins at `offset`. */
export const afterRowPrefix = (source: string, offset: number): number =>
  offset + (matchAt(ROW_PREFIX, source, offset, source.length)?.length ?? 0)

/**
 * Follows a parsed text back to its source, where escapes, entities and line breaks are written otherwise. What cannot be
 * followed is one run for all that is left: then cutting is less exact, but nothing is lost.
 */
export const alignText = (value: string, source: string, start: number, end: number): Atom[] => {
  const atoms: Atom[] = []
  let offset = start
  let index = 0
  let struckUntil = -1

  const take = (plainLength: number, sourceLength: number, isVerbatim: boolean): void => {
    const last = atoms.at(-1)
    const plain = value.slice(index, index + plainLength)
    if (last?.kind === 'run' && last.isVerbatim && isVerbatim && last.end === offset) {
      last.plain += plain
      last.end += sourceLength
    } else atoms.push({ kind: 'run', plain, start: offset, end: offset + sourceLength, isVerbatim })
    index += plainLength
    offset += sourceLength
  }
  const drop = (length: number): void => {
    index += length
    offset += length
  }
  /** How many characters an entity stands for: told by what comes after it. */
  const entityLength = (entity: string): number => {
    const next = source.charAt(offset + entity.length)
    const isPair = /[\uD800-\uDBFF]/.test(value.charAt(index))
    const fitsOne = offset + entity.length >= end ? index + 1 === value.length : value.charAt(index + 1) === next
    return isPair || (!fitsOne && value.charAt(index + 2) === next) ? 2 : 1
  }

  while (index < value.length && offset < end) {
    const character = value.charAt(index)
    const lineEnd = /[\r\n]/.test(character) ? matchAt(ROW_END, source, offset, end) : undefined
    if (lineEnd !== undefined) {
      const next = afterRowPrefix(source, offset + lineEnd.length)
      atoms.push({ kind: 'break', start: offset, end: next })
      offset = next
      index += value.startsWith('\r\n', index) ? 2 : 1
      continue
    }
    const escaped = matchAt(ESCAPE, source, offset, end)
    const entity = matchAt(ENTITY, source, offset, end)
    const struck = offset > struckUntil ? matchAt(STRUCK, source, offset, end) : undefined
    const note = matchAt(NOTE_MARK, source, offset, end)
    if (struck && value.startsWith('~~', index)) {
      struckUntil = offset + struck.length - 2
      drop(2)
    } else if (offset === struckUntil) drop(2)
    else if (note && value.startsWith(note, index)) drop(note.length)
    else if (escaped?.charAt(1) === character) take(1, 2, false)
    else if (entity && (/^&amp;$/i.test(entity) || !value.startsWith(entity, index)))
      take(entityLength(entity), entity.length, false)
    else if (source.charAt(offset) === character) take(1, 1, true)
    else if (source.charAt(offset) === '\0') take(1, 1, false)
    else if (/[ \t]/.test(source.charAt(offset))) offset += 1
    else break
  }
  if (index < value.length) take(value.length - index, Math.max(0, end - offset), false)
  return atoms
}
