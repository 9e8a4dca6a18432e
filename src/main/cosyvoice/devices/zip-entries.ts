import { type FileHandle, open } from 'node:fs/promises'
import { AppError } from '../../../shared/kernel/index.ts'

/** A file inside a zip archive. */
export type ZipEntry = {
  readonly name: string
  /** Of its data in the archive. */
  readonly offset: number
  readonly packedBytes: number
  readonly sizeBytes: number
  /** Otherwise stored as it is. */
  readonly isDeflated: boolean
}

/** @source PKWARE APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16, 4.4.5 */
const END = { signature: 0x06_05_4b_50, sizeBytes: 22, longestComment: 65_535 }
const CENTRAL = { signature: 0x02_01_4b_50, sizeBytes: 46 }
const LOCAL = { signature: 0x04_03_4b_50, sizeBytes: 30 }
const STORED = 0
const DEFLATED = 8
/** Means that the number stands elsewhere: an archive of more than 4 GB, which the packages here are not. */
const ELSEWHERE = 0xff_ff_ff_ff

const damaged = (file: string, reason: string): AppError =>
  new AppError('model.corrupt', { params: { file, reason }, remedies: ['download-again'] })

const readAt = async (handle: FileHandle, at: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await handle.read(buffer, 0, length, at)
  return buffer.subarray(0, bytesRead)
}

/**
 * Files of a zip archive, by its directory at the end.
 * @throws AppError model.corrupt where it is no archive, or one of more than 4 GB
 */
export const findZipEntries = async (file: string): Promise<readonly ZipEntry[]> => {
  await using handle = await open(file, 'r')
  const { size } = await handle.stat()
  const tailAt = Math.max(0, size - END.sizeBytes - END.longestComment)
  const tail = await readAt(handle, tailAt, size - tailAt)
  let end = tail.length - END.sizeBytes
  while (end >= 0 && tail.readUInt32LE(end) !== END.signature) end--
  if (end < 0) throw damaged(file, 'it is no zip archive')
  const count = tail.readUInt16LE(end + 10)
  const directoryBytes = tail.readUInt32LE(end + 12)
  const directoryAt = tail.readUInt32LE(end + 16)
  if (directoryAt === ELSEWHERE || directoryAt + directoryBytes > size)
    throw damaged(file, 'its directory is not there')
  const directory = await readAt(handle, directoryAt, directoryBytes)

  const entries: ZipEntry[] = []
  let at = 0
  for (let index = 0; index < count; index++) {
    if (at + CENTRAL.sizeBytes > directory.length || directory.readUInt32LE(at) !== CENTRAL.signature)
      throw damaged(file, 'its directory ends early')
    const method = directory.readUInt16LE(at + 10)
    const packedBytes = directory.readUInt32LE(at + 20)
    const sizeBytes = directory.readUInt32LE(at + 24)
    const nameBytes = directory.readUInt16LE(at + 28)
    const localAt = directory.readUInt32LE(at + 42)
    const name = directory.toString('utf8', at + CENTRAL.sizeBytes, at + CENTRAL.sizeBytes + nameBytes)
    at += CENTRAL.sizeBytes + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    if (method !== STORED && method !== DEFLATED) continue
    const local = await readAt(handle, localAt, LOCAL.sizeBytes)
    if (local.length < LOCAL.sizeBytes || local.readUInt32LE(0) !== LOCAL.signature)
      throw damaged(file, `${name} is not where its directory says`)
    const offset = localAt + LOCAL.sizeBytes + local.readUInt16LE(26) + local.readUInt16LE(28)
    if (packedBytes === ELSEWHERE || offset + packedBytes > size) throw damaged(file, `${name} ends early`)
    entries.push({ name, offset, packedBytes, sizeBytes, isDeflated: method === DEFLATED })
  }
  return entries
}
