import { assert } from '../../shared/kernel/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import { missingTensor, unreadable } from './checkpoint-error.ts'
import { type CheckpointFile, openCheckpointFile } from './checkpoint-file.ts'
import { readView, rowsOf } from './read-tensor.ts'
import { LENGTH_BYTES, MAX_HEADER_BYTES, readSafetensorsDirectory } from './safetensors.ts'
import type { StoredTensor } from './stored-tensor.ts'
import { readTorchDirectory } from './torch-checkpoint.ts'

const HEAD_BYTES = 64
const ZIP_HEAD = 'PK\x03\x04'
/** What stands in the place of a large file that git did not fetch. @source git-lfs/git-lfs docs/spec.md */
const LFS_HEAD = 'version https://git-lfs'
/** A pickle of protocol 2 that begins with a long number: torch.save before version 1.6. @source pytorch/pytorch torch/serialization.py `_legacy_save` */
const LEGACY_HEAD = '\x80\x02\x8a\x0a'

const readDirectory = async (file: CheckpointFile): Promise<StoredTensor[]> => {
  const { fileName, sizeBytes } = file
  if (sizeBytes === 0) throw unreadable(fileName, 'empty')
  const head = new Uint8Array(Math.min(HEAD_BYTES, sizeBytes))
  await file.read(head, 0)
  const text = String.fromCharCode(...head)
  if (text.startsWith(ZIP_HEAD)) return readTorchDirectory(file)
  if (text.startsWith(LFS_HEAD)) throw unreadable(fileName, 'git-lfs-pointer')
  if (text.startsWith(LEGACY_HEAD)) throw unreadable(fileName, 'old-pytorch')
  if (head[LENGTH_BYTES] === 0x7b) {
    const headerBytes = new DataView(head.buffer).getBigUint64(0, true)
    if (headerBytes > BigInt(MAX_HEADER_BYTES)) throw unreadable(fileName, 'its list of tensors is far too large')
    return readSafetensorsDirectory(file, Number(headerBytes))
  }
  throw unreadable(fileName, 'no-checkpoint')
}

/**
 * Opens a torch.save file or a safetensors file, told apart by content. Nothing in the file is run; only its directory is
 * held in memory.
 * @throws AppError `checkpoint.missing-file` | `checkpoint.unreadable` | `checkpoint.forbidden-code`
 */
export const openCheckpoint = async (filePath: string): Promise<Checkpoint> => {
  const file = await openCheckpointFile(filePath)
  try {
    return checkpointOf(file, await readDirectory(file))
  } catch (error) {
    await file[Symbol.asyncDispose]()
    throw error
  }
}

const checkpointOf = (file: CheckpointFile, stored: readonly StoredTensor[]): Checkpoint => {
  const { fileName } = file
  if (stored.length === 0) throw unreadable(fileName, 'no-tensors')
  const byName = new Map(stored.map((tensor) => [tensor.name, tensor]))
  if (byName.size < stored.length) throw unreadable(fileName, 'it names a tensor twice')
  const get = (name: string): StoredTensor => {
    const tensor = byName.get(name)
    if (!tensor) throw missingTensor(fileName, name)
    return tensor
  }
  return {
    fileName,
    tensors: new Map(stored.map(({ name, shape, dtype }) => [name, { name, shape, dtype }])),
    read: async (name) => {
      const tensor = get(name)
      return readView(file, tensor, tensor)
    },
    readRows: async (name, fromRow, toRow) => {
      const tensor = get(name)
      const [rowCount = 0] = tensor.shape
      assert(
        tensor.shape.length > 0 && 0 <= fromRow && fromRow <= toRow && toRow <= rowCount,
        `rows ${fromRow} to ${toRow} of ${rowCount}`,
      )
      return readView(file, tensor, rowsOf(tensor, fromRow, toRow))
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  }
}
