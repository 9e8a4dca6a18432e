import { execFileSync, spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import path from 'node:path'
import { type Network, networkTensor, openNetwork } from '../../src/main/cosyvoice/index.ts'
import { buildGraph, graphFiles, writeGraph } from '../../src/main/onnx/index.ts'
import { median, millisecondsOf } from './measure.ts'

/** Measurements of what the machine can do at most, by all threads together. */
export type MachineSpeed = {
  /** Which instructions, or what stood in for them. */
  readonly fmaForm: string
  readonly readGbPerSec: readonly number[]
  readonly fmaGflops: readonly number[]
  /** Absent where the processor has no instructions for it, or nobody could ask. */
  readonly int8Form?: string
  readonly int8Gops?: readonly number[]
}

export interface MachineGauge extends AsyncDisposable {
  /** How it measures. */
  readonly method: string
  measure(): Promise<MachineSpeed>
}

export type GaugeSize = { readonly readMib: number; readonly passes: number; readonly arithmeticMs: number }

/** Adds up two measurements, such as one before and one after something else. */
export const together = (left: MachineSpeed, right: MachineSpeed): MachineSpeed => ({
  ...left,
  readGbPerSec: [...left.readGbPerSec, ...right.readGbPerSec],
  fmaGflops: [...left.fmaGflops, ...right.fmaGflops],
  ...(left.int8Gops && right.int8Gops && { int8Gops: [...left.int8Gops, ...right.int8Gops] }),
})

const COMPILERS = ['cc', 'gcc', 'clang']

/** @returns the program, or why there is none */
const compiled = (directory: string): { program: string } | { reason: string } => {
  const program = path.join(directory, 'machine-speed')
  const source = path.join(import.meta.dirname, 'machine-speed.c')
  for (const compiler of COMPILERS) {
    const { error, status, stderr } = spawnSync(compiler, ['-O3', '-pthread', source, '-o', program], {
      encoding: 'utf8',
    })
    if (error) continue
    return status === 0 ? { program } : { reason: `${compiler} failed: ${stderr.trim().split('\n').at(-1)}` }
  }
  return { reason: 'no C compiler' }
}

/** A C program made on the spot where there is a compiler; otherwise ONNX Runtime itself, which reaches less. */
export const openMachineGauge = async (directory: string, size: GaugeSize): Promise<MachineGauge> => {
  const found = compiled(directory)
  if ('reason' in found) return networkGauge(directory, size, found.reason)
  const args = [cpus().length, size.readMib, size.passes, size.arithmeticMs].map(String)
  return {
    method: `a C program on ${cpus().length} threads`,
    measure: async () => JSON.parse(execFileSync(found.program, args, { encoding: 'utf8' })),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

const networkGauge = async (
  directory: string,
  { readMib, passes }: GaugeSize,
  reason: string,
): Promise<MachineGauge> => {
  const side = Math.floor(Math.sqrt((readMib * 2 ** 20) / 4))
  const name = 'vector-times-matrix'
  const graph = buildGraph(name, (g) => {
    const vector = g.input('vector', 'float32', [1, side])
    const matrix = g.input('matrix', 'float32', [side, side])
    g.output('product', g.op('MatMul', [vector, matrix]), 'float32', [1, side])
  })
  await writeGraph(graph, directory, {}, unwatched)
  const network = await openNetwork(path.join(directory, graphFiles(name).model))
  const inputs = {
    vector: networkTensor(new Float32Array(side).fill(1), [1, side]),
    matrix: networkTensor(new Float32Array(side * side).fill(1), [side, side]),
  }
  return {
    method: `products by ONNX Runtime (${reason})`,
    async measure() {
      const readGbPerSec: number[] = []
      for (let pass = 0; pass < passes; pass++)
        readGbPerSec.push((4 * side * side) / 1e6 / (await millisecondsOf(() => network.run(inputs))))
      return {
        fmaForm: 'matrix product',
        readGbPerSec,
        fmaGflops: await matrixProductGflops(directory, { side: 2048, passes }),
      }
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  }
}

const unwatched = { signal: new AbortController().signal, onBytes: () => undefined }

/** How fast ONNX Runtime multiplies two square float32 matrices, one of them a weight. @returns GFLOPS of each pass */
export const matrixProductGflops = async (
  directory: string,
  { side, passes }: { side: number; passes: number },
): Promise<number[]> => {
  const name = `matrix-product-${side}`
  const numbers = new Float32Array(side * side).map((_, index) => Math.sin(index))
  const graph = buildGraph(name, (g) => {
    const left = g.input('left', 'float32', [side, side])
    const right = g.weights([{ name: 'right', type: 'float32', dims: [side, side] }], async () => [numbers])
    g.output('product', g.op('MatMul', [left, ...right]), 'float32', [side, side])
  })
  await writeGraph(graph, directory, {}, unwatched)
  await using network: Network = await openNetwork(path.join(directory, graphFiles(name).model))
  const inputs = { left: networkTensor(numbers, [side, side]) }
  await network.run(inputs)
  const gflops: number[] = []
  for (let pass = 0; pass < passes; pass++)
    gflops.push((2 * side ** 3) / 1e6 / (await millisecondsOf(() => network.run(inputs))))
  return gflops
}

/** The middle and the best of a list of rates. */
export const rateOf = (rates: readonly number[]): { middle: number; best: number } => ({
  middle: median(rates),
  best: Math.max(...rates),
})
