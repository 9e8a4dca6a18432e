/** First bytes of files that somebody renamed to .txt: archives and office files, documents, pictures, sound, programs. */
const SIGNATURES: readonly string[] = [
  'PK\x03\x04',
  'PK\x05\x06',
  '%PDF-',
  '{\\rtf',
  '\xd0\xcf\x11\xe0',
  '\x89PNG',
  '\xff\xd8\xff',
  'GIF8',
  'RIFF',
  'ID3',
  'OggS',
  'fLaC',
  'Rar!',
  '7z\xbc\xaf',
  '\x1f\x8b',
  '\x7fELF',
  'SQLite format 3',
]
const MAX_CONTROL_SHARE = 0.005

export const hasBinarySignature = (bytes: Uint8Array): boolean =>
  SIGNATURES.some((signature) => [...signature].every((character, index) => bytes[index] === character.charCodeAt(0)))

/** Whether decoded bytes are no writing: a NUL, or more control characters than strays. */
export const isNoWriting = (text: string): boolean => {
  let controls = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === 0) return true
    if ((code < 0x20 && !(code >= 9 && code <= 13)) || code === 0x7f) controls += 1
  }
  return controls > Math.max(1, text.length * MAX_CONTROL_SHARE)
}

/** The same of bytes that no encoding fits: each byte taken as a character. */
export const areNoWriting = (bytes: Uint8Array): boolean => isNoWriting(new TextDecoder('latin1').decode(bytes))
