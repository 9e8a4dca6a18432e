/** Element types that the graphs use: number in the format, and bytes of one element. @source onnx/onnx onnx/onnx.proto TensorProto.DataType */
export const TENSOR_TYPES = {
  float32: { id: 1, sizeBytes: 4 },
  uint8: { id: 2, sizeBytes: 1 },
  int8: { id: 3, sizeBytes: 1 },
  int32: { id: 6, sizeBytes: 4 },
  int64: { id: 7, sizeBytes: 8 },
  bool: { id: 9, sizeBytes: 1 },
  float16: { id: 10, sizeBytes: 2 },
} as const
export type TensorType = keyof typeof TENSOR_TYPES

export const elementCount = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1)
export const tensorSizeBytes = (type: TensorType, dims: readonly number[]): number =>
  TENSOR_TYPES[type].sizeBytes * elementCount(dims)

export const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
