import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { type HastyClock, hastyClock } from '../../../test/support/hasty-clock.ts'
import { type Manners, type ModelServer, startModelServer } from '../../../test/support/model-server.ts'
import { noTestDiskReason, smallDisk, type TestFolder, temporaryFolder } from '../../../test/support/test-disk.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import { createConnectionLine } from './connection-line.ts'
import { downloadFile } from './download-file.ts'
import type { DownloadJob, DownloadRequest } from './fetch-from.ts'

const KIB = 1024
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
/** No stretch of it is like another. */
const someBytes = (sizeBytes: number, seed = 1): Uint8Array => {
  let state = seed
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}
const CONTENT = someBytes(600 * KIB)
const OTHER = someBytes(600 * KIB, 2)

type Setup = {
  folder: TestFolder
  urls: readonly string[]
  clock?: HastyClock
  content?: Uint8Array
  hash?: string | null
  signal?: AbortSignal
  progress?: DownloadJob['progress']
  fetch?: typeof fetch
  pieceBytes?: number
}

const download = ({
  folder,
  urls,
  clock = hastyClock(),
  content = CONTENT,
  hash = sha256(content),
  signal = new AbortController().signal,
  progress = () => undefined,
  fetch: ask = fetch,
  pieceBytes = 32 * KIB,
}: Setup): Promise<void> => {
  const request: DownloadRequest = {
    file: path.join(folder.directory, 'llm.pt'),
    name: 'llm.pt',
    sizeBytes: content.length,
    sha256: hash,
    urls,
    order: 0,
  }
  const line = createConnectionLine(clock)
  const deps = { fetch: ask, clock, random: () => 0.5, line, pieceBytes, requestBytes: 2 * pieceBytes }
  return downloadFile(request, { signal, progress }, deps)
}

const downloaded = ({ directory }: TestFolder): Buffer => readFileSync(path.join(directory, 'llm.pt'))
/** A server with one file, behaving like that. */
const serverWith = async (manners: Manners, content = CONTENT): Promise<ModelServer & { file: string }> => {
  const server = await startModelServer()
  server.put('/llm.pt', content, manners)
  return { ...server, file: `${server.url}/llm.pt` }
}
const expectWhole = (folder: TestFolder, content = CONTENT): void => {
  expect(sha256(downloaded(folder))).toBe(sha256(content))
  expect(readdirSync(folder.directory)).toEqual(['llm.pt'])
}

describe('downloading a file', () => {
  test('asks for its parts over a few connections and gives it its name when it is right', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({ gathers: 4 })
    const seen: { doneBytes: number; verifiedBytes: number }[] = []
    await download({ folder, urls: [server.file], progress: (state) => seen.push(state) })
    expectWhole(folder)
    expect(server.requests.map(({ status }) => status)).toEqual(server.requests.map(() => 206))
    expect(server.requests.length).toBeGreaterThan(5)
    expect(server.mostAtOnce()).toBe(4)
    // Every byte was sent once.
    expect(server.requests.reduce((sum, { sentBytes }) => sum + sentBytes, 0)).toBe(CONTENT.length)
    expect(new Set(server.requests.map(({ acceptEncoding }) => acceptEncoding))).toEqual(new Set(['identity']))
    expect(seen.at(-1)).toEqual({ doneBytes: CONTENT.length, verifiedBytes: CONTENT.length })
  })

  test.each<[string, Manners]>([
    ['ignores ranges', { ignoresRange: true }],
    ['ignores ranges and says no length', { ignoresRange: true, isChunked: true }],
    ['drops every connection', { dropsAfterBytes: 20 * KIB }],
    ['has no ETag', { etags: [null] }],
    ['has a date instead of an ETag', { lastModified: 'Tue, 14 Nov 2023 22:13:20 GMT' }],
    ['has another ETag each time', { etags: Array.from({ length: 999 }, (_, index) => `"${index}"`) }],
    [
      'is busy at first',
      { firstAnswers: [{ status: 429, headers: { 'retry-after': '7' } }, { status: 503 }, { status: 500 }] },
    ],
  ])('from a server that %s ends up right', async (_how, manners) => {
    using folder = temporaryFolder()
    await using server = await serverWith(manners)
    await download({ folder, urls: [server.file] })
    expectWhole(folder)
    expect(server.requests.length).toBeLessThan(80)
  })

  test('from a server that drops connections and knows no ranges fails only after it has tried', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({ ignoresRange: true, dropsAfterBytes: 200 * KIB })
    const clock = hastyClock()
    await expect(download({ folder, urls: [server.file], clock })).rejects.toMatchObject({
      code: 'model.download-failed',
      params: {
        file: 'llm.pt',
        reason: expect.stringMatching(/^127\.0\.0\.1:\d+: the connection (broke|ended early)$/),
      },
      remedies: ['try-again'],
      retryable: true,
    })
    expect(server.requests.length).toBeGreaterThanOrEqual(6)
    // Doubling, each spread over half of itself.
    expect(clock.waitsMs).toEqual([750, 1500, 3000, 6000, 12_000])
  })

  test('from a server that drops connections goes on as long as each brings something', async () => {
    using folder = temporaryFolder()
    // More than fits between the two, so that a part of it has been read whenever the connection ends.
    const content = someBytes(16 * KIB * KIB)
    await using server = await serverWith({ dropsAfterBytes: content.length / 8 }, content)
    await download({ folder, urls: [server.file], content, pieceBytes: content.length })
    expectWhole(folder, content)
    expect(server.requests.length).toBeGreaterThanOrEqual(8)
  })

  test('waits as long as a busy server asks, over all connections', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({
      firstAnswers: [
        { status: 429, headers: { 'retry-after': '7' } },
        { status: 503, headers: { 'retry-after': '90' } },
      ],
    })
    const clock = hastyClock()
    await download({ folder, urls: [server.file], clock })
    expect(clock.waitsMs).toEqual([7000, 90_000])
  })

  test('understands dates of servers that ask to wait', async () => {
    using folder = temporaryFolder()
    const clock = hastyClock()
    const at = new Date(clock.nowEpochMs() + 42_000).toUTCString()
    await using server = await serverWith({ firstAnswers: [{ status: 503, headers: { 'retry-after': at } }] })
    await download({ folder, urls: [server.file], clock })
    expect(clock.waitsMs).toEqual([42_000])
  })

  test('leaves a connection that brings next to nothing', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({ hangsAfterBytes: 40 * KIB })
    const clock = hastyClock()
    const done = download({ folder, urls: [server.file], clock })
    let isOver = false
    const over = done.finally(() => {
      isOver = true
    })
    // One piece of 32 KiB fits into what it sends before it hangs; longer requests do not.
    while (!isOver) {
      await vi.waitFor(() => expect(isOver || clock.runOut() > 0).toBe(true))
    }
    await over
    expectWhole(folder)
  })

  test('says so when a server never brings anything', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({ hangsAfterBytes: 0 })
    const clock = hastyClock()
    const done = expect(download({ folder, urls: [server.file], clock })).rejects.toMatchObject({
      code: 'model.download-failed',
      params: { reason: `${server.host}: it sends next to nothing` },
    })
    for (let attempt = 1; attempt <= 6; attempt += 1)
      await vi.waitFor(() => {
        expect(server.requests.length).toBe(attempt)
        expect(clock.runOut()).toBe(1)
      })
    await done
  })

  test('follows redirects', async () => {
    using folder = temporaryFolder()
    await using behind = await serverWith({})
    await using server = await serverWith({ location: behind.file })
    await download({ folder, urls: [server.file] })
    expectWhole(folder)
  })

  test.each<[string, Manners, string]>([
    ['redirects in a circle', { location: '/llm.pt' }, 'it redirects in a circle'],
    ['does not have it', { status: 404 }, 'it answers with HTTP 404'],
    ['wants a password', { status: 401 }, 'it answers with HTTP 401'],
    ['compresses it', { isCompressed: true }, 'it compresses the file (gzip)'],
    ['says another size', { statedBytes: 700 * KIB }, 'its file has 716800 bytes where 614400 were expected'],
    [
      'says another size and knows no ranges',
      { statedBytes: 500 * KIB, ignoresRange: true },
      'its file has 512000 bytes where 614400 were expected',
    ],
    ['sends later bytes', { shiftsBytes: 10 }, 'it sends other bytes than those asked for'],
    ['sends earlier bytes', { shiftsBytes: -10 }, 'it sends other bytes than those asked for'],
    [
      'wants an hour of rest',
      { firstAnswers: [{ status: 503, headers: { 'retry-after': '3600' } }] },
      'it asks to come back in 60 minutes',
    ],
  ])('from a server that %s fails with its reason, at once', async (_how, manners, reason) => {
    using folder = temporaryFolder()
    await using server = await serverWith(manners)
    const clock = hastyClock()
    await expect(download({ folder, urls: [server.file], clock })).rejects.toMatchObject({
      code: 'model.download-failed',
      params: { reason: `${server.host}: ${reason}` },
    })
    expect(clock.waitsMs).toEqual([])
    expect(existsSync(path.join(folder.directory, 'llm.pt'))).toBe(false)
  })

  test.each<[string, Uint8Array, Manners, string]>([
    ['shorter', CONTENT.subarray(0, 300 * KIB), {}, 'its file has 307200 bytes where 614400 were expected'],
    ['shorter than it says and', CONTENT, { excessBytes: 5 }, 'it announces'],
    [
      'shorter, of no known length,',
      CONTENT.subarray(0, 300 * KIB),
      { ignoresRange: true, isChunked: true },
      'the connection ended early',
    ],
    [
      'longer, of no known length,',
      someBytes(700 * KIB),
      { ignoresRange: true, isChunked: true },
      'bytes where 614400 were expected',
    ],
  ])('a file that is %s than it should be is not taken', async (_how, content, manners, reason) => {
    using folder = temporaryFolder()
    await using server = await serverWith(manners, content)
    await expect(download({ folder, urls: [server.file] })).rejects.toMatchObject({
      code: 'model.download-failed',
      params: { reason: expect.stringContaining(reason) },
    })
  })

  test('names a server that is not there, and every other that was tried', async () => {
    using folder = temporaryFolder()
    await using gone = await serverWith({})
    await gone[Symbol.asyncDispose]()
    await using server = await serverWith({ status: 403 })
    await expect(download({ folder, urls: [gone.file, server.file] })).rejects.toMatchObject({
      params: { reason: `${gone.host}: it does not answer; ${server.host}: it answers with HTTP 403` },
    })
  })

  test('goes to the next mirror in the middle of the file', async () => {
    using folder = temporaryFolder()
    await using first = await serverWith({})
    await using second = await serverWith({})
    const served = () => first.requests.filter(({ status }) => status === 206).length
    const withPullOut: typeof fetch = (url, init) => {
      if (served() >= 4) first.put('/llm.pt', CONTENT, { status: 410 })
      return fetch(url, init)
    }
    await download({ folder, urls: [first.file, second.file], fetch: withPullOut })
    expectWhole(folder)
    const sent = second.requests.reduce((sum, { sentBytes }) => sum + sentBytes, 0)
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(CONTENT.length)
  })

  test('throws wrong bytes away and takes the file from the next mirror', async () => {
    using folder = temporaryFolder()
    await using wrong = await serverWith({}, OTHER)
    await using right = await serverWith({})
    await download({ folder, urls: [wrong.file, right.file] })
    expectWhole(folder)
  })

  test('finds the one of several mirrors that sent wrong bytes', async () => {
    using folder = temporaryFolder()
    // Its first part is right, and all it would say later is wrong.
    await using right = await serverWith({})
    await using wrong = await serverWith({}, OTHER)
    const onlyOne: typeof fetch = (url, init) => {
      if (wrong.requests.length === 0 && right.requests.length === 1) right.put('/llm.pt', CONTENT, { status: 500 })
      if (wrong.requests.length > 0) right.put('/llm.pt', CONTENT)
      return fetch(url, init)
    }
    await download({ folder, urls: [right.file, wrong.file], fetch: onlyOne })
    expectWhole(folder)
  })

  test('says that a file is damaged when every mirror sends wrong bytes, and keeps none of it', async () => {
    using folder = temporaryFolder()
    await using first = await serverWith({}, OTHER)
    await using second = await serverWith({}, someBytes(600 * KIB, 3))
    await expect(download({ folder, urls: [first.file, second.file] })).rejects.toMatchObject({
      code: 'model.download-damaged',
      params: { file: 'llm.pt' },
      remedies: ['try-again'],
    })
    expect(readdirSync(folder.directory)).toEqual([])
  })

  test.each([
    ['', {}],
    [', also where the server does not say so', { ignoresIfRange: true }],
  ])('begins again when the file changes meanwhile%s', async (_how, manners) => {
    using folder = temporaryFolder()
    await using server = await serverWith(manners, OTHER)
    const withChange: typeof fetch = (url, init) => {
      if (server.requests.length >= 3) server.put('/llm.pt', CONTENT, manners)
      return fetch(url, init)
    }
    await download({ folder, urls: [server.file], fetch: withChange })
    expectWhole(folder)
  })

  test('without a checksum comes from one mirror as a whole', async () => {
    using folder = temporaryFolder()
    await using first = await serverWith({}, OTHER)
    await using second = await serverWith({})
    const withPullOut: typeof fetch = (url, init) => {
      if (first.requests.length >= 3) first.put('/llm.pt', OTHER, { status: 404 })
      return fetch(url, init)
    }
    await download({ folder, urls: [first.file, second.file], hash: null, fetch: withPullOut })
    expectWhole(folder)
  })

  test('without a checksum is not taken from a mirror whose file keeps changing', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({ etags: Array.from({ length: 40 }, (_, index) => `"${index}"`) })
    await expect(download({ folder, urls: [server.file], hash: null })).rejects.toMatchObject({
      params: { reason: `${server.host}: its file keeps changing` },
    })
  })
})

describe('carrying on with a download', () => {
  /** Cancels as soon as a sixth is there. */
  const begin = async (
    folder: TestFolder,
    server: ModelServer & { file: string },
    pieceBytes = 32 * KIB,
  ): Promise<number> => {
    const cancel = new AbortController()
    let doneBytes = 0
    const progress = (state: { doneBytes: number }): void => {
      doneBytes = state.doneBytes
      if (doneBytes >= CONTENT.length / 6) cancel.abort()
    }
    const done = download({ folder, urls: [server.file], signal: cancel.signal, progress, pieceBytes })
    await expect(done).rejects.toBeInstanceOf(AppCancel)
    return doneBytes
  }

  test('asks for what is missing and for nothing else', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({})
    const doneBytes = await begin(folder, server, 256 * KIB)
    expect(readdirSync(folder.directory)).toEqual(['llm.pt.part', 'llm.pt.part.json'])
    server.requests.length = 0
    await download({ folder, urls: [server.file], pieceBytes: 256 * KIB })
    expectWhole(folder)
    expect(server.requests.reduce((sum, { sentBytes }) => sum + sentBytes, 0)).toBe(CONTENT.length - doneBytes)
    expect(server.requests[0]?.ifRange).toMatch(/^"/)
  })

  test('begins again where the file has changed since', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({}, OTHER)
    await begin(folder, server)
    server.put('/llm.pt', CONTENT)
    await download({ folder, urls: [server.file] })
    expectWhole(folder)
  })

  test('notices what has happened to the bytes that were there', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({})
    await begin(folder, server)
    const part = path.join(folder.directory, 'llm.pt.part')
    const bytes = readFileSync(part)
    bytes.fill(0, 0, 100)
    writeFileSync(part, bytes)
    await download({ folder, urls: [server.file] })
    expectWhole(folder)
  })

  test.each<[string, (file: string) => void]>([
    ['its record is no record', (file) => writeFileSync(`${file}.part.json`, '{"formatVersion":1}')],
    ['its record is cut off', (file) => writeFileSync(`${file}.part.json`, '{"formatV')],
    ['its bytes are gone', (file) => writeFileSync(`${file}.part`, '')],
    [
      'it was begun for another file',
      (file) => {
        const record = readFileSync(`${file}.part.json`, 'utf8')
        writeFileSync(`${file}.part.json`, record.replace(/"sha256":"[0-9a-f]+"/, `"sha256":"${'0'.repeat(64)}"`))
      },
    ],
  ])('begins again where %s', async (_what, damage) => {
    using folder = temporaryFolder()
    await using server = await serverWith({})
    await begin(folder, server)
    damage(path.join(folder.directory, 'llm.pt'))
    server.requests.length = 0
    await download({ folder, urls: [server.file] })
    expectWhole(folder)
    expect(server.requests.reduce((sum, { sentBytes }) => sum + sentBytes, 0)).toBe(CONTENT.length)
  })

  test('a file that is there and right is not asked for', async () => {
    using folder = temporaryFolder()
    await using server = await serverWith({})
    await download({ folder, urls: [server.file] })
    server.requests.length = 0
    await download({ folder, urls: [server.file] })
    expect(server.requests).toEqual([])
    writeFileSync(path.join(folder.directory, 'llm.pt'), OTHER)
    await download({ folder, urls: [server.file] })
    expectWhole(folder)
  })
})

describe('a full disk', () => {
  const cannotMount = noTestDiskReason()
  test.skipIf(cannotMount)(`ends a download by name and keeps what is there ${cannotMount ?? ''}`, async () => {
    using disk = smallDisk(300)
    await using server = await serverWith({})
    await expect(download({ folder: disk, urls: [server.file] })).rejects.toMatchObject({
      code: 'model.disk-full',
      params: { neededMb: 'none' },
      remedies: ['free-disk-space', 'choose-another-folder'],
    })
    expect(statSync(path.join(disk.directory, 'llm.pt.part')).size).toBeGreaterThan(0)
    disk.resize(2000)
    server.requests.length = 0
    await download({ folder: disk, urls: [server.file] })
    expect(sha256(downloaded(disk))).toBe(sha256(CONTENT))
  })
})
