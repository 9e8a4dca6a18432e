import { AppCancel, type AppErrorData, type EngineId, type JobId, toAppError } from '../../shared/kernel/index.ts'
import type { RenderWarning, SpokenWord, TakeKey } from '../../shared/render/index.ts'
import type { Engine, RenderNote } from '../engines/index.ts'
import {
  addTake,
  type ClaimedLine,
  claimNextLine,
  delayJobLine,
  failJobLine,
  failQueuedLines,
  findTakeByKey,
  finishJobLine,
  isConstraintViolation,
  isLineInProject,
  listSpokenWords,
  projectsWithOpenJobLines,
  putJobLineBack,
  transaction,
  type WritableDb,
} from '../library/index.ts'
import type { Log } from '../log/index.ts'
import type { TakeStore } from '../take-store/index.ts'
import { atSampleRate } from './at-sample-rate.ts'
import type { ChangeNotices } from './change-notices.ts'
import { nextTurn, type RenderQueueDeps, type SetTimer } from './queue-deps.ts'
import { MAX_ATTEMPTS, retryDelayMs } from './retry-delay.ts'
import type { SoundLocks } from './sound-locks.ts'
import type { SpeakingPace } from './speaking-pace.ts'

/** What the lanes of a queue share. */
export type LaneDeps = {
  db: WritableDb
  takeStore: Pick<TakeStore, 'keep' | 'measure'>
  engines: RenderQueueDeps['engines']
  nowEpochMs(): number
  random(): number
  setTimer: SetTimer
  log: Log
  locks: SoundLocks
  pace: SpeakingPace
  notices: ChangeNotices
  /** False while the queue is paused or closing. */
  mayStart(): boolean
  /** @throws AppError why a line may not be spoken */
  requireConsent(line: ClaimedLine): void
  /** What an engine says beside the sound. */
  onNote(line: ClaimedLine, note: RenderNote): void
  /** Something that every line would meet: the queue pauses. */
  onTrouble(error: AppErrorData): void
  /** A line is held back for a while. */
  onDelayed(): void
  /** Lines began or came to an end. */
  onMoved(): void
}

/** Failures of the place takes are kept in, not of a line. */
const TROUBLE: readonly string[] = ['take.disk-full', 'take.not-writable', 'library.not-writable']
/** Lines of a failed engine that are marked at once. */
const FAIL_BATCH = 500

type Run = { line: ClaimedLine; controller: AbortController; settled: Promise<void> }
/** `by`: whom a failure would be of, at this point. */
type Attempt = { readonly line: ClaimedLine; readonly signal: AbortSignal; by: 'engine' | 'line' }
/** What an engine said of a take that it made. */
type Remarks = { readonly warnings: readonly RenderWarning[]; readonly words: readonly SpokenWord[] }
/** How speaking one line ended. `engine`: the engine itself could not be had, whatever the line. */
type Ending =
  | ({ kind: 'kept'; durationSamples: number } & Remarks)
  /** Asked to stop. Whoever asked has said in the row what becomes of the line, or it goes on at the next start. */
  | { kind: 'aborted' }
  /** There is nothing to speak any more. */
  | { kind: 'cancelled' }
  | { kind: 'failed'; error: AppErrorData; by: 'engine' | 'line' }

/** The lines that one engine speaks: as many at once as it can, in their order. Its trouble stops no other engine. */
export class EngineLane {
  readonly engineId: EngineId
  readonly #deps: LaneDeps
  readonly #running = new Map<number, Run>()
  /** Jobs whose line waits for the engine to get ready. */
  readonly #loading = new Map<number, JobId>()
  #concurrency = 1
  /** Until the engine got ready once, one line at a time finds out whether it does. */
  #isWarm = false
  #cancelRest: (() => void) | undefined
  #isFailingAll = false

  constructor(engineId: EngineId, deps: LaneDeps) {
    this.engineId = engineId
    this.#deps = deps
  }

  get concurrency(): number {
    return this.#concurrency
  }

  get isBusy(): boolean {
    return this.#running.size > 0 || this.#isFailingAll
  }

  runningIds(): number[] {
    return [...this.#running.keys()]
  }

  isLoadingFor(jobId: JobId): boolean {
    return [...this.#loading.values()].includes(jobId)
  }

  /** Starts what can be started now. */
  pump(): void {
    while (!this.#cancelRest && !this.#isFailingAll && this.#deps.mayStart()) {
      if (this.#running.size >= (this.#isWarm ? this.#concurrency : 1)) return
      const line = this.#claim()
      if (!line) return
      this.#start(line)
    }
  }

  /** Stops the lines that match. @returns when they have let go */
  async abort(matches: (line: ClaimedLine) => boolean): Promise<void> {
    const runs = [...this.#running.values()].filter(({ line }) => matches(line))
    for (const { controller } of runs) controller.abort()
    await Promise.all(runs.map(({ settled }) => settled))
  }

  /** No more waiting for the engine to recover. */
  endRest(): void {
    this.#cancelRest?.()
    this.#cancelRest = undefined
  }

  #claim(): ClaimedLine | undefined {
    try {
      return claimNextLine(this.#deps.db, this.engineId)
    } catch (error) {
      this.#deps.onTrouble(toAppError(error).toData())
      return undefined
    }
  }

  #start(line: ClaimedLine): void {
    const controller = new AbortController()
    const settled = this.#run(line, controller.signal).then(() => {
      this.#running.delete(line.jobLineId)
      this.#deps.notices.changed(line.projectId)
      this.pump()
      this.#deps.onMoved()
    })
    this.#running.set(line.jobLineId, { line, controller, settled })
    this.#deps.notices.changed(line.projectId)
    this.#deps.onMoved()
  }

  /** Never rejects: what cannot even be written down pauses the queue. */
  async #run(line: ClaimedLine, signal: AbortSignal): Promise<void> {
    try {
      await this.#write(line, await this.#speak(line, signal))
    } catch (error) {
      this.#deps.log('error', 'state of a line was not written', { jobLineId: line.jobLineId, error })
      this.#deps.onTrouble(toAppError(error).toData())
    }
  }

  async #speak(line: ClaimedLine, signal: AbortSignal): Promise<Ending> {
    const attempt: Attempt = { line, signal, by: 'line' }
    try {
      return await this.#deps.locks.hold(line.request.takeKey, signal, () => this.#render(attempt))
    } catch (error) {
      if (signal.aborted) return { kind: 'aborted' }
      if (error instanceof AppCancel) return { kind: 'cancelled' }
      const named = toAppError(error)
      if (named.code === 'internal.bug')
        this.#deps.log('error', 'line was not rendered', { lineId: line.lineId, error })
      return { kind: 'failed', error: named.toData(), by: attempt.by }
    }
  }

  async #render(attempt: Attempt): Promise<Ending> {
    const { line, signal } = attempt
    const { db, takeStore, nowEpochMs, pace } = this.#deps
    const { takeKey, sampleRateHz, text, engineVersion } = line.request
    if (!isLineInProject(db, line.projectId, line.lineId)) return { kind: 'cancelled' }
    const known = await takeStore.measure(takeKey)
    if (known?.sampleRateHz === sampleRateHz)
      return { kind: 'kept', durationSamples: known.durationSamples, ...this.#remarksOf(takeKey) }
    this.#deps.requireConsent(line)
    attempt.by = 'engine'
    const engine = await this.#ready(line, signal)
    attempt.by = 'line'
    // Asked of an older version of the engine, which would have sounded different: the take would not be what it says.
    if (engine.capabilities.version !== engineVersion) return { kind: 'cancelled' }
    const startedEpochMs = nowEpochMs()
    const warnings: RenderWarning[] = []
    const words: SpokenWord[] = []
    const note = (said: RenderNote): void => {
      if (said.kind === 'warning') warnings.push({ field: said.field, reason: said.reason })
      if (said.kind === 'words') for (const word of said.words) words.push(word)
      this.#deps.onNote(line, said)
    }
    const job = { signal, isUrgent: line.isUrgent, progress: () => undefined, note }
    const spoken = engine.render(line.request, job)
    const blocks = atSampleRate(spoken, engine.capabilities.sampleRateHz, sampleRateHz)
    const { durationSamples } = await takeStore.keep(takeKey, sampleRateHz, blocks)
    pace.learn(this.engineId, text.length, nowEpochMs() - startedEpochMs)
    return { kind: 'kept', durationSamples, warnings, words }
  }

  /** What was said of this sound when another line asked for it. */
  #remarksOf(takeKey: TakeKey): Remarks {
    const known = findTakeByKey(this.#deps.db, takeKey)
    return known
      ? { warnings: known.warnings, words: listSpokenWords(this.#deps.db, known.takeId) }
      : { warnings: [], words: [] }
  }

  async #ready(line: ClaimedLine, signal: AbortSignal): Promise<Engine> {
    this.#loading.set(line.jobLineId, line.jobId)
    try {
      const engine = await this.#deps.engines.get(this.engineId)
      await engine.prepare(signal)
      this.#concurrency = engine.capabilities.concurrency
      if (!this.#isWarm) {
        this.#isWarm = true
        this.pump()
      }
      return engine
    } finally {
      this.#loading.delete(line.jobLineId)
      this.#deps.notices.changed(line.projectId)
    }
  }

  async #write(line: ClaimedLine, ending: Ending): Promise<void> {
    const { db } = this.#deps
    if (ending.kind === 'aborted') return putJobLineBack(db, line.jobLineId, null)
    if (ending.kind === 'cancelled') return finishJobLine(db, line.jobLineId, 'cancelled')
    if (ending.kind === 'kept') return this.#addTake(line, ending)
    const { error, by } = ending
    if (TROUBLE.includes(error.code)) {
      putJobLineBack(db, line.jobLineId, error)
      return this.#deps.onTrouble(error)
    }
    if (by === 'engine') this.#isWarm = false
    if (error.retryable && line.attempts < MAX_ATTEMPTS) {
      const delayMs = retryDelayMs(line.attempts, this.#deps.random())
      delayJobLine(db, line.jobLineId, this.#deps.nowEpochMs() + delayMs, error)
      if (by === 'engine') this.#rest(delayMs)
      return this.#deps.onDelayed()
    }
    failJobLine(db, line.jobLineId, error)
    if (by === 'engine') await this.#failAll(error)
  }

  /** File first, row second. */
  #addTake(
    { jobLineId, projectId, lineId, engineId, request }: ClaimedLine,
    { durationSamples, warnings, words }: Extract<Ending, { kind: 'kept' }>,
  ): void {
    const { takeKey, sampleRateHz, voice } = request
    try {
      const take = transaction(this.#deps.db, () => {
        finishJobLine(this.#deps.db, jobLineId, 'done')
        const { voiceId } = voice
        const take = { takeKey, projectId, lineId, engineId, voiceId, sampleRateHz, durationSamples }
        return addTake(this.#deps.db, { ...take, warnings: [...warnings] }, words)
      })
      this.#deps.notices.takeAdded(projectId, take.takeId)
    } catch (error) {
      // The project was deleted while its line was spoken, and took the line's place in the queue along.
      if (!isConstraintViolation(error)) throw error
    }
  }

  /** The engine cannot be had at the moment: its other lines wait, too. */
  #rest(delayMs: number): void {
    this.endRest()
    this.#cancelRest = this.#deps.setTimer(() => {
      this.#cancelRest = undefined
      this.pump()
      this.#deps.onMoved()
    }, delayMs)
  }

  /** The engine cannot be had at all: none of its lines need find that out again. */
  async #failAll(error: AppErrorData): Promise<void> {
    this.#isFailingAll = true
    const projectIds = projectsWithOpenJobLines(this.#deps.db)
    try {
      while (this.#deps.mayStart() && failQueuedLines(this.#deps.db, this.engineId, error, FAIL_BATCH) > 0)
        await nextTurn()
    } finally {
      this.#isFailingAll = false
      for (const projectId of projectIds) this.#deps.notices.changed(projectId)
    }
  }
}
