import { type FileHandle, open } from 'node:fs/promises'
import { assert } from '../../../shared/kernel/index.ts'

/** Rows of numbers in a file, read one by one: the table of text is too large to hold. */
export interface EmbeddingTable extends AsyncDisposable {
  /** @returns [ids, width] */
  rows(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>>
}

const BYTES = { float16: 2, float32: 4 } as const

export const openEmbeddingTable = async (
  filePath: string,
  shape: { rows: number; width: number; type: 'float16' | 'float32' },
): Promise<EmbeddingTable> => {
  const file = await open(filePath, 'r')
  return {
    async rows(ids) {
      const table = new Float32Array(ids.length * shape.width)
      for (const [index, id] of ids.entries()) table.set(await readRow(file, id, shape), index * shape.width)
      return table
    },
    [Symbol.asyncDispose]: () => file.close(),
  }
}

const readRow = async (
  file: FileHandle,
  id: number,
  { rows, width, type }: { rows: number; width: number; type: keyof typeof BYTES },
): Promise<ArrayLike<number>> => {
  assert(id >= 0 && id < rows, 'an id is a row of its table')
  const sizeBytes = width * BYTES[type]
  const data = new ArrayBuffer(sizeBytes)
  const { bytesRead } = await file.read(new Uint8Array(data), 0, sizeBytes, id * sizeBytes)
  assert(bytesRead === sizeBytes, 'a table holds all its rows')
  return type === 'float16' ? new Float16Array(data) : new Float32Array(data)
}
