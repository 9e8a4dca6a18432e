import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { aCudaPackage, libraryContent } from '../../../../test/support/a-cuda-package.ts'
import { noTestDiskReason, smallDisk, temporaryFolder } from '../../../../test/support/test-disk.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import {
  CUDA_LIBRARIES,
  cudaEnvironment,
  findNvidiaDriver,
  hasCudaLibraries,
  hashPackage,
  installCudaLibraries,
  missingFromNvidia,
} from './cuda-libraries.ts'

const never = new AbortController().signal
const unwatched = { signal: never, progress: () => undefined }

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')
const downloaded = (directory: string, data: Buffer): { packageFile: string; directory: string; sha256: string } => {
  const packageFile = path.join(directory, 'package.nupkg')
  writeFileSync(packageFile, data)
  return { packageFile, directory: path.join(directory, 'libraries'), sha256: sha256(data) }
}

describe('the catalogue', () => {
  test('names the libraries of the very version of ONNX Runtime that the app has', () => {
    const root = path.resolve(import.meta.dirname, '../../../..')
    const pinned = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    expect(pinned.dependencies['onnxruntime-node']).toBe(CUDA_LIBRARIES.onnxRuntimeVersion)
    expect(CUDA_LIBRARIES.package.url.split(CUDA_LIBRARIES.onnxRuntimeVersion)).toHaveLength(3)
  })

  test('names the files that onnxruntime-node itself would fetch', () => {
    const root = path.resolve(import.meta.dirname, '../../../..')
    const script = readFileSync(path.join(root, 'node_modules/onnxruntime-node/script/install-metadata.js'), 'utf8')
    for (const file of CUDA_LIBRARIES.files) expect(script).toContain(`'${CUDA_LIBRARIES.package.folder}${file}'`)
    expect(script).toContain(`'${CUDA_LIBRARIES.package.name}'`)
  })
})

describe('a package', () => {
  test.each([{ isDeflated: true }, { isDeflated: false }])('gives its libraries and nothing else: %o', async (how) => {
    using folder = temporaryFolder()
    const what = downloaded(folder.directory, aCudaPackage(CUDA_LIBRARIES.files, how))
    expect(await hashPackage(what.packageFile, never)).toBe(what.sha256)
    expect(hasCudaLibraries(what.directory)).toBe(false)
    await installCudaLibraries(what, unwatched)
    expect(hasCudaLibraries(what.directory)).toBe(true)
    expect(readdirSync(what.directory).sort()).toEqual([...CUDA_LIBRARIES.files].sort())
    for (const file of CUDA_LIBRARIES.files)
      expect(readFileSync(path.join(what.directory, file)).equals(libraryContent(file))).toBe(true)
    await installCudaLibraries(what, unwatched)
  })

  test('with another hash than the confirmed one is not opened', async () => {
    using folder = temporaryFolder()
    const what = downloaded(folder.directory, aCudaPackage())
    const confirmed = 'a'.repeat(64)
    await expect(installCudaLibraries({ ...what, sha256: confirmed }, unwatched)).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { provider: 'CUDA', reason: expect.stringContaining(what.sha256) },
      remedies: ['download-again', 'report'],
    })
    expect(existsSync(what.directory)).toBe(false)
  })

  test('that lacks a library installs none', async () => {
    using folder = temporaryFolder()
    const what = downloaded(folder.directory, aCudaPackage(CUDA_LIBRARIES.files.slice(0, 2)))
    await expect(installCudaLibraries(what, unwatched)).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { reason: expect.stringContaining('libonnxruntime_providers_tensorrt.so') },
    })
    expect(existsSync(what.directory)).toBe(false)
  })

  test.each([
    ['no archive', Buffer.from('<html>')],
    ['empty', Buffer.alloc(0)],
    ['cut off', aCudaPackage().subarray(0, -500)],
    ['without its beginning', aCudaPackage().subarray(500)],
  ])('that is damaged is refused: %s', async (_, data) => {
    using folder = temporaryFolder()
    await expect(installCudaLibraries(downloaded(folder.directory, data), unwatched)).rejects.toMatchObject({
      code: 'model.corrupt',
      remedies: ['download-again'],
    })
  })

  test('that nobody wants any more leaves nothing half done', async () => {
    using folder = temporaryFolder()
    const what = downloaded(folder.directory, aCudaPackage())
    await expect(installCudaLibraries(what, { ...unwatched, signal: AbortSignal.abort() })).rejects.toBeInstanceOf(
      AppCancel,
    )
    expect(existsSync(what.directory)).toBe(false)
  })

  test.skipIf(noTestDiskReason() !== undefined)('that does not fit on the disk is not begun', async () => {
    using folder = temporaryFolder()
    using disk = smallDisk(64)
    const what = { ...downloaded(folder.directory, aCudaPackage()), directory: path.join(disk.directory, 'libraries') }
    await expect(installCudaLibraries(what, unwatched)).rejects.toMatchObject({
      code: 'model.disk-full',
      params: { neededMb: 1, freeMb: 0 },
    })
    expect(readdirSync(what.directory)).toEqual([])
  })

  test.skipIf(noTestDiskReason() !== undefined)(
    'says that the disk fills up meanwhile, and leaves nothing half done',
    async () => {
      using folder = temporaryFolder()
      using disk = smallDisk(256)
      const what = {
        ...downloaded(folder.directory, aCudaPackage()),
        directory: path.join(disk.directory, 'libraries'),
      }
      const fillUp = (): void => {
        const filler = openSync(path.join(disk.directory, 'filler'), 'w')
        try {
          while (true) writeSync(filler, Buffer.alloc(4096))
        } catch {
          // Full now.
        } finally {
          closeSync(filler)
        }
      }
      const job = { ...unwatched, progress: ({ doneBytes }: { doneBytes: number }) => doneBytes === 0 && fillUp() }
      await expect(installCudaLibraries(what, job)).rejects.toMatchObject({
        code: 'model.disk-full',
        remedies: ['free-disk-space'],
      })
      expect(readdirSync(what.directory)).toEqual([])
    },
  )

  test('whose library is larger than it says is refused, and leaves nothing half done', async () => {
    using folder = temporaryFolder()
    const what = downloaded(folder.directory, aCudaPackage(CUDA_LIBRARIES.files, { statedBytes: 100 }))
    await expect(installCudaLibraries(what, unwatched)).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { reason: expect.stringContaining('is not as large as') },
    })
    expect(readdirSync(what.directory)).toEqual([])
  })

  test('says how far it is, to the end', async () => {
    using folder = temporaryFolder()
    const seen: { doneBytes: number; totalBytes: number }[] = []
    const job = { ...unwatched, progress: (state: { doneBytes: number; totalBytes: number }) => seen.push(state) }
    await installCudaLibraries(downloaded(folder.directory, aCudaPackage()), job)
    expect(seen.at(0)).toEqual({ doneBytes: 0, totalBytes: 150_000 })
    expect(seen.at(-1)).toEqual({ doneBytes: 150_000, totalBytes: 150_000 })
    expect(seen.length).toBeGreaterThan(3)
  })

  test('is the one whose hash is known, whatever a person confirms', async () => {
    using folder = temporaryFolder()
    const what = downloaded(folder.directory, aCudaPackage())
    const known = { ...CUDA_LIBRARIES.package, sha256: 'b'.repeat(64) }
    await expect(installCudaLibraries({ ...what, package: known }, unwatched)).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { reason: expect.stringContaining(`not ${known.sha256}`) },
    })
    await installCudaLibraries({ ...what, package: { ...known, sha256: what.sha256 } }, unwatched)
    expect(hasCudaLibraries(what.directory)).toBe(true)
  })
})

/** A file system with these files, each empty or as given. */
const systemWith = (directory: string, files: Readonly<Record<string, string>>) => {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true })
    writeFileSync(path.join(directory, file), content)
  }
  return { root: directory }
}
const KERNEL =
  'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\nGCC version: 12.3.0\n'
const OPEN_KERNEL = 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build\n'

describe('the driver of NVIDIA', () => {
  test('is not there where its library is not', () => {
    using folder = temporaryFolder()
    expect(findNvidiaDriver({ root: folder.directory })).toBeUndefined()
    expect(findNvidiaDriver(systemWith(folder.directory, { 'proc/driver/nvidia/version': KERNEL }))).toBeUndefined()
  })

  test.each([
    [KERNEL, '550.54.14', true],
    [OPEN_KERNEL, '570.124.06', true],
    [KERNEL.replace('550.54.14', '525.60.13'), '525.60.13', true],
    [KERNEL.replace('550.54.14', '525.60.11'), '525.60.11', false],
    [KERNEL.replace('550.54.14', '470.256.02'), '470.256.02', false],
  ])('tells its version by the kernel, and whether CUDA 12 runs on it: %#', (kernel, version, isNewEnough) => {
    using folder = temporaryFolder()
    const system = systemWith(folder.directory, {
      'usr/lib/x86_64-linux-gnu/libcuda.so.1': '',
      'proc/driver/nvidia/version': kernel,
    })
    expect(findNvidiaDriver(system)).toEqual({
      library: path.join(folder.directory, 'usr/lib/x86_64-linux-gnu/libcuda.so.1'),
      version,
      isNewEnough,
    })
  })

  test('tells its version by the name of its library where the kernel is silent, as in a container', () => {
    using folder = temporaryFolder()
    const system = systemWith(folder.directory, { 'usr/local/nvidia/lib64/libcuda.so.535.104.05': '' })
    symlinkSync('libcuda.so.535.104.05', path.join(folder.directory, 'usr/local/nvidia/lib64/libcuda.so.1'))
    expect(findNvidiaDriver(system)).toMatchObject({ version: '535.104.05', isNewEnough: true })
  })

  test('may tell no version at all', () => {
    using folder = temporaryFolder()
    const system = systemWith(folder.directory, { 'usr/lib/wsl/lib/libcuda.so.1': '' })
    expect(findNvidiaDriver(system)).toEqual({ library: path.join(folder.directory, 'usr/lib/wsl/lib/libcuda.so.1') })
  })

  test('is found where LD_LIBRARY_PATH says', () => {
    using folder = temporaryFolder()
    systemWith(folder.directory, { 'elsewhere/libcuda.so.1': '' })
    const libraryPath = `/nowhere::${path.join(folder.directory, 'elsewhere')}`
    expect(findNvidiaDriver({ root: folder.directory, libraryPath })).toBeDefined()
  })
})

test('libraries of NVIDIA’s are missing until each is found', () => {
  using folder = temporaryFolder()
  const { fromNvidia, forTensorRt } = CUDA_LIBRARIES
  expect(missingFromNvidia({}, { root: folder.directory })).toEqual(fromNvidia)
  const system = systemWith(
    folder.directory,
    Object.fromEntries(fromNvidia.map(({ library }) => [`usr/local/cuda/lib64/${library}`, ''])),
  )
  expect(missingFromNvidia({}, system)).toEqual([])
  expect(missingFromNvidia({ isForTensorRt: true }, system)).toEqual(forTensorRt)
})

test('a folder of libraries stands beside ONNX Runtime’s own, wherever that is today', () => {
  using folder = temporaryFolder()
  const link = path.join(folder.directory, 'libonnxruntime.so.1')
  expect(cudaEnvironment(folder.directory, '/first', undefined)).toEqual({ LD_LIBRARY_PATH: folder.directory })
  expect(readlinkSync(link)).toBe(path.join('/first', 'libonnxruntime.so.1'))
  const next = cudaEnvironment(folder.directory, '/second', '/usr/lib/other')
  expect(next).toEqual({ LD_LIBRARY_PATH: `${folder.directory}:/usr/lib/other` })
  expect(readlinkSync(link)).toBe(path.join('/second', 'libonnxruntime.so.1'))
  cudaEnvironment(folder.directory, '/second', undefined)
  expect(readdirSync(folder.directory)).toEqual(['libonnxruntime.so.1'])
})
