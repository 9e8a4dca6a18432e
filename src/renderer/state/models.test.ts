import { beforeEach, expect, test, vi } from 'vitest'
import { createInMemoryCosy } from '../../../test/support/renderer-harness/in-memory-cosy.ts'
import { type CosyBridge, writeAnswer } from '../../shared/contract/index.ts'
import { createBridge } from '../bridge/index.ts'
import { type Library, openLibrary } from './library.ts'
import { createModels, type ModelOrder, type Models, type ModelTask } from './models.ts'

const aStorage = () => {
  const entries = new Map<string, string>()
  return {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, text: string) => void entries.set(key, text),
  }
}
const unexpected = (error: unknown): void => {
  throw error
}

let wire: CosyBridge
let library: Library
let storage: ReturnType<typeof aStorage>
const tellEnd = vi.fn()

const openModels = (change: Partial<CosyBridge> = {}): Models =>
  createModels(
    createBridge({ ...wire, ...change }, () => crypto.randomUUID()),
    {
      library,
      storage,
      nowMs: () => performance.now(),
      tellEnd,
      tellError: unexpected,
    },
  )

beforeEach(async () => {
  tellEnd.mockClear()
  storage = aStorage()
  wire = createInMemoryCosy({
    lines: 2,
    chapters: 1,
    rendered: 0,
    settings: {},
    hasProject: true,
    failingLine: null,
    outputFallback: false,
  })
  library = await openLibrary(
    createBridge(wire, () => crypto.randomUUID()),
    unexpected,
  )
})

const INSTALL = {
  channel: 'model.install',
  input: { catalogueId: 'cosyvoice3', precision: 'cpu', mirror: null, acceptedLicence: 'Apache-2.0' },
} as const
const chosenId = () => library.store.getState().settings.localModelId
const installedIds = (models: Models) => models.store.getState().listing?.installed.map(({ id }) => id)

test('an installation is seen from its first byte to the model in the list', async () => {
  const models = openModels()
  const stages = new Set<string>()
  models.store.subscribe(({ tasks: [task] }) => task?.progress && stages.add(task.progress.stage))
  models.start(INSTALL, 'CosyVoice 3')
  expect(models.store.getState().tasks).toMatchObject([{ label: 'CosyVoice 3', status: 'running', progress: null }])
  await vi.waitFor(() => expect(models.store.getState().tasks).toEqual([]))
  await vi.waitFor(() => expect(installedIds(models)).toEqual(['cosyvoice3-cpu']))
  expect([...stages]).toEqual(['download', 'verify', 'convert'])
})

test('the first model is the one that the local engine speaks with; a second one waits to be chosen', async () => {
  const models = openModels()
  models.start(INSTALL, 'CosyVoice 3')
  await vi.waitFor(() => expect(models.store.getState().news?.textKey).toBe('model.news.installedAndChosen'))
  expect(chosenId()).toBe('cosyvoice3-cpu')
  models.start(
    { channel: 'model.install', input: { ...INSTALL.input, catalogueId: 'cosyvoice2' } } as ModelOrder,
    'CosyVoice 2',
  )
  await vi.waitFor(() => expect(models.store.getState().news?.textKey).toBe('model.news.installed'))
  expect(chosenId()).toBe('cosyvoice3-cpu')
  expect(tellEnd).toHaveBeenCalledTimes(2)
})

test('a download that is stopped leaves what it has, and is no failure', async () => {
  const models = openModels()
  models.store.subscribe(({ tasks: [task] }) => {
    if ((task?.progress?.fraction ?? 0) > 0.3 && task?.status === 'running') models.stop(task.jobId)
  })
  models.start(INSTALL, 'CosyVoice 3')
  await vi.waitFor(() => expect(models.store.getState().news?.textKey).toBe('model.news.stopped'))
  expect(models.store.getState().tasks).toEqual([])
  await vi.waitFor(() => {
    const [model] = models.store.getState().listing?.available ?? []
    expect(model?.downloadedBytes).toBeGreaterThan(0)
    expect(model?.downloadedBytes).toBeLessThan(model?.downloadBytes ?? 0)
  })
})

test('what fails stays until it is dismissed or tried again', async () => {
  const models = openModels()
  const wrong: ModelOrder = { channel: 'model.install', input: { ...INSTALL.input, acceptedLicence: 'MIT' } }
  models.start(wrong, 'CosyVoice 3')
  await vi.waitFor(() => expect(models.store.getState().tasks[0]?.error?.code).toBe('model.licence-not-accepted'))
  const [failed] = models.store.getState().tasks
  expect(failed).toMatchObject({ status: 'failed', order: wrong })
  if (!failed) return
  models.retry(failed.jobId)
  expect(models.store.getState().tasks).toMatchObject([{ status: 'running', label: 'CosyVoice 3' }])
  await vi.waitFor(() => expect(models.store.getState().tasks[0]?.status).toBe('failed'))
  const [again] = models.store.getState().tasks
  if (again) models.dismiss(again.jobId)
  expect(models.store.getState().tasks).toEqual([])
})

/** A window whose main knows what runs, as the real one does. */
const knowingJobs = (): Partial<CosyBridge> => {
  const running = new Map<string, string>()
  wire.onJob(({ jobId, kind }) => {
    if (kind !== 'progress' && kind !== 'item') running.delete(jobId)
  })
  return {
    start: (message) => {
      running.set(message.jobId, message.channel)
      return wire.start(message)
    },
    call: async (message) =>
      message.channel === 'job.list'
        ? writeAnswer({
            ok: true,
            output: [...running].map(([jobId, channel]) => ({ jobId, channel, progress: null })),
          })
        : wire.call(message),
  }
}

/** What a window shows of its first task from now on. */
const watchTask = (models: Models): Partial<ModelTask>[] => {
  const seen: Partial<ModelTask>[] = []
  models.store.subscribe(({ tasks: [task] }) => {
    if (task) seen.push({ label: task.label, order: task.order, status: task.status })
  })
  return seen
}

test('a window that is loaded anew finds work that runs, with its name, and hears it to its end', async () => {
  const ends = knowingJobs()
  openModels(ends).start(INSTALL, 'CosyVoice 3')
  const reloaded = openModels(ends)
  const seen = watchTask(reloaded)
  await vi.waitFor(() => expect(reloaded.store.getState().news?.textKey).toBe('model.news.installedAndChosen'))
  expect(seen[0]).toEqual({ label: 'CosyVoice 3', order: INSTALL, status: 'running' })
  expect(reloaded.store.getState().tasks).toEqual([])
})

test.each(['{', 'null', '{"x":1}', '{"x":{"channel":"model.install","input":{},"label":"?"}}'])(
  'work whose notes are damaged (%s) is shown without a name',
  async (damaged) => {
    const ends = knowingJobs()
    openModels(ends).start(INSTALL, 'CosyVoice 3')
    storage.setItem('cosy.modelJobs', damaged)
    const reloaded = openModels(ends)
    const seen = watchTask(reloaded)
    await vi.waitFor(() => expect(reloaded.store.getState().news?.textKey).toBe('model.news.installedAndChosen'))
    expect(seen[0]).toEqual({ label: null, order: null, status: 'running' })
  },
)

test('removing the model that is spoken with leaves none chosen', async () => {
  const models = openModels()
  models.start(INSTALL, 'CosyVoice 3')
  await vi.waitFor(() => expect(chosenId()).toBe('cosyvoice3-cpu'))
  await models.remove('cosyvoice3-cpu', 'CosyVoice 3')
  expect(chosenId()).toBeNull()
  expect(installedIds(models)).toEqual([])
})

test('unfinished files that are cleaned up are gone from the list', async () => {
  const models = openModels()
  models.store.subscribe(({ tasks: [task] }) => {
    if ((task?.progress?.fraction ?? 0) > 0.3 && task?.status === 'running') models.stop(task.jobId)
  })
  models.start(INSTALL, 'CosyVoice 3')
  await vi.waitFor(() => expect(models.store.getState().listing?.unfinishedBytes).toBeGreaterThan(0))
  await models.removeUnfinished()
  expect(models.store.getState()).toMatchObject({
    listing: { unfinishedBytes: 0 },
    news: { textKey: 'model.news.cleaned' },
  })
})
