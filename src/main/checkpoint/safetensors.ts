import { z } from 'zod'
import type { TensorDtype } from './checkpoint.ts'
import { unreadable } from './checkpoint-error.ts'
import type { CheckpointFile } from './checkpoint-file.ts'
import { checkLayout, contiguousStrides, elementCount, type StoredTensor } from './stored-tensor.ts'
import { BYTES_PER_ELEMENT } from './tensor-dtype.ts'

/** @source huggingface/safetensors safetensors/src/tensor.rs `Dtype` */
const DTYPES: Readonly<Record<string, TensorDtype>> = {
  F64: 'f64',
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
  I64: 'i64',
  I32: 'i32',
  I16: 'i16',
  I8: 'i8',
  U8: 'u8',
  BOOL: 'bool',
}
/** The first eight bytes: how long the JSON after them is. */
export const LENGTH_BYTES = 8
/** About 120 bytes for each tensor. */
export const MAX_HEADER_BYTES = 1 << 22

const count = z.int().nonnegative()
const tensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
})
const headerSchema = z.record(z.string(), z.unknown())

const parseHeader = (bytes: Uint8Array, fileName: string): Record<string, unknown> => {
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (error) {
    throw unreadable(fileName, 'index-damaged', error)
  }
}

/**
 * Tensors of a safetensors file. They fill it without gap or overlap.
 * @param headerBytes length of the JSON at the start
 * @throws AppError `checkpoint.unreadable`
 * @source huggingface/safetensors README.md "Format"
 */
export const readSafetensorsDirectory = async (file: CheckpointFile, headerBytes: number): Promise<StoredTensor[]> => {
  const { fileName } = file
  const dataByte = LENGTH_BYTES + headerBytes
  if (dataByte > file.sizeBytes) throw unreadable(fileName, 'ends-early')
  const bytes = new Uint8Array(headerBytes)
  await file.read(bytes, LENGTH_BYTES)

  const tensors: StoredTensor[] = []
  for (const [name, value] of Object.entries(parseHeader(bytes, fileName))) {
    if (name === '__metadata__') continue
    const described = tensorSchema.safeParse(value)
    const dtype = described.success ? DTYPES[described.data.dtype] : undefined
    if (!described.success || !dtype)
      throw unreadable(fileName, `its tensor “${name.slice(0, 120)}” is described in an unknown way`)
    const { shape, data_offsets: offsets } = described.data
    const sizeBytes = offsets[1] - offsets[0]
    if (sizeBytes !== elementCount(shape) * BYTES_PER_ELEMENT[dtype])
      throw unreadable(fileName, `its tensor “${name.slice(0, 120)}” has another size than its shape says`)
    const storage = { startByte: dataByte + offsets[0], sizeBytes }
    const tensor = { name, shape, dtype, strides: contiguousStrides(shape), firstElement: 0, storage }
    checkLayout(fileName, tensor)
    tensors.push(tensor)
  }

  let endByte = dataByte
  for (const { storage } of tensors.toSorted(
    (a, b) => a.storage.startByte - b.storage.startByte || a.storage.sizeBytes - b.storage.sizeBytes,
  )) {
    if (storage.startByte !== endByte) throw unreadable(fileName, 'its tensors overlap or leave gaps')
    endByte += storage.sizeBytes
  }
  if (endByte > file.sizeBytes) throw unreadable(fileName, 'ends-early')
  if (endByte < file.sizeBytes) throw unreadable(fileName, 'it goes on after its last tensor')
  return tensors
}
