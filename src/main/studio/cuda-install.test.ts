import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { aCudaPackage } from '../../../test/support/a-cuda-package.ts'
import { spawnSource } from '../../../test/support/a-studio.ts'
import { type Manners, type ModelServer, startModelServer } from '../../../test/support/model-server.ts'
import { type TestFolder, temporaryFolder } from '../../../test/support/test-disk.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import { CUDA_PACKAGE, type CudaPackage } from '../engines/index.ts'
import { silentLog } from '../log/index.ts'
import { createModelClient } from '../models/index.ts'
import { type CudaDesk, openCudaDesk } from './cuda-install.ts'

const LINUX = { platform: 'linux', arch: 'x64' }
const LIBRARIES = [
  'libonnxruntime_providers_cuda.so',
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_tensorrt.so',
]
const PACKAGE = aCudaPackage()
const SHA256 = createHash('sha256').update(PACKAGE).digest('hex')
const unwatched = { signal: new AbortController().signal, progress: () => undefined }
const OTHER_SHA256 = 'c'.repeat(64)

type Place = AsyncDisposable & {
  folder: TestFolder
  server: ModelServer
  desk: CudaDesk
  /** Where it is installed. */
  directory: string
  /** What was there each time something had changed. */
  changes: string[][]
  put(content: Uint8Array, manners?: Manners): void
}
type Setup = { known?: Partial<CudaPackage>; platform?: typeof LINUX }

/** A desk whose downloads are made by a real process, from a server on this machine. */
const aDesk = async ({ known = {}, platform = LINUX }: Setup = {}): Promise<Place> => {
  const server = await startModelServer()
  const folder = temporaryFolder()
  const directory = path.join(folder.directory, 'user data', 'cuda')
  const models = createModelClient({
    spawnWorker: spawnSource,
    directory: () => folder.directory,
    catalogueFile: path.join(folder.directory, 'no catalogue'),
    log: silentLog,
    isOffline: () => false,
  })
  const changes: string[][] = []
  const put: Place['put'] = (content, manners) => server.put('/cuda.nupkg', content, manners)
  put(PACKAGE)
  const desk = openCudaDesk({
    directory,
    fetchPackage: models.fetchPackage,
    onChanged: () => void changes.push(filesIn(directory)),
    package: { ...CUDA_PACKAGE, url: `${server.url}/cuda.nupkg`, ...known },
    platform,
  })
  return {
    folder,
    server,
    desk,
    directory,
    changes,
    put,
    [Symbol.asyncDispose]: async () => {
      await models[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}
const filesIn = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory).sort() : [])

describe('libraries for CUDA', () => {
  test('are offered with their licence and host, fetched, confirmed by their hash, installed and removed', async () => {
    await using place = await aDesk()
    const { desk, directory, changes } = place
    expect(await desk.offer()).toEqual({
      packageName: 'Microsoft.ML.OnnxRuntime.Gpu.Linux',
      licence: CUDA_PACKAGE.licence,
      host: place.server.host,
      page: CUDA_PACKAGE.page,
      sizeBytes: null,
      isDownloaded: false,
      isInstalled: false,
    })
    const seen: { doneBytes: number; totalBytes: number | null }[] = []
    const fetched = await desk.fetch('MIT', { ...unwatched, progress: (state) => seen.push(state) })
    expect(fetched).toEqual({ sha256: SHA256, sizeBytes: PACKAGE.length, isKnown: false })
    expect(seen.at(0)).toEqual({ doneBytes: 0, totalBytes: null })
    expect(seen.at(-1)).toEqual({ doneBytes: PACKAGE.length, totalBytes: PACKAGE.length })
    expect(await desk.offer()).toMatchObject({ isDownloaded: true, isInstalled: false })
    expect(changes).toEqual([])

    await desk.install(fetched.sha256.toUpperCase(), unwatched)
    expect(changes).toEqual([LIBRARIES])
    expect(await desk.offer()).toMatchObject({ isDownloaded: false, isInstalled: true })

    await desk.remove()
    expect(changes).toEqual([LIBRARIES, []])
    expect(await desk.offer()).toMatchObject({ isDownloaded: false, isInstalled: false })
    expect(filesIn(path.dirname(directory))).toEqual([])
  })

  test('that are known need nobody to confirm them, and no others are taken for them', async () => {
    await using place = await aDesk({ known: { sha256: SHA256, sizeBytes: PACKAGE.length } })
    expect(await place.desk.fetch('MIT', unwatched)).toMatchObject({ sha256: SHA256, isKnown: true })
    await place.desk.install(SHA256, unwatched)

    await using other = await aDesk({ known: { sha256: OTHER_SHA256, sizeBytes: PACKAGE.length } })
    await expect(other.desk.fetch('MIT', unwatched)).rejects.toMatchObject({ code: 'model.download-damaged' })
    expect(filesIn(other.directory)).toEqual([])
  })

  test.each([undefined, 'Apache-2.0'])('are not asked for without their licence: %s', async (licence) => {
    await using place = await aDesk()
    const refusal = { code: 'model.licence-not-accepted', params: { model: CUDA_PACKAGE.name } }
    await expect(place.desk.fetch(licence, unwatched)).rejects.toMatchObject(refusal)
    await expect(place.desk.examine('/none', licence, unwatched.signal)).rejects.toMatchObject(refusal)
    expect(place.server.requests).toEqual([])
  })

  test.each([
    ['win32', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'arm64'],
  ])('are not for %s %s, which is said by name', async (platform, arch) => {
    await using place = await aDesk({ platform: { platform, arch } })
    const refusal = {
      code: 'engine.gpu-unavailable',
      params: { provider: 'CUDA', reason: expect.stringContaining(`${platform} ${arch}`) },
    }
    expect(await place.desk.offer()).toBeNull()
    await expect(place.desk.fetch('MIT', unwatched)).rejects.toMatchObject(refusal)
    await expect(place.desk.examine('/none', 'MIT', unwatched.signal)).rejects.toMatchObject(refusal)
    await expect(place.desk.install(SHA256, unwatched)).rejects.toMatchObject(refusal)
    expect(place.server.requests).toEqual([])
  })

  test('are not installed with another hash than the confirmed one, which can be confirmed rightly yet', async () => {
    await using place = await aDesk()
    await place.desk.fetch('MIT', unwatched)
    await expect(place.desk.install(OTHER_SHA256, unwatched)).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { reason: expect.stringContaining(SHA256) },
    })
    expect(filesIn(place.directory)).toEqual(['package.nupkg'])
    expect(place.changes).toEqual([])
    await place.desk.install(SHA256, unwatched)
    expect(filesIn(place.directory)).toEqual(LIBRARIES)
  })

  test('are downloaded again where what came is of no use', async () => {
    await using place = await aDesk()
    place.put(Buffer.from('<html>Please log in</html>'))
    const { sha256 } = await place.desk.fetch('MIT', unwatched)
    await expect(place.desk.install(sha256, unwatched)).rejects.toMatchObject({
      code: 'model.corrupt',
      remedies: ['download-again'],
    })
    place.put(PACKAGE)
    expect(await place.desk.fetch('MIT', unwatched)).toMatchObject({ sha256: SHA256 })
  })

  test('are not installed before they were downloaded', async () => {
    await using place = await aDesk()
    await expect(place.desk.install(SHA256, unwatched)).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      remedies: ['download-again'],
    })
    expect(filesIn(path.dirname(place.directory))).toEqual([])
  })

  test('come from a package that a person has brought along, which stays', async () => {
    await using place = await aDesk()
    const file = path.join(place.folder.directory, 'brought.nupkg')
    await expect(place.desk.examine(file, 'MIT', unwatched.signal)).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { reason: expect.stringContaining(file) },
    })
    writeFileSync(file, PACKAGE)
    const examined = await place.desk.examine(file, 'MIT', unwatched.signal)
    expect(examined).toEqual({ sha256: SHA256, sizeBytes: PACKAGE.length, isKnown: false })
    await place.desk.install(SHA256, unwatched, file)
    expect(filesIn(place.directory)).toEqual(LIBRARIES)
    expect(readFileSync(file).equals(PACKAGE)).toBe(true)
    expect(place.server.requests).toEqual([])
  })

  test('that do not come are told of with the reason, and whoever cancels hears of no failure', async () => {
    await using place = await aDesk()
    place.put(PACKAGE, { status: 403 })
    await expect(place.desk.fetch('MIT', unwatched)).rejects.toMatchObject({
      code: 'model.download-failed',
      params: { file: CUDA_PACKAGE.name, reason: expect.stringContaining('HTTP 403') },
    })
    place.put(PACKAGE, { hangsAfterBytes: 1 })
    const stop = new AbortController()
    const hanging = place.desk.fetch('MIT', {
      signal: stop.signal,
      progress: ({ totalBytes }) => totalBytes !== null && stop.abort(),
    })
    await expect(hanging).rejects.toBeInstanceOf(AppCancel)
    await expect(place.desk.install(SHA256, unwatched)).rejects.toMatchObject({ code: 'engine.gpu-unavailable' })
    expect(place.changes).toEqual([])
  })
})
