import { endsEarly, unreadable } from './checkpoint-error.ts'
import type { CheckpointFile } from './checkpoint-file.ts'

/** A file within the archive; its bytes lie there as they are. */
export type ZipEntry = {
  readonly name: string
  readonly startByte: number
  readonly sizeBytes: number
  readonly crc32: number
}

/*
 * Signatures, field offsets and sizes.
 * @source https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.14 to 4.3.16
 */
const LOCAL_HEADER = { signature: 0x04034b50, sizeBytes: 30 }
const CENTRAL_HEADER = { signature: 0x02014b50, sizeBytes: 46 }
const END = { signature: 0x06054b50, sizeBytes: 22 }
const END64 = { signature: 0x06064b50, sizeBytes: 56 }
const LOCATOR64 = { signature: 0x07064b50, sizeBytes: 20 }
const EXTRA64 = 0x0001
const IN_EXTRA_32 = 0xffffffff
const MAX_COMMENT_BYTES = 0xffff

/** An official checkpoint has about a thousand entries in 100 kB of directory. */
const MAX_ENTRIES = 20_000
const MAX_DIRECTORY_BYTES = 1 << 23

type CentralEntry = Omit<ZipEntry, 'startByte'> & { headerByte: number }

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const readBytes = async (file: CheckpointFile, fromByte: number, lengthBytes: number): Promise<Uint8Array> => {
  if (fromByte < 0 || fromByte + lengthBytes > file.sizeBytes) throw endsEarly(file.fileName)
  const bytes = new Uint8Array(lengthBytes)
  await file.read(bytes, fromByte)
  return bytes
}

/** Offsets and sizes of 64 bits; no file is so large that a number could not hold them. */
const uint64 = (view: DataView, at: number, fileName: string): number => {
  const value = view.getBigUint64(at, true)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw unreadable(fileName, 'its directory names impossible sizes')
  return Number(value)
}

type Directory = { startByte: number; sizeBytes: number; entryCount: number; endByte: number }

/** The record at the very end says where the directory is. */
const findDirectory = async (file: CheckpointFile): Promise<Directory> => {
  const tailBytes = Math.min(file.sizeBytes, END.sizeBytes + MAX_COMMENT_BYTES)
  const tail = await readBytes(file, file.sizeBytes - tailBytes, tailBytes)
  const view = viewOf(tail)
  for (let at = tailBytes - END.sizeBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== END.signature) continue
    if (at + END.sizeBytes + view.getUint16(at + 20, true) !== tailBytes) continue
    const endByte = file.sizeBytes - tailBytes + at
    const directory64 = await findDirectory64(file, endByte)
    if (directory64) return directory64
    if (view.getUint16(at + 4, true) !== 0) throw unreadable(file.fileName, 'it is one part of a divided archive')
    return {
      startByte: view.getUint32(at + 16, true),
      sizeBytes: view.getUint32(at + 12, true),
      entryCount: view.getUint16(at + 10, true),
      endByte,
    }
  }
  throw unreadable(file.fileName, 'ends-early')
}

/** An archive beyond 4 GiB, and any that torch writes, has a second such record with 64-bit fields. */
const findDirectory64 = async (file: CheckpointFile, endByte: number): Promise<Directory | undefined> => {
  if (endByte < LOCATOR64.sizeBytes) return undefined
  const locator = viewOf(await readBytes(file, endByte - LOCATOR64.sizeBytes, LOCATOR64.sizeBytes))
  if (locator.getUint32(0, true) !== LOCATOR64.signature) return undefined
  const end64Byte = uint64(locator, 8, file.fileName)
  const end64 = viewOf(await readBytes(file, end64Byte, END64.sizeBytes))
  if (end64.getUint32(0, true) !== END64.signature || end64Byte >= endByte)
    throw unreadable(file.fileName, 'index-damaged')
  return {
    startByte: uint64(end64, 48, file.fileName),
    sizeBytes: uint64(end64, 40, file.fileName),
    entryCount: uint64(end64, 32, file.fileName),
    endByte: end64Byte,
  }
}

/** Values that do not fit into 32 bits stand in an extra field, in this order and only those. */
const wideFields = (extra: Uint8Array, fileName: string, ...fields: number[]): number[] => {
  const view = viewOf(extra)
  let found: DataView = new DataView(new ArrayBuffer(0))
  for (let at = 0; at + 4 <= extra.length; ) {
    const lengthBytes = view.getUint16(at + 2, true)
    if (at + 4 + lengthBytes > extra.length) throw unreadable(fileName, 'index-damaged')
    if (view.getUint16(at, true) === EXTRA64) found = viewOf(extra.subarray(at + 4, at + 4 + lengthBytes))
    at += 4 + lengthBytes
  }
  let next = 0
  return fields.map((value) => {
    if (value !== IN_EXTRA_32) return value
    if (next + 8 > found.byteLength) throw unreadable(fileName, 'index-damaged')
    const wide = uint64(found, next, fileName)
    next += 8
    return wide
  })
}

const decodeName = (bytes: Uint8Array, fileName: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw unreadable(fileName, 'index-damaged', error)
  }
}

const parseDirectory = (bytes: Uint8Array, entryCount: number, fileName: string): CentralEntry[] => {
  const view = viewOf(bytes)
  const damaged = () => unreadable(fileName, 'index-damaged')
  const entries: CentralEntry[] = []
  let at = 0
  while (entries.length < entryCount) {
    if (at + CENTRAL_HEADER.sizeBytes > bytes.length) throw damaged()
    if (view.getUint32(at, true) !== CENTRAL_HEADER.signature) throw damaged()
    const nameByte = at + CENTRAL_HEADER.sizeBytes
    const extraByte = nameByte + view.getUint16(at + 28, true)
    const commentByte = extraByte + view.getUint16(at + 30, true)
    const nextByte = commentByte + view.getUint16(at + 32, true)
    if (nextByte > bytes.length) throw damaged()
    if (view.getUint16(at + 8, true) & 1) throw unreadable(fileName, 'it is encrypted')
    const name = decodeName(bytes.subarray(nameByte, extraByte), fileName)
    const [sizeBytes = 0, packedBytes = 0, headerByte = 0] = wideFields(
      bytes.subarray(extraByte, commentByte),
      fileName,
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    )
    if (view.getUint16(at + 10, true) !== 0) throw unreadable(fileName, 'compressed')
    if (sizeBytes !== packedBytes) throw damaged()
    entries.push({ name, sizeBytes, headerByte, crc32: view.getUint32(at + 16, true) })
    at = nextByte
  }
  if (at !== bytes.length) throw damaged()
  return entries
}

/** The local header repeats the name and has an extra field of its own; only it tells where the bytes begin. */
const startOf = async (file: CheckpointFile, { name, headerByte }: CentralEntry): Promise<number> => {
  const nameBytes = new TextEncoder().encode(name)
  const header = await readBytes(file, headerByte, LOCAL_HEADER.sizeBytes + nameBytes.length)
  const view = viewOf(header)
  const isSame =
    view.getUint32(0, true) === LOCAL_HEADER.signature &&
    view.getUint16(8, true) === 0 &&
    view.getUint16(26, true) === nameBytes.length &&
    nameBytes.every((byte, index) => byte === header[LOCAL_HEADER.sizeBytes + index])
  if (!isSame) throw unreadable(file.fileName, 'its directory does not match its contents')
  return headerByte + header.length + view.getUint16(28, true)
}

/**
 * Every entry of a zip archive by name, each within the file and apart from all others. Only archives whose entries are
 * stored as they are; 64-bit sizes are understood.
 * @throws AppError `checkpoint.unreadable`
 */
export const readZipDirectory = async (file: CheckpointFile): Promise<ReadonlyMap<string, ZipEntry>> => {
  const { fileName } = file
  const directory = await findDirectory(file)
  if (directory.startByte + directory.sizeBytes > directory.endByte)
    throw unreadable(fileName, 'its directory lies outside the file')
  if (directory.entryCount > MAX_ENTRIES || directory.sizeBytes > MAX_DIRECTORY_BYTES)
    throw unreadable(fileName, 'its directory is far too large')
  const central = parseDirectory(
    await readBytes(file, directory.startByte, directory.sizeBytes),
    directory.entryCount,
    fileName,
  ).sort((a, b) => a.headerByte - b.headerByte)

  const entries = new Map<string, ZipEntry>()
  for (const [index, entry] of central.entries()) {
    const startByte = await startOf(file, entry)
    const limitByte = central[index + 1]?.headerByte ?? directory.startByte
    if (startByte + entry.sizeBytes > limitByte) throw unreadable(fileName, 'parts of it overlap')
    if (entries.has(entry.name)) throw unreadable(fileName, 'its directory names something twice')
    entries.set(entry.name, { name: entry.name, startByte, sizeBytes: entry.sizeBytes, crc32: entry.crc32 })
  }
  return entries
}
