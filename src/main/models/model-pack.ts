import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import path from 'node:path'
import { AppCancel, AppError, type AppErrorParams } from '../../shared/kernel/index.ts'
import { errnoOf, fileSizeBytes, syncFolder, writeBeside } from '../disk/index.ts'
import {
  bundlePathSchema,
  checkFreeSpace,
  MANIFEST_FILE,
  onDisk,
  openBundle,
  REPORT_FILE,
} from '../model-bundle/index.ts'
import type { InstallJob } from './install-model.ts'
import { DOWNLOADED_FILE, type InstalledModel, readDownloaded } from './installed-model.ts'
import { readTar, TAR_BLOCK_BYTES, type TarEntry, tarEnd, tarHeader, tarPadding } from './tar.ts'

/** `<name>.cosymodel` is a tar that any program opens: one folder, the model's id, and in it the model's files. */
export const PACK_EXTENSION = '.cosymodel'

const OWN_FILES = [MANIFEST_FILE, REPORT_FILE, DOWNLOADED_FILE]
const READ_BYTES = 1024 * 1024

type PackedFile = { readonly path: string; readonly sizeBytes: number; readonly sha256: string | null }

const corruptPack = (file: string, reason: string, cause?: unknown, facts: AppErrorParams = {}): AppError =>
  new AppError('model.corrupt', {
    params: { ...facts, file: path.basename(file), reason },
    remedies: ['choose-another-file', 'download-again'],
    cause,
  })

/** The files of a model, its manifest first. */
const filesOf = async (model: InstalledModel): Promise<PackedFile[]> => {
  const { directory } = model
  const own: PackedFile[] = []
  for (const name of OWN_FILES) {
    const sizeBytes = await fileSizeBytes(path.join(directory, name))
    if (sizeBytes !== undefined) own.push({ path: name, sizeBytes, sha256: null })
  }
  const listed =
    model.layout === 'bundle' ? (await openBundle(directory)).manifest.files : (await readDownloaded(directory))?.files
  return [...own, ...(listed ?? [])]
}

/**
 * Writes a model into one file that another machine imports. Every byte is held against its checksum on the way; an older
 * file of that name stays until the new one is whole.
 * @throws AppError `model.corrupt` (a damaged model makes no pack), `model.disk-full`, `model.not-writable`. AppCancel
 */
export const exportPack = (model: InstalledModel, file: string, { signal, progress }: InstallJob): Promise<void> =>
  onDisk(path.dirname(file), async () => {
    if (model.problem) throw AppError.fromData(model.problem)
    const files = await filesOf(model)
    const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    await checkFreeSpace(path.dirname(file), totalBytes + 2 * TAR_BLOCK_BYTES * (files.length + 1))
    let doneBytes = 0
    const write = async (handle: FileHandle): Promise<void> => {
      for (const packed of files) {
        await handle.writeFile(tarHeader(`${model.id}/${packed.path}`, packed.sizeBytes))
        const hash = createHash('sha256')
        let ownBytes = 0
        for await (const bytes of readFrom(model.directory, packed.path, signal)) {
          hash.update(bytes)
          ownBytes += bytes.length
          doneBytes += bytes.length
          await handle.writeFile(bytes)
          progress({ stage: 'copy', doneBytes, totalBytes, fraction: doneBytes / totalBytes })
        }
        const sha256 = packed.sha256 === null ? null : hash.digest('hex')
        if (ownBytes !== packed.sizeBytes || sha256 !== packed.sha256)
          throw new AppError('model.corrupt', {
            params: { file: packed.path, reason: 'checksum-differs' },
            remedies: ['convert-again', 'download-again'],
          })
        await handle.writeFile(tarPadding(packed.sizeBytes))
      }
      await handle.writeFile(tarEnd())
    }
    await writeBeside(file, write, { unfinished: `${file}.part` })
    await syncFolder(path.dirname(file))
  })

/** A file of a model that lies anywhere. @throws AppError `model.corrupt` where it cannot be read; AppCancel */
export async function* readFrom(directory: string, file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of createReadStream(path.join(directory, file), { highWaterMark: READ_BYTES })) {
      if (signal.aborted) throw new AppCancel()
      if (bytes instanceof Uint8Array) yield bytes
    }
  } catch (error) {
    const reason = errnoOf(error)
    if (reason === undefined) throw error
    throw new AppError('model.corrupt', {
      params: { file, reason: 'cannot-be-read', detail: reason },
      remedies: ['check-permissions', 'choose-another-folder'],
      cause: error,
    })
  }
}

/** Of what Macs add to archives, nothing is ours. */
const isForeign = (name: string): boolean => name.split('/').some((part) => part.startsWith('._'))

/** The model's name and the place of a file in it. */
const splitName = (entry: TarEntry): { folder: string; file: string } | undefined => {
  const name = entry.name.replace(/^\.\//, '')
  const slash = name.indexOf('/')
  const folder = name.slice(0, slash)
  const file = name.slice(slash + 1)
  const isOurs = OWN_FILES.includes(file) || bundlePathSchema.safeParse(file).success
  return isOurs && bundlePathSchema.safeParse(folder).success ? { folder, file } : undefined
}

/** What is in a pack, before anything is unpacked. @throws AppError `model.corrupt` */
export const readPack = async (pack: string): Promise<{ folder: string; files: Map<string, TarEntry> }> => {
  const fileBytes = (await fileSizeBytes(pack)) ?? 0
  await using handle = await open(pack, 'r')
  const files = new Map<string, TarEntry>()
  let packed: string | undefined
  for await (const entry of readTar(handle, fileBytes)) {
    if (!entry) throw corruptPack(pack, packed === undefined ? 'no-pack' : 'ends-early')
    if (entry.kind === 'folder' || isForeign(entry.name)) continue
    const parts = splitName(entry)
    if (!parts || entry.kind === 'other' || parts.folder !== (packed ?? parts.folder) || files.has(parts.file))
      throw corruptPack(pack, 'foreign-file', undefined, { name: entry.name.slice(0, 200) })
    packed = parts.folder
    files.set(parts.file, entry)
  }
  if (packed === undefined || files.has(MANIFEST_FILE) === files.has(DOWNLOADED_FILE))
    throw corruptPack(pack, 'no-pack')
  return { folder: packed, files }
}

/** Unpacks everything into a folder. @throws AppError `model.corrupt`, AppCancel, what the system says */
export const unpack = async (
  pack: string,
  files: ReadonlyMap<string, TarEntry>,
  directory: string,
  { signal, onBytes }: { signal: AbortSignal; onBytes(bytes: number): void },
): Promise<void> => {
  await using source = await open(pack, 'r')
  const buffer = new Uint8Array(READ_BYTES)
  for (const [file, { sizeBytes, offsetBytes }] of files) {
    const place = path.join(directory, file)
    await mkdir(path.dirname(place), { recursive: true })
    await using target = await open(place, 'wx')
    for (let done = 0; done < sizeBytes; ) {
      if (signal.aborted) throw new AppCancel()
      const length = Math.min(buffer.length, sizeBytes - done)
      const { bytesRead } = await source.read(buffer, 0, length, offsetBytes + done)
      if (bytesRead === 0) throw corruptPack(pack, 'ends-early')
      await target.writeFile(buffer.subarray(0, bytesRead))
      done += bytesRead
      onBytes(bytesRead)
    }
    await target.sync()
  }
}
