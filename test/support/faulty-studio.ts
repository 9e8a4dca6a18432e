import { mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { LOCAL_ENGINE_ID } from '../../src/main/engines/index.ts'
import { importScript, type Studio, type StudioDeps } from '../../src/main/studio/index.ts'
import type { EngineId, JobId, ProjectId, VoiceId } from '../../src/shared/kernel/index.ts'
import { INHERIT, orderedLines, setProjectSettings } from '../../src/shared/project/index.ts'
import type { QueueLine } from '../../src/shared/render/index.ts'
import { type Settings, settingsSchema } from '../../src/shared/settings/index.ts'
import { anEngineId } from './a-project.ts'
import { aStudio } from './a-studio.ts'
import { promptRecording } from './a-voice.ts'
import { type FaultyWorkers, faultyWorkers } from './faulty-workers.ts'

export const DRAFT = anEngineId('draft')
export const LOCAL = LOCAL_ENGINE_ID
export const MODEL_ID = 'tiny'

export type SpokenLine = Pick<QueueLine, 'status' | 'attempts' | 'error'> & { readonly takes: number }

/** A studio that speaks with a model of its own, in real processes that can be made to fail. */
export type FaultyStudio = AsyncDisposable & {
  readonly studio: Studio
  readonly workers: FaultyWorkers
  readonly voiceId: VoiceId
  readonly awake: readonly ('start' | 'stop')[]
  /** Codes of the errors that lines were seen with, by what they say. */
  readonly failures: ReadonlyMap<string, readonly string[]>
  /** Where the model is, or undefined once it is not installed any more; `adopt` after a change. */
  modelDirectory: string | undefined
  /** A recorded voice. */
  record(name: string, options?: Parameters<typeof promptRecording>[1]): Promise<VoiceId>
  /** Puts texts into the queue, one line each, as a project of its own. */
  queue(texts: readonly string[], engineId?: EngineId, voiceId?: VoiceId): Promise<QueuedTexts>
  /** Files under the takes' folder that are no whole take. */
  unfinishedTakes(): string[]
}

export type QueuedTexts = {
  readonly projectId: ProjectId
  readonly jobId: JobId
  /** Of each text, how its line stands. */
  lines(): Record<string, SpokenLine>
}

export type FaultyStudioOptions = {
  readonly directory: string
  readonly modelDirectory: string
  readonly settings?: Partial<Settings>
  readonly deps?: Partial<StudioDeps>
}

/** @param options.directory of the library; made where it is not there */
export const aFaultyStudio = async ({
  directory,
  modelDirectory,
  settings,
  deps,
}: FaultyStudioOptions): Promise<FaultyStudio> => {
  mkdirSync(directory, { recursive: true })
  const workers = faultyWorkers()
  const awake: ('start' | 'stop')[] = []
  const failures = new Map<string, string[]>()
  let installedAt: string | undefined = modelDirectory
  const local = settingsSchema.parse({ localModelId: MODEL_ID, localSpeaking: 'whole', localSteps: 5, ...settings })
  const studio = aStudio(directory, {
    spawnWorker: workers.spawnWorker,
    random: () => 0,
    localSettings: () => local,
    findModel: async (modelId) =>
      installedAt === undefined
        ? undefined
        : { id: modelId, name: 'Tiny', layout: 'bundle' as const, directory: installedAt },
    keepAwake: { start: () => awake.push('start'), stop: () => awake.push('stop') },
    onQueueChanged: (projectIds) => {
      for (const projectId of projectIds)
        for (const { lineId, error } of studio.queue.lines(projectId)) {
          const text = studio.project(projectId).lines.get(lineId)?.text ?? ''
          const seen = failures.get(text) ?? []
          if (error && seen.at(-1) !== error.code) failures.set(text, [...seen, error.code])
        }
    },
    ...deps,
  })
  const record: FaultyStudio['record'] = async (name, options) => {
    const { file, transcript } = promptRecording(path.join(directory, `${name}.recording.wav`), options)
    const { voice } = await studio.voices.create(file, {
      ...{ name, promptText: transcript, language: null, gender: 'neutral', notes: '' },
    })
    return voice.voiceId
  }
  await studio.start()
  const ownVoiceId = await record('Own')

  const queue: FaultyStudio['queue'] = async (texts, engineId = LOCAL, voiceId = ownVoiceId) => {
    const projectId = studio.createProject(`${engineId} ${texts.length}`, 'Narrator')
    importScript(
      studio,
      projectId,
      { name: 'script.txt', bytes: new TextEncoder().encode(`${texts.join('\n')}\n`) },
      {},
      'replace',
    )
    const direction = { ...INHERIT, engineId, ...(engineId === LOCAL && { voiceId }) }
    const edit = setProjectSettings(studio.project(projectId), { direction })
    if (edit) studio.edit(projectId, edit, 'edit.settings')
    const { jobId, refused } = await studio.enqueue(projectId, { kind: 'project' })
    if (jobId === null || refused.length > 0) throw new Error(`not all lines were queued: ${JSON.stringify(refused)}`)
    return {
      projectId,
      jobId,
      lines: () => {
        const states = new Map(studio.queue.lines(projectId).map((line) => [line.lineId, line]))
        const takes = studio.listTakes(projectId, null)
        return Object.fromEntries(
          orderedLines(studio.project(projectId)).map(({ lineId, text }) => {
            const state = states.get(lineId)
            if (!state) throw new Error(`${text} was never queued`)
            const { status, attempts, error } = state
            return [text, { status, attempts, error, takes: takes.filter((take) => take.lineId === lineId).length }]
          }),
        )
      },
    }
  }
  return {
    ...{ studio, workers, awake, failures, record, queue, voiceId: ownVoiceId },
    get modelDirectory() {
      return installedAt
    },
    set modelDirectory(now) {
      installedAt = now
    },
    unfinishedTakes: () =>
      readdirSync(studio.takesDirectory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !/^[0-9a-f]{64}\.(wav|peaks)$/.test(entry.name))
        .map(({ name }) => name),
    [Symbol.asyncDispose]: async () => {
      await studio[Symbol.asyncDispose]()
      await workers[Symbol.asyncDispose]()
    },
  }
}
