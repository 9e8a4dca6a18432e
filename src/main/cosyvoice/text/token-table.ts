/** Part of an array of bytes: [from, to). */
type ByteRange = { from: number; to: number }

/**
 * Ids of byte strings. Tables of 150,000 tokens open in a quarter of the time and memory that strings and a Map take.
 */
export type TokenTable = {
  readonly size: number
  /** Adds a token that is not there yet; its id is the caller's. @returns false where it is there already */
  add(bytes: Uint8Array, range: ByteRange, id: number): boolean
  /** Id of the bytes of one range, or of two in a row; -1 where there is none. */
  find(bytes: Uint8Array, range: ByteRange, second?: ByteRange): number
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193
const NO_BYTES: ByteRange = { from: 0, to: 0 }

const hashOn = (hash: number, bytes: Uint8Array, { from, to }: ByteRange): number => {
  let value = hash
  for (let at = from; at < to; at++) value = Math.imul(value ^ (bytes[at] ?? 0), FNV_PRIME)
  return value
}

const areEqual = (a: Uint8Array, aFrom: number, b: Uint8Array, bFrom: number, length: number): boolean => {
  for (let at = 0; at < length; at++) if (a[aFrom + at] !== b[bFrom + at]) return false
  return true
}

/** @param capacity of tokens. @param sizeBytes of all of them */
export const createTokenTable = (capacity: number, sizeBytes: number): TokenTable => {
  const pool = new Uint8Array(sizeBytes)
  const starts = new Int32Array(capacity + 1)
  const ids = new Int32Array(capacity)
  /** Open addressing, at most half full: 1 + index of a token, 0 where free. */
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * capacity + 2)))
  let size = 0
  const slotOf = (bytes: Uint8Array, first: ByteRange, second: ByteRange): number => {
    const firstLength = first.to - first.from
    const length = firstLength + second.to - second.from
    const hash = hashOn(hashOn(FNV_OFFSET, bytes, first), bytes, second)
    let slot = (hash ^ (hash >>> 15)) & (slots.length - 1)
    for (;;) {
      const index = (slots[slot] ?? 0) - 1
      if (index < 0) return slot
      const start = starts[index] ?? 0
      if (
        (starts[index + 1] ?? 0) - start === length &&
        areEqual(pool, start, bytes, first.from, firstLength) &&
        areEqual(pool, start + firstLength, bytes, second.from, length - firstLength)
      )
        return slot
      slot = (slot + 1) & (slots.length - 1)
    }
  }
  return {
    get size() {
      return size
    },
    add(bytes, range, id) {
      const slot = slotOf(bytes, range, NO_BYTES)
      if (slots[slot] !== 0) return false
      const start = starts[size] ?? 0
      pool.set(bytes.subarray(range.from, range.to), start)
      ids[size] = id
      size++
      starts[size] = start + range.to - range.from
      slots[slot] = size
      return true
    },
    find(bytes, range, second = NO_BYTES) {
      const index = (slots[slotOf(bytes, range, second)] ?? 0) - 1
      return index < 0 ? -1 : (ids[index] ?? -1)
    },
  }
}
