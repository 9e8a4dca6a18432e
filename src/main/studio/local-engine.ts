import type { DeviceCertificate, DeviceTrial, ProviderFactsView, ProviderId } from '../../shared/device/index.ts'
import { AppError, engineIdSchema } from '../../shared/kernel/index.ts'
import type { InstalledModelView } from '../../shared/model/index.ts'
import type { Settings } from '../../shared/settings/index.ts'
import { type DeviceProofs, type EngineRegistry, type LocalSetup, listDevices, proveDevices } from '../engines/index.ts'
import type { SpawnWorker } from '../worker-process/index.ts'
import { type TryModelJob, tryModel } from './try-model.ts'

export type LocalSettings = Pick<
  Settings,
  'localModelId' | 'localDevice' | 'localMemory' | 'localSpeaking' | 'localSteps' | 'localLines'
>
/** Whether two settings make the same engine. */
export const isSameLocal = (one: LocalSettings, other: LocalSettings): boolean =>
  one.localModelId === other.localModelId &&
  one.localDevice === other.localDevice &&
  one.localMemory === other.localMemory &&
  one.localSpeaking === other.localSpeaking &&
  one.localSteps === other.localSteps &&
  one.localLines === other.localLines

/** An installed model, as far as the engine asks. */
export type FoundModel = Pick<InstalledModelView, 'id' | 'name' | 'layout'> & { readonly directory: string }

export type LocalEngineDeps = {
  readonly engines: EngineRegistry
  readonly spawnWorker: SpawnWorker
  readonly proofs: DeviceProofs
  settings(): LocalSettings
  /** Undefined where it is not installed any more. */
  findModel(modelId: string): Promise<FoundModel | undefined>
  readonly voicesDirectory: string
  readonly featuresDirectory: string
  /** Where libraries for CUDA are kept. */
  readonly cudaDirectory: string
  nowEpochMs(): number
  /** What the local engine can do changed. */
  onEngineChanged(): void
  /** Devices were tried, or a model on them. */
  onDevicesChanged(): void
}

export type DevicesView = {
  readonly providers: readonly ProviderFactsView[]
  /** Of devices that are there now. */
  readonly certificates: readonly DeviceCertificate[]
  readonly trial: DeviceTrial | null
}
export type ProveDevicesJob = {
  readonly signal: AbortSignal
  progress(progress: { doneDevices: number; totalDevices: number }): void
  item(certificate: DeviceCertificate): void
}

const DRAFT = engineIdSchema.parse('draft')

/** Names what a trial was made with; another device, model or memory is another trial. */
const trialKey = ({ modelId, modelDirectory, device, memory, speaking, steps, lines }: LocalSetup): string =>
  JSON.stringify([modelId, modelDirectory, device, memory, speaking, steps, ...(lines === 1 ? [] : [lines])])

/** What the local engine is made of: the settings, the models on the disk and the devices that were tried. */
export class LocalEngineDesk {
  readonly #deps: LocalEngineDeps
  #last: Promise<void> = Promise.resolve()

  constructor(deps: LocalEngineDeps) {
    this.#deps = deps
  }

  /** Makes the engine what settings, models and certificates say now. */
  adopt(): Promise<void> {
    const adopted = this.#last.then(async () => {
      await this.#deps.engines.setLocal(await this.#setup())
      this.#deps.onEngineChanged()
    })
    this.#last = adopted.catch(() => undefined)
    return adopted
  }

  /** Closes a model where it is the one that speaks, after the line that it speaks now; `adopt` opens it again. */
  async letGo(modelId: string): Promise<void> {
    if (this.#deps.settings().localModelId !== modelId) return
    const busy = new AppError('model.busy', { params: { folder: modelId }, remedies: ['try-again'], retryable: true })
    await this.#deps.engines.closeLocal(busy.toData())
    this.#deps.onEngineChanged()
  }

  /** Libraries of devices came or went. */
  async devicesChanged(): Promise<void> {
    this.#deps.onDevicesChanged()
    await this.adopt()
  }

  async devices(): Promise<DevicesView> {
    const { proofs, cudaDirectory } = this.#deps
    const setup = await this.#setup()
    return {
      providers: listDevices(cudaDirectory),
      certificates: this.#certificates(),
      trial: (setup && proofs.trial(trialKey(setup))) ?? null,
    }
  }

  /** @param wanted null: every device that could be there. @throws AppCancel */
  async prove(wanted: readonly ProviderId[] | null, job: ProveDevicesJob): Promise<DeviceCertificate[]> {
    const { proofs, cudaDirectory } = this.#deps
    const ready = listDevices(cudaDirectory)
      .filter(({ provider, state }) => provider !== 'cpu' && state === 'ready')
      .map(({ provider }) => provider)
    const providers = ready.filter((provider) => wanted === null || wanted.includes(provider))
    const progress = { doneDevices: 0, totalDevices: providers.length }
    job.progress({ ...progress })
    try {
      return await proveDevices(providers, this.#deps, {
        signal: job.signal,
        onCertificate: (certificate) => {
          proofs.keepCertificate(certificate)
          job.item(certificate)
          progress.doneDevices += 1
          job.progress({ ...progress })
        },
      })
    } finally {
      // What was found before somebody stopped it counts.
      await this.devicesChanged()
    }
  }

  /** Speaks a sentence with the chosen model and measures it. @throws AppError `engine.no-model`, those of the engine; AppCancel */
  async tryModel(job: TryModelJob): Promise<DeviceTrial> {
    const { engines, spawnWorker, nowEpochMs, proofs } = this.#deps
    const setup = await this.#setup()
    if (!setup) throw new AppError('engine.no-model', { remedies: ['open-models'] })
    const trial = await tryModel(setup, { spawnWorker, draft: engines.get(DRAFT), nowEpochMs }, job)
    proofs.keepTrial(trialKey(setup), trial)
    this.#deps.onDevicesChanged()
    return trial
  }

  /** What was proved of a device says nothing without its libraries. */
  #certificates(): readonly DeviceCertificate[] {
    const { proofs, cudaDirectory } = this.#deps
    const ready = listDevices(cudaDirectory).filter(({ state }) => state === 'ready')
    return proofs.certificates().filter((known) => ready.some(({ provider }) => provider === known.provider))
  }

  async #setup(): Promise<LocalSetup | undefined> {
    const { settings, findModel, voicesDirectory, featuresDirectory } = this.#deps
    const { localModelId, localDevice, localMemory, localSpeaking, localSteps, localLines } = settings()
    const model = localModelId === null ? undefined : await findModel(localModelId)
    if (!model) return undefined
    return {
      modelId: model.id,
      modelName: model.name,
      modelDirectory: model.directory,
      layout: model.layout,
      voicesDirectory,
      featuresDirectory,
      device: localDevice,
      certificates: this.#certificates(),
      memory: localMemory,
      speaking: localSpeaking,
      steps: localSteps,
      // One part of the model at a time: a second process would hold another.
      lines: localMemory === 'staged' ? 1 : localLines,
    }
  }
}
