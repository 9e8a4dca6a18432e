import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createModelStore } from '../src/main/models/index.ts'
import { CONTENT_SECURITY_POLICY } from '../src/main/shell/app-scheme.ts'
import { aCatalogue, storeDeps } from './support/a-model-catalogue.ts'
import { listenOnLoopback } from './support/loopback.ts'
import { startModelServer } from './support/model-server.ts'
import { temporaryFolder } from './support/test-disk.ts'

const here = import.meta.dirname
const lineSchema = z.union([
  z.object({ asked: z.string() }),
  z.object({ seen: z.string() }),
  z.object({ answered: z.string(), code: z.string().nullable(), sockets: z.number().nullable() }),
])
type Asked = { code: string | null; sockets: number | null; seen: string[] }

/** Asks everything in a process of its own. @returns by name, what came of it and which ways to a network were taken */
const askEverything = async (isOffline: boolean): Promise<ReadonlyMap<string, Asked>> => {
  await using server = await startModelServer()
  // Refuses everybody, and keeps no connection for the next one.
  const refusing = createServer((_request, answer) => answer.writeHead(401, { connection: 'close' }).end())
  refusing.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n'))
  await using service = await listenOnLoopback(refusing)
  using folder = temporaryFolder()
  const at = (...names: string[]): string => path.join(folder.directory, ...names)
  const catalogue = aCatalogue(server)
  const job = { signal: new AbortController().signal, progress: () => undefined }
  const store = createModelStore(storeDeps(at('models'), catalogue))
  const { directory } = await store.install('tiny-graphs', { acceptedLicence: 'Apache-2.0' }, job)
  writeFileSync(path.join(directory, 'vocab.json'), 'damaged')
  for (const { path: name } of catalogue.models[0]?.files ?? []) server.put(`/tiny/main/${name}`, new Uint8Array())
  writeFileSync(at('catalogue.json'), JSON.stringify(catalogue))

  const log = at('seen.jsonl')
  const watcher = pathToFileURL(path.join(here, 'support/watch-sockets.ts')).href
  const child = fork(
    path.join(here, 'support/ask-everything.ts'),
    [folder.directory, server.url, `http://${service.host}`],
    {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...{ PATH: process.env.PATH, HOME: folder.directory, NODE_OPTIONS: `--import ${watcher}` },
        ...{ COSY_SOCKETS_SEEN: log, COSY_IS_OFFLINE: isOffline ? '1' : '0' },
      },
    },
  )
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [exitCode] = await once(child, 'close')
  expect(exitCode, said).toBe(0)

  const found = new Map<string, Asked>()
  let seen: string[] = []
  for (const row of readFileSync(log, 'utf8').trim().split('\n')) {
    const line = lineSchema.parse(JSON.parse(row))
    if ('seen' in line) seen.push(line.seen)
    else if ('answered' in line) {
      found.set(line.answered, { code: line.code, sockets: line.sockets, seen })
      seen = []
    }
  }
  // After the last answer as well.
  expect(isOffline ? seen : []).toEqual([])
  return found
}

describe('what could lead to a network', () => {
  let online: ReadonlyMap<string, Asked>
  let offline: ReadonlyMap<string, Asked>
  beforeAll(async () => {
    online = await askEverything(false)
    offline = await askEverything(true)
  }, 120_000)

  test('is asked whole: every kind of engine by every transport, copies of voices, models, and libraries', () => {
    expect([...offline.keys()]).toEqual([...online.keys()])
    expect(offline.size).toBe(25)
  })

  test('opens sockets that the watcher sees where the app may go online', () => {
    for (const [name, { seen }] of online) expect(seen, name).toContain('TCPCONNECTWRAP')
  })

  test('opens none where the app is to stay offline, and says why', () => {
    for (const [name, { seen, sockets, code }] of offline) {
      expect([name, seen, sockets ?? 0]).toEqual([name, [], 0])
      expect([name, code]).toEqual([name, /^(model|cuda)/.test(name) ? 'model.offline' : 'cloud.offline'])
    }
  })
})

test('nothing else in main knows how to reach a network, and the window may reach its own origin alone', () => {
  const root = path.resolve(here, '../src/main')
  const DOORS = [
    // Of models: what the switch closes, and who is given it.
    'models/proxied-fetch.ts',
    'models/shut-off.ts',
    'models/ask-for-range.ts',
    // The development server's files.
    'shell/app-scheme.ts',
  ]
  const reaches =
    /\bfetch\(|=> fetch\b|return fetch\b|new (WebSocket|EventSource|XMLHttpRequest)\b|from '(node:(http|https|http2|net|tls|dgram|dns)(\/promises)?|ws|undici)'/
  /** Types, and functions of that name. */
  const isHarmless = (line: string): boolean => /^\s*(import type |(async )?fetch\(|fetch: )|\.fetch\(/.test(line)
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(path.sep).join('/'))
    // The room `remote` is the door for engines: its wire is what was watched above.
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('remote/'))
    .filter((name) =>
      readFileSync(path.join(root, name), 'utf8')
        .split('\n')
        .some((line) => reaches.test(line) && !isHarmless(line)),
    )
  expect(found.toSorted()).toEqual(DOORS.toSorted())
  for (const source of ['connect-src', 'script-src', 'font-src', 'media-src'])
    expect(CONTENT_SECURITY_POLICY.split('; ')).toContain(`${source} 'self'`)
  expect(CONTENT_SECURITY_POLICY).toContain("default-src 'none'")
})
