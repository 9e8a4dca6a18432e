import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
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

/** A zip archive. @source PKWARE APPNOTE.TXT 4.3 */
const zipOf = (files: Readonly<Record<string, Buffer>>, { isDeflated = true } = {}): Buffer => {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let at = 0
  for (const [name, data] of Object.entries(files)) {
    const packed = isDeflated ? deflateRawSync(data) : data
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(isDeflated ? 8 : 0, 4)
    common.writeUInt32LE(crc32(data), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(data.length, 18)
    common.writeUInt16LE(name.length, 22)
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name)])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(at, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, Buffer.from(name)]))
    local.push(head, packed)
    at += head.length + packed.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(central.length, 4)
  end.writeUInt16LE(central.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(at, 12)
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end])
}
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')
const contentOf = (file: string): Buffer => Buffer.alloc(50_000, `${file} `)
const aPackage = (files: readonly string[] = CUDA_LIBRARIES.files, how?: { isDeflated: boolean }): Buffer =>
  zipOf(
    Object.fromEntries([
      ['licence.txt', Buffer.from('MIT')],
      ...files.map((file) => [CUDA_LIBRARIES.package.folder + file, contentOf(file)]),
    ]),
    how,
  )
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
    const what = downloaded(folder.directory, aPackage(undefined, how))
    expect(await hashPackage(what.packageFile, never)).toBe(what.sha256)
    expect(hasCudaLibraries(what.directory)).toBe(false)
    await installCudaLibraries(what, never)
    expect(hasCudaLibraries(what.directory)).toBe(true)
    expect(readdirSync(what.directory).sort()).toEqual([...CUDA_LIBRARIES.files].sort())
    for (const file of CUDA_LIBRARIES.files)
      expect(readFileSync(path.join(what.directory, file)).equals(contentOf(file))).toBe(true)
    await installCudaLibraries(what, never)
  })

  test('with another hash than the confirmed one is not opened', async () => {
    using folder = temporaryFolder()
    const what = downloaded(folder.directory, aPackage())
    const confirmed = 'a'.repeat(64)
    await expect(installCudaLibraries({ ...what, sha256: confirmed }, never)).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { provider: 'CUDA', reason: expect.stringContaining(what.sha256) },
      remedies: ['download-again', 'report'],
    })
    expect(existsSync(what.directory)).toBe(false)
  })

  test('that lacks a library installs none', async () => {
    using folder = temporaryFolder()
    const what = downloaded(folder.directory, aPackage(CUDA_LIBRARIES.files.slice(0, 2)))
    await expect(installCudaLibraries(what, never)).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { reason: expect.stringContaining('libonnxruntime_providers_tensorrt.so') },
    })
    expect(existsSync(what.directory)).toBe(false)
  })

  test.each([
    ['no archive', Buffer.from('<html>')],
    ['empty', Buffer.alloc(0)],
    ['cut off', aPackage().subarray(0, -500)],
    ['without its beginning', aPackage().subarray(500)],
  ])('that is damaged is refused: %s', async (_, data) => {
    using folder = temporaryFolder()
    await expect(installCudaLibraries(downloaded(folder.directory, data), never)).rejects.toMatchObject({
      code: 'model.corrupt',
      remedies: ['download-again'],
    })
  })

  test('that nobody wants any more leaves nothing half done', async () => {
    using folder = temporaryFolder()
    const what = downloaded(folder.directory, aPackage())
    await expect(installCudaLibraries(what, AbortSignal.abort())).rejects.toBeInstanceOf(AppCancel)
    expect(existsSync(what.directory)).toBe(false)
  })

  test.skipIf(noTestDiskReason() !== undefined)(
    'says when the disk is full, and leaves nothing half done',
    async () => {
      using folder = temporaryFolder()
      using disk = smallDisk(64)
      const what = { ...downloaded(folder.directory, aPackage()), directory: path.join(disk.directory, 'libraries') }
      await expect(installCudaLibraries(what, never)).rejects.toMatchObject({ code: 'model.disk-full' })
      expect(readdirSync(what.directory)).toEqual(['libonnxruntime_providers_shared.so'])
    },
  )
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
