import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { mkdir, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { AppCancel, AppError } from '../../../shared/kernel/index.ts'
import { discard, errnoOf, freeBytes, refusalOf } from '../../disk/index.ts'
import { type Platform, providersOf, THIS_PLATFORM } from './providers.ts'
import { findZipEntries, type ZipEntry } from './zip-entries.ts'

/** Where libraries come from, and what is known of it. */
export type CudaPackage = {
  readonly name: string
  readonly url: string
  /** For people: what it is, and a download of one's own to compare with. */
  readonly page: string
  readonly licence: { readonly spdx: string; readonly url: string }
  /** Null, and so is the hash, where nobody has looked yet. */
  readonly sizeBytes: number | null
  /** In hex. */
  readonly sha256: string | null
  /** Of the libraries, inside. */
  readonly folder: string
}

const PACKAGE: CudaPackage = {
  name: 'Microsoft.ML.OnnxRuntime.Gpu.Linux',
  url: 'https://api.nuget.org/v3-flatcontainer/microsoft.ml.onnxruntime.gpu.linux/1.30.0/microsoft.ml.onnxruntime.gpu.linux.1.30.0.nupkg',
  page: 'https://www.nuget.org/packages/Microsoft.ML.OnnxRuntime.Gpu.Linux/1.30.0',
  licence: { spdx: 'MIT', url: 'https://github.com/microsoft/onnxruntime/blob/v1.30.0/LICENSE' },
  sizeBytes: null,
  // Not known here, so a person confirms the hash of what was downloaded before it is installed.
  sha256: null,
  folder: 'runtimes/linux-x64/native/',
}

/** What ONNX Runtime needs to compute with CUDA and TensorRT on Linux x64, and does not bring along. */
export const CUDA_LIBRARIES = {
  /** Another version's libraries do not fit. */
  onnxRuntimeVersion: '1.30.0',
  /** @source onnxruntime-node script/install-metadata.js, script/install-utils.js */
  package: PACKAGE,
  files: [
    'libonnxruntime_providers_shared.so',
    'libonnxruntime_providers_cuda.so',
    'libonnxruntime_providers_tensorrt.so',
  ],
  /**
   * From NVIDIA, under its own licences; the app does not fetch them.
   * @source onnxruntime docs/execution-providers/CUDA-ExecutionProvider.md (CUDA 12.x, cuDNN 9)
   */
  fromNvidia: [
    { library: 'libcudart.so.12', product: 'CUDA 12' },
    { library: 'libcublas.so.12', product: 'CUDA 12' },
    { library: 'libcublasLt.so.12', product: 'CUDA 12' },
    { library: 'libcufft.so.11', product: 'CUDA 12' },
    { library: 'libcurand.so.10', product: 'CUDA 12' },
    { library: 'libcudnn.so.9', product: 'cuDNN 9' },
  ],
  /** @source onnxruntime docs/execution-providers/TensorRT-ExecutionProvider.md (TensorRT 10) */
  forTensorRt: [{ library: 'libnvinfer.so.10', product: 'TensorRT 10' }],
} as const

/** Whether there is such a package for a system; the only one is for Linux x64. */
export const isCudaPlatform = (platform: Platform = THIS_PLATFORM): boolean => providersOf(platform).includes('cuda')

/** The library of ONNX Runtime itself, whose folder is the one it looks for its providers in. */
const RUNTIME_LIBRARY = 'libonnxruntime.so.1'

/** Where Linux x64 systems keep libraries: Debian, Fedora, Arch, containers, WSL, NixOS, NVIDIA's own packages. */
const LIBRARY_FOLDERS = [
  'usr/lib/x86_64-linux-gnu',
  'usr/lib64',
  'usr/lib',
  'usr/local/lib',
  'usr/local/nvidia/lib64',
  'usr/lib/wsl/lib',
  'run/opengl-driver/lib',
  'usr/local/cuda/lib64',
  'usr/local/cuda-12/lib64',
  'opt/cuda/lib64',
]

/** A file system to look at: `/`, or a folder that stands in for it. */
export type SystemRoot = { readonly root: string; readonly libraryPath?: string | undefined }
const THIS_SYSTEM: SystemRoot = { root: '/', libraryPath: process.env.LD_LIBRARY_PATH }

const findLibrary = (name: string, { root, libraryPath }: SystemRoot): string | undefined =>
  [
    ...(libraryPath?.split(':').filter((folder) => folder !== '') ?? []),
    ...LIBRARY_FOLDERS.map((folder) => path.join(root, folder)),
  ]
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file))

export type NvidiaDriver = {
  readonly library: string
  /** '550.54.14'; absent where neither the kernel nor the library's name tells. */
  readonly version?: string
  /** Whether CUDA 12 runs on it; unknown without a version. */
  readonly isNewEnough?: boolean
}

/** @source NVIDIA CUDA Toolkit release notes, table of minor version compatibility: CUDA 12.x needs 525.60.13 on Linux */
const OLDEST_DRIVER = [525, 60, 13]

const isAtLeast = (version: string, oldest: readonly number[]): boolean => {
  const parts = version.split('.').map(Number)
  for (const [index, least] of oldest.entries()) {
    const part = parts[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}

const versionFromKernel = ({ root }: SystemRoot): string | undefined => {
  const file = path.join(root, 'proc/driver/nvidia/version')
  return existsSync(file) ? /Kernel Module.*?\s(\d+\.\d+(?:\.\d+)?)\s/.exec(readFileSync(file, 'utf8'))?.[1] : undefined
}

const versionFromName = (library: string): string | undefined => {
  const folder = path.dirname(library)
  const beside = readdirSync(folder).flatMap((name) => /^libcuda\.so\.(\d+\.\d+(?:\.\d+)?)$/.exec(name)?.[1] ?? [])
  return beside.at(-1)
}

/** NVIDIA's driver, by its library; undefined where there is none. Looks at files alone and starts nothing. */
export const findNvidiaDriver = (system: SystemRoot = THIS_SYSTEM): NvidiaDriver | undefined => {
  const library = findLibrary('libcuda.so.1', system)
  if (!library) return undefined
  const version = versionFromKernel(system) ?? versionFromName(library)
  return version === undefined ? { library } : { library, version, isNewEnough: isAtLeast(version, OLDEST_DRIVER) }
}

type NvidiaLibrary = { readonly library: string; readonly product: string }

/** Libraries of NVIDIA's that are needed and in none of the usual folders. */
export const missingFromNvidia = (
  { isForTensorRt = false }: { isForTensorRt?: boolean } = {},
  system: SystemRoot = THIS_SYSTEM,
): readonly NvidiaLibrary[] => {
  const { fromNvidia, forTensorRt } = CUDA_LIBRARIES
  return [...fromNvidia, ...(isForTensorRt ? forTensorRt : [])].filter(
    ({ library }) => findLibrary(library, system) === undefined,
  )
}

/** Whether ONNX Runtime's own libraries are all there. @param directory where `installCudaLibraries` put them */
export const hasCudaLibraries = (directory: string): boolean =>
  CUDA_LIBRARIES.files.every((file) => existsSync(path.join(directory, file)))

/** SHA-256 of a downloaded package, in hex, to be shown and confirmed. @throws AppCancel */
export const hashPackage = async (file: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file)) {
    if (signal.aborted) throw new AppCancel()
    hash.update(piece)
  }
  return hash.digest('hex')
}

const refused = (reason: string): AppError =>
  new AppError('engine.gpu-unavailable', {
    params: { provider: 'CUDA', reason },
    remedies: ['download-again', 'report'],
  })

export type CudaInstallation = {
  /** The package, as it was downloaded. */
  readonly packageFile: string
  /** In hex; the catalogue's, or where it has none what a person confirmed. Nothing is taken out of a package with another one. */
  readonly sha256: string
  /** Of the app's data; made where it does not exist. */
  readonly directory: string
  /** What the package is to be; preset: the one of the catalogue. */
  readonly package?: CudaPackage
}
export type CudaInstallJob = {
  readonly signal: AbortSignal
  /** Of the libraries, as they are written. */
  progress(state: { readonly doneBytes: number; readonly totalBytes: number }): void
}

/**
 * Takes the libraries out of a downloaded package; each has its name only once it is whole.
 * @throws AppError engine.gpu-unavailable where the hash differs or a library is not in there; model.disk-full (with both
 * sizes, before anything is written), model.corrupt; AppCancel; what the system says. Nothing of a library that was not
 * finished stays
 */
export const installCudaLibraries = async (
  { packageFile, sha256, directory, package: { name, folder, ...known } = PACKAGE }: CudaInstallation,
  { signal, progress }: CudaInstallJob,
): Promise<void> => {
  const found = await hashPackage(packageFile, signal)
  const expected = known.sha256 ?? sha256.toLowerCase()
  if (found !== expected || found !== sha256.toLowerCase())
    throw refused(`the downloaded ${name} has the hash ${found}, not ${found === expected ? sha256 : expected}`)
  const entries = await findZipEntries(packageFile)
  const wanted = CUDA_LIBRARIES.files.map((file) => {
    const entry = entries.find((one) => one.name === folder + file)
    if (!entry) throw refused(`the downloaded ${name} has no ${file}`)
    return { file, entry }
  })
  const totalBytes = wanted.reduce((sum, { entry }) => sum + entry.sizeBytes, 0)
  await mkdir(directory, { recursive: true })
  await checkRoom(directory, totalBytes)
  let doneBytes = 0
  const onBytes = (bytes: number): void => {
    doneBytes += bytes
    progress({ doneBytes, totalBytes })
  }
  progress({ doneBytes, totalBytes })
  for (const { file, entry } of wanted)
    await extract(packageFile, entry, path.join(directory, file), { signal, onBytes })
}

const diskFull = (params: { neededMb: number; freeMb: number } | undefined, cause?: unknown): AppError =>
  new AppError('model.disk-full', { ...(params && { params }), remedies: ['free-disk-space'], cause })

const checkRoom = async (directory: string, neededBytes: number): Promise<void> => {
  const free = await freeBytes(directory)
  if (free !== undefined && free < neededBytes)
    throw diskFull({ neededMb: Math.ceil(neededBytes / 1e6), freeMb: Math.floor(free / 1e6) })
}

const extract = async (
  packageFile: string,
  entry: ZipEntry,
  to: string,
  { signal, onBytes }: { signal: AbortSignal; onBytes(bytes: number): void },
): Promise<void> => {
  async function* counted(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      onBytes(piece.length)
      yield piece
    }
  }
  const partial = `${to}.partial`
  try {
    const packed = createReadStream(packageFile, { start: entry.offset, end: entry.offset + entry.packedBytes - 1 })
    const written = createWriteStream(partial, { mode: 0o644 })
    if (entry.isDeflated) await pipeline(packed, createInflateRaw(), counted, written, { signal })
    else await pipeline(packed, counted, written, { signal })
    const { size } = await stat(partial)
    if (size !== entry.sizeBytes) throw refused(`${path.basename(to)} is not as large as its package says`)
    await rename(partial, to)
  } catch (error) {
    await discard(partial)
    if (signal.aborted) throw new AppCancel()
    if (refusalOf(errnoOf(error)) === 'full') throw diskFull(undefined, error)
    throw error
  }
}

/**
 * Makes a folder one that ONNX Runtime finds its providers in. It looks beside its own library, by the path that one was
 * loaded from, and the app's folder may be read-only; so the library gets a second path here. To be called at each start of
 * a process, because an app image is somewhere else every time.
 * @param runtimeDirectory where onnxruntime-node has its libraries
 * @returns what the process that computes is started with; a process that runs already looks no more
 * @source measured with onnxruntime-node 1.30.0: its binding has a RUNPATH, which `LD_LIBRARY_PATH` precedes
 */
export const cudaEnvironment = (
  directory: string,
  runtimeDirectory: string,
  inherited: string | undefined = process.env.LD_LIBRARY_PATH,
): { readonly LD_LIBRARY_PATH: string } => {
  const link = path.join(directory, RUNTIME_LIBRARY)
  const target = path.join(runtimeDirectory, RUNTIME_LIBRARY)
  if (!lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() || readlinkSync(link) !== target) {
    // Put in the place of the old one in one step: app and command line may be starting processes at the same moment.
    const fresh = `${link}.${process.pid}`
    rmSync(fresh, { force: true })
    symlinkSync(target, fresh)
    renameSync(fresh, link)
  }
  return { LD_LIBRARY_PATH: inherited ? `${directory}:${inherited}` : directory }
}
