import { analyse } from 'chardet'
import { likeness } from './common-characters.ts'
import type { Utf8Check } from './utf8.ts'

/** Encodings a script may come in beside UTF-8, as TextDecoder names them; those before are preferred. */
const CANDIDATES = ['gb18030', 'big5', 'utf-16le', 'utf-16be', 'shift_jis', 'euc-jp', 'euc-kr', 'windows-1252'] as const
const NAMES_OF_CHARDET: Readonly<Record<string, string>> = {
  GB18030: 'gb18030',
  Big5: 'big5',
  'UTF-16LE': 'utf-16le',
  'UTF-16BE': 'utf-16be',
  Shift_JIS: 'shift_jis',
  'EUC-JP': 'euc-jp',
  'EUC-KR': 'euc-kr',
  'ISO-8859-1': 'windows-1252',
  'windows-1252': 'windows-1252',
}
const SAMPLE_BYTES = 64 * 1024
/** What a sure statistic of byte pairs adds; the characters themselves say more. */
const CHARDET_WEIGHT = 0.15
const MIN_LIKENESS = 0.1

export const byteOrderMark = (bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | null => {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : null
}

/** The part of a file around its first byte that is no UTF-8, from the start of a row. */
const sampleOf = (bytes: Uint8Array, faultOffset: number): Uint8Array => {
  const rowStart = bytes.lastIndexOf(0x0a, Math.max(0, faultOffset)) + 1
  // Two bytes at a time are in step only from an even offset.
  const start = rowStart > SAMPLE_BYTES / 2 ? rowStart - (rowStart % 2) : 0
  return bytes.subarray(start, start + SAMPLE_BYTES)
}

/** The encoding that makes most sense of bytes without a byte order mark; null where none does. */
export const detectEncoding = (bytes: Uint8Array, utf8: Utf8Check): string | null => {
  const sample = sampleOf(bytes, utf8.faultOffset)
  if (utf8.faultOffset < 0 && !sample.includes(0)) return 'utf-8'
  const confidence = new Map(
    analyse(sample).map((match) => [NAMES_OF_CHARDET[match.name] ?? match.name, match.confidence / 100]),
  )
  let best: { encoding: string; score: number } | undefined
  for (const encoding of CANDIDATES) {
    const text = new TextDecoder(encoding).decode(sample, { stream: true })
    const score = likeness(text, encoding.startsWith('utf-16')) + CHARDET_WEIGHT * (confidence.get(encoding) ?? 0)
    if (score >= MIN_LIKENESS && score > (best?.score ?? 0)) best = { encoding, score }
  }
  if (utf8.faultOffset < 0 && !best?.encoding.startsWith('utf-16')) return 'utf-8'
  return best?.encoding ?? null
}
