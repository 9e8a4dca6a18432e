/** Pairs of tokens that become one. The pair that was added first has the lowest rank. */
export type Merges = {
  /** A pair that comes again takes the later rank. */
  add(left: number, right: number, merged: number): void
  /** -1 where a pair does not merge. */
  rankOf(left: number, right: number): number
  mergedAt(rank: number): number
}

/** @param capacity of pairs */
export const createMerges = (capacity: number): Merges => {
  const lefts = new Int32Array(capacity)
  const rights = new Int32Array(capacity)
  const mergeds = new Int32Array(capacity)
  /** Open addressing, at most half full: 1 + rank, 0 where free. */
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * capacity + 2)))
  let size = 0
  const slotOf = (left: number, right: number): number => {
    const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)
    let slot = (hash ^ (hash >>> 15)) & (slots.length - 1)
    for (;;) {
      const rank = (slots[slot] ?? 0) - 1
      if (rank < 0 || (lefts[rank] === left && rights[rank] === right)) return slot
      slot = (slot + 1) & (slots.length - 1)
    }
  }
  return {
    add(left, right, merged) {
      const slot = slotOf(left, right)
      lefts[size] = left
      rights[size] = right
      mergeds[size] = merged
      size++
      slots[slot] = size
    },
    rankOf: (left, right) => (slots[slotOf(left, right)] ?? 0) - 1,
    mergedAt: (rank) => mergeds[rank] ?? -1,
  }
}

/** More than any piece has tokens; rank × span stays an exact integer. */
const PLACE_SPAN = 2 ** 32
const NONE = -1

const pushOntoHeap = (heap: number[], value: number): void => {
  let place = heap.length
  while (place > 0) {
    const parent = (place - 1) >> 1
    const above = heap[parent] ?? 0
    if (above <= value) break
    heap[place] = above
    place = parent
  }
  heap[place] = value
}

const popSmallest = (heap: number[]): number | undefined => {
  const smallest = heap[0]
  const value = heap.pop()
  if (value === undefined || heap.length === 0) return value
  let place = 0
  for (;;) {
    const left = 2 * place + 1
    if (left >= heap.length) break
    const child = left + 1 < heap.length && (heap[left + 1] ?? 0) < (heap[left] ?? 0) ? left + 1 : left
    const below = heap[child] ?? 0
    if (below >= value) break
    heap[place] = below
    place = child
  }
  heap[place] = value
  return smallest
}

/**
 * Greedy byte-pair encoding: the pair of lowest rank merges first, the leftmost of equals. O(n log n), since a sentence of
 * Chinese is one piece.
 * @param tokens of the bytes of a piece
 */
export const mergePairs = (tokens: readonly number[], merges: Merges): number[] => {
  const token = Int32Array.from(tokens)
  const next = Int32Array.from(tokens, (_, place) => (place + 1 < tokens.length ? place + 1 : NONE))
  const previous = Int32Array.from(tokens, (_, place) => place - 1)
  /** Rank of the pair that begins at a place now; what the heap says of an older pair there is stale. */
  const rankAt = new Int32Array(tokens.length).fill(NONE)
  const heap: number[] = []
  const rank = (place: number): void => {
    const right = next[place] ?? NONE
    const found = right === NONE ? NONE : merges.rankOf(token[place] ?? NONE, token[right] ?? NONE)
    rankAt[place] = found
    if (found !== NONE) pushOntoHeap(heap, found * PLACE_SPAN + place)
  }
  for (let place = 0; place + 1 < tokens.length; place++) rank(place)
  for (let entry = popSmallest(heap); entry !== undefined; entry = popSmallest(heap)) {
    const place = entry % PLACE_SPAN
    const found = (entry - place) / PLACE_SPAN
    if (rankAt[place] !== found) continue
    const right = next[place] ?? NONE
    const after = next[right] ?? NONE
    token[place] = merges.mergedAt(found)
    next[place] = after
    rankAt[right] = NONE
    if (after !== NONE) previous[after] = place
    rank(place)
    const before = previous[place] ?? NONE
    if (before !== NONE) rank(before)
  }
  const result: number[] = []
  for (let place = tokens.length > 0 ? 0 : NONE; place !== NONE; place = next[place] ?? NONE)
    result.push(token[place] ?? NONE)
  return result
}
