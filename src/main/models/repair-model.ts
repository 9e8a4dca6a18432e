import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { errnoOf, fileSizeBytes, isAbsent } from '../disk/index.ts'
import { type BundleManifest, claimFolder, hashFile, onDisk, openBundle, type ReadJob } from '../model-bundle/index.ts'
import type { CatalogueFile, CatalogueModel, MirrorChoice } from './catalogue.ts'
import { downloadFiles } from './download-files.ts'
import { forwardOnly, type InstallDeps, type InstallJob, installAt, installedAt } from './install-model.ts'
import { type InstalledModel, modelOfId, readBundleManifest, readDownloaded } from './installed-model.ts'
import { downloadFolder } from './models-folder.ts'

export type Repaired = {
  readonly model: InstalledModel
  /** Files that were not as they should be; empty where all is well. */
  readonly damaged: readonly string[]
}

type ListedFile = { readonly path: string; readonly sizeBytes: number; readonly sha256: string | null }

/** Reading everything again is quick beside getting anything again. */
const CHECK_SHARE = 0.1

/**
 * Reads every byte of a model again and gets what is damaged: single files where the catalogue has them as they are, and
 * otherwise the whole model, which replaces the old one when it is finished.
 * @throws AppError `model.not-found`, `model.newer-than-app`; `model.corrupt` for a model that no catalogue has; as
 *   `installModel`. AppCancel
 */
export const repairModel = (
  deps: InstallDeps,
  id: string,
  { mirror }: { mirror?: MirrorChoice },
  { signal, progress }: InstallJob,
): Promise<Repaired> =>
  onDisk(deps.directory, async () => {
    const place = path.join(deps.directory, id)
    const job = { signal, progress: forwardOnly(progress) }
    const installed = await installedAt(place, deps.catalogue)
    if (installed.problem?.code === 'model.newer-than-app') throw AppError.fromData(installed.problem)
    const model = deps.catalogue.models.find((one) => one.id === installed.modelId)
    await using _claim = await claimFolder(downloadFolder(deps.directory, model?.id ?? id))
    const manifest = await readBundleManifest(place)
    const files = manifest?.files ?? (await readFilesAsIs(place))
    const damaged = files ? await damagedOf(place, files, job) : [installed.problem?.params.file?.toString() ?? id]
    if (damaged.length === 0 && !installed.problem) {
      job.progress({ stage: 'verify', doneBytes: installed.sizeBytes, totalBytes: installed.sizeBytes, fraction: 1 })
      return { model: installed, damaged }
    }
    deps.log('warn', 'model damaged', { id, damaged })
    if (!model) throw await whyLost(place, damaged)

    const wanted = filesToFetch(model, manifest, damaged)
    if (wanted) await fetchFiles(place, deps, model, wanted, mirror, job)
    else {
      const precision = manifest?.precision ?? modelOfId(deps.catalogue, id)?.precision ?? 'cpu'
      await installAt(place, deps, model, { precision, ...(mirror && { mirror }) }, afterCheck(job))
    }
    return { model: await installedAt(place, deps.catalogue), damaged }
  })

const readFilesAsIs = async (place: string): Promise<readonly ListedFile[] | undefined> => {
  try {
    return (await readDownloaded(place))?.files
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

const afterCheck = ({ signal, progress }: InstallJob): InstallJob => ({
  signal,
  progress: (state) => progress({ ...state, fraction: CHECK_SHARE + (1 - CHECK_SHARE) * state.fraction }),
})

const damagedOf = async (
  place: string,
  files: readonly ListedFile[],
  { signal, progress }: InstallJob,
): Promise<string[]> => {
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let doneBytes = 0
  const onBytes = (bytes: number): void => {
    doneBytes += bytes
    progress({ stage: 'verify', doneBytes, totalBytes, fraction: (CHECK_SHARE * doneBytes) / totalBytes })
  }
  const damaged: string[] = []
  for (const file of files)
    if (!(await isSound(path.join(place, file.path), file, { signal, onBytes }))) damaged.push(file.path)
  return damaged
}

const isSound = async (file: string, { sizeBytes, sha256 }: ListedFile, job: ReadJob): Promise<boolean> => {
  if ((await fileSizeBytes(file)) !== sizeBytes) return false
  try {
    return sha256 === null || (await hashFile(file, job)) === sha256
  } catch (error) {
    // A place on the disk that cannot be read any more.
    if (errnoOf(error) === 'EIO') return false
    if (isAbsent(error)) return false
    throw error
  }
}

/** The error of the model itself: nobody knows where it could be had again. */
const whyLost = async (place: string, [file = '']: readonly string[]): Promise<AppError> => {
  try {
    await openBundle(place)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  return new AppError('model.corrupt', {
    params: { file, reason: 'checksum-differs' },
    remedies: ['convert-again', 'download-again'],
  })
}

type FetchedFile = { readonly file: CatalogueFile; readonly place: string }

/** Undefined where the model must be made again. */
const filesToFetch = (
  model: CatalogueModel,
  manifest: BundleManifest | undefined,
  damaged: readonly string[],
): FetchedFile[] | undefined => {
  const found: FetchedFile[] = []
  for (const name of damaged) {
    const file =
      model.afterwards.kind === 'convert'
        ? copiedFile(model, manifest, name)
        : model.files.find((one) => one.path === name)
    if (!file) return undefined
    found.push({ file, place: name })
  }
  return found
}

/** Some files of a checkpoint go into a bundle as they are. */
const copiedFile = (
  { files }: CatalogueModel,
  manifest: BundleManifest | undefined,
  name: string,
): CatalogueFile | undefined => {
  const listed = manifest?.files.find((one) => one.path === name)
  return files.find(
    (one) => path.posix.basename(one.path) === name && one.sha256 !== null && one.sha256 === listed?.sha256,
  )
}

const fetchFiles = async (
  place: string,
  deps: InstallDeps,
  model: CatalogueModel,
  wanted: readonly FetchedFile[],
  mirror: MirrorChoice | undefined,
  { signal, progress }: InstallJob,
): Promise<void> => {
  const placeOf = (file: CatalogueFile): string =>
    path.join(place, wanted.find((one) => one.file === file)?.place ?? file.path)
  const onProgress = ({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number }): void =>
    progress({
      stage: 'download',
      doneBytes,
      totalBytes,
      fraction: CHECK_SHARE + ((1 - CHECK_SHARE) * doneBytes) / totalBytes,
    })
  const request = { model, files: wanted.map(({ file }) => file), fileOf: placeOf, mirror }
  await downloadFiles(request, { signal, progress: onProgress }, deps)
}
