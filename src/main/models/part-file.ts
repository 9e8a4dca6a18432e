import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { fileSizeBytes, isAbsent, syncFolder, writeBeside, writeFully } from '../disk/index.ts'

/** A download is remembered piece by piece. */
export const PIECE_BYTES = 8 * 1024 * 1024

const recordSchema = z.object({
  formatVersion: z.literal(1),
  sizeBytes: z.int().positive(),
  sha256: z.string().nullable(),
  pieceBytes: z.int().positive(),
  /** Of each piece, how many bytes from its beginning are there. */
  doneBytes: z.array(z.int().nonnegative()),
  /** Addresses that the bytes came from. */
  origins: z.array(z.string()),
  /** What the file was called by each of them: an ETag or a Last-Modified. */
  validators: z.record(z.string(), z.string()),
})
type PartRecord = z.output<typeof recordSchema>

type PartTarget = {
  /** Where the file goes when it is complete. */
  readonly file: string
  readonly sizeBytes: number
  readonly sha256: string | null
  /** Preset: `PIECE_BYTES`. */
  readonly pieceBytes?: number
}

/** A stretch of a file that one connection is after. */
export type Claim = Disposable & { readonly fromByte: number; readonly toByte: number }

/** A file on its way: `<file>.part` beside its place, and `<file>.part.json`, which says what is there already. */
export interface PartFile extends AsyncDisposable {
  readonly sizeBytes: number
  readonly file: string
  doneBytes(): number
  isComplete(): boolean
  origins(): readonly string[]
  validatorOf(url: string): string | undefined
  setOrigin(url: string, validator: string | undefined): void
  /** The next bytes that are missing and that nobody is after, in one stretch of whole pieces. */
  claim(mostBytes: number): Claim | undefined
  /** @returns how many bytes more are there than before */
  write(bytes: Uint8Array, atByte: number): Promise<number>
  /** Forgets all that is there. Nobody may be writing. */
  reset(): Promise<void>
  /** Waits until everything is on the disk, and on record. */
  save(): Promise<void>
  /** Gives the file its name, on the disk. */
  commit(): Promise<void>
  /** Removes it. */
  remove(): Promise<void>
}

/**
 * Opens the file on its way to `file`, and takes up what an earlier download of the very same file has left there.
 * @throws what the system says
 */
export const openPartFile = async (target: PartTarget): Promise<PartFile> => {
  const { file, sizeBytes, sha256, pieceBytes = PIECE_BYTES } = target
  const partPath = `${file}.part`
  const recordPath = `${file}.part.json`
  const pieces = Math.ceil(sizeBytes / pieceBytes)
  const lengthOf = (piece: number): number => Math.min(pieceBytes, sizeBytes - piece * pieceBytes)

  await mkdir(path.dirname(file), { recursive: true })
  const known = await readRecord(recordPath)
  // A record may outlive its part where the process was killed between the two.
  const partBytes = (await fileSizeBytes(partPath)) ?? -1
  const isSame =
    known?.sizeBytes === sizeBytes &&
    known.sha256 === sha256 &&
    known.pieceBytes === pieceBytes &&
    known.doneBytes.length === pieces &&
    known.doneBytes.every((bytes, piece) => bytes <= lengthOf(piece)) &&
    partBytes >= furthestByte(known)
  const record: PartRecord =
    known && isSame
      ? known
      : {
          formatVersion: 1,
          sizeBytes,
          sha256,
          pieceBytes,
          doneBytes: Array(pieces).fill(0),
          origins: [],
          validators: {},
        }

  const handle: FileHandle = await open(partPath, isSame ? 'r+' : 'w+')
  const claimed = new Set<number>()
  let isOpen = true
  let unsavedBytes = 0
  let running: Promise<void> = Promise.resolve()
  let queued: Promise<void> | undefined

  const save = async (): Promise<void> => {
    unsavedBytes = 0
    // Taken first: what is written from here on may not be on the disk when this is.
    const text = `${JSON.stringify(record)}\n`
    await handle.datasync()
    await writeBeside(recordPath, (own) => own.writeFile(text), { unfinished: `${recordPath}.new` })
  }
  /** One at a time; all who come meanwhile wait for the same next one. */
  const saveInTurn = (): Promise<void> => {
    if (queued) return queued
    // Why the one before failed is told to those who waited for it.
    const next = running
      .catch(() => undefined)
      .then(() => {
        running = next
        queued = undefined
        return save()
      })
    queued = next
    return next
  }
  const close = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    await handle.close()
  }
  const doneBytes = (): number => record.doneBytes.reduce((sum, bytes) => sum + bytes, 0)

  return {
    sizeBytes,
    file: partPath,
    doneBytes,
    isComplete: () => doneBytes() === sizeBytes,
    origins: () => record.origins,
    validatorOf: (url) => record.validators[url],
    setOrigin(url, validator) {
      if (!record.origins.includes(url)) record.origins.push(url)
      if (validator === undefined) delete record.validators[url]
      else record.validators[url] = validator
    },
    claim(mostBytes) {
      const isWanted = (piece: number): boolean =>
        piece < pieces && !claimed.has(piece) && (record.doneBytes[piece] ?? 0) < lengthOf(piece)
      const first = Array.from({ length: pieces }, (_, piece) => piece).find(isWanted)
      if (first === undefined) return undefined
      let end = first + 1
      // Behind the first, pieces that have been begun are left to requests of their own.
      while (isWanted(end) && record.doneBytes[end] === 0 && (end + 1 - first) * pieceBytes <= mostBytes) end += 1
      const own = Array.from({ length: end - first }, (_, index) => first + index)
      for (const piece of own) claimed.add(piece)
      return {
        fromByte: first * pieceBytes + (record.doneBytes[first] ?? 0),
        toByte: Math.min(sizeBytes, end * pieceBytes),
        [Symbol.dispose]: () => {
          for (const piece of own) claimed.delete(piece)
        },
      }
    },
    async write(bytes, atByte) {
      await writeFully(handle, bytes, atByte)
      const before = doneBytes()
      const endByte = atByte + bytes.length
      for (let piece = Math.floor(atByte / pieceBytes); piece * pieceBytes < endByte; piece += 1) {
        const startByte = piece * pieceBytes
        const done = record.doneBytes[piece] ?? 0
        if (atByte <= startByte + done)
          record.doneBytes[piece] = Math.max(done, Math.min(lengthOf(piece), endByte - startByte))
      }
      const advanced = doneBytes() - before
      unsavedBytes += advanced
      if (unsavedBytes >= pieceBytes) await saveInTurn()
      return advanced
    },
    async reset() {
      record.doneBytes.fill(0)
      record.origins = []
      record.validators = {}
      await saveInTurn()
      await handle.truncate(0)
    },
    save: saveInTurn,
    async commit() {
      await handle.sync()
      await close()
      await rename(partPath, file)
      await rm(recordPath, { force: true })
      await syncFolder(path.dirname(file))
    },
    async remove() {
      await close()
      await removePart(file)
    },
    [Symbol.asyncDispose]: close,
  }
}

/** Forgets what an earlier download of a file has left. */
export const removePart = async (file: string): Promise<void> => {
  await rm(`${file}.part.json`, { force: true })
  await rm(`${file}.part`, { force: true })
}

/** How much of a file an earlier download has left. @throws what the system says */
export const readPartBytes = async (
  file: string,
  { sizeBytes, sha256 }: { sizeBytes: number; sha256: string | null },
): Promise<number> => {
  const record = await readRecord(`${file}.part.json`)
  const isSame = record?.sizeBytes === sizeBytes && record.sha256 === sha256
  const doneBytes = record && isSame ? record.doneBytes.reduce((sum, bytes) => sum + bytes, 0) : 0
  return Math.min(doneBytes, (await fileSizeBytes(`${file}.part`)) ?? 0, sizeBytes)
}

/** What is no record of ours is none. */
const readRecord = async (recordPath: string): Promise<PartRecord | undefined> => {
  let json: unknown
  try {
    json = JSON.parse(await readFile(recordPath, 'utf8'))
  } catch (error) {
    if (isAbsent(error) || error instanceof SyntaxError) return undefined
    throw error
  }
  return recordSchema.safeParse(json).data
}

const furthestByte = ({ doneBytes, pieceBytes }: PartRecord): number =>
  Math.max(0, ...doneBytes.map((bytes, piece) => (bytes === 0 ? 0 : piece * pieceBytes + bytes)))
