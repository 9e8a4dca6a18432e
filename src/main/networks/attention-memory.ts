import { type GraphBuilder, NONE, type Value } from '../onnx/index.ts'

/** How keys and values are remembered; `int8` has a scale for each frame and head. */
export type MemoryKind = 'float32' | 'int8'

export type AttentionShape = { readonly layers: number; readonly heads: number; readonly headSize: number }

/** What attention keeps of frames that will not change any more, to look at them again in later calls. */
export type AttentionMemory = {
  /** How many frames are remembered: the place of the first new one, [1]. */
  readonly firstFrame: Value
  /** How many of the new frames shall be remembered, [1]. */
  readonly keptFrames: Value
  /** Puts what is remembered of a layer before the keys and values of the new frames, all [1, frames, width]. */
  extend(layer: number, keys: Value, values: Value): readonly [keys: Value, values: Value]
  /** Gives what is to be remembered as outputs, once every layer was extended. */
  finish(): void
}

/** Levels on either side of zero. */
const INT8_MAX = 127
/** Keeps a head of zeros from being divided by zero. */
const TINY = 1e-30
/** Of a frame of a layer, in this order. */
const PARTS = ['keys', 'values'] as const

/**
 * Adds a memory of keys and values to a graph with a batch of one.
 *
 * Inputs `past` [P, layers, 2, width] (keys, then values), in 8 bits `past_scale` [P, layers, 2, heads], and `kept_frames` [1]:
 * how many of the T new frames, from the first, are to be remembered. P and K may be 0. Outputs `present` and `present_scale`
 * are the same of those K frames, so that a caller appends them to what it holds; a K of 0 costs next to nothing.
 */
export const attentionMemory = (g: GraphBuilder, shape: AttentionShape, kind: MemoryKind): AttentionMemory => {
  const { layers, heads, headSize } = shape
  const width = heads * headSize
  const isRounded = kind === 'int8'
  const past = g.input('past', kind, ['past_frames', layers, PARTS.length, width])
  const scale = isRounded ? g.input('past_scale', 'float32', ['past_frames', layers, PARTS.length, heads]) : NONE
  const keptFrames = g.input('kept_frames', 'int64', [1])
  const present: Value[] = []
  const presentScale: Value[] = []

  const shaped = (value: Value, dims: readonly number[]): Value => g.op('Reshape', [value, g.int64(dims)])
  /** One layer's keys or values, [1, P, width]. */
  const recalled = (layer: number, part: number): Value => {
    const of = (from: Value): Value =>
      g.op('Slice', [from, g.int64([layer, part]), g.int64([layer + 1, part + 1]), g.int64([1, 2])])
    if (!isRounded) return shaped(of(past), [1, -1, width])
    // One row for each frame and head, so that a row has one scale.
    const rows = [shaped(of(past), [-1, headSize]), shaped(of(scale), [-1])]
    return shaped(g.op('DequantizeLinear', rows, { axis: 0 }), [1, -1, width])
  }
  const remember = (fresh: Value): void => {
    const value = g.op('Slice', [fresh, g.int64([0]), keptFrames, g.int64([1])])
    if (!isRounded) {
      present.push(shaped(value, [-1, 1, 1, width]))
      return
    }
    const perHead = shaped(value, [-1, heads, headSize])
    const peak = g.op('Max', [
      g.op('ReduceMax', [g.op('Abs', [perHead])], { axes: [-1], keepdims: 1 }),
      g.float32(TINY),
    ])
    const step = g.float32(1 / INT8_MAX)
    const levels = g.op('QuantizeLinear', [g.op('Div', [perHead, peak]), step, g.int8(new Int8Array(1), [])])
    present.push(shaped(levels, [-1, 1, 1, width]))
    presentScale.push(shaped(g.op('Mul', [peak, step]), [-1, 1, 1, heads]))
  }
  const stacked = (parts: readonly Value[], size: number): Value =>
    shaped(g.op('Concat', parts, { axis: 1 }), [-1, layers, PARTS.length, size])
  return {
    firstFrame: g.op('Shape', [past], { start: 0, end: 1 }),
    keptFrames,
    extend(layer, keys, values) {
      remember(keys)
      remember(values)
      return [
        g.op('Concat', [recalled(layer, 0), keys], { axis: 1 }),
        g.op('Concat', [recalled(layer, 1), values], { axis: 1 }),
      ]
    },
    finish() {
      g.output('present', stacked(present, width), kind, ['kept_frames', layers, PARTS.length, width])
      if (isRounded)
        g.output('present_scale', stacked(presentScale, heads), 'float32', ['kept_frames', layers, PARTS.length, heads])
    },
  }
}
