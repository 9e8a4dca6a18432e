import { appendFileSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { silentLog } from '../../src/main/log/index.ts'
import { createModelClient, type InstallJob } from '../../src/main/models/index.ts'
import { openCudaDesk } from '../../src/main/studio/index.ts'
import { type Connection, remoteDraftSchema } from '../../src/shared/endpoint/index.ts'
import { AppError, memberIdSchema } from '../../src/shared/kernel/index.ts'
import { aStudio, spawnSource } from './a-studio.ts'

// A process that asks everything that could lead to a network, one after the other, and writes down what came of it, among
// what watch-sockets.ts sees. Arguments: a folder with `catalogue.json` and `models/`, and the addresses of a server
// of files and of a service.

const [, , directory = '', serverUrl = '', serviceUrl = ''] = process.argv
const isOffline = process.env.COSY_IS_OFFLINE === '1'
const file = process.env.COSY_SOCKETS_SEEN ?? ''
const say = (what: object): void => appendFileSync(file, `${JSON.stringify(what)}\n`)

/** Sockets of this process that are in the system's tables: also those that no code of Node's has opened. */
const socketsOfProcess = (): number | null => {
  if (process.platform !== 'linux') return null
  const inodes = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? []
    } catch {
      // Closed meanwhile: the one with which the folder was read.
      return []
    }
  })
  const tables = ['tcp', 'tcp6', 'udp', 'udp6'].map((name) => readFileSync(`/proc/self/net/${name}`, 'utf8'))
  const known = new Set(tables.flatMap((table) => table.split('\n').map((row) => row.trim().split(/\s+/)[9])))
  return inodes.filter((inode) => known.has(inode)).length
}

const ask = async (name: string, work: () => Promise<AppError | undefined>): Promise<void> => {
  say({ asked: name })
  const error = await work().catch((thrown: unknown) => thrown)
  const code = error instanceof AppError ? error.code : error === undefined ? null : String(error)
  say({ answered: name, code, sockets: socketsOfProcess() })
}

const CONNECTIONS: readonly Connection[] = [
  ...(['websocket', 'http'] as const).map(
    (transport): Connection => ({
      ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v2', workspaceId: null, transport },
    }),
  ),
  { kind: 'openai', profile: 'generic', model: 'm', sampleRateHz: 24_000, takesInstructions: false },
  ...(['rest', 'sse', 'websocket'] as const).map((transport): Connection => ({ kind: 'eas', transport })),
  ...(['cache', 'sse', 'websocket', 'http-stream', 'task', 'schedule'] as const).map(
    (transport): Connection => ({ kind: 'cosyvoice-server', transport }),
  ),
  { kind: 'cosyvoice-runtime', model: 'cosyvoice' },
]

await using studio = aStudio(path.join(directory, 'library'), { isOffline: () => isOffline })
await studio.start()
const signal = new AbortController().signal

for (const connection of CONNECTIONS) {
  const name = [connection.kind, 'transport' in connection ? connection.transport : ''].join(' ').trim()
  const memberId = memberIdSchema.parse(`member_${name.replace(' ', '-')}`)
  const draft = remoteDraftSchema.parse({
    engineId: null,
    engine: {
      ...{ name, connection, price: null, monthlyLimit: null },
      members: [{ memberId, baseUrl: serviceUrl, concurrency: 1, requestsPerSecond: null, isDraining: false }],
      voices: [{ remoteVoice: 'anna', name: 'Anna', language: 'zh', gender: 'female' }],
    },
    keys: { [memberId]: 'sk-0123456789abcdef' },
  })
  await ask(name, async () => {
    const [trial] = await studio.remote.test(draft, null, { signal, progress: () => undefined, item: () => undefined })
    return trial?.error ? AppError.fromData(trial.error) : undefined
  })
}

const models = createModelClient({
  spawnWorker: spawnSource,
  directory: () => path.join(directory, 'models'),
  catalogueFile: path.join(directory, 'catalogue.json'),
  log: silentLog,
  isOffline: () => isOffline,
})
const job: InstallJob = { signal, progress: () => undefined }
const done = async (work: Promise<unknown>): Promise<undefined> => void (await work)
await ask('model install', () => done(models.install('tiny-three', { acceptedLicence: 'Apache-2.0' }, job)))
await ask('model repair', () => done(models.repair('tiny-graphs', {}, job)))
const cuda = openCudaDesk({
  directory: path.join(directory, 'cuda'),
  fetchPackage: models.fetchPackage,
  onChanged: () => undefined,
  platform: { platform: 'linux', arch: 'x64' },
  package: {
    ...{ name: 'Package', url: `${serverUrl}/package`, page: serverUrl, sizeBytes: null, sha256: null },
    ...{ licence: { spdx: 'MIT', url: serverUrl }, folder: '' },
  },
})
await ask('cuda fetch', () => done(cuda.fetch('MIT', job)))
await models[Symbol.asyncDispose]()
