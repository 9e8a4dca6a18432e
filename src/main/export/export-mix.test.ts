import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { decodeWithSox, levelDb, noCheckersReason } from '../../../test/support/decode.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { TONE_DB, tonePlan, toneReader } from '../../../test/support/tone-plan.ts'
import type { ExportedFile, ExportSettings, MixPlan, PcmBlock } from '../../shared/audio/index.ts'
import { AppCancel, type TakeId } from '../../shared/kernel/index.ts'
import { type TakeKey, takeKeySchema } from '../../shared/render/index.ts'
import { openTakeStore } from '../take-store/index.ts'
import { spawnOnNode } from '../worker-process/index.ts'
import type { ExportInput } from './export-messages.ts'
import { type ExportMixOptions, exportMix } from './index.ts'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())
const takesDirectory = path.join(folder.directory, 'takes')

const WAV: ExportSettings = { format: 'wav', sampleRateHz: 24_000, channelCount: 1, sampleFormat: 'float32' }
const MP3: ExportSettings = {
  format: 'mp3',
  sampleRateHz: 24_000,
  channelCount: 1,
  rate: { mode: 'cbr', bitrateKbps: 64 },
}

/** Keeps a tone for every clip of a plan in a real take store. */
const keepTakes = async (plan: MixPlan): Promise<ExportMixOptions['takes']> => {
  const keys = new Map<TakeId, TakeKey>()
  await using store = openTakeStore(takesDirectory)
  for (const { takeId, durationSamples } of plan.clips) {
    const takeKey = takeKeySchema.parse(`${takeId.slice(5)}f${durationSamples}`.padStart(64, '0'))
    const tone: PcmBlock = new Float32Array(durationSamples)
    await toneReader()(takeId, 0, tone)
    await store.keep(
      takeKey,
      plan.sampleRateHz,
      (async function* () {
        yield tone
      })(),
    )
    keys.set(takeId, takeKey)
  }
  return { directory: takesDirectory, keys }
}

const SPEECH = tonePlan(
  [
    { startSec: 0.5, durationSec: 1, frequencyHz: 440 },
    { startSec: 2, durationSec: 1, frequencyHz: 700 },
  ],
  3.5,
)
const HOUR = tonePlan(
  Array.from({ length: 60 }, (_, minute) => ({ startSec: minute * 60, durationSec: 59, frequencyHz: 440 })),
  3600,
)

let exportCount = 0
const options = (
  takes: ExportMixOptions['takes'],
  changes: Partial<ExportMixOptions> & Pick<ExportMixOptions, 'plan'>,
): ExportMixOptions & { directory: string } => {
  const directory = path.join(folder.directory, `export-${++exportCount}`)
  mkdirSync(directory)
  return {
    directory,
    spawnWorker: spawnOnNode(import.meta.dirname, '.ts'),
    takes,
    files: [
      { path: path.join(directory, 'book.wav'), settings: WAV },
      { path: path.join(directory, 'book.mp3'), settings: MP3 },
    ],
    tags: { title: '书', author: '', album: '' },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onFile: () => undefined,
    ...changes,
  }
}

const unavailable = noCheckersReason('sox')
test.skipIf(unavailable)(
  `a process of its own mixes takes from the store into every file ${unavailable ?? ''}`,
  async () => {
    const takes = await keepTakes(SPEECH)
    const finished: ExportedFile[] = []
    const progress: number[] = []
    const order = options(takes, {
      plan: SPEECH,
      onFile: (file) => finished.push(file),
      onProgress: ({ doneSamples }) => progress.push(doneSamples),
    })
    const files = await exportMix(order)
    expect(files.map((file) => path.basename(file.path)).sort()).toEqual(['book.mp3', 'book.wav'])
    expect(finished).toEqual(files)
    expect(progress.at(-1)).toBe(SPEECH.durationSamples)
    expect(readdirSync(order.directory).sort()).toEqual(['book.mp3', 'book.wav'])
    const [pcm = new Float32Array()] = decodeWithSox(path.join(order.directory, 'book.wav'), 1)
    expect(pcm).toHaveLength(SPEECH.durationSamples)
    expect(levelDb(pcm, 0, 12_000)).toBeLessThan(-150)
    expect(levelDb(pcm, 13_000, 35_000)).toBeCloseTo(TONE_DB, 1)
    expect(levelDb(pcm, 37_000, 47_000)).toBeLessThan(-150)
    expect(levelDb(pcm, 49_000, 71_000)).toBeCloseTo(TONE_DB, 1)
  },
)

test('cancelling stops at once, leaves nothing behind and an older file as it was', async () => {
  const takes = await keepTakes(HOUR)
  const controller = new AbortController()
  const order = options(takes, {
    plan: HOUR,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  })
  const older = path.join(order.directory, 'book.mp3')
  writeFileSync(older, 'the older file')
  await expect(exportMix(order)).rejects.toBeInstanceOf(AppCancel)
  expect(readFileSync(older, 'utf8')).toBe('the older file')
  expect(readdirSync(order.directory)).toEqual(['book.mp3'])
})

test('a worker that is killed is an encoder that failed, and leaves nothing behind', async () => {
  const takes = await keepTakes(HOUR)
  const children: ChildProcess[] = []
  const order = options(takes, {
    plan: HOUR,
    spawnWorker: spawnOnNode(import.meta.dirname, '.ts', (child) => children.push(child)),
    onProgress: () => {
      for (const child of children) child.kill('SIGKILL')
    },
  })
  await expect(exportMix(order)).rejects.toMatchObject({
    code: 'export.encoder-failed',
    params: { format: 'wav, mp3' },
    retryable: true,
  })
  expect(readdirSync(order.directory)).toEqual([])
})

test('when its owner goes away, the worker ends and removes what it had begun', async () => {
  const takes = await keepTakes(HOUR)
  const { directory } = options(takes, { plan: HOUR })
  const partPath = path.join(directory, '.part')
  const input: ExportInput = {
    plan: HOUR,
    takes: { directory: takes.directory, keys: [...takes.keys] },
    targets: [{ targetPath: path.join(directory, 'book.wav'), partPath, settings: WAV }],
    tags: { title: '', author: '', album: '' },
  }
  const children: ChildProcess[] = []
  const worker = spawnOnNode(import.meta.dirname, '.ts', (child) => children.push(child))('export-worker')
  const wasThere = new Promise<boolean>((resolve) => {
    worker.onMessage(() => {
      resolve(existsSync(partPath))
      for (const child of children) if (child.connected) child.disconnect()
    })
  })
  const exited = new Promise<void>((resolve) => worker.onExit(() => resolve()))
  worker.send({ kind: 'call', callId: 1, method: 'export', input })
  expect(await wasThere).toBe(true)
  await exited
  expect(readdirSync(directory)).toEqual([])
})

test('a take that is gone keeps its name across the process', async () => {
  const takes = await keepTakes(SPEECH)
  const order = options({ ...takes, directory: path.join(folder.directory, 'elsewhere') }, { plan: SPEECH })
  await expect(exportMix(order)).rejects.toMatchObject({ code: 'take.missing' })
  const unknown = options({ ...takes, keys: new Map() }, { plan: SPEECH })
  await expect(exportMix(unknown)).rejects.toMatchObject({ code: 'take.missing' })
  expect(existsSync(path.join(unknown.directory, 'book.wav'))).toBe(false)
})

test('two files of one path are a mistake of the caller', async () => {
  const takes = await keepTakes(SPEECH)
  const order = options(takes, { plan: SPEECH })
  const twice = [
    { path: path.join(order.directory, 'Book.wav'), settings: WAV },
    { path: path.join(order.directory, 'book.wav'), settings: WAV },
  ]
  await expect(exportMix({ ...order, files: twice })).rejects.toThrow(/path of its own/)
})
