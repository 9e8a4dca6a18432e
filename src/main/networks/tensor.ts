import { AppError, assert } from '../../shared/kernel/index.ts'
import type { Checkpoint } from '../checkpoint/index.ts'

/** A tensor of a checkpoint, or one derived from it: its shape is known, its numbers are read when they are asked for. */
export type Tensor = {
  readonly shape: readonly number[]
  /** Row-major. */
  readonly load: () => Promise<Float32Array<ArrayBuffer>>
}

/** Tensors below a name such as `decoder.estimator`, with their shapes checked before anything is read. */
export type TensorReader = {
  readonly fileName: string
  has(name: string): boolean
  /** @throws AppError checkpoint.missing-tensor */
  shapeOf(name: string): readonly number[]
  /** @throws AppError checkpoint.missing-tensor | checkpoint.wrong-shape */
  tensor(name: string, shape: readonly number[]): Tensor
  /** How many of `prefix.0`, `prefix.1`, … there are. */
  countOf(prefix: string): number
  within(prefix: string): TensorReader
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`

export const readTensors = (checkpoint: Checkpoint, prefix = ''): TensorReader => {
  const { fileName: file } = checkpoint
  const shapeOf = (name: string): readonly number[] => {
    const found = checkpoint.tensors.get(prefix + name)
    if (found) return found.shape
    throw new AppError('checkpoint.missing-tensor', {
      params: { file, tensor: prefix + name },
      remedies: ['download-again', 'choose-another-folder'],
    })
  }
  return {
    fileName: file,
    has: (name) => checkpoint.tensors.has(prefix + name),
    shapeOf,
    tensor(name, shape) {
      const found = shapeOf(name)
      if (found.length !== shape.length || found.some((size, axis) => size !== shape[axis]))
        throw new AppError('checkpoint.wrong-shape', {
          params: { file, tensor: prefix + name, expected: shapeText(shape), found: shapeText(found) },
          remedies: ['download-again', 'choose-another-folder'],
        })
      return { shape, load: () => checkpoint.read(prefix + name) }
    },
    countOf(list) {
      const start = `${prefix}${list}.`
      const numbers = new Set<string>()
      for (const name of checkpoint.tensors.keys())
        if (name.startsWith(start)) numbers.add(name.slice(start.length).split('.')[0] ?? '')
      let count = 0
      while (numbers.has(String(count))) count++
      return count
    },
    within: (inner) => readTensors(checkpoint, `${prefix}${inner}.`),
  }
}

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1)

/** The same numbers under another shape. */
export const reshaped = (tensor: Tensor, shape: readonly number[]): Tensor => {
  assert(size(shape) === size(tensor.shape), 'a new shape holds as many numbers as the old one')
  return { shape, load: tensor.load }
}

export const derived = (
  tensor: Tensor,
  shape: readonly number[],
  derive: (data: Float32Array) => Float32Array<ArrayBuffer>,
): Tensor => ({ shape, load: async () => derive(await tensor.load()) })

/** Stacks tensors along their first dimension. */
export const stacked = (tensors: readonly Tensor[]): Tensor => {
  const [first] = tensors
  assert(first !== undefined, 'something is stacked')
  const rows = tensors.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0)
  const shape = [rows, ...first.shape.slice(1)]
  return {
    shape,
    load: async () => {
      const data = new Float32Array(size(shape))
      let at = 0
      for (const tensor of tensors) {
        data.set(await tensor.load(), at)
        at += size(tensor.shape)
      }
      return data
    },
  }
}

/** [rows, …] with its rows in another order. */
export const withRows = (tensor: Tensor, order: readonly number[]): Tensor => {
  const width = size(tensor.shape.slice(1))
  return derived(tensor, [order.length, ...tensor.shape.slice(1)], (data) => {
    const ordered = new Float32Array(order.length * width)
    for (const [to, from] of order.entries()) ordered.set(data.subarray(from * width, (from + 1) * width), to * width)
    return ordered
  })
}

/** [rows, columns] with its columns in another order. */
export const withColumns = (tensor: Tensor, order: readonly number[]): Tensor => {
  const [rows = 0, columns = 0] = tensor.shape
  const from = Int32Array.from(order)
  return derived(tensor, [rows, order.length], (data) => {
    const ordered = new Float32Array(rows * from.length)
    for (let row = 0; row < rows; row++)
      for (let to = 0; to < from.length; to++)
        ordered[row * from.length + to] = data[row * columns + (from[to] ?? 0)] ?? 0
    return ordered
  })
}

const BLOCK = 32

/** [rows, columns] to [columns, rows], in blocks that stay in the cache. */
export const transposed = (data: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> => {
  const turned = new Float32Array(rows * columns)
  for (let row0 = 0; row0 < rows; row0 += BLOCK)
    for (let column0 = 0; column0 < columns; column0 += BLOCK) {
      const rowEnd = Math.min(rows, row0 + BLOCK)
      const columnEnd = Math.min(columns, column0 + BLOCK)
      for (let row = row0; row < rowEnd; row++)
        for (let column = column0; column < columnEnd; column++)
          turned[column * rows + row] = data[row * columns + column] ?? 0
    }
  return turned
}

/**
 * The weight of a layer that may be stored as direction and length: W = g · v / ‖v‖₂, the norm over all dimensions but
 * the first. @source pytorch/pytorch torch/nn/utils/parametrizations.py weight_norm
 * @throws AppError checkpoint.missing-tensor | checkpoint.wrong-shape
 */
export const normalisedWeight = (reader: TensorReader, layer: string, shape: readonly number[]): Tensor => {
  if (reader.has(`${layer}.weight`)) return reader.tensor(`${layer}.weight`, shape)
  const [lengthName, directionName] = reader.has(`${layer}.weight_v`)
    ? [`${layer}.weight_g`, `${layer}.weight_v`]
    : [`${layer}.parametrizations.weight.original0`, `${layer}.parametrizations.weight.original1`]
  const rows = shape[0] ?? 0
  const lengths = reader.tensor(lengthName, [rows, ...shape.slice(1).map(() => 1)])
  const directions = reader.tensor(directionName, shape)
  return {
    shape,
    load: async () => {
      const g = await lengths.load()
      const weight = await directions.load()
      const width = weight.length / rows
      for (let row = 0; row < rows; row++) {
        const values = weight.subarray(row * width, (row + 1) * width)
        let sum = 0
        for (const value of values) sum += value * value
        const scale = (g[row] ?? 0) / Math.sqrt(sum)
        for (let index = 0; index < width; index++) values[index] = (values[index] ?? 0) * scale
      }
      return weight
    },
  }
}

/** Shape of a weight that may be stored as direction and length. */
export const normalisedShape = (reader: TensorReader, layer: string): readonly number[] => {
  const stored = [`${layer}.weight`, `${layer}.weight_v`].find(reader.has)
  return reader.shapeOf(stored ?? `${layer}.parametrizations.weight.original1`)
}
