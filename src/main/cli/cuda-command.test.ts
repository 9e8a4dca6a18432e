import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { aCudaPackage } from '../../../test/support/a-cuda-package.ts'
import { spawnSource } from '../../../test/support/a-studio.ts'
import { type ModelServer, startModelServer } from '../../../test/support/model-server.ts'
import { type TestFolder, temporaryFolder } from '../../../test/support/test-disk.ts'
import { CUDA_PACKAGE, listDevices } from '../engines/index.ts'
import { silentLog } from '../log/index.ts'
import { createModelClient } from '../models/index.ts'
import { openCudaDesk } from '../studio/index.ts'
import { type InstallCudaFlags, installCudaCommand, removeCudaCommand } from './cuda-command.ts'
import { createReporter } from './reporter.ts'

const PACKAGE = aCudaPackage()
const SHA256 = createHash('sha256').update(PACKAGE).digest('hex')

type Place = AsyncDisposable & {
  folder: TestFolder
  server: ModelServer
  directory: string
  /** What people read on stdout. */
  told(): string
  install(flags: InstallCudaFlags): Promise<boolean>
  remove(): Promise<void>
}

const aPlace = async (platform = { platform: 'linux', arch: 'x64' }): Promise<Place> => {
  const folder = temporaryFolder()
  const server = await startModelServer()
  server.put('/cuda.nupkg', PACKAGE)
  const directory = path.join(folder.directory, 'cuda')
  const models = createModelClient({
    spawnWorker: spawnSource,
    directory: () => folder.directory,
    catalogueFile: path.join(folder.directory, 'no catalogue'),
    log: silentLog,
    isOffline: () => false,
  })
  const desk = openCudaDesk({
    directory,
    fetchPackage: models.fetchPackage,
    onChanged: () => undefined,
    package: { ...CUDA_PACKAGE, url: `${server.url}/cuda.nupkg` },
    platform,
  })
  let told = ''
  const reporter = createReporter(false, 'en', {
    out: (text) => {
      told += text
    },
    err: () => undefined,
    isTerminal: false,
    columns: 80,
  })
  return {
    folder,
    server,
    directory,
    told: () => told,
    install: (flags) =>
      installCudaCommand(desk, flags, () => listDevices(directory), reporter, new AbortController().signal),
    remove: () => removeCudaCommand(desk, reporter),
    [Symbol.asyncDispose]: async () => {
      await models[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

test('without the licence accepted it says what that is, and asks nobody', async () => {
  await using place = await aPlace()
  await expect(place.install({})).rejects.toMatchObject({ code: 'model.licence-not-accepted' })
  expect(place.told()).toContain('--accept-licence MIT')
  expect(place.told()).toContain(CUDA_PACKAGE.licence.url)
  expect(place.told()).toContain(place.server.host)
  expect(place.server.requests).toEqual([])
})

test('says the hash and how to go on, and what it says goes on from there', async () => {
  await using place = await aPlace()
  expect(await place.install({ acceptLicence: 'MIT' })).toBe(false)
  expect(place.told()).toContain(`cosy engines install-cuda --accept-licence MIT --sha256 ${SHA256}\n`)
  expect(existsSync(path.join(place.directory, 'libonnxruntime_providers_cuda.so'))).toBe(false)
  const asked = place.server.requests.length
  expect(await place.install({ acceptLicence: 'MIT', sha256: SHA256 })).toBe(true)
  expect(place.server.requests).toHaveLength(asked)
  expect(place.told()).toMatch(/^CUDA: (missing|ready)/m)
  expect(existsSync(path.join(place.directory, 'libonnxruntime_providers_cuda.so'))).toBe(true)
  await place.remove()
  expect(existsSync(place.directory)).toBe(false)
})

test('takes a package from a file, without a network', async () => {
  await using place = await aPlace()
  const file = path.join(place.folder.directory, 'brought.nupkg')
  writeFileSync(file, PACKAGE)
  expect(await place.install({ acceptLicence: 'MIT', package: file })).toBe(false)
  expect(place.told()).toContain(`--sha256 ${SHA256} --package ${file}\n`)
  const wrong = place.install({ acceptLicence: 'MIT', package: file, sha256: 'd'.repeat(64) })
  await expect(wrong).rejects.toMatchObject({
    code: 'engine.gpu-unavailable',
    params: { reason: expect.stringContaining(SHA256) },
  })
  expect(await place.install({ acceptLicence: 'MIT', package: file, sha256: SHA256 })).toBe(true)
  expect(existsSync(file)).toBe(true)
  expect(place.server.requests).toEqual([])
})

test('what is no hash is wrong usage, and another system is refused by name', async () => {
  await using place = await aPlace()
  await expect(place.install({ acceptLicence: 'MIT', sha256: SHA256.slice(1) })).rejects.toMatchObject({
    code: 'usage.invalid',
  })
  await using other = await aPlace({ platform: 'darwin', arch: 'arm64' })
  await expect(other.install({ acceptLicence: 'MIT' })).rejects.toMatchObject({
    code: 'engine.gpu-unavailable',
    params: { reason: expect.stringContaining('darwin arm64') },
  })
  expect([...place.server.requests, ...other.server.requests]).toEqual([])
})
