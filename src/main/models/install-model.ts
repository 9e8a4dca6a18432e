import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { discard, folderBytes, writeDurably } from '../disk/index.ts'
import { type BundlePrecision, checkFreeSpace, claimFolder, onDisk } from '../model-bundle/index.ts'
import type { CheckpointJob, ConversionRequest } from '../model-converter/index.ts'
import {
  type Catalogue,
  type CatalogueFile,
  type CatalogueModel,
  downloadBytes,
  type MirrorChoice,
} from './catalogue.ts'
import { type DownloadsDeps, downloadFiles, remainingBytes } from './download-files.ts'
import { DOWNLOADED_FILE, type DownloadedManifest, type InstalledModel, readInstalled } from './installed-model.ts'
import { downloadFolder, installedId, putInPlace } from './models-folder.ts'

export type Convert = (request: ConversionRequest, job: CheckpointJob) => Promise<{ readonly directory: string }>

export type InstallDeps = DownloadsDeps & {
  /** Folder of all models. */
  directory: string
  catalogue: Catalogue
  /** Turns a checkpoint into a bundle. */
  convert: Convert
}

export type InstallOptions = {
  /** Of models that are converted. Preset: `cpu`. */
  readonly precision?: BundlePrecision
  readonly mirror?: MirrorChoice
  /** SPDX identifier of the licence that the person has seen and accepted. */
  readonly acceptedLicence: string | undefined
  /** Leaves the files of a converted model there, for another precision. */
  readonly keepsDownload?: boolean
}

export type InstallProgress = {
  readonly stage: 'download' | 'verify' | 'convert' | 'copy'
  /** Of the stage. */
  readonly doneBytes: number
  readonly totalBytes: number
  /** The step of a conversion. */
  readonly part?: string
  /** Of everything, 0 to 1; never goes backwards. */
  readonly fraction: number
}

export type InstallJob = { signal: AbortSignal; progress(progress: InstallProgress): void }

/** About how the time goes: at 20 MB/s a download of 5 GB takes four minutes, its conversion one. */
const DOWNLOAD_SHARE = 0.75
const VERIFY_SHARE = 0.05
/** Of a conversion, what reading the checkpoint takes. */
const READ_SHARE = 0.1

/** Fractions that never go backwards. */
export const forwardOnly = (progress: InstallJob['progress']): InstallJob['progress'] => {
  let most = 0
  return (state) => {
    most = Math.min(1, Math.max(most, state.fraction))
    progress({ ...state, fraction: most })
  }
}

const ratio = (done: number, total: number): number => (total === 0 ? 1 : done / total)

/**
 * Gets a model onto the machine: checks the room, downloads, verifies, converts, and removes what was downloaded. Called
 * again after a cancel, a failure or a killed process, it carries on from there.
 * @throws AppError `model.licence-not-accepted`, `model.disk-full` (first with both sizes), `model.download-failed`,
 *   `model.download-damaged`, `model.not-writable`, `model.busy`, `model.output-exists`; whatever `convert` throws. AppCancel
 */
export const installModel = async (
  deps: InstallDeps,
  model: CatalogueModel,
  options: InstallOptions,
  job: InstallJob,
): Promise<InstalledModel> => {
  if (options.acceptedLicence !== model.licence.spdx)
    throw new AppError('model.licence-not-accepted', { params: { model: model.name } })
  return onDisk(deps.directory, async () => {
    await using _claim = await claimFolder(downloadFolder(deps.directory, model.id))
    const place = path.join(deps.directory, installedId(model, options.precision ?? 'cpu'))
    const there = await readInstalled(place, deps.catalogue)
    if (there && !there.problem) return there
    return await installAt(place, deps, model, options, job)
  })
}

/** Installs over what is there. For those who hold the claim of the download. */
export const installAt = async (
  place: string,
  deps: InstallDeps,
  model: CatalogueModel,
  options: Omit<InstallOptions, 'acceptedLicence'>,
  { signal, progress }: InstallJob,
): Promise<InstalledModel> => {
  const job = { signal, progress: forwardOnly(progress) }
  const folder = downloadFolder(deps.directory, model.id)
  await mkdir(folder, { recursive: true })
  const isTaken = (await readInstalled(place, deps.catalogue)) !== undefined
  const target = isTaken ? `${place}.new` : place
  const fileOf = (file: CatalogueFile): string => path.join(folder, file.path)

  await checkRoom(folder, target, model, options, fileOf)
  const downloadsAre = model.afterwards.kind === 'convert' ? DOWNLOAD_SHARE : 1 - VERIFY_SHARE
  await downloadFiles(
    { model, files: model.files, fileOf, mirror: options.mirror },
    {
      signal,
      progress: ({ doneBytes, verifiedBytes, totalBytes }) => {
        const isDown = doneBytes === totalBytes
        const fraction = downloadsAre * ratio(doneBytes, totalBytes) + VERIFY_SHARE * ratio(verifiedBytes, totalBytes)
        if (isDown) job.progress({ stage: 'verify', doneBytes: verifiedBytes, totalBytes, fraction })
        else job.progress({ stage: 'download', doneBytes, totalBytes, fraction })
      },
    },
    deps,
  )
  if (model.afterwards.kind === 'convert') {
    const precision = options.precision ?? 'cpu'
    const directory = await convertInto(target, folder, precision, deps.convert, job, DOWNLOAD_SHARE + VERIFY_SHARE)
    if (isTaken) await putInPlace(directory, place)
    if (!options.keepsDownload) await discard(folder)
  } else {
    if (signal.aborted) throw new AppCancel()
    await writeDownloaded(folder, model, model.afterwards.layout)
    await putInPlace(folder, place)
  }
  deps.log('info', 'model installed', { model: model.id, place: path.basename(place) })
  return installedAt(place, deps.catalogue)
}

/** What must be there after all went well. @throws AppError `model.not-found` */
export const installedAt = async (place: string, catalogue: Catalogue): Promise<InstalledModel> => {
  const installed = await readInstalled(place, catalogue)
  if (!installed)
    throw new AppError('model.not-found', { params: { folder: place }, remedies: ['choose-another-folder'] })
  return installed
}

const checkRoom = async (
  folder: string,
  target: string,
  model: CatalogueModel,
  { precision = 'cpu' }: Pick<InstallOptions, 'precision'>,
  fileOf: (file: CatalogueFile) => string,
): Promise<void> => {
  const comingBytes = await remainingBytes(model.files, fileOf)
  // With all of it there, the converter follows at once and knows to the byte what it needs.
  if (comingBytes === 0) return
  const { afterwards } = model
  const convertedBytes = afterwards.kind === 'convert' ? afterwards.bundleBytes[precision] + afterwards.scratchBytes : 0
  const thereBytes = convertedBytes === 0 ? 0 : await folderBytes(`${target}.partial`)
  await checkFreeSpace(folder, comingBytes + Math.max(0, convertedBytes - thereBytes))
}

/** @param shareBefore of everything, what is done by now */
export const convertInto = async (
  target: string,
  checkpointDirectory: string,
  precision: BundlePrecision,
  convert: Convert,
  { signal, progress }: InstallJob,
  shareBefore: number,
): Promise<string> => {
  const ownShare = 1 - shareBefore
  let readBytes = 0
  const { directory } = await convert(
    { checkpointDirectory, outDirectory: target, precision, verify: false },
    {
      signal,
      onBytesRead: (bytes, totalBytes) => {
        readBytes += bytes
        const fraction = shareBefore + ownShare * READ_SHARE * ratio(readBytes, totalBytes)
        progress({ stage: 'convert', part: 'checkpoint', doneBytes: readBytes, totalBytes, fraction })
      },
      progress: ({ stepId, doneBytes, totalBytes }) => {
        const done = READ_SHARE + (1 - READ_SHARE) * ratio(doneBytes, totalBytes)
        progress({ stage: 'convert', part: stepId, doneBytes, totalBytes, fraction: shareBefore + ownShare * done })
      },
    },
  )
  return directory
}

/** Makes a folder of downloaded files a model. Files that are optional and not there are not part of it. */
export const writeDownloaded = async (
  folder: string,
  model: CatalogueModel,
  layout: DownloadedManifest['layout'],
): Promise<void> => {
  const files = model.files.filter(({ isOptional }) => !isOptional)
  const manifest: DownloadedManifest = {
    formatVersion: 1,
    modelId: model.id,
    layout,
    files: files.map(({ path: name, sizeBytes, sha256 }) => ({ path: name, sizeBytes, sha256 })),
  }
  await writeDurably(path.join(folder, DOWNLOADED_FILE), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** What an installation needs on the disk at its fullest, about. */
export const neededBytes = (model: CatalogueModel, precision: BundlePrecision): number =>
  downloadBytes(model) +
  (model.afterwards.kind === 'convert' ? model.afterwards.bundleBytes[precision] + model.afterwards.scratchBytes : 0)
