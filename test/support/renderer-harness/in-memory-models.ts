import type { AppContract, Handlers } from '../../../src/shared/contract/index.ts'
import { AppCancel, AppError, grantIdSchema } from '../../../src/shared/kernel/index.ts'
import type {
  AvailableModelView,
  InstalledModelView,
  ModelPrecision,
  ModelProgress,
} from '../../../src/shared/model/index.ts'

export type ModelChannels = Extract<keyof AppContract, `model.${string}`> & Exclude<keyof AppContract, 'model.changed'>

/** What the window begins with: `?models=empty|some|damaged|failing`, `&room=tight`. */
const queried = (name: string): string | null =>
  'location' in globalThis ? new URLSearchParams(globalThis.location.search).get(name) : null

const LICENCE = {
  spdx: 'Apache-2.0',
  url: 'https://models.example/FunAudioLLM/CosyVoice',
  attribution: 'Fun Audio Team, Tongyi Lab, Alibaba Group',
}
const MIRRORS = [
  { id: 'first', name: 'First Hub', host: 'first-hub.example' },
  { id: 'second', name: 'Second Hub', host: 'second-hub.example' },
]
const MANY_LANGUAGES = ['zh', 'en', 'ja', 'ko', 'de', 'es', 'fr', 'it', 'ru']

const available = (change: Partial<AvailableModelView>): AvailableModelView => ({
  catalogueId: 'cosyvoice3',
  name: 'Fun-CosyVoice3 0.5B 2512',
  family: 'cosyvoice3',
  licence: LICENCE,
  languages: MANY_LANGUAGES,
  mirrors: MIRRORS,
  isConverted: true,
  fileCount: 11,
  downloadBytes: 4.4e9,
  downloadedBytes: 0,
  neededBytes: { cpu: 7.8e9, gpu: 7.8e9, fp32: 9.2e9 },
  installedIds: [],
  ...change,
})
const installed = (change: Partial<InstalledModelView> & { id: string }): InstalledModelView => ({
  layout: 'bundle',
  catalogueId: 'cosyvoice3',
  name: 'Fun-CosyVoice3 0.5B 2512',
  precision: 'cpu',
  sizeBytes: 2.55e9,
  missing: [],
  problem: null,
  ...change,
})

const SOME: readonly InstalledModelView[] = [
  installed({ id: 'cosyvoice3-cpu' }),
  installed({
    id: 'cosyvoice2-gpu',
    catalogueId: 'cosyvoice2',
    name: 'CosyVoice2 0.5B',
    precision: 'gpu',
    sizeBytes: 1.95e9,
  }),
  installed({
    id: 'my-finetune-fp32',
    catalogueId: null,
    name: 'my-finetune-fp32',
    precision: 'fp32',
    sizeBytes: 3.9e9,
    missing: ['campplus.onnx'],
  }),
]
const DAMAGED: readonly InstalledModelView[] = [
  ...SOME,
  installed({
    id: 'cosyvoice3-sokuji',
    layout: 'sokuji',
    catalogueId: 'cosyvoice3-sokuji',
    name: 'Fun-CosyVoice3 0.5B, 4-bit ONNX (sokuji)',
    precision: null,
    sizeBytes: 3.7e9,
    problem: new AppError('model.corrupt', {
      params: {
        file: 'onnx/flow_estimator.onnx',
        reason: 'size-differs',
        foundBytes: 1_200_000_000,
        expectedBytes: 1_326_776_646,
      },
      remedies: ['download-again'],
    }).toData(),
  }),
]

/** Models kept in memory: what takes minutes takes a second or two, and whoever stops a download finds half of it kept. */
export const inMemoryModels = ({
  emit,
  directory,
}: {
  emit(channel: string, payload: unknown): void
  /** As the settings say. */
  directory(): string | null
}): Handlers<AppContract, ModelChannels, AbortSignal> => {
  const scene = queried('models') ?? 'empty'
  /** Without a window to look at, nothing waits. */
  const stepMs = 'location' in globalThis ? Number(queried('stepms') ?? 120) : 0
  let there: readonly InstalledModelView[] = scene === 'some' ? SOME : scene === 'damaged' ? DAMAGED : []
  const downloadedBytes = new Map<string, number>(scene === 'damaged' ? [['cosyvoice3-rl', 1.2e9]] : [])
  const catalogue = [
    available({}),
    available({ catalogueId: 'cosyvoice3-rl', name: 'Fun-CosyVoice3 0.5B 2512 RL' }),
    available({
      catalogueId: 'cosyvoice2',
      name: 'CosyVoice2 0.5B',
      family: 'cosyvoice2',
      languages: ['zh', 'en', 'ja', 'ko'],
      downloadBytes: 3.1e9,
      neededBytes: { cpu: 5.4e9, gpu: 5.6e9, fp32: 6.7e9 },
    }),
    available({
      catalogueId: 'cosyvoice3-sokuji',
      name: 'Fun-CosyVoice3 0.5B, 4-bit ONNX (sokuji)',
      licence: { ...LICENCE, attribution: `${LICENCE.attribution}; converted by the sokuji project` },
      mirrors: MIRRORS.slice(0, 1),
      isConverted: false,
      fileCount: 17,
      downloadBytes: 3.7e9,
      neededBytes: { cpu: 3.7e9, gpu: 3.7e9, fp32: 3.7e9 },
    }),
  ]
  const bytesLeft = (): number => [...downloadedBytes.values()].reduce((sum, bytes) => sum + bytes, 0)

  type Job = { signal: AbortSignal; progress(progress: ModelProgress): void }
  const step = async (signal: AbortSignal): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, stepMs))
    if (signal.aborted) throw new AppCancel()
  }
  const pass = async (
    { signal, progress }: Job,
    stage: ModelProgress['stage'],
    totalBytes: number,
    share: readonly [from: number, to: number],
    { fromBytes = 0, each = () => undefined }: { fromBytes?: number; each?(doneBytes: number): void } = {},
  ): Promise<void> => {
    const STEPS = 40
    for (let done = 0; done <= STEPS; done += 1) {
      const doneBytes = fromBytes + ((totalBytes - fromBytes) * done) / STEPS
      each(doneBytes)
      progress({
        stage,
        doneBytes,
        totalBytes,
        part: null,
        fraction: share[0] + ((share[1] - share[0]) * done) / STEPS,
      })
      await step(signal)
    }
  }
  const keepModel = (model: InstalledModelView): { id: string } => {
    there = [...there.filter(({ id }) => id !== model.id), model]
    emit('model.changed', {})
    return { id: model.id }
  }
  const findModel = (id: string): InstalledModelView => {
    const model = there.find((one) => one.id === id)
    if (!model) throw new AppError('model.not-found', { params: { folder: id }, remedies: ['choose-another-folder'] })
    return model
  }
  const download = async (model: AvailableModelView, job: Job): Promise<void> => {
    const fromBytes = downloadedBytes.get(model.catalogueId) ?? 0
    const each = (doneBytes: number): void => {
      downloadedBytes.set(model.catalogueId, doneBytes)
      if (scene === 'failing' && doneBytes > model.downloadBytes / 4)
        throw new AppError('model.download-failed', {
          params: { file: 'llm.pt', reason: 'the connection was closed after 1.1 GB' },
          remedies: ['try-again'],
          retryable: true,
        })
    }
    await pass(job, 'download', model.downloadBytes, [0, 0.75], { fromBytes, each })
    await pass(job, 'verify', model.downloadBytes, [0.75, 0.8])
    downloadedBytes.delete(model.catalogueId)
  }
  const sizeOf = (precision: ModelPrecision): number => (precision === 'fp32' ? 3.95e9 : 2.55e9)

  return {
    'model.list': () => ({
      available: catalogue.map((model) => ({
        ...model,
        downloadedBytes: downloadedBytes.get(model.catalogueId) ?? 0,
        installedIds: there.filter(({ catalogueId }) => catalogueId === model.catalogueId).map(({ id }) => id),
      })),
      installed: there,
      directory: directory() ?? '/home/me/.config/cosy-studio/models',
      unfinishedBytes: bytesLeft(),
      freeBytes: queried('room') === 'tight' ? 5.1e9 : 212.4e9,
    }),
    'model.install': async ({ catalogueId, precision, acceptedLicence }, job) => {
      const model = catalogue.find((one) => one.catalogueId === catalogueId)
      if (!model) throw new AppError('usage.invalid')
      if (acceptedLicence !== model.licence.spdx)
        throw new AppError('model.licence-not-accepted', { params: { model: model.name } })
      await download(model, job)
      if (model.isConverted) await pass(job, 'convert', sizeOf(precision), [0.8, 1])
      return keepModel(
        installed({
          id: model.isConverted ? `${catalogueId}-${precision}` : catalogueId,
          layout: model.isConverted ? 'bundle' : 'sokuji',
          catalogueId,
          name: model.name,
          precision: model.isConverted ? precision : null,
          sizeBytes: model.isConverted ? sizeOf(precision) : model.downloadBytes,
        }),
      )
    },
    'model.choose-directory': () => ({ directory: '/media/large/Cosy Studio models' }),
    'model.choose-source': ({ kind }) => ({
      grantId: grantIdSchema.parse('grant_models'),
      name: kind === 'pack' ? 'cosyvoice3-cpu.cosypack' : 'my-finetune',
    }),
    'model.import': async ({ precision }, job) => {
      await pass(job, 'copy', sizeOf(precision), [0, 0.6])
      await pass(job, 'verify', sizeOf(precision), [0.6, 1])
      return keepModel(
        installed({ id: `my-finetune-${precision}`, catalogueId: null, name: `my-finetune-${precision}`, precision }),
      )
    },
    'model.choose-pack-target': ({ id }) => ({ grantId: grantIdSchema.parse('grant_pack'), name: `${id}.cosypack` }),
    'model.export-pack': async ({ id }, job) => {
      await pass(job, 'copy', findModel(id).sizeBytes, [0, 1])
      return { path: `/home/me/Documents/${id}.cosypack` }
    },
    'model.repair': async ({ id }, job) => {
      const model = findModel(id)
      await pass(job, 'verify', model.sizeBytes, [0, model.problem ? 0.1 : 1])
      if (!model.problem) return { repairedFiles: 0 }
      await pass(job, 'download', 1.33e9, [0.1, 1])
      keepModel({ ...model, problem: null })
      return { repairedFiles: 1 }
    },
    'model.remove': ({ id }) => {
      findModel(id)
      there = there.filter((model) => model.id !== id)
      emit('model.changed', {})
    },
    'model.remove-unfinished': () => {
      const removedBytes = bytesLeft()
      downloadedBytes.clear()
      emit('model.changed', {})
      return { removedBytes }
    },
  }
}
