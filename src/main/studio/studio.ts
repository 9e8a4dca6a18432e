import path from 'node:path'
import { MAX_TAKE_SAMPLES, type MixPlan, type PlaybackSubject, planOfTake } from '../../shared/audio/index.ts'
import type { RenderScope } from '../../shared/contract/index.ts'
import type { RenderEstimate } from '../../shared/endpoint/index.ts'
import {
  AppError,
  type EngineId,
  type LineId,
  type MintId,
  mintTakeId,
  type ProjectId,
  type TakeId,
  type VoiceId,
} from '../../shared/kernel/index.ts'
import {
  type EditHistory,
  type Line,
  newProjectRecords,
  orderedLines,
  type Project,
  type ProjectEdit,
  type ProjectSnapshot,
  type ProjectSummary,
} from '../../shared/project/index.ts'
import {
  enrolmentsOf,
  lineSound,
  planRender,
  playingTake,
  type RenderPlan,
  type RenderRequest,
  type RenderWorld,
  type SpokenWord,
  type Take,
  type TakeKey,
} from '../../shared/render/index.ts'
import { mixPlanOf } from '../../shared/timeline/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import { systemClock } from '../clock/index.ts'
import { createEngineRegistry, type EngineRegistry, LOCAL_ENGINE_ID, openDeviceProofs } from '../engines/index.ts'
import {
  createProject,
  deleteProject,
  editProject,
  findQueuedRequest,
  findTake,
  type Library,
  listProjects,
  listSpokenWords,
  listTakes,
  listVoices,
  loadProject,
  openLibrary,
  putVoices,
  redoEdit,
  removeTakesByKey,
  takeKeysInUse,
  undoEdit,
} from '../library/index.ts'
import type { Log } from '../log/index.ts'
import { createWire, type OwnWire } from '../remote/index.ts'
import { createRenderQueue, type EnqueuedLines, type RenderQueue } from '../render-queue/index.ts'
import type { Secrets } from '../secrets/index.ts'
import { type FollowTake, openTakeStore, type TakeStore } from '../take-store/index.ts'
import type { SpawnWorker } from '../worker-process/index.ts'
import { followLine } from './line-growth.ts'
import { type LocalEngineDeps, LocalEngineDesk, type LocalSettings } from './local-engine.ts'
import { OpenProjects } from './open-projects.ts'
import { RemoteDesk } from './remote-desk.ts'
import { TwinDesk } from './twin-desk.ts'
import { openStudioVoices, type StudioVoices } from './voices-of-studio.ts'

export type StudioDeps = {
  /** Folder of the library: database, takes, backups. */
  directory: string
  spawnWorker: SpawnWorker
  defaultEngineId(): EngineId
  nowEpochMs(): number
  /** Uniform in [0, 1); spreads retries. */
  random(): number
  mint: MintId
  log: Log
  onQueueChanged(projectIds: ProjectId[]): void
  onTakesAdded(projectId: ProjectId, takeIds: TakeId[]): void
  onTakesRemoved(projectId: ProjectId, takeIds: TakeId[]): void
  /** How the local engine is to be made. */
  localSettings(): LocalSettings
  findModel: LocalEngineDeps['findModel']
  /** Where libraries for CUDA are kept. */
  cudaDirectory: string
  onEnginesChanged(engineIds: EngineId[]): void
  /** Copies of voices at services came, went or changed. */
  onTwinsChanged?(voiceIds: VoiceId[]): void
  onDevicesChanged(): void
  /** Keys of services. */
  secrets: Secrets
  /** A variable of the process's environment. */
  environment(name: string): string | undefined
  /** Whether nothing may leave this computer. */
  isOffline(): boolean
  /** Keeps the computer from sleeping while lines are rendered. */
  keepAwake?: { start(): void; stop(): void }
}

/** The rate of CosyVoice's own speech. */
export const NEW_PROJECT_RATE_HZ = 24_000

/**
 * What playing and exporting need: a plan, and the files its takes are kept in. What is only played may still be rendered:
 * then the plan is as long as a take can become, and `growing` tells how far it has come.
 */
type Playable = { plan: MixPlan; takeKeys: ReadonlyMap<TakeId, TakeKey>; growing?: FollowTake }

type Enqueued = EnqueuedLines & {
  readyLines: number
  refused: RenderPlan['refused']
}

/**
 * Library, takes, engines and queue, wired together: what the app and the command line both are. Everything that changes
 * a project goes through here, so that the copies in memory follow.
 */
export class Studio implements AsyncDisposable {
  readonly library: Library
  readonly takesDirectory: string
  readonly spawnWorker: SpawnWorker
  readonly mint: MintId
  readonly engines: EngineRegistry
  readonly queue: RenderQueue
  readonly voices: StudioVoices
  readonly localEngine: LocalEngineDesk
  readonly remote: RemoteDesk
  readonly twins: TwinDesk
  readonly #wire: OwnWire
  readonly #takeStore: TakeStore
  readonly #deps: StudioDeps
  readonly #projects: OpenProjects
  readonly #queueWatchers = new Set<() => void>()
  #world: RenderWorld | undefined

  /** @throws AppError as `openLibrary` does */
  constructor(deps: StudioDeps) {
    this.#deps = deps
    this.library = openLibrary(deps)
    this.spawnWorker = deps.spawnWorker
    this.mint = deps.mint
    this.takesDirectory = path.join(deps.directory, 'takes')
    this.#projects = new OpenProjects(this.library.db)
    this.#takeStore = openTakeStore(this.takesDirectory)
    this.#wire = createWire({ clock: systemClock, isOffline: deps.isOffline })
    const reach = { wire: this.#wire, clock: systemClock, random: deps.random, log: deps.log }
    this.engines = createEngineRegistry({ spawnWorker: deps.spawnWorker, remote: reach })
    putVoices(this.library.db, this.engines.presetVoices())
    const { library } = this
    this.voices = openStudioVoices({
      library,
      log: deps.log,
      onChanged: () => {
        this.remote.forgetVoices()
        this.#forgetWorld()
        this.twins.follow()
      },
    })
    this.remote = new RemoteDesk({
      library,
      engines: this.engines,
      secrets: deps.secrets,
      reach,
      environment: deps.environment,
      pathOf: this.voices.pathOf,
      nowEpochMs: deps.nowEpochMs,
      mint: deps.mint,
      onChanged: (engineIds) => {
        this.#forgetWorld()
        deps.onEnginesChanged(engineIds)
        this.twins.follow()
      },
    })
    this.twins = new TwinDesk({
      library,
      remote: this.remote,
      reach,
      pathOf: this.voices.pathOf,
      inspectRecording: this.voices.inspectRecording,
      mint: deps.mint,
      log: deps.log,
      onChanged: (engineId, voiceIds) => {
        this.#forgetWorld()
        deps.onEnginesChanged([engineId])
        deps.onTwinsChanged?.(voiceIds)
      },
    })
    this.remote.adopt()
    this.localEngine = new LocalEngineDesk({
      engines: this.engines,
      spawnWorker: deps.spawnWorker,
      proofs: openDeviceProofs(path.join(deps.directory, 'devices.json')),
      settings: deps.localSettings,
      findModel: deps.findModel,
      voicesDirectory: path.join(deps.directory, 'voices'),
      featuresDirectory: path.join(deps.directory, 'voice-features'),
      cudaDirectory: deps.cudaDirectory,
      nowEpochMs: deps.nowEpochMs,
      onEngineChanged: () => {
        this.#forgetWorld()
        deps.onEnginesChanged([LOCAL_ENGINE_ID])
      },
      onDevicesChanged: deps.onDevicesChanged,
    })
    this.queue = createRenderQueue({
      library: this.library,
      takeStore: this.#takeStore,
      engines: this.engines,
      nowEpochMs: deps.nowEpochMs,
      random: deps.random,
      log: deps.log,
      onChanged: (projectIds) => {
        for (const look of [...this.#queueWatchers]) look()
        deps.onQueueChanged(projectIds)
      },
      onTakeAdded: ({ projectId, takeIds }) => {
        this.#projects.takesAdded(projectId, listTakes(this.library.db, projectId, takeIds))
        deps.onTakesAdded(projectId, takeIds)
      },
      requireConsent: ({ projectId, request }) => this.remote.requireConsent(projectId, [{ request }]),
      onNote: ({ projectId, engineId }, note) => this.remote.ledger.note(engineId, projectId, note),
      ...(deps.keepAwake && { keepAwake: deps.keepAwake }),
    })
  }

  /** Puts disk and database in step and makes the local engine, then goes on with what the queue holds from the last time. */
  async start(): Promise<void> {
    const { missingKeys } = await this.#takeStore.sweep(takeKeysInUse(this.library.db))
    if (missingKeys.length > 0) this.#takesGone(missingKeys)
    await this.voices.sweep()
    await this.localEngine.adopt()
    this.twins.start()
    this.queue.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue[Symbol.asyncDispose]()
    await this.twins[Symbol.asyncDispose]()
    await this.engines[Symbol.asyncDispose]()
    await this.#takeStore[Symbol.asyncDispose]()
    this.library.close()
  }

  /** Ends what goes to engines elsewhere where the app is to stay offline from now on, and else goes on with it. */
  offlineChanged(): void {
    if (this.#deps.isOffline()) this.#wire.hangUp()
    else this.twins.follow()
  }

  /** Voices and engines as plans see them now. */
  world(): RenderWorld {
    const defaultEngineId = this.#deps.defaultEngineId()
    if (this.#world?.defaultEngineId === defaultEngineId) return this.#world
    const engines = new Map(this.engines.list().map((engine) => [engine.engineId, engine]))
    const voices = new Map<VoiceId, Voice>(this.listVoices().map((voice) => [voice.voiceId, voice]))
    // Without a voice of its own an engine says so, line by line.
    const [defaultVoice] = [...this.castableVoices(), ...voices.values()]
    if (!defaultVoice) throw new AppError('voice.not-found', { remedies: ['choose-another-engine'] })
    this.#world = {
      engines,
      voices,
      enrolments: enrolmentsOf(this.remote.twins()),
      defaultEngineId,
      defaultVoiceId: defaultVoice.voiceId,
    }
    return this.#world
  }

  #forgetWorld(): void {
    this.#world = undefined
  }

  listVoices(): Voice[] {
    return listVoices(this.library.db)
  }

  /** Voices of the engine that speaks by default, in the engine's own order: the first is the one for everybody. */
  castableVoices(): Voice[] {
    const defaultEngineId = this.#deps.defaultEngineId()
    const order = this.engines.presetVoices().map((voice) => voice.voiceId)
    const place = (voice: Voice): number =>
      order.includes(voice.voiceId) ? order.indexOf(voice.voiceId) : order.length
    const engine = this.engines.list().find(({ engineId }) => engineId === defaultEngineId)
    return this.listVoices()
      .filter(({ source }) =>
        source.kind === 'presetSpeaker'
          ? source.engineId === defaultEngineId
          : engine?.modes.includes('zeroShot') === true,
      )
      .sort((a, b) => place(a) - place(b))
  }

  listProjects(): ProjectSummary[] {
    return listProjects(this.library.db)
  }

  createProject(title: string, narratorName: string): ProjectId {
    const { mint, nowEpochMs } = this.#deps
    return createProject(
      this.library.db,
      newProjectRecords({ title, narratorName, sampleRateHz: NEW_PROJECT_RATE_HZ, mint, nowEpochMs: nowEpochMs() }),
    )
  }

  async deleteProject(projectId: ProjectId): Promise<void> {
    await this.queue.cancelProject(projectId)
    deleteProject(this.library.db, projectId)
    this.#projects.forget(projectId)
  }

  openProject(projectId: ProjectId): ProjectSnapshot {
    return loadProject(this.library.db, projectId)
  }

  /** @throws AppError `project.not-found` */
  project(projectId: ProjectId): Project {
    return this.#projects.project(projectId)
  }

  edit(projectId: ProjectId, edit: ProjectEdit, label: string, coalesceKey: string | null = null): EditHistory {
    const history = editProject(this.library.db, { projectId, edit, label, coalesceKey })
    this.#projects.edited(projectId, edit)
    return history
  }

  undo(projectId: ProjectId): { edit: ProjectEdit; history: EditHistory } {
    return this.#replayed(projectId, undoEdit(this.library.db, projectId))
  }

  redo(projectId: ProjectId): { edit: ProjectEdit; history: EditHistory } {
    return this.#replayed(projectId, redoEdit(this.library.db, projectId))
  }

  #replayed<Replayed extends { edit: ProjectEdit }>(projectId: ProjectId, replayed: Replayed): Replayed {
    this.#projects.edited(projectId, replayed.edit)
    return replayed
  }

  listTakes(projectId: ProjectId, takeIds: readonly TakeId[] | null): Take[] {
    return listTakes(this.library.db, projectId, takeIds)
  }

  listSpokenWords(takeId: TakeId): SpokenWord[] {
    return listSpokenWords(this.library.db, takeId)
  }

  /** What rendering this scope would ask for. */
  plan(projectId: ProjectId, scope: RenderScope): RenderPlan {
    const project = this.project(projectId)
    const takes = this.#projects.takes(projectId)
    return planRender(project, linesInScope(project, scope), takes, this.world(), this.#projects.requestOf)
  }

  /** What rendering this scope would send elsewhere, and cost. */
  estimate(projectId: ProjectId, scope: RenderScope): RenderEstimate[] {
    return this.remote.estimate(projectId, this.plan(projectId, scope).items)
  }

  /** Puts what is missing or stale into the queue; lines asked for by name do not wait for a whole book. */
  async enqueue(projectId: ProjectId, scope: RenderScope): Promise<Enqueued> {
    const plan = this.plan(projectId, scope)
    this.remote.requireConsent(projectId, plan.items)
    const enqueued = await this.queue.enqueue(plan, projectId, { isUrgent: scope.kind === 'lines' })
    return { ...enqueued, readyLines: plan.readyLineIds.length, refused: plan.refused }
  }

  /** The project as it sounds now. */
  projectMix(projectId: ProjectId): Playable {
    const project = this.project(projectId)
    const plan = mixPlanOf(project, this.#projects.arrangement(projectId, this.world()))
    const takes = this.#projects.takes(projectId)
    const used = new Set(plan.clips.map((clip) => clip.takeId))
    const takeKeys = new Map<TakeId, TakeKey>()
    for (const ofLine of takes.values())
      for (const take of ofLine) if (used.has(take.takeId)) takeKeys.set(take.takeId, take.takeKey)
    return { plan, takeKeys }
  }

  /** Lines of the project that have something to say and no take of it yet. */
  unrenderedLineIds(projectId: ProjectId): LineId[] {
    const takes = this.#projects.takes(projectId)
    const { items, refused } = this.plan(projectId, { kind: 'project' })
    return [...items, ...refused].map(({ lineId }) => lineId).filter((lineId) => !takes.has(lineId))
  }

  /**
   * A line whose take says something else, or that has none, is rendered before all others and played meanwhile.
   * @throws AppError `project.not-found`, `take.missing`; of a line, why it cannot be rendered
   */
  async playable(subject: PlaybackSubject): Promise<Playable> {
    if (subject.kind === 'project') return this.projectMix(subject.projectId)
    if (subject.kind === 'line') return this.#playableLine(subject.projectId, subject.lineId)
    const take = findTake(this.library.db, subject.takeId)
    if (!take) throw new AppError('take.missing', { remedies: ['render-again'] })
    return playableTake(take)
  }

  async #playableLine(projectId: ProjectId, lineId: LineId): Promise<Playable> {
    const project = this.project(projectId)
    const line = project.lines.get(lineId)
    if (!line) throw new AppError('project.edit-conflict', { remedies: ['reload-project'] })
    const asked = this.#projects.requestOf(project, line, this.world())
    const takeKey = asked.ok ? asked.request.takeKey : null
    const take = playingTake(this.#projects.takes(projectId).get(lineId), line, takeKey)
    // Somebody chose it, or nothing newer can be had.
    const isWanted = take && (!asked.ok || take.takeId === line.takeId || lineSound(take, takeKey) === 'ready')
    if (isWanted) return playableTake(take)
    if (!asked.ok) throw AppError.fromData(asked.error)
    const { request, leftOut } = asked
    const items = [{ lineId, request, leftOut }]
    this.remote.requireConsent(projectId, items)
    await this.queue.enqueue({ items }, projectId, { isUrgent: true })
    return this.#growingLine(projectId, lineId, request)
  }

  #growingLine(projectId: ProjectId, lineId: LineId, { takeKey, sampleRateHz }: RenderRequest): Playable {
    // It has no row yet, and so no id of its own.
    const takeId = mintTakeId(this.mint)
    return {
      plan: planOfTake({ lineId, takeId, sampleRateHz, durationSamples: MAX_TAKE_SAMPLES }),
      takeKeys: new Map([[takeId, takeKey]]),
      growing: followLine(takeKey, {
        takeStore: this.#takeStore,
        findRequest: () => findQueuedRequest(this.library.db, projectId, lineId),
        trouble: () => this.queue.trouble(),
        onQueueChanged: (look) => {
          this.#queueWatchers.add(look)
          return () => {
            this.#queueWatchers.delete(look)
          }
        },
      }),
    }
  }

  takePath(takeId: TakeId): string | undefined {
    const take = findTake(this.library.db, takeId)
    return take && this.#takeStore.pathOf(take.takeKey)
  }

  takePeaks(takeId: TakeId): Promise<Uint8Array> | undefined {
    const take = findTake(this.library.db, takeId)
    return take && this.#takeStore.peaks(take.takeKey)
  }

  /** Files of these takes are gone: their rows go too, and their lines count as never rendered. */
  #takesGone(takeKeys: readonly TakeKey[]): void {
    const removed = removeTakesByKey(this.library.db, takeKeys)
    this.#deps.log('warn', 'take files were missing', { takes: removed.length })
    for (const projectId of new Set(removed.map((take) => take.projectId))) {
      this.#projects.forget(projectId)
      const takeIds = removed.filter((take) => take.projectId === projectId).map((take) => take.takeId)
      this.#deps.onTakesRemoved(projectId, takeIds)
    }
  }

  /** Takes whose files cannot be found. */
  async missingTakes(takeKeys: Iterable<TakeKey> = takeKeysInUse(this.library.db)): Promise<TakeKey[]> {
    const missing: TakeKey[] = []
    for (const takeKey of new Set(takeKeys)) if (!(await this.#takeStore.has(takeKey))) missing.push(takeKey)
    return missing
  }

  /** Looks for the files of these takes, and lets go of those that are missing. @returns how many were */
  async letGoOfMissing(takeKeys: Iterable<TakeKey>): Promise<number> {
    const missing = await this.missingTakes(takeKeys)
    if (missing.length > 0) this.#takesGone(missing)
    return missing.length
  }
}

const linesInScope = (project: Project, scope: RenderScope): readonly Line[] => {
  const lines = orderedLines(project)
  if (scope.kind === 'project') return lines
  if (scope.kind === 'chapter') return lines.filter((line) => line.chapterId === scope.chapterId)
  const wanted = new Set(scope.lineIds)
  return lines.filter((line) => wanted.has(line.lineId))
}

const playableTake = (take: Take): Playable => ({
  plan: planOfTake(take),
  takeKeys: new Map([[take.takeId, take.takeKey]]),
})
