import { fork } from 'node:child_process'
import path from 'node:path'
import { z } from 'zod'
import { systemClock } from '../src/main/clock/index.ts'
import { openRemoteEngine, type RemoteDeps } from '../src/main/engines/index.ts'
import { createWire } from '../src/main/remote/index.ts'
import type { Connection } from '../src/shared/endpoint/index.ts'
import { voiceIdSchema } from '../src/shared/kernel/index.ts'
import { type RenderRequest, takeKeyOf } from '../src/shared/render/index.ts'
import { aRemoteSetup } from '../test/support/a-remote-setup.ts'
import { PIECE_SAMPLES, sampleAt, type Told } from './support/cloud-sound.ts'
import { median, printFigure, readable } from './support/measure.ts'

/**
 * What engines elsewhere cost beside the service: time from the moment a server begins to write the first sound of a line
 * until the first sample that can be played comes out of the engine, by every way of asking, and lines side by side by
 * WebSocket. The servers are another process on this machine; writing, the way through the system and reading count as well.
 *
 *     npm run bench -- cloud [--lines n] [--tasks n]
 */
const flag = (name: string, preset: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? preset : Number(process.argv[at + 1])
}
const LINES = flag('lines', 200)
const TASKS = flag('tasks', 50)
/** Not counted: what is compiled and opened for the first time. */
const WARM_UP = 20
const PAUSE_MS = 5

const messageSchema = z.union([
  z.object({ servers: z.record(z.string(), z.object({ baseUrl: z.string(), key: z.string(), voice: z.string() })) }),
  z.object({ wroteAtNs: z.string() }),
  z.object({ ready: z.literal(true) }),
])
const child = fork(path.join(import.meta.dirname, 'support/cloud-servers.ts'), {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
})
const wroteAtNs: bigint[] = []
let onMessage: (message: z.output<typeof messageSchema>) => void = () => undefined
child.on('message', (said) => {
  const message = messageSchema.parse(said)
  if ('wroteAtNs' in message) wroteAtNs.push(BigInt(message.wroteAtNs))
  onMessage(message)
})
const servers = await new Promise<Record<string, { baseUrl: string; key: string; voice: string }>>((resolve) => {
  onMessage = (message) => {
    if ('servers' in message) resolve(message.servers)
  }
})
const tell = (told: Told): Promise<void> =>
  new Promise((resolve) => {
    onMessage = (message) => {
      if ('ready' in message) resolve()
    }
    child.send(told)
  })

const engineOf = (connection: Connection, concurrency: number) => {
  const { voice, ...place } = servers[connection.kind] ?? { baseUrl: '', key: '', voice: '' }
  const wav = new Uint8Array(44)
  const setup = aRemoteSetup(
    connection,
    { ...place, concurrency },
    {
      recordingOf: async () =>
        connection.kind === 'cosyvoice-runtime' ? { wav, transcript: 'Hello there.', language: 'en' } : undefined,
      languageOf: () => 'en',
    },
  )
  const deps: RemoteDeps = {
    wire: createWire({ clock: systemClock, isOffline: () => false }),
    clock: systemClock,
    random: Math.random,
  }
  const engine = openRemoteEngine(setup, deps)
  const request = (text: string): RenderRequest => {
    const { engineId, version, sampleRateHz } = engine.capabilities
    const asked: Omit<RenderRequest, 'takeKey'> = {
      ...{ engineId, engineVersion: version, text, language: 'en', mode: 'presetSpeaker', instruct: null },
      voice: {
        voiceId: voiceIdSchema.parse('voice_a'),
        source: { kind: 'presetSpeaker', engineId, speaker: voice },
      },
      ...{ speed: null, pitchSemitones: null, seed: null, sampleRateHz },
    }
    return { ...asked, takeKey: takeKeyOf(asked) }
  }
  return { engine, request }
}
const job = { signal: new AbortController().signal, progress: () => undefined }

const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil((sorted.length - 1) * share)] ?? Number.NaN
}

/** One line after another. @returns milliseconds from the first written byte of sound to the first sample, line by line */
const firstSounds = async (way: string, connection: Connection): Promise<number[]> => {
  const { engine, request } = engineOf(connection, 1)
  const lines = LINES + WARM_UP
  await tell({ way, lines, pieces: 3, pauseMs: PAUSE_MS })
  wroteAtNs.length = 0
  const playableAtNs: bigint[] = []
  for (let line = 0; line < lines; line++) {
    let isFirst = true
    for await (const _block of engine.render(request(`Line ${line}.`), job)) {
      if (isFirst) playableAtNs.push(process.hrtime.bigint())
      isFirst = false
    }
  }
  await engine[Symbol.asyncDispose]()
  await tell({ way: '', lines: 0, pieces: 0, pauseMs: 0 })
  return playableAtNs.slice(WARM_UP).map((atNs, index) => Number(atNs - (wroteAtNs[index + WARM_UP] ?? 0n)) / 1e6)
}

const WAYS: readonly (readonly [string, Connection])[] = [
  [
    'dashscope websocket',
    { kind: 'dashscope', region: 'cn', model: 'cosyvoice-v2', transport: 'websocket', workspaceId: null },
  ],
  ['dashscope http', { kind: 'dashscope', region: 'cn', model: 'cosyvoice-v2', transport: 'http', workspaceId: null }],
  [
    'openai events',
    { kind: 'openai', profile: 'vllm-omni', model: 'm', sampleRateHz: 24_000, takesInstructions: false },
  ],
  ['eas sse', { kind: 'eas', transport: 'sse' }],
  ['eas websocket', { kind: 'eas', transport: 'websocket' }],
  ['cosyvoice-server sse', { kind: 'cosyvoice-server', transport: 'sse' }],
  ['cosyvoice-runtime', { kind: 'cosyvoice-runtime', model: 'cosyvoice3' }],
]
for (const [way, connection] of WAYS) {
  const took = await firstSounds(way, connection)
  printFigure(
    `${way}, first sound`,
    `p50 ${readable(median(took))} ms, p95 ${readable(percentile(took, 0.95))} ms, most ${readable(Math.max(...took))} ms`,
  )
}

/** Lines side by side, each by a WebSocket of its own: every sample of every line has to come, in its order. */
const PIECES = 50
{
  const { engine, request } = engineOf(WAYS[0]?.[1] ?? { kind: 'eas', transport: 'websocket' }, TASKS)
  await tell({ way: 'dashscope websocket', lines: TASKS, pieces: PIECES, pauseMs: 2 })
  const startedMs = performance.now()
  let running = 0
  let mostRunning = 0
  const lost = await Promise.all(
    Array.from({ length: TASKS }, async (_, task) => {
      let [came, wrong] = [0, 0]
      for await (const block of engine.render(request(`Task ${task}.`), job)) {
        if (came === 0) mostRunning = Math.max(mostRunning, ++running)
        for (const sample of block) {
          const [piece, at] = [Math.floor(came / PIECE_SAMPLES), came % PIECE_SAMPLES]
          if (Math.round(sample * 32_768) !== sampleAt(piece, at)) wrong += 1
          came += 1
        }
      }
      running -= 1
      return Math.abs(PIECES * PIECE_SAMPLES - came) + wrong
    }),
  )
  const tookSec = (performance.now() - startedMs) / 1000
  await engine[Symbol.asyncDispose]()
  const lostSamples = lost.reduce((sum, count) => sum + count, 0)
  printFigure(
    `${TASKS} tasks side by side`,
    `${lostSamples} of ${TASKS * PIECES * PIECE_SAMPLES} samples lost or wrong, ${mostRunning} at once, ${readable(tookSec)} s for ${readable((TASKS * PIECES * PIECE_SAMPLES) / 24_000)} s of sound`,
  )
  if (lostSamples > 0) process.exitCode = 1
}
child.disconnect()
