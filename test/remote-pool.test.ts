import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { type Clock, waitUntil } from '../src/main/clock/index.ts'
import { createRemoteEngine, type RemoteMember } from '../src/main/engines/remote/remote-engine.ts'
import { createProject, listTakes } from '../src/main/library/index.ts'
import { ownReason, RemoteFailure, type SpeechClient } from '../src/main/remote/index.ts'
import { createRenderQueue } from '../src/main/render-queue/index.ts'
import { memberIdSchema } from '../src/shared/kernel/index.ts'
import { orderedLines, type Project, recordsOfProject } from '../src/shared/project/index.ts'
import { planRender, type TakeKey } from '../src/shared/render/index.ts'
import { aLibrary } from './support/a-library.ts'
import { anEngine, anEngineId, aProject, aVoice, aWorld } from './support/a-project.ts'
import { fakeTime } from './support/fake-time.ts'

const LINES = 1000
const RATE_HZ = 24_000
/** Of the ideal schedule. */
const LONGEST_SHARE = 1.15

type Server = {
  readonly name: string
  /** For a character of one line; as many lines at once as its concurrency says. */
  readonly msPerCharacter: number
  readonly concurrency: number
  /** From then on nobody answers. */
  readonly diesAfterMs?: number
  /** Too many requests for the first so many milliseconds of every so many. */
  readonly bursts?: { readonly everyMs: number; readonly lastMs: number }
}

const SERVERS: readonly Server[] = [
  { name: 'fast', msPerCharacter: 100, concurrency: 2 },
  { name: 'slow', msPerCharacter: 200, concurrency: 2 },
  { name: 'mortal', msPerCharacter: 125, concurrency: 1, diesAfterMs: 350_000 },
  { name: 'moody', msPerCharacter: 250, concurrency: 3, bursts: { everyMs: 120_000, lastMs: 5_000 } },
]

/** Whether a server takes lines at a time, as somebody knows it who knows everything. */
const takesLines = ({ diesAfterMs = Number.POSITIVE_INFINITY, bursts }: Server, atMs: number): boolean =>
  atMs < diesAfterMs && (!bursts || atMs % bursts.everyMs >= bursts.lastMs)

/** As soon as anybody could be done: text flows wherever it is taken, and is cut at will. */
const idealMs = (characters: number): number => {
  const stepMs = 10
  let [atMs, left] = [0, characters]
  for (; left > 0; atMs += stepMs)
    for (const server of SERVERS)
      if (takesLines(server, atMs)) left -= (stepMs * server.concurrency) / server.msPerCharacter
  return atMs
}

type Counts = { asked: number; failed: number }

/** Speaks as slowly as its server does, in two pieces. */
const clientOf = (server: Server, clock: Clock, startEpochMs: number, spoken: Map<string, number>) => {
  const counts: Counts = { asked: 0, failed: 0 }
  const fail = (failure: RemoteFailure): never => {
    counts.failed += 1
    throw failure
  }
  const atMs = (): number => clock.nowEpochMs() - startEpochMs
  const dead = (): boolean => atMs() >= (server.diesAfterMs ?? Number.POSITIVE_INFINITY)
  const client: SpeechClient = {
    async *speak({ text, sampleRateHz }, signal) {
      counts.asked += 1
      await waitUntil(clock, clock.nowEpochMs() + 1, signal)
      if (dead()) fail(new RemoteFailure('network', ownReason('nothing-answers', { systemCode: 'ECONNREFUSED' })))
      if (!takesLines(server, atMs())) fail(new RemoteFailure('rate-limit', { reason: 'slowly', retryAfterMs: 1000 }))
      const pcm = new Float32Array(RATE_HZ / 4).fill(0.25)
      for (const _half of [1, 2]) {
        await waitUntil(clock, clock.nowEpochMs() + (text.length * server.msPerCharacter) / 2, signal)
        if (dead()) fail(new RemoteFailure('network', ownReason('connection-broke', { systemCode: 'ECONNRESET' })))
        yield { kind: 'sound', pcm: pcm.slice(), sampleRateHz }
      }
      spoken.set(text, (spoken.get(text) ?? 0) + 1)
      yield { kind: 'usage', characters: text.length, requestId: null }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  return { client, counts }
}

const aBook = (): Project => {
  const project = aProject({ lines: LINES })
  for (const [index, line] of orderedLines(project).entries())
    line.text = `${index} ${'and so it went on '.repeat(1 + (index % 5))}`.trim()
  return project
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
/** Of what is needed still. What waits for its finalizers is gone after a turn. */
const usedBytes = async (): Promise<number> => {
  for (let time = 0; time < 3; time++) {
    collectGarbage()
    await turns(5)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

test('a book of a thousand lines is spread over four servers, of which one dies and one is often asked too much', {
  timeout: 60_000,
}, async () => {
  using shelf = aLibrary()
  const time = fakeTime()
  const startEpochMs = time.nowEpochMs
  const clock: Clock = { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer }
  const spoken = new Map<string, number>()
  const servers = SERVERS.map((server) => ({ server, ...clientOf(server, clock, startEpochMs, spoken) }))
  const members = servers.map(
    ({ server, client }): RemoteMember => ({
      ...{ memberId: memberIdSchema.parse(`member_${server.name}`), client, concurrency: server.concurrency },
      ...{ requestsPerSecond: null, isDraining: false },
    }),
  )
  const engineId = anEngineId('far')
  const voice = aVoice('anna', { source: { kind: 'presetSpeaker', engineId, speaker: 'anna' } })
  const capabilities = anEngine({ engineId, concurrency: 8, isRemote: true })
  await using engine = createRemoteEngine({
    ...{ capabilities, presetVoices: [voice], model: 'm', members, clock },
    limits: { pieceUnits: 1000, measure: (text) => text.length },
    billed: (text) => text.length,
    readsSsml: () => false,
    remoteVoice: () => 'anna',
    admit: () => undefined,
    random: () => 0.5,
  })

  const project = aBook()
  const { db } = shelf.library
  createProject(db, recordsOfProject(project))
  const kept = new Map<TakeKey, number>()
  await using queue = createRenderQueue({
    library: shelf.library,
    takeStore: {
      measure: async () => undefined,
      keep: async (takeKey, _rate, blocks) => {
        let durationSamples = 0
        for await (const block of blocks) durationSamples += block.length
        kept.set(takeKey, (kept.get(takeKey) ?? 0) + 1)
        return { durationSamples }
      },
    },
    engines: { get: () => engine },
    nowEpochMs: clock.nowEpochMs,
    random: () => 0.5,
    setTimer: clock.setTimer,
    onChanged: () => undefined,
    onTakeAdded: () => undefined,
    log: () => undefined,
  })
  const plan = planRender(project, orderedLines(project), new Map(), aWorld(capabilities, [voice]))
  expect(plan.items).toHaveLength(LINES)
  await queue.enqueue(plan, project.settings.projectId)
  queue.start()

  let lastTakeMs = 0
  const usedAt = new Map<number, number>()
  while (kept.size < LINES) {
    const before = kept.size
    await turns(3)
    if (kept.size > before) lastTakeMs = time.nowEpochMs - startEpochMs
    for (const lines of [200, LINES]) if (kept.size >= lines && !usedAt.has(lines)) usedAt.set(lines, await usedBytes())
    const [nextMs] = time.pendingMs()
    if (nextMs === undefined) break
    time.pass(nextMs)
  }
  await queue.whenIdle()

  // All lines, each once.
  expect(listTakes(db, project.settings.projectId, null)).toHaveLength(LINES)
  expect(queue.lines(project.settings.projectId).filter(({ status }) => status !== 'done')).toEqual([])
  expect([spoken.size, kept.size]).toEqual([LINES, LINES])
  expect([...spoken.values(), ...kept.values()].filter((times) => times !== 1)).toEqual([])
  // Nobody was asked for what somebody else had spoken: what was asked beyond the lines had failed.
  const [asked, failed] = (['asked', 'failed'] as const).map((field) =>
    servers.reduce((sum, { counts }) => sum + counts[field], 0),
  )
  expect((asked ?? 0) - (failed ?? 0)).toBe(LINES)
  // The dead one is asked a few times each half minute, the moody one once for each place in each burst and little more.
  const minutes = lastTakeMs / 60_000
  const failedOf = (name: string): number => servers.find(({ server }) => server.name === name)?.counts.failed ?? 0
  expect(failedOf('mortal')).toBeGreaterThan(0)
  expect(failedOf('mortal')).toBeLessThanOrEqual(5 * 2 * minutes)
  expect(failedOf('moody')).toBeGreaterThan(0)
  expect(failedOf('moody')).toBeLessThanOrEqual((3 + 5) * Math.ceil(minutes / 2))

  const characters = plan.items.reduce((sum, { request }) => sum + request.text.length, 0)
  const share = lastTakeMs / idealMs(characters)
  expect(share).toBeLessThan(LONGEST_SHARE)
  expect(share).toBeGreaterThanOrEqual(1)
  const grownBytes = (usedAt.get(LINES) ?? 0) - (usedAt.get(200) ?? 0)
  expect(grownBytes).toBeLessThan(1e6)
})
