import { Buffer } from 'node:buffer'
import type { ExportSettings } from '../../shared/audio/index.ts'

/** File systems allow 255 bytes; this leaves room for an extension and for what programs add to the names of copies. */
const MOST_BYTES = 200

/** Devices of DOS, with any extension. @source Microsoft "Naming Files, Paths, and Namespaces" */
const RESERVED_NAME = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\.|$)/iu
/** Separators and signs that Windows, macOS or Linux give a meaning of their own. */
const FORBIDDEN_SIGNS = /[<>:"/\\|?*]/gu
/** Control characters, halves of characters, and invisible ones that turn or hide parts of a name; joiners stay, emoji are made with them. */
const INVISIBLE = /[\p{Cc}\p{Cs}\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu

const withinBytes = (text: string, mostBytes: number): string => {
  let kept = ''
  let keptBytes = 0
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) {
    keptBytes += Buffer.byteLength(segment)
    if (keptBytes > mostBytes) break
    kept += segment
  }
  return kept
}

/**
 * A title as a file name, without extension, that every system accepts and shows the same; any script and emoji stay.
 * @param fallback where nothing of the title can stay
 */
export const safeFileName = (title: string, fallback = 'Untitled'): string => {
  const clean = title
    .replace(/\s+/gu, ' ')
    .replace(INVISIBLE, '')
    .replace(/ {2,}/gu, ' ')
    .replace(FORBIDDEN_SIGNS, '-')
    .replace(/^[. ]+/u, '')
    .normalize('NFC')
  // Windows drops dots and spaces at the end, so that the name would not be found again.
  const name = withinBytes(clean, MOST_BYTES).replace(/[. ]+$/u, '')
  if (name === '') return fallback
  return RESERVED_NAME.test(name) ? `_${name}` : name
}

/** Names for one title in several formats, extension included; formats that share an extension are told apart. */
export const exportFileNames = (title: string, formats: readonly ExportSettings[]): string[] => {
  const stem = safeFileName(title)
  const used = new Map<string, number>()
  return formats.map(({ format }) => {
    const count = (used.get(format) ?? 0) + 1
    used.set(format, count)
    return count === 1 ? `${stem}.${format}` : `${stem} ${count}.${format}`
  })
}
