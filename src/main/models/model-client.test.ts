import type { ChildProcess } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { aCatalogue, GRAPH_FILES, TINY_FILES } from '../../../test/support/a-model-catalogue.ts'
import { type ModelServer, startModelServer } from '../../../test/support/model-server.ts'
import { type TestFolder, temporaryFolder } from '../../../test/support/test-disk.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import type { Log } from '../log/index.ts'
import { checkBundle } from '../model-bundle/index.ts'
import { spawnOnNode } from '../worker-process/index.ts'
import type { InstallJob, InstallProgress } from './install-model.ts'
import { createModelClient, type ModelClient } from './model-client.ts'

const accepted = { acceptedLicence: 'Apache-2.0' }
const unwatched: InstallJob = { signal: new AbortController().signal, progress: () => undefined }

type Place = AsyncDisposable & {
  folder: TestFolder
  server: ModelServer
  client: ModelClient
  children: ChildProcess[]
  isOffline: boolean
  logged: Parameters<Log>[]
  at(...names: string[]): string
}

/** The client with its worker as a real process, from source. */
const aClient = async (): Promise<Place> => {
  const server = await startModelServer()
  const folder = temporaryFolder()
  const at = (...names: string[]): string => path.join(folder.directory, ...names)
  const children: ChildProcess[] = []
  const logged: Parameters<Log>[] = []
  writeFileSync(at('catalogue.json'), JSON.stringify(aCatalogue(server)))
  const client = createModelClient({
    spawnWorker: spawnOnNode(import.meta.dirname, '.ts', (child) => children.push(child)),
    directory: () => at('models'),
    catalogueFile: at('catalogue.json'),
    log: (...entry) => logged.push(entry),
    isOffline: () => place.isOffline,
  })
  const place: Place = {
    isOffline: false,
    folder,
    server,
    client,
    children,
    logged,
    at,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
  return place
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** A job that calls back as soon as something has come. */
const watched = (onBytes: () => void, signal = unwatched.signal): InstallJob => ({
  signal,
  progress: ({ stage, doneBytes }) => {
    if (stage === 'download' && doneBytes > 0) onBytes()
  },
})

describe('a store whose work is done in other processes', () => {
  test('installs, exports, imports, repairs and removes a model', async () => {
    await using place = await aClient()
    const { client } = place
    const seen: InstallProgress[] = []
    const model = await client.install(
      'tiny-three',
      { ...accepted, precision: 'fp32' },
      { ...unwatched, progress: (one) => seen.push(one) },
    )
    expect(model).toMatchObject({ id: 'tiny-three-fp32', directory: place.at('models', 'tiny-three-fp32') })
    expect(model.problem).toBeUndefined()
    await checkBundle(model.directory, { ...unwatched, onBytes: () => undefined })
    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(['download', 'verify', 'convert'])
    expect(seen.at(-1)).toMatchObject({ fraction: 1, part: expect.any(String) })
    expect(place.logged).toContainEqual(['info', 'model installed', { model: 'tiny-three', place: 'tiny-three-fp32' }])
    expect(place.logged.map(([level, message]) => `${level} ${message}`)).toContain(
      'warn done without an optional file',
    )

    const pack = place.at('tiny.cosymodel')
    await client.exportPack(model.id, pack, unwatched)
    await client.remove(model.id)
    expect((await client.list()).installed).toEqual([])
    expect(await client.importFrom(pack, {}, unwatched)).toMatchObject({ id: model.id, modelId: 'tiny-three' })
    writeFileSync(path.join(model.directory, 'vocab.json'), 'damaged')
    expect(await client.repair(model.id, {}, unwatched)).toMatchObject({ damaged: ['vocab.json'] })
    expect((await client.list()).available[0]?.installedIds).toEqual([model.id])
    expect((await client.diskUsage()).unfinishedBytes).toBe(0)
  })

  test('has no process where nothing is at work', async () => {
    await using place = await aClient()
    await place.client.list()
    await place.client.diskUsage()
    expect(place.children).toEqual([])
    await place.client.install('tiny-graphs', accepted, unwatched)
    expect(place.children.map(hasEnded)).toEqual([true])
  })

  test('says what is wrong as the store itself does', async () => {
    await using place = await aClient()
    const { client } = place
    const codeOf = (work: Promise<unknown>) => expect(work).rejects
    await codeOf(client.install('tiny-three', { acceptedLicence: undefined }, unwatched)).toMatchObject({
      code: 'model.licence-not-accepted',
      params: { model: 'Tiny three' },
    })
    await codeOf(client.install('tiny-four', accepted, unwatched)).toMatchObject({ code: 'usage.invalid' })
    await codeOf(client.repair('tiny-three-cpu', {}, unwatched)).toMatchObject({ code: 'model.not-found' })
    place.server.put('/graphs/main/vocab.json', new Uint8Array(20 * 1024))
    await codeOf(client.install('tiny-graphs', accepted, unwatched)).toMatchObject({
      code: 'model.download-damaged',
      params: { file: 'vocab.json' },
    })
  })

  test('cancelled, it keeps what is there and carries on from it', async () => {
    await using place = await aClient()
    const [name = '', content = new Uint8Array()] = [...GRAPH_FILES][0] ?? []
    place.server.put(`/graphs/main/${name}`, content, { hangsAfterBytes: 200_000 })
    const cancel = new AbortController()
    const job = watched(() => cancel.abort(), cancel.signal)
    await expect(place.client.install('tiny-graphs', accepted, job)).rejects.toBeInstanceOf(AppCancel)
    expect(place.children.map(hasEnded)).toEqual([true])
    const { downloadedBytes = 0 } = (await place.client.list()).available[1] ?? {}
    expect(downloadedBytes).toBeGreaterThan(0)

    place.server.put(`/graphs/main/${name}`, content)
    place.server.requests.length = 0
    await place.client.install('tiny-graphs', accepted, unwatched)
    const sentBytes = place.server.requests.reduce((sum, one) => sum + one.sentBytes, 0)
    expect(sentBytes).toBe(300 * 1024 + 20 * 1024 - downloadedBytes)
  })

  test('a process that ends by itself fails its job alone, and the same call works', async () => {
    await using place = await aClient()
    const content = TINY_FILES.get('llm.pt') ?? new Uint8Array()
    place.server.put('/tiny/main/llm.rl.pt', content, { hangsAfterBytes: 1000 })
    const job = watched(() => place.children[0]?.kill('SIGKILL'))
    const ended = expect(place.client.install('tiny-three', accepted, job)).rejects.toMatchObject({
      code: 'model.interrupted',
      retryable: true,
      remedies: ['try-again', 'report'],
    })
    await Promise.all([ended, place.client.install('tiny-graphs', accepted, unwatched)])
    place.server.put('/tiny/main/llm.rl.pt', content)
    await place.client.install('tiny-three', { ...accepted, precision: 'fp32' }, unwatched)
    expect((await place.client.list()).installed.map(({ id }) => id)).toEqual(['tiny-graphs', 'tiny-three-fp32'])
    expect(readdirSync(place.at('models')).sort()).toEqual(['.downloads', 'tiny-graphs', 'tiny-three-fp32'])
  })

  test('leaves Ctrl+C to its owner', async () => {
    await using place = await aClient()
    const heard: boolean[] = []
    const job = watched(() => heard.push(place.children[0]?.kill('SIGINT') ?? false))
    await place.client.install('tiny-graphs', accepted, job)
    expect(heard[0]).toBe(true)
  })

  test('refuses a second job on the same model, and does not remove it meanwhile', async () => {
    await using place = await aClient()
    const [name = '', content = new Uint8Array()] = [...GRAPH_FILES][0] ?? []
    place.server.put(`/graphs/main/${name}`, content, { hangsAfterBytes: 1000 })
    const cancel = new AbortController()
    const busy = { code: 'model.busy', retryable: true }
    let first: Promise<unknown> = Promise.resolve()
    await new Promise<void>((resolve) => {
      first = place.client.install('tiny-graphs', accepted, watched(resolve, cancel.signal))
      first.catch(() => undefined)
    })
    await expect(place.client.install('tiny-graphs', accepted, unwatched)).rejects.toMatchObject(busy)
    expect(await place.client.removeUnfinished()).toBe(0)
    cancel.abort()
    await expect(first).rejects.toBeInstanceOf(AppCancel)
    expect(await place.client.removeUnfinished()).toBeGreaterThan(0)
  })

  test('offline, it asks nobody for a model, and does what needs nobody', async () => {
    await using place = await aClient()
    const { client, server } = place
    const { id, directory } = await client.install('tiny-graphs', accepted, unwatched)
    server.requests.length = 0
    place.isOffline = true
    const offline = { code: 'model.offline', retryable: false }
    await expect(client.install('tiny-three', accepted, unwatched)).rejects.toMatchObject(offline)
    const request = { url: `${server.url}/graphs/main/vocab.json`, file: place.at('package', 'file'), name: 'Package' }
    for (const sizeBytes of [null, 20 * 1024])
      await expect(client.fetchPackage({ ...request, sizeBytes, sha256: null }, unwatched)).rejects.toMatchObject(
        offline,
      )
    expect(await client.repair(id, {}, unwatched)).toMatchObject({ damaged: [] })
    writeFileSync(path.join(directory, 'vocab.json'), 'damaged')
    await expect(client.repair(id, {}, unwatched)).rejects.toMatchObject(offline)
    expect(server.requests).toEqual([])

    place.isOffline = false
    expect(await client.repair(id, {}, unwatched)).toMatchObject({ damaged: ['vocab.json'] })
  })

  test('a download ends when the app is to stay offline, and keeps what it has', async () => {
    await using place = await aClient()
    const [name = '', content = new Uint8Array()] = [...GRAPH_FILES][0] ?? []
    place.server.put(`/graphs/main/${name}`, content, { hangsAfterBytes: 200_000 })
    const job = watched(() => {
      place.isOffline = true
      place.client.offlineChanged()
    })
    await expect(place.client.install('tiny-graphs', accepted, job)).rejects.toMatchObject({ code: 'model.offline' })
    expect(place.children.map(hasEnded)).toEqual([true])
    expect((await place.client.list()).available[1]?.downloadedBytes).toBeGreaterThan(0)
  })

  test('disposing ends what is at work', async () => {
    await using place = await aClient()
    place.server.put('/graphs/main/vocab.json', GRAPH_FILES.get('vocab.json') ?? new Uint8Array(), {
      hangsAfterBytes: 1000,
    })
    let work: Promise<unknown> = Promise.resolve()
    await new Promise<void>((resolve) => {
      work = place.client.install('tiny-graphs', accepted, watched(resolve))
      work.catch(() => undefined)
    })
    await place.client[Symbol.asyncDispose]()
    expect(place.children.map(hasEnded)).toEqual([true])
    await expect(work).rejects.toMatchObject({ retryable: true })
  })
})
