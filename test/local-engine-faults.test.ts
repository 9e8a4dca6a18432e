import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { listProviders, PROBE_IDS, PROVIDER_NAMES } from '../src/main/cosyvoice/index.ts'
import { openDeviceProofs } from '../src/main/engines/index.ts'
import { checkBundle } from '../src/main/model-bundle/index.ts'
import type { ProviderId } from '../src/shared/device/index.ts'
import { AppCancel } from '../src/shared/kernel/index.ts'
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

// Each test starts several processes from source.
vi.setConfig({ testTimeout: 60_000 })

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

describe('with a device', () => {
  /** As if the device had been proved, on another day or with another driver. */
  const proved = (directory: string, provider: ProviderId): void => {
    mkdirSync(directory, { recursive: true })
    openDeviceProofs(path.join(directory, 'devices.json')).keepCertificate({
      ...{ provider, isRight: true, speedRatioToCpu: 10, refusal: null, provedAtEpochMs: 0 },
      probes: PROBE_IDS.map((id) => ({
        ...{ id, isRight: true, relativeError: 0, milliseconds: 1, speedRatioToCpu: 10, refusal: null },
      })),
    })
  }
  const absent = listProviders({ cudaDirectory: 'none' }).find(({ state }) => state === 'absent')
  let forDevices: string
  beforeAll(async () => {
    forDevices = path.join(scratch.directory, 'model-for-devices')
    await writeVoiceModel('cosyvoice3', forDevices, { precision: 'gpu', llmWeights: 'fp32' })
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  /** Elsewhere than on Linux no setting takes the adapter away. */
  const onLinux = [
    { device: 'webgpu', wish: 'webgpu' },
    { device: 'webgpu', wish: 'automatic' },
  ] as const
  const never = absent?.provider ?? 'dml'
  test.each([...(process.platform === 'linux' ? onLinux : []), { device: never, wish: never }])(
    '$device that is not there any more, wished as $wish, no line is spoken by the processor',
    async ({ device, wish }) => {
      // Without a driver Linux has no adapter, whatever card there is.
      vi.stubEnv('VK_DRIVER_FILES', path.join(scratch.directory, 'no-driver.json'))
      vi.stubEnv('VK_ICD_FILENAMES', path.join(scratch.directory, 'no-driver.json'))
      const directory = path.join(scratch.directory, `library-with-${device}-${count}`)
      proved(directory, device)
      const { studio, workers, queue, awake } = await studioWith({
        ...{ directory, modelDirectory: forDevices, settings: { localDevice: wish } },
      })
      const local = await queue([HELLO, GOODBYE])
      const draft = await queue([HELLO], DRAFT)
      await studio.queue.whenIdle()
      for (const [text, line] of Object.entries(local.lines())) {
        expect(line, text).toMatchObject({ status: 'failed', takes: 0, error: { code: 'engine.gpu-unavailable' } })
        expect(line.error?.remedies, text).toContain('choose-another-precision')
        expect(line.error?.params, text).toMatchObject({ provider: PROVIDER_NAMES[device], reason: expect.any(String) })
      }
      expect(Object.values(draft.lines())).toEqual([DONE])
      expect(awake.at(-1)).toBe('stop')
      for (const { hasExited } of workers.of(LOCAL)) await hasExited
    },
  )

  test('that ends the process which tries it, the certificate says so, and the engine goes on', async () => {
    const onDevicesChanged = vi.fn()
    const { studio, workers, queue } = await studioWith({ deps: { onDevicesChanged } })
    workers.on({
      matches: ({ method }) => method === 'prove',
      moment: 'asked',
      act: (worker) => setImmediate(kill, worker),
    })
    const items: ProviderId[] = []
    const certificates = await studio.localEngine.prove(['webgpu'], {
      signal: new AbortController().signal,
      progress: () => undefined,
      item: ({ provider }) => items.push(provider),
    })
    expect(items).toEqual(['webgpu'])
    expect(certificates).toMatchObject([
      {
        ...{ provider: 'webgpu', isRight: false, speedRatioToCpu: null, probes: [] },
        refusal: { code: 'engine.gpu-unavailable', params: { provider: 'WebGPU' }, remedies: ['report'] },
      },
    ])
    expect(onDevicesChanged).toHaveBeenCalled()
    expect((await studio.localEngine.devices()).certificates).toEqual(certificates)
    expect(workers.started.filter(({ isAlive }) => isAlive())).toEqual([])
    const local = await queue([HELLO])
    await studio.queue.whenIdle()
    expect(local.lines()).toEqual({ [HELLO]: DONE })
  })
})

describe('a trial', () => {
  let temporary: string
  beforeAll(() => {
    temporary = path.join(scratch.directory, 'temporary')
    mkdirSync(temporary)
  })
  const trialStudio = async (): Promise<FaultyStudio> => {
    const faulty = await studioWith()
    vi.stubEnv('TMPDIR', temporary)
    vi.stubEnv('TEMP', temporary)
    return faulty
  }
  const leftovers = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('cosy-trial-'))
  afterEach(() => {
    vi.unstubAllEnvs()
  })
  const signal = new AbortController().signal

  test('measures a model where it would run, and leaves nothing behind but its result', async () => {
    const { studio, workers } = await trialStudio()
    const fractions: number[] = []
    const trial = await studio.localEngine.tryModel({ signal, progress: ({ fraction }) => fractions.push(fraction) })
    expect(trial.modelId).toBe(MODEL_ID)
    expect(trial.placements.map(({ provider }) => provider)).toEqual(Array(7).fill('cpu'))
    expect(trial.durationSec).toBeGreaterThan(1)
    expect(trial.tookSec).toBeGreaterThan(0)
    expect(trial.rtf).toBeCloseTo(trial.tookSec / trial.durationSec, 9)
    expect(trial.firstAudioSec).toBeLessThanOrEqual(trial.tookSec)
    expect(trial.loadSec).toBeGreaterThan(0)
    expect(trial.peakMemoryBytes).toBeGreaterThan(30e6)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    expect((await studio.localEngine.devices()).trial).toEqual(trial)
    expect(leftovers()).toEqual([])
    expect(workers.of(LOCAL).filter(({ isAlive }) => isAlive())).toEqual([])
  })

  test('that is cancelled, or whose process is ended, leaves no folder, no process and no result', async () => {
    const { studio, workers } = await trialStudio()
    const controller = new AbortController()
    let foldersMeanwhile = 0
    const cancelled = studio.localEngine.tryModel({
      signal: controller.signal,
      progress: ({ fraction }) => {
        foldersMeanwhile = leftovers().length
        if (fraction > 0.41) controller.abort()
      },
    })
    await expect(cancelled).rejects.toBeInstanceOf(AppCancel)
    expect(foldersMeanwhile).toBe(1)
    expect(leftovers()).toEqual([])
    workers.on({
      ...{
        matches: ({ method, engineId }) => method === 'render' && engineId === LOCAL,
        moment: 'speaking',
        act: kill,
      },
    })
    const ended = studio.localEngine.tryModel({ signal, progress: () => undefined })
    await expect(ended).rejects.toMatchObject({ code: 'engine.crashed' })
    expect(leftovers()).toEqual([])
    expect((await studio.localEngine.devices()).trial).toBeNull()
    expect(workers.of(LOCAL)).toHaveLength(2)
    expect(workers.of(LOCAL).filter(({ isAlive }) => isAlive())).toEqual([])
  })

  test('of a model that is not there is refused by name', async () => {
    const own = harmedModel(model, path.join(scratch.directory, `harmed-${count}`))
    const faulty = await studioWith({ modelDirectory: own.directory })
    own.remove()
    await expect(faulty.studio.localEngine.tryModel({ signal, progress: () => undefined })).rejects.toMatchObject({
      code: 'model.not-found',
    })
    faulty.modelDirectory = undefined
    await expect(faulty.studio.localEngine.tryModel({ signal, progress: () => undefined })).rejects.toMatchObject({
      ...{ code: 'engine.no-model', remedies: ['open-models'] },
    })
  })
})
