import { AppError } from '../../shared/kernel/index.ts'
import { isBlank, MAX_SCRIPT_BYTES } from '../../shared/script/index.ts'
import { byteOrderMark, detectEncoding } from './detect-encoding.ts'
import { areNoWriting, hasBinarySignature, isNoWriting } from './not-text.ts'
import { checkUtf8 } from './utf8.ts'

export type ScriptTextOptions = {
  /** Encoding label as TextDecoder knows it; null: detected. */
  encoding: string | null
  /** Name of the file, for what errors say. */
  fileName: string
}
export type DecodedScript = {
  text: string
  /** As TextDecoder names it. */
  encoding: string
}

export const scriptTooLarge = (fileName: string, sizeBytes: number): AppError =>
  new AppError('script.too-large', {
    params: { file: fileName, sizeBytes, limitBytes: MAX_SCRIPT_BYTES },
    remedies: ['choose-another-file'],
  })

const undecodable = (fileName: string, encoding: string, byteOffset: number, cause?: unknown): AppError =>
  new AppError('script.undecodable', {
    params: { file: fileName, encoding, byteOffset },
    remedies: ['choose-another-file', 'see-help'],
    cause,
  })

/** Offset of the first byte at which a decoder gives up; the last one where a character is cut off at the end. */
const faultOffset = (bytes: Uint8Array, encoding: string): number => {
  if (encoding === 'utf-8') return Math.max(0, checkUtf8(bytes).faultOffset)
  let fine = 0
  let broken = bytes.length
  while (broken - fine > 1) {
    const middle = (fine + broken) >>> 1
    try {
      new TextDecoder(encoding, { fatal: true }).decode(bytes.subarray(0, middle), { stream: true })
      fine = middle
    } catch {
      // The fault lies before the middle: that is what is searched for.
      broken = middle
    }
  }
  return Math.max(0, broken - 1)
}

const decode = (bytes: Uint8Array, label: string, fileName: string): DecodedScript => {
  let encoding = label
  try {
    const decoder = new TextDecoder(label, { fatal: true })
    encoding = decoder.encoding
    return { text: decoder.decode(bytes), encoding }
  } catch (error) {
    // A label that no decoder knows.
    if (error instanceof RangeError) throw undecodable(fileName, label, 0, error)
    if (byteOrderMark(bytes) === null && areNoWriting(bytes)) throw notText(fileName)
    throw undecodable(fileName, encoding, faultOffset(bytes, encoding), error)
  }
}

const notText = (fileName: string): AppError =>
  new AppError('script.not-text', { params: { file: fileName }, remedies: ['choose-another-file'] })

/** Which encoding to read bytes in, where nobody said it. */
const encodingOf = (bytes: Uint8Array, fileName: string): string => {
  const marked = byteOrderMark(bytes)
  if (marked) return marked
  const utf8 = checkUtf8(bytes)
  // Whole rows of UTF-8 beside others that are none: two encodings in one file, and no reading is right.
  if (utf8.faultOffset >= 0 && utf8.hasWideRow) throw undecodable(fileName, 'utf-8', utf8.faultOffset)
  const detected = detectEncoding(bytes, utf8)
  if (detected) return detected
  throw areNoWriting(bytes) ? notText(fileName) : undecodable(fileName, 'utf-8', utf8.faultOffset)
}

/**
 * The text in a file, without its byte order mark.
 *
 * @throws AppError `script.too-large`, `script.empty`, `script.not-text`, `script.undecodable`
 */
export const readScriptText = (bytes: Uint8Array, { encoding, fileName }: ScriptTextOptions): DecodedScript => {
  if (bytes.length > MAX_SCRIPT_BYTES) throw scriptTooLarge(fileName, bytes.length)
  if (hasBinarySignature(bytes)) throw notText(fileName)
  const decoded = decode(bytes, encoding ?? encodingOf(bytes, fileName), fileName)
  if (isNoWriting(decoded.text)) throw notText(fileName)
  if (isBlank(decoded.text)) throw emptyScript(fileName)
  return decoded
}

export const emptyScript = (fileName: string): AppError =>
  new AppError('script.empty', { params: { file: fileName }, remedies: ['choose-another-file'] })
