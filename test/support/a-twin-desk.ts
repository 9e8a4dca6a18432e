import path from 'node:path'
import { type Clock, systemClock } from '../../src/main/clock/index.ts'
import { createEngineRegistry } from '../../src/main/engines/index.ts'
import { silentLog } from '../../src/main/log/index.ts'
import { createWire } from '../../src/main/remote/index.ts'
import { openSecrets } from '../../src/main/secrets/index.ts'
import { RemoteDesk } from '../../src/main/studio/remote-desk.ts'
import { TwinDesk } from '../../src/main/studio/twin-desk.ts'
import { openStudioVoices, type StudioVoices } from '../../src/main/studio/voices-of-studio.ts'
import { type Connection, type NewRemoteEngine, remoteDraftSchema } from '../../src/shared/endpoint/index.ts'
import type { EngineId, SampleRateHz, VoiceId } from '../../src/shared/kernel/index.ts'
import type { NewVoice } from '../../src/shared/voice/index.ts'
import { aLibrary } from './a-library.ts'
import { countingMint } from './a-project.ts'
import { spawnSource } from './a-studio.ts'
import { promptRecording } from './a-voice.ts'

/** What became of a job over endpoints. */
export const aJob = <Item>(signal: AbortSignal = new AbortController().signal) => {
  const items: Item[] = []
  const progress: unknown[] = []
  return {
    items,
    said: progress,
    signal,
    item: (item: Item) => {
      items.push(item)
    },
    progress: (said: unknown) => {
      progress.push(said)
    },
  }
}

export const WORDS = '希望你以后能够做的比我还好呦。'

/** A library with its voices, engines elsewhere and twins; `restart` is what a restart of the app is. */
export const aTwinDesk = ({ clock, isOffline = () => false }: { clock: Clock; isOffline?: () => boolean }) => {
  const library = aLibrary()
  const mint = countingMint()
  const changed: EngineId[] = []
  const logged: string[] = []
  const reach = { wire: createWire({ clock: systemClock, isOffline }), clock, random: () => 0.5 }
  const open = () => {
    const voices: StudioVoices = openStudioVoices({
      library: library.library,
      log: silentLog,
      onChanged: () => {
        remote.forgetVoices()
        twins.follow()
      },
    })
    const remote = new RemoteDesk({
      library: library.library,
      engines: createEngineRegistry({ spawnWorker: spawnSource, remote: reach }),
      secrets: openSecrets(path.join(library.directory, 'keys.json'), undefined, silentLog),
      reach,
      environment: () => undefined,
      pathOf: voices.pathOf,
      nowEpochMs: () => clock.nowEpochMs(),
      mint,
      onChanged: () => twins.follow(),
    })
    const twins: TwinDesk = new TwinDesk({
      ...{ library: library.library, remote, reach, mint },
      pathOf: voices.pathOf,
      inspectRecording: voices.inspectRecording,
      log: (_level, message) => {
        logged.push(message)
      },
      onChanged: (engineId) => {
        changed.push(engineId)
      },
    })
    remote.adopt()
    return { voices, remote, twins }
  }
  let rooms = open()
  const room = {
    get voices() {
      return rooms.voices
    },
    get remote() {
      return rooms.remote
    },
    get twins() {
      return rooms.twins
    },
    changed,
    logged,
    get db() {
      return library.library.db
    },
    /** A voice of something like speech. */
    async voice(
      said: Partial<NewVoice> = {},
      sound: { durationSec?: number; sampleRateHz?: SampleRateHz } = {},
    ): Promise<VoiceId> {
      const { file } = promptRecording(path.join(library.directory, 'said.wav'), { durationSec: 7, ...sound })
      const { voice } = await rooms.voices.create(file, {
        ...{ name: 'Lin 林', promptText: WORDS, language: 'zh-CN', gender: 'female', notes: '' },
        ...said,
      })
      return voice.voiceId
    },
    /** @param baseUrls of its endpoints, `member_0` and on */
    engine(
      connection: Connection,
      baseUrls: readonly string[],
      { key = null, ...changes }: Partial<NewRemoteEngine> & { key?: string | null } = {},
    ): EngineId {
      const members = baseUrls.map((baseUrl, index) => ({
        ...{ memberId: `member_${index}`, baseUrl, concurrency: 2, requestsPerSecond: null, isDraining: false },
      }))
      const engine = { name: 'Far', connection, members, price: null, monthlyLimit: null, voices: [], ...changes }
      const keys = key === null ? {} : Object.fromEntries(members.map(({ memberId }) => [memberId, key]))
      const draft = remoteDraftSchema.parse({ engineId: null, engine, keys })
      return rooms.remote.save(draft, { mayKeepKeysInFile: true })
    },
    async restart(): Promise<void> {
      await rooms.twins[Symbol.asyncDispose]()
      library.reopen()
      rooms = open()
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await rooms.twins[Symbol.asyncDispose]()
      library[Symbol.dispose]()
    },
  }
  return room
}
