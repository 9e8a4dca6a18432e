import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { aCatalogue, GRAPH_FILES, sha256, storeDeps, TINY_FILES } from '../../../test/support/a-model-catalogue.ts'
import { type ModelServer, startModelServer } from '../../../test/support/model-server.ts'
import { noTestDiskReason, smallDisk, type TestFolder, temporaryFolder } from '../../../test/support/test-disk.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import { checkBundle, openBundle } from '../model-bundle/index.ts'
import type { Catalogue } from './catalogue.ts'
import type { InstallDeps, InstallJob, InstallProgress } from './install-model.ts'
import { createModelStore, type ModelStore } from './model-store.ts'

const accepted = { acceptedLicence: 'Apache-2.0' }
const unwatched: InstallJob = { signal: new AbortController().signal, progress: () => undefined }

type Place = AsyncDisposable & {
  folder: TestFolder
  server: ModelServer
  catalogue: Catalogue
  store: ModelStore
  at(...names: string[]): string
}

const aStore = async (changes: Partial<InstallDeps> = {}, folder: TestFolder = temporaryFolder()): Promise<Place> => {
  const server = await startModelServer()
  const catalogue = aCatalogue(server)
  return {
    folder,
    server,
    catalogue,
    store: createModelStore(storeDeps(folder.directory, catalogue, changes)),
    at: (...names) => path.join(folder.directory, ...names),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

const totalBytes = [...TINY_FILES.values()].reduce((sum, content) => sum + content.length, 0)
const sentBytes = ({ requests }: ModelServer): number => requests.reduce((sum, one) => sum + one.sentBytes, 0)
const damage = (file: string): void => {
  const bytes = readFileSync(file)
  bytes[100] = (bytes[100] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

describe('installing a model', () => {
  test('downloads it, verifies it, converts it, and removes the download, as one job', async () => {
    await using place = await aStore()
    const seen: InstallProgress[] = []
    const model = await place.store.install('tiny-three', accepted, { ...unwatched, progress: (one) => seen.push(one) })
    expect(model).toMatchObject({
      id: 'tiny-three-cpu',
      directory: place.at('tiny-three-cpu'),
      layout: 'bundle',
      modelId: 'tiny-three',
      name: 'Tiny three',
      precision: 'cpu',
    })
    expect(model.problem).toBeUndefined()
    await checkBundle(model.directory, { ...unwatched, onBytes: () => undefined })
    expect(readdirSync(place.folder.directory)).toEqual(['.downloads', 'tiny-three-cpu'])
    expect(readdirSync(place.at('.downloads'))).toEqual([])

    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(['download', 'verify', 'convert'])
    const fractions = seen.map(({ fraction }) => fraction)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    expect(place.server.requests.map((one) => one.path)).toContain('/tiny/main/llm.rl.pt')
  })

  test('asks for the licence first', async () => {
    await using place = await aStore()
    for (const acceptedLicence of [undefined, 'MIT'])
      await expect(place.store.install('tiny-three', { acceptedLicence }, unwatched)).rejects.toMatchObject({
        code: 'model.licence-not-accepted',
        params: { model: 'Tiny three' },
      })
    expect(place.server.requests).toEqual([])
  })

  test('does nothing where it is installed, and keeps each precision by itself', async () => {
    await using place = await aStore()
    await place.store.install('tiny-three', { ...accepted, keepsDownload: true }, unwatched)
    place.server.requests.length = 0
    await place.store.install('tiny-three', accepted, unwatched)
    await place.store.install('tiny-three', { ...accepted, precision: 'fp32' }, unwatched)
    expect(sentBytes(place.server)).toBe(0)
    expect((await place.store.list()).available[0]?.installedIds).toEqual(['tiny-three-cpu', 'tiny-three-fp32'])
  })

  test('keeps graphs of the community as they are', async () => {
    await using place = await aStore()
    const model = await place.store.install('tiny-graphs', accepted, unwatched)
    expect(model).toMatchObject({ id: 'tiny-graphs', layout: 'sokuji', modelId: 'tiny-graphs' })
    for (const [name, content] of GRAPH_FILES)
      expect(sha256(readFileSync(path.join(model.directory, name)))).toBe(sha256(content))
    expect(readdirSync(place.folder.directory)).toEqual(['.downloads', 'tiny-graphs'])
  })

  test('takes the files from an address of one’s own, and from the others where it has none', async () => {
    await using place = await aStore()
    await using own = await startModelServer()
    for (const [name, content] of TINY_FILES) if (name !== 'flow.pt') own.put(`/mine/${name}`, content)
    own.put('/mine/llm.rl.pt', TINY_FILES.get('llm.pt') ?? new Uint8Array())
    await place.store.install('tiny-three', { ...accepted, mirror: { baseUrl: `${own.url}/mine/` } }, unwatched)
    expect(own.requests.filter(({ path: name }) => name === '/mine/flow.pt').map(({ status }) => status)).toEqual([404])
    const paths = place.server.requests.map((one) => one.path)
    expect(paths).toContain('/tiny/main/flow.pt')
    expect(paths).not.toContain('/tiny/main/hift.pt')
  })

  test('ends with the file that cannot be had, and carries on from there', async () => {
    await using place = await aStore()
    place.server.put('/tiny/main/hift.pt', new Uint8Array(10), { status: 404 })
    await expect(place.store.install('tiny-three', accepted, unwatched)).rejects.toMatchObject({
      code: 'model.download-failed',
      params: { file: 'hift.pt', reason: `${place.server.host}: it answers with HTTP 404` },
    })
    const { downloadedBytes = 0 } = (await place.store.list()).available[0] ?? {}
    expect(downloadedBytes).toBeGreaterThan(0)
    const content = TINY_FILES.get('hift.pt') ?? new Uint8Array()
    place.server.put('/tiny/main/hift.pt', content)
    place.server.requests.length = 0
    await place.store.install('tiny-three', accepted, unwatched)
    expect(sentBytes(place.server)).toBeLessThanOrEqual(totalBytes - downloadedBytes)
  })

  test('cancelled, it keeps what is there', async () => {
    await using place = await aStore()
    const cancel = new AbortController()
    const progress = ({ stage, doneBytes }: InstallProgress): void => {
      if (stage === 'download' && doneBytes > totalBytes / 2) cancel.abort()
    }
    const job = { signal: cancel.signal, progress }
    await expect(place.store.install('tiny-three', accepted, job)).rejects.toBeInstanceOf(AppCancel)
    expect((await place.store.list()).available[0]?.downloadedBytes).toBeGreaterThan(totalBytes / 2)
    place.server.requests.length = 0
    await place.store.install('tiny-three', accepted, unwatched)
    expect(sentBytes(place.server)).toBeLessThan(totalBytes / 2)
  })

  test('is done by one at a time', async () => {
    await using place = await aStore()
    // Whichever of them comes first: the disk says.
    const outcomes = await Promise.allSettled([
      place.store.install('tiny-graphs', accepted, unwatched),
      place.store.install('tiny-graphs', accepted, unwatched),
    ])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const refused = outcomes.find(({ status }) => status === 'rejected')
    expect(refused).toMatchObject({ reason: { code: 'model.busy', retryable: true } })
  })

  test('is for models of the catalogue', async () => {
    await using place = await aStore()
    await expect(place.store.install('tiny', accepted, unwatched)).rejects.toMatchObject({
      code: 'usage.invalid',
      params: { detail: 'there is no model “tiny”; there are tiny-three, tiny-graphs' },
    })
  })

  const cannotMount = noTestDiskReason()
  test.skipIf(cannotMount)(`says first that the disk is too small ${cannotMount ?? ''}`, async () => {
    await using place = await aStore({}, smallDisk(8000))
    await expect(place.store.install('tiny-three', accepted, unwatched)).rejects.toMatchObject({
      code: 'model.disk-full',
      params: { neededMb: Math.ceil((totalBytes + 10 + 5_000_000 + 1024 * 1024) / 1e6), freeMb: 8 },
    })
    expect(place.server.requests).toEqual([])
  })

  test.skipIf(cannotMount)(`says that the disk fills up meanwhile, and carries on ${cannotMount ?? ''}`, async () => {
    const disk = smallDisk(20_000)
    const fillsUp: typeof fetch = (url, init) => {
      disk.resize(1000)
      return fetch(url, init)
    }
    await using place = await aStore({ fetch: fillsUp }, disk)
    await expect(place.store.install('tiny-three', accepted, unwatched)).rejects.toMatchObject({
      code: 'model.disk-full',
      params: { neededMb: 'none' },
    })
    disk.resize(20_000)
    const store = createModelStore(storeDeps(disk.directory, place.catalogue))
    expect((await store.install('tiny-three', accepted, unwatched)).problem).toBeUndefined()
  })
})

describe('a process that is killed', () => {
  const startInstall = (place: Place, modelId: string, marker: string): ChildProcess => {
    const script = path.resolve(import.meta.dirname, '../../../test/support/install-and-wait.ts')
    const args = [script, place.folder.directory, JSON.stringify(place.catalogue), modelId, marker]
    return spawn(process.execPath, args, { stdio: 'inherit' })
  }
  const kill = async (child: ChildProcess): Promise<void> => {
    const ended = new Promise((resolve) => child.on('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  test('in the middle of a download leaves what it had, and nobody waits for it', async () => {
    await using place = await aStore()
    const flow = TINY_FILES.get('flow.pt') ?? new Uint8Array()
    // Its first pieces come, and then nothing more.
    place.server.put('/tiny/main/flow.pt', flow, { hangsAfterBytes: 100 * 1024 })
    const child = startInstall(place, 'tiny-three', place.at('marker'))
    const record = place.at('.downloads', 'tiny-three', 'flow.pt.part.json')
    await vi.waitFor(() => expect(readFileSync(record, 'utf8')).toMatch(/"doneBytes":\[65536,65536/), {
      timeout: 15_000,
    })
    await expect(place.store.install('tiny-three', accepted, unwatched)).rejects.toMatchObject({ code: 'model.busy' })
    await kill(child)

    const { downloadedBytes = 0 } = (await place.store.list()).available[0] ?? {}
    expect(downloadedBytes).toBeGreaterThan(65536)
    place.server.put('/tiny/main/flow.pt', flow)
    place.server.requests.length = 0
    const model = await place.store.install('tiny-three', accepted, unwatched)
    expect(sentBytes(place.server)).toBeLessThanOrEqual(totalBytes - downloadedBytes)
    await checkBundle(model.directory, { ...unwatched, onBytes: () => undefined })
    expect(readdirSync(place.at('.downloads'))).toEqual([])
  })

  test('in the middle of a conversion leaves no model, and the next one carries on', async () => {
    await using place = await aStore()
    const marker = place.at('marker')
    const child = startInstall(place, 'tiny-three', marker)
    await vi.waitFor(() => expect(existsSync(marker)).toBe(true), { timeout: 15_000 })
    await kill(child)
    expect((await place.store.list()).installed).toEqual([])
    expect((await place.store.diskUsage()).unfinishedBytes).toBeGreaterThan(totalBytes)
    place.server.requests.length = 0
    expect((await place.store.install('tiny-three', accepted, unwatched)).problem).toBeUndefined()
    expect(sentBytes(place.server)).toBe(0)
    expect(readdirSync(place.folder.directory)).toEqual(['.downloads', 'marker', 'tiny-three-cpu'])
  })
})

describe('models that are there', () => {
  test('are listed with what is wrong with them', async () => {
    await using place = await aStore()
    await place.store.install('tiny-graphs', accepted, unwatched)
    await place.store.install('tiny-three', accepted, unwatched)
    truncateSync(place.at('tiny-graphs', 'vocab.json'), 10)
    rmSync(place.at('tiny-three-cpu', 'campplus.onnx'))
    // Neither is a model.
    mkdirSync(place.at('empty'))
    writeFileSync(place.at('file'), '')
    const { installed } = await place.store.list()
    expect(
      installed.map(({ id, modelId, problem }) => [id, modelId, problem?.params.file, problem?.params.reason]),
    ).toEqual([
      ['tiny-graphs', 'tiny-graphs', 'vocab.json', 'size-differs'],
      ['tiny-three-cpu', 'tiny-three', 'campplus.onnx', 'not-there'],
    ])
  })

  test('are removed as a whole', async () => {
    await using place = await aStore()
    await place.store.install('tiny-graphs', accepted, unwatched)
    await place.store.remove('tiny-graphs')
    expect(readdirSync(place.folder.directory)).toEqual(['.downloads'])
    for (const id of ['tiny-graphs', '../tiny-graphs', '.downloads'])
      await expect(place.store.remove(id)).rejects.toMatchObject({ code: 'model.not-found' })
  })

  test('say what they take, and what was left unfinished', async () => {
    await using place = await aStore()
    const { directory } = await place.store.install('tiny-graphs', accepted, unwatched)
    place.server.put('/tiny/main/flow.pt', new Uint8Array(10), { status: 404 })
    await expect(place.store.install('tiny-three', accepted, unwatched)).rejects.toThrow()
    const usage = await place.store.diskUsage()
    const graphBytes = [...GRAPH_FILES.values()].reduce((sum, content) => sum + content.length, 0)
    const manifestBytes = statSync(path.join(directory, 'downloaded.json')).size
    expect(usage.models).toEqual([{ id: 'tiny-graphs', sizeBytes: graphBytes + manifestBytes }])
    expect(usage.unfinishedBytes).toBeGreaterThan(0)
    expect(usage.freeBytes).toBeGreaterThan(0)
    expect(await place.store.removeUnfinished()).toBe(usage.unfinishedBytes)
    expect((await place.store.diskUsage()).unfinishedBytes).toBe(0)
    expect((await place.store.list()).installed.map(({ id }) => id)).toEqual(['tiny-graphs'])
  })

  test('lets what is at work alone, and clears away what nobody works on', async () => {
    await using place = await aStore()
    for (const name of ['my-cpu.partial', 'old-cpu.partial']) {
      mkdirSync(place.at(name))
      writeFileSync(place.at(name, 'llm.onnx.data'), 'a'.repeat(1000))
    }
    // A checkpoint that is being imported is claimed by the converter.
    const held = `my-cpu.claim.${process.ppid}.0123456789ab`
    for (const claim of [held, `old-cpu.claim.${2 ** 30}.0123456789ab`]) writeFileSync(place.at(claim), '')
    expect(await place.store.removeUnfinished()).toBe(1000)
    expect(readdirSync(place.folder.directory).sort()).toEqual(['.downloads', held, 'my-cpu.partial'])
    expect(readdirSync(place.at('.downloads'))).toEqual([])
  })

  test('asks a disk on which there is no folder yet, and makes none', async () => {
    await using place = await aStore()
    const store = createModelStore(storeDeps(place.at('not', 'yet'), place.catalogue))
    expect((await store.diskUsage()).freeBytes).toBeGreaterThan(0)
    expect(readdirSync(place.folder.directory)).toEqual([])
  })
})

describe('repairing a model', () => {
  test('finds nothing wrong where all is well', async () => {
    await using place = await aStore()
    await place.store.install('tiny-three', accepted, unwatched)
    place.server.requests.length = 0
    expect((await place.store.repair('tiny-three-cpu', {}, unwatched)).damaged).toEqual([])
    expect(place.server.requests).toEqual([])
  })

  test('gets single files where the catalogue has them as they are', async () => {
    await using place = await aStore()
    await place.store.install('tiny-three', accepted, unwatched)
    damage(place.at('tiny-three-cpu', 'campplus.onnx'))
    rmSync(place.at('tiny-three-cpu', 'vocab.json'))
    place.server.requests.length = 0
    const { damaged, model } = await place.store.repair('tiny-three-cpu', {}, unwatched)
    expect(damaged.toSorted()).toEqual(['campplus.onnx', 'vocab.json'])
    expect(model.problem).toBeUndefined()
    expect(new Set(place.server.requests.map((one) => one.path))).toEqual(
      new Set(['/tiny/main/campplus.onnx', '/tiny/main/CosyVoice-BlankEN/vocab.json']),
    )
    await checkBundle(model.directory, { ...unwatched, onBytes: () => undefined })
  })

  test.each<[string, (folder: string) => void]>([
    ['a graph of it is damaged', (folder) => damage(path.join(folder, 'llm.weights'))],
    ['it does not know any more what it is', (folder) => writeFileSync(path.join(folder, 'bundle.json'), '{')],
  ])('makes it again where %s', async (_what, spoil) => {
    await using place = await aStore()
    const before = await place.store.install('tiny-three', { ...accepted, precision: 'fp32' }, unwatched)
    const { manifest } = await openBundle(before.directory)
    spoil(before.directory)
    const { damaged, model } = await place.store.repair('tiny-three-fp32', {}, unwatched)
    expect(damaged.length).toBe(1)
    expect((await checkBundle(model.directory, { ...unwatched, onBytes: () => undefined })).manifest).toEqual(manifest)
    expect(readdirSync(place.folder.directory)).toEqual(['.downloads', 'tiny-three-fp32'])
  })

  test('gets files of graphs that are used as they are', async () => {
    await using place = await aStore()
    const { directory } = await place.store.install('tiny-graphs', accepted, unwatched)
    damage(path.join(directory, 'onnx/llm.onnx'))
    place.server.requests.length = 0
    expect((await place.store.repair('tiny-graphs', {}, unwatched)).damaged).toEqual(['onnx/llm.onnx'])
    expect((await place.store.repair('tiny-graphs', {}, unwatched)).damaged).toEqual([])
    expect(new Set(place.server.requests.map((one) => one.path))).toEqual(new Set(['/graphs/main/onnx/llm.onnx']))
  })

  test('of a model that nobody else has says what is damaged', async () => {
    await using place = await aStore()
    const { directory } = await place.store.install('tiny-three', accepted, unwatched)
    const alone = createModelStore(storeDeps(place.folder.directory, { formatVersion: 1, models: [] }))
    damage(path.join(directory, 'llm.weights'))
    await expect(alone.repair('tiny-three-cpu', {}, unwatched)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file: 'llm.weights', reason: 'checksum-differs' },
    })
  })
})

describe('importing a model', () => {
  test('from the folder of a bundle copies it and knows what it is', async () => {
    await using from = await aStore()
    await using place = await aStore()
    const { directory } = await from.store.install('tiny-three', accepted, unwatched)
    cpSync(directory, from.at('drive'), { recursive: true })
    const seen: InstallProgress[] = []
    const job = { ...unwatched, progress: (one: InstallProgress) => seen.push(one) }
    const model = await place.store.importFrom(from.at('drive'), {}, job)
    expect(model).toMatchObject({ id: 'tiny-three-cpu', modelId: 'tiny-three', precision: 'cpu' })
    expect(seen.at(-1)?.fraction).toBe(1)
    expect((await place.store.importFrom(from.at('drive'), {}, unwatched)).id).toBe('tiny-three-cpu-2')
    expect(readdirSync(place.at('.downloads'))).toEqual([])
  })

  test('from a damaged bundle takes nothing in', async () => {
    await using from = await aStore()
    await using place = await aStore()
    const { directory } = await from.store.install('tiny-three', accepted, unwatched)
    damage(path.join(directory, 'vocoder.weights'))
    await expect(place.store.importFrom(directory, {}, unwatched)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file: 'vocoder.weights' },
    })
    expect(readdirSync(place.folder.directory)).toEqual(['.downloads'])
    expect(readdirSync(place.at('.downloads'))).toEqual([])
  })

  test('from a checkpoint converts it from where it lies', async () => {
    await using place = await aStore()
    using drive = temporaryFolder()
    const folder = path.join(drive.directory, 'My Voice (2)')
    for (const [name, content] of TINY_FILES) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
      writeFileSync(path.join(folder, name), content)
    }
    expect(await place.store.importFrom(folder, { precision: 'fp32' }, unwatched)).toMatchObject({
      id: 'tiny-three-fp32',
      modelId: 'tiny-three',
    })
    const elsewhere = createModelStore(storeDeps(place.at('other'), { formatVersion: 1, models: [] }))
    expect(await elsewhere.importFrom(folder, {}, unwatched)).toMatchObject({
      id: 'my-voice-2-cpu',
      name: 'my-voice-2-cpu',
    })
    expect(place.server.requests).toEqual([])
  })

  test('from graphs that the catalogue knows copies them', async () => {
    await using place = await aStore()
    using drive = temporaryFolder()
    for (const [name, content] of GRAPH_FILES) {
      mkdirSync(path.dirname(path.join(drive.directory, name)), { recursive: true })
      writeFileSync(path.join(drive.directory, name), content)
    }
    expect(await place.store.importFrom(drive.directory, {}, unwatched)).toMatchObject({
      id: 'tiny-graphs',
      layout: 'sokuji',
    })
    damage(path.join(drive.directory, 'vocab.json'))
    await expect(place.store.importFrom(drive.directory, {}, unwatched)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file: 'vocab.json' },
    })
  })

  test('from anything else says that there is none', async () => {
    await using place = await aStore()
    using drive = temporaryFolder()
    for (const source of [drive.directory, path.join(drive.directory, 'nowhere')])
      await expect(place.store.importFrom(source, {}, unwatched)).rejects.toMatchObject({
        code: 'model.not-found',
        params: { folder: source },
      })
  })

  const cannotMount = noTestDiskReason()
  test.skipIf(cannotMount)(`says first that the disk is too small ${cannotMount ?? ''}`, async () => {
    await using from = await aStore()
    const { directory } = await from.store.install('tiny-three', accepted, unwatched)
    await using place = await aStore({}, smallDisk(1500))
    await expect(place.store.importFrom(directory, {}, unwatched)).rejects.toMatchObject({
      code: 'model.disk-full',
      params: { neededMb: expect.any(Number) },
    })
    expect(readdirSync(place.at('.downloads'))).toEqual([])
  })
})

describe('a model pack', () => {
  const packed = async (place: Place, modelId: string, id: string): Promise<string> => {
    await place.store.install(modelId, accepted, unwatched)
    const file = place.at(`${modelId}.cosymodel`)
    await place.store.exportPack(id, file, unwatched)
    return file
  }

  test.each([
    ['tiny-three', 'tiny-three-cpu'],
    ['tiny-graphs', 'tiny-graphs'],
  ])('of %s is what another machine imports', async (modelId, id) => {
    await using from = await aStore()
    await using place = await aStore()
    const file = await packed(from, modelId, id)
    const model = await place.store.importFrom(file, {}, unwatched)
    expect(model).toMatchObject({ id, modelId })
    expect((await place.store.repair(id, {}, unwatched)).damaged).toEqual([])
    // The same model makes the same bytes.
    const again = place.at('again.cosymodel')
    await place.store.exportPack(id, again, unwatched)
    expect(sha256(readFileSync(again))).toBe(sha256(readFileSync(file)))
  })

  test('is a tar as any program reads and writes it', async () => {
    await using place = await aStore()
    const file = await packed(place, 'tiny-three', 'tiny-three-cpu')
    using drive = temporaryFolder()
    const tar = (...args: string[]): string => {
      const { status, stdout, stderr } = spawnSync('tar', args, { encoding: 'utf8', cwd: drive.directory })
      expect(stderr).toBe('')
      expect(status).toBe(0)
      return stdout
    }
    expect(tar('-tf', file).split('\n')[0]).toBe('tiny-three-cpu/bundle.json')
    tar('-xf', file)
    await checkBundle(path.join(drive.directory, 'tiny-three-cpu'), { ...unwatched, onBytes: () => undefined })
    tar('--format=pax', '-cf', 'again.tar', './tiny-three-cpu')
    expect((await place.store.importFrom(path.join(drive.directory, 'again.tar'), {}, unwatched)).id).toBe(
      'tiny-three-cpu-2',
    )
  })

  test.each<[string, (bytes: Buffer) => Uint8Array, string]>([
    ['is cut off', (bytes) => bytes.subarray(0, bytes.length / 2), 'ends-early'],
    ['is something else', () => Buffer.from('no pack at all'), 'no-pack'],
    ['is empty', () => new Uint8Array(), 'no-pack'],
    ['was altered', (bytes) => bytes.fill(7, bytes.length - 20_000, bytes.length - 19_000), 'checksum'],
  ])('that %s is refused, and nothing stays', async (_what, spoil, reason) => {
    await using from = await aStore()
    await using place = await aStore()
    const file = await packed(from, 'tiny-three', 'tiny-three-cpu')
    writeFileSync(file, spoil(readFileSync(file)))
    await expect(place.store.importFrom(file, {}, unwatched)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { reason: expect.stringContaining(reason) },
    })
    expect((await place.store.list()).installed).toEqual([])
    expect((await place.store.diskUsage()).unfinishedBytes).toBe(0)
  })

  test.each<[string, string[]]>([
    ['leads out of its folder', ['-P', '../outside']],
    ['holds a link', ['model/link']],
  ])('that %s is refused', async (_what, members) => {
    await using place = await aStore()
    using drive = temporaryFolder()
    mkdirSync(path.join(drive.directory, 'in/model'), { recursive: true })
    writeFileSync(path.join(drive.directory, 'outside'), 'x')
    spawnSync('ln', ['-s', '/etc/passwd', path.join(drive.directory, 'in/model/link')])
    const file = path.join(drive.directory, 'bad.tar')
    spawnSync('tar', ['-cf', file, ...members], { cwd: path.join(drive.directory, 'in') })
    await expect(place.store.importFrom(file, {}, unwatched)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { reason: 'foreign-file' },
    })
  })

  test('is not made of a damaged model, and an older one stays', async () => {
    await using place = await aStore()
    const file = await packed(place, 'tiny-graphs', 'tiny-graphs')
    const before = sha256(readFileSync(file))
    damage(place.at('tiny-graphs', 'onnx/llm.onnx'))
    await expect(place.store.exportPack('tiny-graphs', file, unwatched)).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file: 'onnx/llm.onnx' },
    })
    expect(sha256(readFileSync(file))).toBe(before)
    expect(existsSync(`${file}.part`)).toBe(false)
  })

  const cannotMount = noTestDiskReason()
  test.skipIf(cannotMount)(`that does not fit on the disk is not begun ${cannotMount ?? ''}`, async () => {
    await using place = await aStore()
    await place.store.install('tiny-three', accepted, unwatched)
    using disk = smallDisk(500)
    const file = path.join(disk.directory, 'model.cosymodel')
    await expect(place.store.exportPack('tiny-three-cpu', file, unwatched)).rejects.toMatchObject({
      code: 'model.disk-full',
      params: { freeMb: 0 },
    })
    expect(readdirSync(disk.directory)).toEqual([])
  })
})
