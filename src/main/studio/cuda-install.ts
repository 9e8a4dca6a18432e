import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { CudaOffer, FetchedCuda } from '../../shared/device/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import { fileSizeBytes } from '../disk/index.ts'
import {
  CUDA_PACKAGE,
  type CudaInstallJob,
  type CudaPackage,
  hasCudaLibraries,
  hashPackage,
  installCuda,
  isCudaPlatform,
  type Platform,
  removeCuda,
} from '../engines/index.ts'
import { type ModelClient, onDisk } from '../models/index.ts'

type CudaDeskDeps = {
  /** As of `cudaDirectoryIn`; the package is kept in it too, until it is installed. */
  readonly directory: string
  fetchPackage: ModelClient['fetchPackage']
  /** Libraries came or went. */
  onChanged(): Promise<void> | void
  /** Preset: the one of the app's version of ONNX Runtime. */
  readonly package?: CudaPackage
  /** Preset: this one. */
  readonly platform?: Platform
}

type FetchCudaJob = {
  readonly signal: AbortSignal
  progress(state: { readonly doneBytes: number; readonly totalBytes: number | null }): void
}

export interface CudaDesk {
  /** Null where there are no such libraries for this system. */
  offer(): Promise<CudaOffer | null>
  /**
   * Downloads the package, or carries on with it, and says its hash. Takes nothing out of it.
   * @param acceptedLicence SPDX identifier of the licence that the person has seen and accepted
   * @throws AppError `engine.gpu-unavailable` on another system, `model.licence-not-accepted`, those of `fetchPackage`; AppCancel
   */
  fetch(acceptedLicence: string | undefined, job: FetchCudaJob): Promise<FetchedCuda>
  /** The same for a package that a person has brought along. @throws AppError, AppCancel */
  examine(packageFile: string, acceptedLicence: string | undefined, signal: AbortSignal): Promise<FetchedCuda>
  /**
   * Takes the libraries out of a package with that hash. The one that was downloaded is removed then, and so it is where it
   * turns out to be of no use; one that a person has brought along stays.
   * @param sha256 known, or confirmed by a person
   * @param packageFile preset: the one that was downloaded
   * @throws AppError `engine.gpu-unavailable`, `model.corrupt`, `model.disk-full`, `model.not-writable`, `model.busy`; AppCancel
   */
  install(sha256: string, job: CudaInstallJob, packageFile?: string): Promise<void>
  /** Removes the libraries, and whatever was downloaded of them. @throws AppError `model.busy`, `model.not-writable` */
  remove(): Promise<void>
}

const unavailable = (reason: string, remedies: AppError['remedies']): AppError =>
  new AppError('engine.gpu-unavailable', { params: { provider: 'CUDA', reason }, remedies })

/** Gets the libraries for CUDA onto the machine when a person asks for them, and away again. */
export const openCudaDesk = (deps: CudaDeskDeps): CudaDesk => {
  const { directory, fetchPackage, onChanged, package: wanted = CUDA_PACKAGE, platform } = deps
  const { name, url, sizeBytes, licence } = wanted
  const ownPackage = path.join(directory, 'package.nupkg')

  const refuseElsewhere = (): void => {
    const { platform: system, arch } = platform ?? process
    if (!isCudaPlatform({ platform: system, arch }))
      throw unavailable(`its libraries are for linux x64, and this is ${system} ${arch}`, ['choose-another-engine'])
  }
  const refuseWithout = (acceptedLicence: string | undefined): void => {
    refuseElsewhere()
    if (acceptedLicence !== licence.spdx) throw new AppError('model.licence-not-accepted', { params: { model: name } })
  }
  const known = (fetched: { sha256: string; sizeBytes: number }): FetchedCuda => ({
    ...fetched,
    isKnown: fetched.sha256 === wanted.sha256,
  })

  return {
    async offer() {
      if (!isCudaPlatform(platform)) return null
      const isInstalled = hasCudaLibraries(directory)
      return {
        packageName: name,
        licence,
        host: new URL(url).host,
        page: wanted.page,
        sizeBytes,
        isDownloaded: (await fileSizeBytes(ownPackage)) !== undefined,
        isInstalled,
      }
    },
    async fetch(acceptedLicence, { signal, progress }) {
      refuseWithout(acceptedLicence)
      progress({ doneBytes: 0, totalBytes: sizeBytes })
      const request = { url, file: ownPackage, name, sizeBytes, sha256: wanted.sha256 }
      const fetched = await fetchPackage(request, {
        signal,
        // Reading it again takes a moment, and is not told.
        progress: ({ stage, doneBytes, totalBytes }) =>
          progress({ doneBytes: stage === 'download' ? doneBytes : totalBytes, totalBytes }),
      })
      return known(fetched)
    },
    async examine(packageFile, acceptedLicence, signal) {
      refuseWithout(acceptedLicence)
      const size = await fileSizeBytes(packageFile)
      if (size === undefined) throw unavailable(`there is no file ${packageFile}`, ['choose-another-file'])
      return known({ sha256: await hashPackage(packageFile, signal), sizeBytes: size })
    },
    async install(sha256, job, packageFile = ownPackage) {
      refuseElsewhere()
      if ((await fileSizeBytes(packageFile)) === undefined)
        throw unavailable(`${name} has not been downloaded`, ['download-again'])
      try {
        await onDisk(directory, () => installCuda({ packageFile, sha256, directory, package: wanted }, job))
      } catch (error) {
        const isOfNoUse = error instanceof AppError && error.remedies.includes('download-again')
        // What was merely confirmed wrongly may be confirmed rightly yet; what is no good would be found again.
        if (
          isOfNoUse &&
          packageFile === ownPackage &&
          (await hashPackage(ownPackage, job.signal)) === sha256.toLowerCase()
        )
          await rm(ownPackage)
        throw error
      }
      if (packageFile === ownPackage) await rm(ownPackage, { force: true })
      await onChanged()
    },
    async remove() {
      await onDisk(directory, () => removeCuda(directory))
      await onChanged()
    },
  }
}
