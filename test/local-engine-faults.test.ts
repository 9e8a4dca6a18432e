import { existsSync, rmSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { checkBundle } from '../src/main/model-bundle/index.ts'
import {
  fillWithNaN,
  flipBytes,
  flipExponents,
  forgetWords,
  type HarmedModel,
  harmedModel,
  LARGE_NETWORK_MB,
  withLargeSpeakerNetwork,
} from './support/faulty-model.ts'
import {
  aFaultyStudio,
  DRAFT,
  type FaultyStudio,
  type FaultyStudioOptions,
  LOCAL,
  MODEL_ID,
} from './support/faulty-studio.ts'
import { kill, linesThatSay, starve, times } from './support/faulty-workers.ts'
import { type TestFolder, temporaryFolder } from './support/test-disk.ts'
import { writeVoiceModel } from './support/tiny-voice-model.ts'

const HELLO = 'Hello.'
const LONG = `${'The night boat left, and nobody on the bank waved. '.repeat(5)}Nobody.`
const GOODBYE = 'Good evening.'
const DONE = { status: 'done', attempts: 1, error: null, takes: 1 }

let scratch: TestFolder
let model: string
let opened: FaultyStudio | undefined
let count = 0
beforeAll(async () => {
  scratch = temporaryFolder()
  model = path.join(scratch.directory, 'model')
  await writeVoiceModel('cosyvoice3', model)
})
afterEach(async () => {
  await opened?.[Symbol.asyncDispose]()
  opened = undefined
})
afterAll(() => scratch[Symbol.dispose]())

const studioWith = async (options: Partial<FaultyStudioOptions> = {}): Promise<FaultyStudio> => {
  opened = await aFaultyStudio({
    directory: path.join(scratch.directory, `library-${count++}`),
    modelDirectory: model,
    ...options,
  })
  return opened
}

test('a process that is ended in the middle of a line costs that line one more attempt, and nothing else', async () => {
  const { studio, workers, queue, awake, unfinishedTakes } = await studioWith()
  const killed = workers.on(times(1, { matches: linesThatSay('Nobody'), moment: 'speaking', act: kill }))
  const local = await queue([HELLO, LONG, GOODBYE])
  const draft = await queue([HELLO, GOODBYE], DRAFT)
  await studio.queue.whenIdle()
  expect(killed()).toBe(1)
  expect(local.lines()).toEqual({ [HELLO]: DONE, [LONG]: { ...DONE, attempts: 2 }, [GOODBYE]: DONE })
  expect(draft.lines()).toEqual({ [HELLO]: DONE, [GOODBYE]: DONE })
  expect(workers.of(LOCAL)).toHaveLength(2)
  expect(workers.of(DRAFT)).toHaveLength(1)
  expect(unfinishedTakes()).toEqual([])
  expect(awake.at(-1)).toBe('stop')
})

test.each(['resident', 'staged'] as const)(
  'a line that ends the process each time fails alone, %s',
  async (localMemory) => {
    const { studio, workers, queue, awake, unfinishedTakes } = await studioWith({ settings: { localMemory } })
    workers.on({ matches: linesThatSay('Nobody'), moment: 'speaking', act: kill })
    const others = ['One.', 'Two.', 'Three.', 'Four.']
    const local = await queue([HELLO, LONG, ...others, GOODBYE])
    const draft = await queue([HELLO, GOODBYE], DRAFT)
    await studio.queue.whenIdle()
    const { [LONG]: failed, ...rest } = local.lines()
    expect(failed).toMatchObject({
      status: 'failed',
      attempts: 3,
      takes: 0,
      error: { code: 'engine.crashed', remedies: ['try-again', 'report'], retryable: true },
    })
    for (const [text, line] of Object.entries(rest)) expect(line, text).toMatchObject({ status: 'done', takes: 1 })
    expect(Object.values(draft.lines())).toEqual([DONE, DONE])
    expect(workers.of(DRAFT)).toHaveLength(1)
    expect(unfinishedTakes()).toEqual([])
    expect(awake.at(-1)).toBe('stop')
  },
)

type Harm = {
  readonly what: string
  harm(model: HarmedModel): void
  readonly code: string
  readonly params: Readonly<Record<string, unknown>>
  readonly remedy: string
  /** Whether it shows as soon as the model is loaded, or not before a line is spoken. */
  readonly isSeenAtOnce: boolean
}

const HARMS: readonly Harm[] = [
  {
    what: 'a graph with some bytes turned',
    harm: ({ change }) => change('vocoder.onnx', flipBytes),
    ...{ code: 'model.graph-rejected', params: { graph: 'vocoder.onnx' }, remedy: 'convert-again' },
    isSeenAtOnce: true,
  },
  {
    what: 'weights that became huge',
    harm: ({ change }) => change('flow-estimator.weights', flipExponents),
    ...{ code: 'model.graph-rejected', params: { graph: 'flow-estimator.onnx' }, remedy: 'convert-again' },
    isSeenAtOnce: false,
  },
  {
    what: 'weights that are no numbers',
    harm: ({ change }) => change('vocoder.weights', fillWithNaN),
    ...{ code: 'model.graph-rejected', params: { graph: 'vocoder.onnx' }, remedy: 'convert-again' },
    isSeenAtOnce: false,
  },
  {
    what: 'weights that are gone',
    harm: ({ fileOf }) => rmSync(fileOf('flow-estimator.weights')),
    ...{ code: 'model.corrupt', params: { file: 'flow-estimator.weights' }, remedy: 'download-again' },
    isSeenAtOnce: true,
  },
  {
    what: 'a table that was cut off',
    harm: ({ fileOf }) => truncateSync(fileOf('text-embedding.bin'), 100),
    ...{ code: 'model.corrupt', params: { file: 'text-embedding.bin' }, remedy: 'download-again' },
    isSeenAtOnce: true,
  },
  {
    what: 'a manifest that was cut off',
    harm: ({ fileOf }) => truncateSync(fileOf('bundle.json'), 100),
    ...{ code: 'model.corrupt', params: { file: 'bundle.json' }, remedy: 'convert-again' },
    isSeenAtOnce: true,
  },
  {
    what: 'nothing left of it',
    harm: ({ remove }) => remove(),
    ...{ code: 'model.not-found', params: {}, remedy: 'choose-another-folder' },
    isSeenAtOnce: true,
  },
]

test.each(HARMS)('of a model with $what every line says so, and is spoken when it is repaired', async (harmed) => {
  const own = harmedModel(model, path.join(scratch.directory, `harmed-${count}`))
  const { studio, workers, queue, awake, unfinishedTakes } = await studioWith({ modelDirectory: own.directory })
  harmed.harm(own)
  const texts = [HELLO, GOODBYE, 'Nobody.']
  const local = await queue(texts)
  const draft = await queue([HELLO, GOODBYE], DRAFT)
  await studio.queue.whenIdle()
  for (const [text, line] of Object.entries(local.lines())) {
    expect(line, text).toMatchObject({ status: 'failed', takes: 0 })
    expect(line.error, text).toMatchObject({ code: harmed.code, params: harmed.params, retryable: false })
    expect(line.error?.remedies, text).toContain(harmed.remedy)
  }
  const attempts = Object.values(local.lines()).map((line) => line.attempts)
  expect(attempts).toEqual(harmed.isSeenAtOnce ? [1, 0, 0] : [1, 1, 1])
  expect(Object.values(draft.lines())).toEqual([DONE, DONE])
  expect(unfinishedTakes()).toEqual([])
  expect(awake.at(-1)).toBe('stop')
  await expect(
    checkBundle(own.directory, { signal: new AbortController().signal, onBytes: () => undefined }),
  ).rejects.toMatchObject({ name: 'AppError' })

  await studio.localEngine.letGo(MODEL_ID)
  expect(workers.of(LOCAL).filter(({ isAlive }) => isAlive())).toEqual([])
  own.repair()
  await studio.localEngine.adopt()
  studio.queue.retry(local.jobId)
  await studio.queue.whenIdle()
  for (const [text, line] of Object.entries(local.lines()))
    expect(line, text).toMatchObject({ status: 'done', error: null, takes: 1 })
})

test('a line whose words the model cannot think of fails by itself', async () => {
  const strange = '夜色渐深。'
  const own = harmedModel(model, path.join(scratch.directory, `harmed-${count}`))
  await forgetWords(own, strange, [HELLO, GOODBYE, '. '])
  const { studio, workers, queue } = await studioWith({ modelDirectory: own.directory })
  const local = await queue([HELLO, strange, GOODBYE])
  await studio.queue.whenIdle()
  expect(local.lines()).toMatchObject({
    [HELLO]: DONE,
    [strange]: {
      ...{ status: 'failed', attempts: 1, takes: 0 },
      error: { code: 'model.graph-rejected', params: { graph: 'llm.onnx' } },
    },
    [GOODBYE]: DONE,
  })
  expect(workers.of(LOCAL)).toHaveLength(1)
})

test('when the model is removed, the line that is spoken is spoken to its end, and the others say what is missing', async () => {
  const own = harmedModel(model, path.join(scratch.directory, `harmed-${count}`))
  const faulty = await studioWith({ modelDirectory: own.directory })
  const { studio, workers, queue } = faulty
  let adopted: Promise<void> | undefined
  workers.on({
    matches: linesThatSay('Nobody'),
    moment: 'speaking',
    act: () => {
      own.remove()
      faulty.modelDirectory = undefined
      adopted = studio.localEngine.adopt()
    },
  })
  const local = await queue([HELLO, LONG, GOODBYE])
  const draft = await queue([HELLO], DRAFT)
  await studio.queue.whenIdle()
  await adopted
  expect(local.lines()).toMatchObject({
    [HELLO]: DONE,
    [LONG]: DONE,
    [GOODBYE]: {
      status: 'failed',
      takes: 0,
      error: { code: 'engine.no-model', remedies: expect.arrayContaining(['open-models']) },
    },
  })
  expect(Object.values(draft.lines())).toEqual([DONE])
  for (const { hasExited } of workers.of(LOCAL)) await hasExited
})

test('a model that is not where it was leaves the engine listed with the reason, until it is back', async () => {
  const own = harmedModel(model, path.join(scratch.directory, `harmed-${count}`))
  own.remove()
  const { studio, workers, queue } = await studioWith({ modelDirectory: own.directory })
  const reason = () => studio.engines.list().find(({ engineId }) => engineId === LOCAL)?.unavailable
  expect(reason()).toMatchObject({ code: 'model.not-found' })
  await expect(queue([HELLO])).rejects.toThrow('model.not-found')
  own.repair()
  await studio.localEngine.adopt()
  expect(reason()).toBeNull()
  const local = await queue([HELLO])
  await studio.queue.whenIdle()
  expect(local.lines()).toEqual({ [HELLO]: DONE })
  expect(workers.of(LOCAL)).toHaveLength(1)
})

/** Memory for everything but the network that a new voice needs. */
const SPARE_MB = LARGE_NETWORK_MB / 2

test.skipIf(!existsSync('/usr/bin/prlimit'))(
  'where memory runs out once, a fresh process speaks the line; where it runs out each time, that line fails alone',
  async () => {
    const own = harmedModel(model, path.join(scratch.directory, `harmed-${count}`))
    await withLargeSpeakerNetwork(own)
    const { studio, workers, queue, record, failures, unfinishedTakes } = await studioWith({
      modelDirectory: own.directory,
    })
    const other = await record('Other', { durationSec: 2 })
    const third = await record('Third', { durationSec: 4 })
    workers.on(times(1, { matches: linesThatSay('Once'), moment: 'asked', act: starve(SPARE_MB) }))
    workers.on({ matches: linesThatSay('Never'), moment: 'asked', act: starve(SPARE_MB) })
    const jobs = [
      await queue([HELLO]),
      await queue(['Once.'], LOCAL, other),
      await queue(['Never.'], LOCAL, third),
      await queue([GOODBYE]),
    ]
    await studio.queue.whenIdle()
    const [hello, once, never, goodbye] = jobs.map(({ lines }) => Object.values(lines())[0])
    expect(failures.get('Once.')).toEqual(['engine.out-of-memory'])
    expect([hello, once]).toEqual([DONE, { ...DONE, attempts: 2 }])
    expect(never).toMatchObject({
      ...{ status: 'failed', attempts: 3, takes: 0 },
      error: {
        code: 'engine.out-of-memory',
        params: { provider: 'CPU', graph: 'campplus.onnx' },
        remedies: ['close-other-app', 'choose-another-precision'],
      },
    })
    expect(goodbye).toMatchObject({ status: 'done', takes: 1 })
    expect(workers.of(LOCAL).filter(({ isAlive }) => isAlive())).toHaveLength(1)
    expect(unfinishedTakes()).toEqual([])
  },
)
