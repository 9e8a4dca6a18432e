import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { type HastyClock, hastyClock } from '../../../test/support/hasty-clock.ts'
import { type Manners, type ModelServer, startModelServer } from '../../../test/support/model-server.ts'
import { noTestDiskReason, smallDisk, temporaryFolder } from '../../../test/support/test-disk.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import { silentLog } from '../log/index.ts'
import { type FetchedPackage, fetchPackage, type PackageRequest } from './fetch-package.ts'
import type { InstallProgress } from './install-model.ts'

const KIB = 1024
const CONTENT = Uint8Array.from({ length: 300 * KIB }, (_, index) => (index * 7919) >>> 5)
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const WHOLE = { sha256: sha256(CONTENT), sizeBytes: CONTENT.length }

const serverWith = async (manners: Manners = {}): Promise<ModelServer & { file: string }> => {
  const server = await startModelServer()
  server.put('/the.nupkg', CONTENT, manners)
  return { ...server, file: `${server.url}/the.nupkg` }
}

type Setup = Partial<PackageRequest> & {
  clock?: HastyClock
  signal?: AbortSignal
  progress?(progress: InstallProgress): void
}
const fetchInto = (directory: string, url: string, setup: Setup = {}): Promise<FetchedPackage> => {
  const { clock = hastyClock(), signal = new AbortController().signal, progress = () => undefined, ...known } = setup
  return fetchPackage(
    { url, file: path.join(directory, 'the.nupkg'), name: 'The package', sizeBytes: null, sha256: null, ...known },
    { signal, progress },
    { fetch, clock, random: () => 0.5, log: silentLog, pieceBytes: 32 * KIB, requestBytes: 64 * KIB },
  )
}
const inFolder = (directory: string): readonly string[] => readdirSync(directory).sort()

describe('a package of which nothing is known', () => {
  test('comes as large as the server says, and is said to have its hash', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith()
    const directory = path.join(folder.directory, 'packages')
    const seen: InstallProgress[] = []
    expect(await fetchInto(directory, server.file, { progress: (one) => seen.push(one) })).toEqual(WHOLE)
    expect(sha256(readFileSync(path.join(directory, 'the.nupkg')))).toBe(WHOLE.sha256)
    expect(inFolder(directory)).toEqual(['the.nupkg'])
    expect(readdirSync(folder.directory)).toEqual(['packages'])
    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(['download', 'verify'])
    expect(seen.at(-1)).toMatchObject({ doneBytes: CONTENT.length, totalBytes: CONTENT.length, fraction: 1 })
    expect(seen.map(({ fraction }) => fraction)).toEqual(seen.map(({ fraction }) => fraction).toSorted((a, b) => a - b))
  })

  test('comes from a server that knows no ranges', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({ ignoresRange: true })
    expect(await fetchInto(folder.directory, server.file)).toEqual(WHOLE)
  })

  test('is read and not asked for where it is there already', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({ status: 404 })
    writeFileSync(path.join(folder.directory, 'the.nupkg'), CONTENT)
    expect(await fetchInto(folder.directory, server.file)).toEqual(WHOLE)
    expect(server.requests).toEqual([])
  })

  test('is carried on with after a cancel', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith()
    const stop = new AbortController()
    const cancelled = fetchInto(folder.directory, server.file, {
      signal: stop.signal,
      progress: ({ doneBytes }) => doneBytes >= 64 * KIB && stop.abort(),
    })
    await expect(cancelled).rejects.toBeInstanceOf(AppCancel)
    expect(inFolder(folder.directory)).toEqual(['the.nupkg.part', 'the.nupkg.part.json'])
    const sentBefore = server.requests.length
    expect(await fetchInto(folder.directory, server.file)).toEqual(WHOLE)
    const sentAfter = server.requests.slice(sentBefore).reduce((sum, { sentBytes }) => sum + sentBytes, 0)
    expect(sentAfter).toBeLessThan(CONTENT.length - 32 * KIB)
  })

  test.each([
    ['it answers with HTTP 404', { status: 404 }],
    ['it does not say how large the file is', { ignoresRange: true, isChunked: true }],
    ['it compresses the file (gzip)', { isCompressed: true }],
  ])('is refused with its reason: %s', async (reason, manners) => {
    using folder = temporaryFolder()
    await using server = await serverWith(manners)
    await expect(fetchInto(folder.directory, server.file)).rejects.toMatchObject({
      code: 'model.download-failed',
      params: { file: 'The package', reason: `${server.host}: ${reason}` },
      remedies: ['try-again'],
      retryable: true,
    })
    expect(server.requests).toHaveLength(1)
    expect(inFolder(folder.directory)).toEqual([])
  })

  test('is asked for again while the server is busy, and not for ever', async () => {
    using folder = temporaryFolder()
    const busy = { status: 503, headers: { 'retry-after': '7' } }
    await using server = await serverWith({ firstAnswers: [busy, busy] })
    const clock = hastyClock()
    expect(await fetchInto(folder.directory, server.file, { clock })).toEqual(WHOLE)
    expect(clock.waitsMs.slice(0, 2)).toEqual([7_000, 7_000])

    server.put('/always', CONTENT, { status: 503 })
    await expect(fetchInto(path.join(folder.directory, 'other'), `${server.url}/always`)).rejects.toMatchObject({
      code: 'model.download-failed',
      params: { reason: expect.stringContaining('it is busy (HTTP 503)') },
    })
    expect(server.requests.filter((one) => one.path === '/always')).toHaveLength(6)
  })
})

describe('a package whose hash is known', () => {
  test('is refused where it has another one', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith()
    const wrong = fetchInto(folder.directory, server.file, { sizeBytes: CONTENT.length, sha256: 'a'.repeat(64) })
    await expect(wrong).rejects.toMatchObject({ code: 'model.download-damaged', params: { file: 'The package' } })
    expect(inFolder(folder.directory)).toEqual([])
    expect(await fetchInto(folder.directory, server.file, WHOLE)).toEqual(WHOLE)
  })
})

test('two downloads of the same package do not write into each other', async () => {
  using folder = temporaryFolder()
  await using server = await serverWith({ hangsAfterBytes: 0 })
  const stop = new AbortController()
  const asked = fetchInto(folder.directory, server.file, { signal: stop.signal, sizeBytes: CONTENT.length })
  await vi.waitFor(() => expect(server.requests).not.toEqual([]))
  await expect(fetchInto(folder.directory, server.file)).rejects.toMatchObject({ code: 'model.busy' })
  stop.abort()
  await expect(asked).rejects.toBeInstanceOf(AppCancel)
})

test.skipIf(noTestDiskReason() !== undefined)('a disk that is too small is told before anything comes', async () => {
  using disk = smallDisk(256)
  await using server = await serverWith()
  const directory = path.join(disk.directory, 'packages')
  await expect(fetchInto(directory, server.file)).rejects.toMatchObject({
    code: 'model.disk-full',
    params: { neededMb: expect.any(Number), freeMb: expect.any(Number) },
  })
  expect(existsSync(path.join(directory, 'the.nupkg.part'))).toBe(false)
})
