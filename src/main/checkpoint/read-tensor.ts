import { crc32 } from 'node:zlib'
import { unreadable } from './checkpoint-error.ts'
import type { CheckpointFile } from './checkpoint-file.ts'
import {
  elementCount,
  isContiguous,
  type StoredTensor,
  spanElements,
  storageOrder,
  type View,
} from './stored-tensor.ts'
import { BYTES_PER_ELEMENT, decodeNumbers } from './tensor-dtype.ts'

/** What is read and converted at a time. */
const PIECE_BYTES = 1 << 22

/** Rows [fromRow, toRow) of the first dimension. */
export const rowsOf = (view: View, fromRow: number, toRow: number): View => ({
  shape: [toRow - fromRow, ...view.shape.slice(1)],
  strides: view.strides,
  firstElement: view.firstElement + fromRow * (view.strides[0] ?? 0),
})

/**
 * Numbers of a tensor as f32, row-major. A view of the whole storage in one piece is held against its checksum.
 * @param view the tensor itself or a part of it
 * @throws AppError `checkpoint.unreadable`
 */
export const readView = async (
  file: CheckpointFile,
  tensor: StoredTensor,
  view: View,
): Promise<Float32Array<ArrayBuffer>> => {
  const target = new Float32Array(elementCount(view.shape))
  if (target.length === 0) return target
  if (isContiguous(view)) await readRun(file, tensor, view.firstElement, target)
  else await gather(file, tensor, view, target)
  return target
}

/** Elements that follow each other. */
const readRun = async (
  file: CheckpointFile,
  { name, dtype, storage }: StoredTensor,
  firstElement: number,
  target: Float32Array<ArrayBuffer>,
): Promise<void> => {
  const bytesPerElement = BYTES_PER_ELEMENT[dtype]
  const pieceElements = Math.min(target.length, PIECE_BYTES / bytesPerElement)
  // f32 is read straight to where it belongs; anything else passes through a small buffer.
  const scratch = dtype === 'f32' ? undefined : new Uint8Array(pieceElements * bytesPerElement)
  const isWhole = target.length * bytesPerElement === storage.sizeBytes
  let checksum = 0
  for (let done = 0; done < target.length; done += pieceElements) {
    const count = Math.min(pieceElements, target.length - done)
    const bytes =
      scratch?.subarray(0, count * bytesPerElement) ??
      new Uint8Array(target.buffer, target.byteOffset + done * 4, count * 4)
    await file.read(bytes, storage.startByte + (firstElement + done) * bytesPerElement)
    if (isWhole && storage.crc32 !== undefined) checksum = crc32(bytes, checksum)
    if (scratch) decodeNumbers(dtype, bytes, target, done)
  }
  if (isWhole && storage.crc32 !== undefined && checksum !== storage.crc32)
    throw unreadable(file.fileName, 'tensor-damaged', undefined, { tensor: name })
}

/** Elements that lie apart: walks them in the order of the storage, so that every piece of it is read once. */
const gather = async (
  file: CheckpointFile,
  tensor: StoredTensor,
  view: View,
  target: Float32Array<ArrayBuffer>,
): Promise<void> => {
  const endElement = view.firstElement + spanElements(view)
  const pieceElements = Math.min(spanElements(view), PIECE_BYTES / 4)
  const piece = { from: 0, to: 0, numbers: new Float32Array(pieceElements) }
  const loadPiece = async (from: number): Promise<void> => {
    piece.from = from
    piece.to = Math.min(from + pieceElements, endElement)
    await readRun(file, tensor, from, piece.numbers.subarray(0, piece.to - from))
  }

  const dimensions = storageOrder(view)
  const inner = dimensions.pop() ?? { size: 1, stride: 0, targetStride: 0 }
  const counters = dimensions.map(() => 0)
  for (let row = 0; row < target.length / inner.size; row++) {
    let source = view.firstElement
    let at = 0
    for (const [axis, { stride, targetStride }] of dimensions.entries()) {
      source += (counters[axis] ?? 0) * stride
      at += (counters[axis] ?? 0) * targetStride
    }
    for (let done = 0; done < inner.size; ) {
      if (source >= piece.to) await loadPiece(source)
      const reachable = inner.stride === 0 ? inner.size : Math.ceil((piece.to - source) / inner.stride)
      const count = Math.min(inner.size - done, reachable)
      for (let i = 0; i < count; i++) {
        target[at] = piece.numbers[source - piece.from] ?? 0
        source += inner.stride
        at += inner.targetStride
      }
      done += count
    }
    for (let axis = dimensions.length - 1; axis >= 0; axis--) {
      const count = (counters[axis] ?? 0) + 1
      counters[axis] = count < (dimensions[axis]?.size ?? 1) ? count : 0
      if (count < (dimensions[axis]?.size ?? 1)) break
    }
  }
}
