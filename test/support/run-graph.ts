import path from 'node:path'
import { type Network, type NetworkOptions, openNetwork } from '../../src/main/cosyvoice/index.ts'
import type { Tensor } from '../../src/main/networks/index.ts'
import { graphFiles, type OnnxGraph, writeGraph } from '../../src/main/onnx/index.ts'
import { temporaryFolder } from './test-disk.ts'

/** Graphs in a folder of their own, closed and gone at the end of the scope. */
export type OpenGraphs = AsyncDisposable & {
  readonly directory: string
  open(graph: OnnxGraph, options?: NetworkOptions): Promise<Network>
}

export const openGraphs = (): OpenGraphs => {
  const stack = new AsyncDisposableStack()
  const { directory } = stack.use(temporaryFolder())
  return {
    directory,
    async open(graph, options = { threads: 1 }) {
      await writeGraph(graph, directory, {}, { signal: new AbortController().signal, onBytes: () => undefined })
      return stack.use(await openNetwork(path.join(directory, graphFiles(graph.name).model), options))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Numbers in [−1, 1) that are the same every time. */
export const someNumbers = (count: number, seed: number): Float32Array<ArrayBuffer> => {
  let state = seed >>> 0
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** Whole numbers in [0, below). */
export const someIds = (count: number, below: number, seed: number): number[] =>
  Array.from(someNumbers(count, seed), (value) => Math.floor(((value + 1) / 2) * below))

/** A tensor that is in memory. */
export const tensorOf = (shape: readonly number[], data: Float32Array): Tensor => ({
  shape,
  load: async () => Float32Array.from(data),
})

/** Largest difference, in units of the largest number expected; NaN where the lengths differ or a number is none. */
export const peakError = (found: ArrayLike<number>, expected: ArrayLike<number>): number => {
  if (found.length !== expected.length) return Number.NaN
  let [difference, size] = [0, 0]
  for (let index = 0; index < expected.length; index++) {
    difference = Math.max(difference, Math.abs((found[index] ?? Number.NaN) - (expected[index] ?? Number.NaN)))
    size = Math.max(size, Math.abs(expected[index] ?? Number.NaN))
  }
  return difference / size
}

/** Columns [from, to) of a row-major matrix. */
export const columnsOf = (data: Float32Array, rows: number, from: number, to: number): Float32Array<ArrayBuffer> => {
  const width = data.length / rows
  return Float32Array.from({ length: rows * (to - from) }, (_, index) => {
    const row = Math.floor(index / (to - from))
    return data[row * width + from + (index % (to - from))] ?? Number.NaN
  })
}
