import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { openCheckpoint } from '../../src/main/checkpoint/index.ts'
import { type TestFolder, temporaryFolder } from './test-disk.ts'
import { type TinyCheckpoint, tinyCheckpointDirectory } from './tiny-checkpoint.ts'
import { createPickler, type OwnTensor, writeTorchCheckpoint, writeTorchContainer } from './write-checkpoint.ts'

/** A folder `checkpoint` with a copy of a tiny checkpoint, and room beside it. */
export const copiedCheckpoint = (name: TinyCheckpoint): TestFolder & { checkpoint: string } => {
  const folder = temporaryFolder()
  const checkpoint = path.join(folder.directory, 'checkpoint')
  cpSync(tinyCheckpointDirectory(name), checkpoint, { recursive: true })
  return { ...folder, checkpoint }
}

/** Every tensor of a file, with its numbers. */
export const tensorsOf = async (file: string): Promise<OwnTensor[]> => {
  await using checkpoint = await openCheckpoint(file)
  const tensors: OwnTensor[] = []
  for (const { name, shape } of checkpoint.tensors.values())
    tensors.push({ name, shape, fill: await checkpoint.read(name) })
  return tensors
}

/** Writes a checkpoint file anew with other tensors. @param alter gives what stands in the place of a tensor */
export const alterTensors = async (file: string, alter: (tensor: OwnTensor) => OwnTensor[]): Promise<void> => {
  const tensors = await tensorsOf(file)
  writeTorchCheckpoint(file, tensors.flatMap(alter))
}

/** Writes a file whose pickle calls a function when Python loads it. */
export const writeHostileCheckpoint = (file: string, module: string, name: string): void => {
  const pickler = createPickler()
  pickler.op(0x80, [1, 2])
  pickler.global(module, name)
  pickler.text('echo hello')
  pickler.op(0x85)
  pickler.op(0x52)
  pickler.op(0x2e)
  writeTorchContainer(file, pickler.bytes(), [])
}

/** SHA-256 of every file of a folder, by its name. */
export const checksumsOf = (directory: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [path.relative(directory, file), createHash('sha256').update(readFileSync(file)).digest('hex')]),
  )
