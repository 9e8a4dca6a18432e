import { appendFileSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { silentLog } from '../../src/main/log/index.ts'
import { createModelClient, type InstallJob } from '../../src/main/models/index.ts'
import { openCudaDesk } from '../../src/main/studio/index.ts'
import { type Connection, remoteDraftSchema } from '../../src/shared/endpoint/index.ts'
import { AppError, memberIdSchema } from '../../src/shared/kernel/index.ts'
import { aStudio, spawnSource } from './a-studio.ts'
import { promptRecording } from './a-voice.ts'

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

const done = async (work: Promise<unknown>): Promise<undefined> => void (await work)

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

const draftOf = (name: string, connection: Connection) => {
  const memberId = memberIdSchema.parse(`member_${name.replaceAll(' ', '-')}`)
  return remoteDraftSchema.parse({
    engineId: null,
    engine: {
      ...{ name, connection, price: null, monthlyLimit: null },
      members: [{ memberId, baseUrl: serviceUrl, concurrency: 1, requestsPerSecond: null, isDraining: false }],
      voices: [{ remoteVoice: 'anna', name: 'Anna', language: 'zh', gender: 'female' }],
    },
    keys: { [memberId]: 'sk-0123456789abcdef' },
  })
}
for (const connection of CONNECTIONS) {
  const name = [connection.kind, 'transport' in connection ? connection.transport : ''].join(' ').trim()
  const draft = draftOf(name, connection)
  await ask(name, async () => {
    const [trial] = await studio.remote.test(draft, null, { signal, progress: () => undefined, item: () => undefined })
    return trial?.error ? AppError.fromData(trial.error) : undefined
  })
}

const { file: recording, transcript } = promptRecording(path.join(directory, 'lin.wav'), { durationSec: 6 })
const said = { name: 'Lin', promptText: transcript, language: 'en', gender: 'neutral', notes: '' } as const
const { voice } = await studio.voices.create(recording, said, signal)
const members = { signal, progress: () => undefined, item: () => undefined }
/** Engines that voices are copied to. */
const KEEPING: readonly Connection[] = [
  { kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-plus', workspaceId: null, transport: 'websocket' },
  { kind: 'openai', profile: 'vllm-omni', model: 'm', sampleRateHz: 24_000, takesInstructions: false },
  { kind: 'eas', transport: 'rest' },
  { kind: 'cosyvoice-server', transport: 'cache' },
]
for (const connection of KEEPING) {
  const name = `${connection.kind} copies`
  const engineId = studio.remote.save(draftOf(name, connection), { mayKeepKeysInFile: true })
  studio.remote.giveConsent(voice.voiceId, engineId)
  await ask(`${name}, enrol`, async () =>
    done(studio.twins.enrol({ voiceId: voice.voiceId, engineId, sampleUrl: null }, members)),
  )
  await ask(`${name}, sync`, async () => {
    const [found] = await studio.twins.sync(engineId, members)
    return found?.error ? AppError.fromData(found.error) : undefined
  })
  if (connection.kind !== 'dashscope') continue
  const design = { name: 'Announcer', gender: 'male', description: '沉稳的中年男声。', language: 'zh' } as const
  await ask(`${name}, design`, async () =>
    done(studio.twins.design(engineId, { ...design, previewText: '各位听众，晚上好。' }, members)),
  )
}

const models = createModelClient({
  spawnWorker: spawnSource,
  directory: () => path.join(directory, 'models'),
  catalogueFile: path.join(directory, 'catalogue.json'),
  log: silentLog,
  isOffline: () => isOffline,
})
const job: InstallJob = { signal, progress: () => undefined }
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
