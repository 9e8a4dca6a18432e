import type { z } from 'zod'
import { type PlaybackState, type PlaybackSubject, playbackPositionAt } from '../../../src/shared/audio/index.ts'
import type {
  AppContract,
  CommandChannel,
  CosyBridge,
  Handlers,
  JobChannel,
  JobReporter,
  RenderScope,
} from '../../../src/shared/contract/index.ts'
import { appContract, writeAnswer } from '../../../src/shared/contract/index.ts'
import {
  AppCancel,
  AppError,
  type AppErrorData,
  type JobId,
  type LineId,
  toAppError,
} from '../../../src/shared/kernel/index.ts'
import {
  applyEdit,
  type EditHistory,
  orderedLines,
  type Project,
  type ProjectEdit,
  projectFromRecords,
  recordsOfProject,
} from '../../../src/shared/project/index.ts'
import {
  groupTakesByLine,
  planRender,
  type QueueLine,
  type renderJobSchema,
  requestForLine,
  type Take,
} from '../../../src/shared/render/index.ts'
import { parseScript } from '../../../src/shared/script/index.ts'
import { type Settings, settingsSchema } from '../../../src/shared/settings/index.ts'
import { arrange } from '../../../src/shared/timeline/index.ts'
import { aTakeOf } from '../a-project.ts'
import { inMemoryDevices } from './in-memory-devices.ts'
import { inMemoryModels } from './in-memory-models.ts'
import { inMemoryRemote } from './in-memory-remote.ts'
import { inMemoryTwins } from './in-memory-twins.ts'
import { inMemoryVoices } from './in-memory-voices.ts'
import { HARNESS_PROJECT, harnessRecords, harnessWorld } from './sample-records.ts'

export type HarnessOptions = {
  lines: number
  chapters: number
  /** Share of lines that start with a take. */
  rendered: number
  settings: Partial<Settings>
  hasProject: boolean
  failingLine: number | null
  outputFallback: boolean
}

type Step = { undo: ProjectEdit; redo: ProjectEdit; label: string; key: string | null }
type AnyHandler = (input: never, job: JobReporter<never, never, AbortSignal>) => unknown

/**
 * The contract kept in memory, for looking at the window without main: real edits, plans and arrangement, tones instead
 * of speech. Everything that crosses is parsed by the contract's own schemas and cloned.
 */
export const createInMemoryCosy = (options: HarnessOptions): CosyBridge => {
  const world = harnessWorld()
  let settings = settingsSchema.parse(options.settings)
  let project: Project = projectFromRecords(harnessRecords(options.lines, options.chapters))
  let hasProject = options.hasProject
  let undone: Step[] = []
  const done: Step[] = []
  let revision = 0
  const takes: Take[] = []
  const queueLines = new Map<LineId, QueueLine>()
  let isPaused = false
  let playback: PlaybackState = {
    subject: null,
    isPlaying: false,
    isWaiting: false,
    positionSamples: 0,
    atEpochMs: 0,
    sampleRateHz: 24000,
    durationSamples: 0,
    failure: null,
    output: {
      kind: options.outputFallback ? 'web' : 'portaudio',
      deviceName: 'Built-in speakers',
      fallback: options.outputFallback
        ? new AppError('audio.device-unavailable', { params: { device: 'USB interface' } }).toData()
        : null,
    },
  }
  const eventListeners = new Set<Parameters<CosyBridge['onEvent']>[0]>()
  const jobListeners = new Set<Parameters<CosyBridge['onJob']>[0]>()
  const running = new Map<string, AbortController>()
  const emit = (channel: string, payload: unknown): void => {
    for (const listener of eventListeners) listener(structuredClone({ channel, payload }))
  }

  const makeTake = (lineId: LineId): Take | undefined => {
    const line = project.lines.get(lineId)
    if (!line || !requestForLine(project, line, world).ok) return undefined
    const take = aTakeOf(
      project,
      line,
      world,
      Math.round(line.text.length * 24000 * (/[a-z]/.test(line.text) ? 0.06 : 0.2)),
    )
    const isElsewhere = world.engines.get(take.engineId)?.isRemote === true
    const warnings = isElsewhere ? [{ field: 'seed', reason: 'not-supported' }] : []
    return { ...take, warnings, createdAtEpochMs: Date.now() }
  }
  orderedLines(project).forEach((line, index) => {
    const isRendered = index % 10 < options.rendered * 10 && index !== options.failingLine
    const take = isRendered ? makeTake(line.lineId) : undefined
    if (take) takes.push(take)
    if (index === options.failingLine)
      queueLines.set(line.lineId, {
        lineId: line.lineId,
        status: 'failed',
        attempts: 2,
        retryAtEpochMs: null,
        error: new AppError('engine.crashed', {
          remedies: ['try-again', 'choose-another-engine'],
          retryable: true,
        }).toData(),
      })
  })

  const history = (): EditHistory => ({
    revision,
    undoLabel: done.at(-1)?.label ?? null,
    redoLabel: undone.at(-1)?.label ?? null,
  })
  const edit = (change: ProjectEdit, label: string, key: string | null): void => {
    const applied = applyEdit(project, change)
    project = applied.project
    revision += 1
    undone = []
    const last = done.at(-1)
    if (last && key !== null && last.key === key) last.redo = change
    else done.push({ undo: applied.inverse, redo: change, label, key })
  }
  const walk = (from: Step[], to: Step[], side: 'undo' | 'redo') => {
    const step = from.pop()
    if (!step) throw new AppError(side === 'undo' ? 'project.nothing-to-undo' : 'project.nothing-to-redo')
    project = applyEdit(project, step[side]).project
    revision += 1
    to.push(step)
    return { edit: step[side], history: history() }
  }
  const jobs = (): z.output<typeof renderJobSchema>[] => {
    const all = [...queueLines.values()]
    if (all.length === 0) return []
    const count = (status: QueueLine['status']): number => all.filter((line) => line.status === status).length
    const isActive = all.some((line) => line.status === 'queued' || line.status === 'running')
    return [
      {
        jobId: 'job_1' as JobId,
        projectId: HARNESS_PROJECT,
        projectTitle: project.settings.title,
        status: isActive ? ('running' as const) : count('failed') > 0 ? ('failed' as const) : ('done' as const),
        totalLines: all.length,
        doneLines: count('done'),
        failedLines: count('failed'),
        cancelledLines: count('cancelled'),
        createdAtEpochMs: 0,
        remainingSec: isActive ? count('queued') * 1.5 : null,
        isLoadingEngine: false,
      },
    ]
  }
  const work = (): void => {
    const next = isPaused ? undefined : [...queueLines.values()].find((line) => line.status === 'queued')
    if (!next) return
    queueLines.set(next.lineId, { ...next, status: 'running', attempts: 1 })
    emit('queue.changed', { projectIds: [HARNESS_PROJECT] })
    setTimeout(() => {
      const take = makeTake(next.lineId)
      if (take) {
        takes.push(take)
        spoke(take.engineId, project.lines.get(take.lineId)?.text ?? '')
      }
      queueLines.set(next.lineId, { ...next, status: 'done', attempts: 1 })
      if (take) {
        emit('take.added', { projectId: HARNESS_PROJECT, takeIds: [take.takeId] })
        const { subject, isWaiting } = playback
        if (isWaiting && subject?.kind === 'line' && subject.lineId === take.lineId)
          play({ isWaiting: false, durationSamples: take.durationSamples })
      }
      emit('queue.changed', { projectIds: [HARNESS_PROJECT] })
      work()
    }, 250)
  }
  const duration = (): number => {
    const byLine = groupTakesByLine(takes)
    return arrange(project, (line) => byLine.get(line.lineId)?.at(-1)).durationSamples
  }
  const play = (change: Partial<PlaybackState>): undefined => {
    playback = { ...playback, ...change, atEpochMs: Date.now() }
    emit('playback.changed', playback)
  }

  const planOf = (scope: RenderScope) => {
    const lines = orderedLines(project).filter(
      (line) =>
        scope.kind === 'project' ||
        (scope.kind === 'chapter' ? line.chapterId === scope.chapterId : scope.lineIds.includes(line.lineId)),
    )
    return planRender(project, lines, groupTakesByLine(takes), world)
  }
  const { requireConsent, spoke, list, hasConsent, setVoices, ...remoteHandlers } = inMemoryRemote({
    emit,
    world,
    plan: (scope) => planOf(scope).items,
  })
  const { twins, ...twinHandlers } = inMemoryTwins({ emit, world, engines: list, hasConsent, setVoices })
  const enqueue = (scope: RenderScope) => {
    const plan = planOf(scope)
    requireConsent(plan.items)
    for (const { lineId } of plan.items)
      queueLines.set(lineId, { lineId, status: 'queued', attempts: 0, retryAtEpochMs: null, error: null })
    work()
    return {
      jobId: null,
      queuedLines: plan.items.length,
      readyLines: plan.readyLineIds.length,
      refused: plan.refused,
    }
  }
  /** Length of what is played; null while a line is rendered for it. */
  const durationOf = (subject: PlaybackSubject): number | null => {
    if (subject.kind === 'project') return duration()
    if (subject.kind === 'take') return takes.find(({ takeId }) => takeId === subject.takeId)?.durationSamples ?? 0
    const { queuedLines, refused } = enqueue({ kind: 'lines', lineIds: [subject.lineId] })
    if (refused[0]) throw AppError.fromData(refused[0].error)
    return queuedLines > 0 ? null : (takes.findLast(({ lineId }) => lineId === subject.lineId)?.durationSamples ?? 0)
  }

  const preview = (bytes: Uint8Array, splitLongLines: boolean, ignoredNames: string[], detectDialogue: boolean) => {
    const parsed = parseScript(new TextDecoder().decode(bytes), { splitLongLines, ignoredNames, detectDialogue })
    const rows = parsed.script.chapters.flatMap((chapter) =>
      chapter.rows.map((row, index) => ({ ...row, chapterTitle: index === 0 ? chapter.title || null : null })),
    )
    const counts = new Map<string, number>()
    for (const { speaker } of rows) if (speaker) counts.set(speaker, (counts.get(speaker) ?? 0) + 1)
    return {
      format: 'text' as const,
      encoding: 'utf-8',
      chapterCount: parsed.script.chapters.length,
      lineCount: rows.length,
      characterCount: counts.size + 1,
      speakers: [...counts].map(([name, lineCount]) => ({ name, lineCount })),
      sample: rows.slice(0, 40).map(({ chapterTitle, speaker, text }) => ({ chapterTitle, speaker, text })),
      problems: parsed.problems,
    }
  }

  const handlers: Handlers<AppContract, CommandChannel<AppContract> | JobChannel<AppContract>, AbortSignal> = {
    ...inMemoryModels({ emit, directory: () => settings.modelsDirectory }),
    ...inMemoryDevices({ emit }),
    ...inMemoryVoices({ emit, world }),
    ...remoteHandlers,
    ...twinHandlers,
    'app.info': () => ({
      version: '0.1.0',
      platform: 'linux',
      systemLanguage: 'en-GB',
      libraryPath: '/home/me/.config/cosy-studio/library',
      nowEpochMs: Date.now(),
    }),
    'app.set-enabled-actions': () => undefined,
    'app.reveal-file': () => undefined,
    'settings.get': () => settings,
    'settings.change': (change) => {
      settings = settingsSchema.parse({ ...settings, ...change })
      emit('settings.changed', settings)
      if (change.modelsDirectory !== undefined) emit('model.changed', {})
      return settings
    },
    'project.list': () =>
      hasProject
        ? [
            {
              projectId: HARNESS_PROJECT,
              title: project.settings.title,
              author: '',
              lineCount: project.lines.size,
              chapterCount: project.chapters.size,
              characterCount: project.characters.size,
              spokenSec: takes.reduce((sum, take) => sum + take.durationSamples / take.sampleRateHz, 0),
              sampleRateHz: 24000,
              changedAtEpochMs: 1_790_000_000_000,
            },
          ]
        : [],
    'project.create': () => {
      hasProject = true
      project = projectFromRecords(harnessRecords(0, 1))
      return { projectId: HARNESS_PROJECT }
    },
    'project.create-sample': () => ({ projectId: HARNESS_PROJECT }),
    'project.delete': () => {
      hasProject = false
      emit('project.changed', { projectIds: [HARNESS_PROJECT] })
    },
    'project.open': () => ({ records: recordsOfProject(project), history: history() }),
    'project.edit': (input) => {
      edit(input.edit, input.label, input.coalesceKey)
      return history()
    },
    'project.undo': () => walk(done, undone, 'undo'),
    'project.redo': () => walk(undone, done, 'redo'),
    'script.choose': () => null,
    'script.preview': ({ source, options: how }) => {
      if (source.kind === 'grant') throw new AppError('grant.expired', { remedies: ['choose-another-file'] })
      return preview(source.bytes, how.splitLongLines, how.ignoredNames, how.detectDialogue)
    },
    'script.apply': () => ({ records: recordsOfProject(project), history: history() }),
    'script.export': () => null,
    'voice.list': () => [...world.voices.values()],
    'engine.list': () => ({
      engines: [...world.engines.values()],
      defaultVoiceId: world.defaultVoiceId,
      twins: [...twins()],
    }),
    'take.list': ({ takeIds }) => (takeIds ? takes.filter((take) => takeIds.includes(take.takeId)) : takes),
    'take.words': () => [],
    'render.enqueue': ({ scope }) => enqueue(scope),
    'queue.list': () => ({ isPaused, pauseReason: null, jobs: jobs() }),
    'queue.lines': () => [...queueLines.values()],
    'queue.cancel': () => {
      for (const line of queueLines.values())
        if (line.status === 'queued') queueLines.set(line.lineId, { ...line, status: 'cancelled' })
      emit('queue.changed', { projectIds: [HARNESS_PROJECT] })
    },
    'queue.cancel-lines': () => undefined,
    'queue.retry': () => undefined,
    'queue.set-paused': (input) => {
      isPaused = input.isPaused
      emit('queue.changed', { projectIds: [] })
      work()
    },
    'queue.clear-finished': () => {
      queueLines.clear()
      emit('queue.changed', { projectIds: [] })
    },
    'playback.state': () => playback,
    'playback.play': ({ subject, fromSamples }) => {
      const durationSamples = durationOf(subject)
      play({
        ...{ subject, isPlaying: true, isWaiting: durationSamples === null, positionSamples: fromSamples },
        ...{ durationSamples },
      })
    },
    'playback.pause': () =>
      play({ isPlaying: false, isWaiting: false, positionSamples: playbackPositionAt(playback, Date.now()) }),
    'playback.seek': ({ positionSamples }) => play({ positionSamples }),
    'playback.devices': () => [{ deviceId: '0', name: 'Built-in speakers', output: 'portaudio', isDefault: true }],
    'playback.web-reported': () => undefined,
    'export.choose-folder': () => ({ grantId: 'grant_1' as never, name: 'Audiobooks' }),
    'export.run': async (input, { progress, item, signal }) => {
      const totalSamples = duration()
      for (let step = 1; step <= 10; step += 1) {
        await new Promise((resolve) => setTimeout(resolve, 60))
        if (signal.aborted) throw new AppCancel()
        progress({ doneSamples: Math.round((totalSamples * step) / 10), totalSamples })
      }
      const files = input.formats.map((how) => ({
        path: `/home/me/Music/${input.fileName}.${how.format}`,
        settings: how,
        sizeBytes: 3_400_000,
        durationSec: totalSamples / 24000,
        loudnessLufs: -18.4,
        peakDbtp: -1.2,
      }))
      for (const file of files) item(file)
      return { files, unrenderedLines: 2 }
    },
    'job.list': () => [],
  }

  const handlerOf = (channel: string): AnyHandler => {
    const handler: unknown = Object.hasOwn(handlers, channel) ? handlers[channel as keyof typeof handlers] : undefined
    if (typeof handler !== 'function') throw new AppError('contract.unknown-channel')
    return handler as AnyHandler
  }
  const parseInput = (channel: string, input: unknown): never => {
    const row = appContract[channel as keyof AppContract]
    if (!('input' in row)) throw new AppError('contract.unknown-channel')
    return row.input.parse(structuredClone(input)) as never
  }
  const failure = (error: unknown): { ok: false; error: AppErrorData } => ({
    ok: false,
    error: toAppError(error).toData(),
  })
  const tell = (message: Parameters<Parameters<CosyBridge['onJob']>[0]>[0]): void => {
    for (const listener of jobListeners) listener(structuredClone(message))
  }
  const noJob: JobReporter<never, never, AbortSignal> = {
    signal: new AbortController().signal,
    progress: () => undefined,
    item: () => undefined,
  }

  return {
    async call({ channel, input }) {
      try {
        const output: unknown = await handlerOf(channel)(parseInput(channel, input), noJob)
        return writeAnswer({ ok: true, output })
      } catch (error) {
        return writeAnswer(failure(error))
      }
    },
    async start({ channel, input, jobId }) {
      const controller = new AbortController()
      running.set(jobId, controller)
      const reporter: JobReporter<never, never, AbortSignal> = {
        signal: controller.signal,
        progress: (progress) => tell({ jobId, kind: 'progress', progress }),
        item: (item) => tell({ jobId, kind: 'item', item }),
      }
      Promise.resolve()
        .then(() => handlerOf(channel)(parseInput(channel, input), reporter))
        .then((output) => tell({ jobId, kind: 'done', output }))
        .catch((error: unknown) =>
          tell(
            error instanceof AppCancel
              ? { jobId, kind: 'cancelled' }
              : { jobId, kind: 'failed', error: toAppError(error).toData() },
          ),
        )
      return writeAnswer({ ok: true })
    },
    cancel: (jobId) => running.get(jobId)?.abort(),
    onEvent(listener) {
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },
    onJob(listener) {
      jobListeners.add(listener)
      return () => jobListeners.delete(listener)
    },
  }
}
