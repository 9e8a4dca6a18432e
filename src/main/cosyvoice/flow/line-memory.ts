/// <reference lib="es2024.arraybuffer" />
import { assert } from '../../../shared/kernel/index.ts'
import { float32Of, int8Of, type Network, type NetworkValue, networkTensor } from '../sessions.ts'

/** What an estimator can remember, as the shapes of its inputs say. */
export type MemoryShape = {
  readonly layers: number
  /** Of keys, and of values, of one frame in one layer. */
  readonly width: number
  /** Scales for each of them, where they are kept in 8 bits. */
  readonly scales: number | undefined
  /** [convolutions, width, frames]: what the position convolutions heard before. */
  readonly contextDims: readonly number[]
}

/** Keys and values. */
const PARTS = 2
/** With the condition and without it. */
const HALVES = 2
/** Where the line is, and where its prompt ended. */
const CONTEXTS = 2
const product = (numbers: readonly number[]): number => numbers.reduce((all, one) => all * one, 1)
const { BYTES_PER_ELEMENT: FLOAT_BYTES } = Float32Array

const fixedDims = (estimator: Network, input: string): number[] =>
  (estimator.inputShapes[input] ?? []).filter((size) => typeof size === 'number')

/** @returns undefined for an estimator that remembers nothing */
export const memoryShapeOf = (estimator: Network): MemoryShape | undefined => {
  if (!estimator.inputNames.includes('past')) return undefined
  const [layers = 0, , width = 0] = fixedDims(estimator, 'past')
  const contextDims = fixedDims(estimator, 'context')
  const [, , scales] = fixedDims(estimator, 'past_scale')
  return { layers, width, scales, contextDims }
}

/** Bytes of one frame at one step, with or without the condition. */
const frameBytes = ({ layers, width, scales }: MemoryShape): { past: number; scale: number } =>
  scales === undefined
    ? { past: layers * PARTS * width * FLOAT_BYTES, scale: 0 }
    : { past: layers * PARTS * width, scale: layers * PARTS * scales * FLOAT_BYTES }

/** Bytes that a number of frames needs, for every step with and without the condition. */
export const memoryBytes = (shape: MemoryShape, steps: number, frames: number): number => {
  const { past, scale } = frameBytes(shape)
  return HALVES * steps * (frames * (past + scale) + CONTEXTS * FLOAT_BYTES * product(shape.contextDims))
}

/** The most frames that fit. */
export const framesWithin = (shape: MemoryShape, steps: number, bytes: number): number =>
  Math.max(
    0,
    Math.floor((bytes - memoryBytes(shape, steps, 0)) / (memoryBytes(shape, steps, 1) - memoryBytes(shape, steps, 0))),
  )

const pastDims = ({ layers, width }: MemoryShape, frames: number): number[] => [frames, layers, PARTS, width]
const scaleDims = ({ layers, scales = 0 }: MemoryShape, frames: number): number[] => [frames, layers, PARTS, scales]

/** Frees what was copied at once: its garbage of twenty calls would be as large as what is remembered. */
const giveBack = (value: NetworkValue | undefined): void => {
  const buffer = value && ArrayBuffer.isView(value.data) ? value.data.buffer : undefined
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/** What an estimator with a memory is given by those who remember nothing and begin with the first frame. */
export const nothingRemembered = (shape: MemoryShape): Record<string, NetworkValue> => ({
  past: networkTensor(shape.scales === undefined ? new Float32Array() : new Int8Array(), pastDims(shape, 0)),
  ...(shape.scales !== undefined && { past_scale: networkTensor(new Float32Array(), scaleDims(shape, 0)) }),
  context: networkTensor(new Float32Array(product(shape.contextDims)), shape.contextDims),
  kept_frames: networkTensor(BigInt64Array.of(0n), [1]),
})

/** At one step, with or without the condition. The buffers grow and shrink where they lie. */
type State = {
  readonly past: ArrayBuffer
  readonly scale: ArrayBuffer
  context: Float32Array
  /** Behind the frames that are being remembered. */
  nextContext: Float32Array
  promptContext: Float32Array
}

/**
 * What the estimator keeps of a line: at every step, with and without the condition, all of its frames that will not change any
 * more. Frames count as remembered once all steps have them.
 */
export class LineMemory implements Disposable {
  readonly steps: number
  readonly #shape: MemoryShape
  readonly #states: readonly State[]
  #frames = 0
  #promptFrames = 0
  #capacity = 0

  /** @param mostFrames it will ever hold; that much of the address space is taken, and no memory */
  constructor(shape: MemoryShape, steps: number, mostFrames: number) {
    this.steps = steps
    this.#shape = shape
    const { past, scale } = frameBytes(shape)
    const context = new Float32Array(product(shape.contextDims))
    this.#states = Array.from({ length: HALVES * steps }, () => ({
      past: new ArrayBuffer(0, { maxByteLength: mostFrames * past }),
      scale: new ArrayBuffer(0, { maxByteLength: mostFrames * scale }),
      context,
      nextContext: context,
      promptContext: context,
    }))
  }

  /** Frames that are remembered. */
  get frames(): number {
    return this.#frames
  }

  /** Frames there is room for. */
  get capacity(): number {
    return this.#capacity
  }

  /**
   * Makes room for that many frames, or gives what is behind them back.
   * @returns how many there is room for
   * @throws RangeError where the machine has no more
   */
  resize(capacity: number): number {
    assert(capacity >= this.#frames, 'what is remembered has room')
    const { past, scale } = frameBytes(this.#shape)
    for (const state of this.#states) {
      state.past.resize(capacity * past)
      state.scale.resize(capacity * scale)
    }
    this.#capacity = capacity
    return capacity
  }

  /** Of the estimator at a step. @param keptFrames how many of the new frames are to be remembered */
  inputs(step: number, isConditional: boolean, keptFrames: number): Record<string, NetworkValue> {
    const { past, scale, context } = this.#state(step, isConditional)
    const { scales, contextDims } = this.#shape
    const [pastShape, scaleShape] = [pastDims(this.#shape, this.#frames), scaleDims(this.#shape, this.#frames)]
    const view = scales === undefined ? Float32Array : Int8Array
    return {
      past: networkTensor(new view(past, 0, product(pastShape)), pastShape),
      ...(scales !== undefined && {
        past_scale: networkTensor(new Float32Array(scale, 0, product(scaleShape)), scaleShape),
      }),
      context: networkTensor(context, contextDims),
      kept_frames: networkTensor(BigInt64Array.of(BigInt(keptFrames)), [1]),
    }
  }

  /** What the estimator gave to be remembered at a step; `advance` makes it count. */
  hold(step: number, isConditional: boolean, outputs: Readonly<Record<string, NetworkValue>>): void {
    const state = this.#state(step, isConditional)
    const { past, scale } = frameBytes(this.#shape)
    if (this.#shape.scales === undefined)
      new Float32Array(state.past, this.#frames * past).set(float32Of(outputs.present))
    else {
      new Int8Array(state.past, this.#frames * past).set(int8Of(outputs.present))
      new Float32Array(state.scale, this.#frames * scale).set(float32Of(outputs.present_scale))
    }
    state.nextContext = Float32Array.from(float32Of(outputs.next_context))
    for (const output of [outputs.present, outputs.present_scale]) giveBack(output)
  }

  /** What was held at every step is remembered. */
  advance(keptFrames: number): void {
    this.#frames += keptFrames
    for (const state of this.#states) state.context = state.nextContext
  }

  /** All that is remembered is the prompt's. */
  markPrompt(): void {
    this.#promptFrames = this.#frames
    for (const state of this.#states) state.promptContext = state.context
  }

  /** Forgets what came behind the prompt. */
  rewind(): void {
    this.#frames = this.#promptFrames
    for (const state of this.#states) {
      state.context = state.promptContext
      state.nextContext = state.promptContext
    }
    this.resize(this.#frames)
  }

  /** Gives all of its memory back at once, without waiting for the garbage to be collected. */
  [Symbol.dispose](): void {
    this.#frames = 0
    this.#promptFrames = 0
    this.resize(0)
  }

  #state(step: number, isConditional: boolean): State {
    const state = this.#states[HALVES * step + (isConditional ? 0 : 1)]
    assert(state !== undefined, 'a memory has every step')
    return state
  }
}
