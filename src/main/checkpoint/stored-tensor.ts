import type { CheckpointTensor } from './checkpoint.ts'
import { unreadable } from './checkpoint-error.ts'
import { BYTES_PER_ELEMENT } from './tensor-dtype.ts'

/** A run of bytes of the file that one or several tensors look into. */
export type Storage = {
  readonly startByte: number
  readonly sizeBytes: number
  /** Checksum of the bytes, where the file has one. */
  readonly crc32?: number
}

/** Which elements of a storage, in row-major order of the shape. Strides and offset count elements. */
export type View = {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly firstElement: number
}

/** A tensor and where its numbers lie. */
export type StoredTensor = CheckpointTensor & View & { readonly storage: Storage }

/** An expanded tensor may have more elements than its storage, but no more than this: a small file must not ask for all memory. */
const MAX_EXPANDED_ELEMENTS = 1 << 24
const MAX_DIMENSIONS = 32

export const elementCount = (shape: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((count, size) => count * size, 1)

/** Row-major strides of a tensor that lies in one piece. */
export const contiguousStrides = (shape: readonly number[]): number[] => {
  const strides: number[] = []
  let stride = 1
  for (const size of shape.toReversed()) {
    strides.unshift(stride)
    stride *= Math.max(1, size)
  }
  return strides
}

/** True where the elements follow each other in the storage; strides of dimensions of size 1 say nothing. */
export const isContiguous = ({ shape, strides }: View): boolean => {
  const expected = contiguousStrides(shape)
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]) || elementCount(shape) === 0
}

/** Elements from the first to the last one of the view, both included. */
export const spanElements = ({ shape, strides }: View): number =>
  elementCount(shape) === 0 ? 0 : 1 + shape.reduce((last, size, axis) => last + (size - 1) * (strides[axis] ?? 0), 0)

/** Dimensions that move, largest step first: walking the last one fastest never goes back in the storage. */
export const storageOrder = ({ shape, strides }: View): { size: number; stride: number; targetStride: number }[] => {
  const targetStrides = contiguousStrides(shape)
  return shape
    .map((size, axis) => ({ size, stride: strides[axis] ?? 0, targetStride: targetStrides[axis] ?? 0 }))
    .filter(({ size }) => size > 1)
    .sort((a, b) => b.stride - a.stride)
}

const overlaps = (view: View): boolean => {
  let reach = 0
  for (const { size, stride } of storageOrder(view).toReversed()) {
    if (stride !== 0 && stride <= reach) return true
    reach += (size - 1) * stride
  }
  return false
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/**
 * Refuses a tensor that does not lie within its storage.
 * @throws AppError `checkpoint.unreadable`
 */
export const checkLayout = (fileName: string, tensor: StoredTensor): void => {
  const { name, shape, strides, firstElement, storage, dtype } = tensor
  const refuse = (what: string) => unreadable(fileName, `its tensor “${name.slice(0, 120)}” ${what}`)
  if (shape.length !== strides.length || shape.length > MAX_DIMENSIONS) throw refuse('has no sensible dimensions')
  if (![...shape, ...strides, firstElement].every(isCount)) throw refuse('has no sensible dimensions')
  const elements = elementCount(shape)
  if (elements === 0) return
  const storedElements = Math.floor(storage.sizeBytes / BYTES_PER_ELEMENT[dtype])
  if (firstElement + spanElements(tensor) > storedElements) throw refuse('is larger than what is stored of it')
  if (elements > Math.max(storedElements, MAX_EXPANDED_ELEMENTS)) throw refuse('repeats its numbers too often')
  if (overlaps(tensor)) throw refuse('overlaps itself')
}
