/** What UTF-8 makes of some bytes. */
export type Utf8Check = {
  /** Offset of the first byte that is part of no character; -1 where all are. */
  faultOffset: number
  /** Whether some row holds characters that only UTF-8 would give: three bytes each, several of them, none wrong. */
  hasWideRow: boolean
}

/** Fewer may come about by chance in another encoding. */
const MIN_WIDE_CHARACTERS = 4

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x80 && byte < 0xc0

/** Length of the character at an offset, or 0 where there is none. */
const characterLength = (bytes: Uint8Array, offset: number): number => {
  const first = bytes[offset] ?? 0
  const second = bytes[offset + 1] ?? 0
  if (first < 0x80) return 1
  if (first >= 0xc2 && first < 0xe0) return isContinuation(second) ? 2 : 0
  const hasThree = isContinuation(second) && isContinuation(bytes[offset + 2])
  // Neither longer than needed, nor half of a surrogate pair.
  if (first >= 0xe0 && first < 0xf0)
    return hasThree && !(first === 0xe0 && second < 0xa0) && !(first === 0xed && second >= 0xa0) ? 3 : 0
  if (first < 0xf0 || first > 0xf4 || !hasThree || !isContinuation(bytes[offset + 3])) return 0
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second >= 0x90) ? 0 : 4
}

export const checkUtf8 = (bytes: Uint8Array): Utf8Check => {
  let faultOffset = -1
  let hasWideRow = false
  let wideInRow = 0
  let faultsInRow = 0
  const endRow = (): void => {
    hasWideRow ||= faultsInRow === 0 && wideInRow >= MIN_WIDE_CHARACTERS
    wideInRow = 0
    faultsInRow = 0
  }
  for (let offset = 0; offset < bytes.length; ) {
    const length = characterLength(bytes, offset)
    if (length === 0) {
      if (faultOffset < 0) faultOffset = offset
      faultsInRow += 1
    }
    if (length === 3) wideInRow += 1
    if (bytes[offset] === 0x0a || bytes[offset] === 0x0d) endRow()
    offset += Math.max(1, length)
  }
  endRow()
  return { faultOffset, hasWideRow }
}
