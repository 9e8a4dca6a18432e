import { open } from 'node:fs/promises'
import path from 'node:path'
import { assert } from '../../../shared/kernel/index.ts'
import { TENSOR_TYPES } from '../../onnx/index.ts'
import type { EmbeddingTable } from '../llm/embedding-table.ts'
import { corruptFile } from './community-errors.ts'
import type { GraphOutline } from './graph-outline.ts'

const FLOAT_BYTES = 4
/** Operators that hand on the rows of a table as they are. */
const LOOK_UP = ['Gather', 'Identity']

/**
 * Reads rows of a graph that is a table and nothing else where they lie in its file: the table of text takes half a gigabyte,
 * and a line needs a few rows of it.
 * @param file of the graph, relative to the folder of the model
 * @returns undefined where the graph is more than a table
 */
export const openGraphTable = async (
  directory: string,
  file: string,
  { operators, tensors }: GraphOutline,
): Promise<EmbeddingTable | undefined> => {
  const [table] = tensors
  const [rows, width, ...more] = table?.dims ?? []
  const isTable = operators.includes('Gather') && operators.every((operator) => LOOK_UP.includes(operator))
  if (!isTable || !table?.data || tensors.length !== 1 || rows === undefined || width === undefined || more.length > 0)
    return undefined
  const rowBytes = width * FLOAT_BYTES
  if (table.elementType !== TENSOR_TYPES.float32.id) return undefined
  const { offset, sizeBytes } = table.data
  if (sizeBytes !== rows * rowBytes) throw corruptFile(file, `its table has ${sizeBytes} bytes, not ${rows * rowBytes}`)
  const handle = await open(path.join(directory, file), 'r')
  return {
    async rows(ids) {
      const found = new Float32Array(ids.length * width)
      const bytes = new Uint8Array(found.buffer)
      for (const [index, id] of ids.entries()) {
        assert(id >= 0 && id < rows, 'an id is a row of its table')
        const { bytesRead } = await handle.read(bytes, index * rowBytes, rowBytes, offset + id * rowBytes)
        assert(bytesRead === rowBytes, 'a table holds all its rows')
      }
      return found
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}
