import { engineName, type Translator } from '../../shared/i18n/index.ts'
import type { ProjectId } from '../../shared/kernel/index.ts'
import type { Transport } from '../playback/index.ts'
import { openSample, type Studio } from '../studio/index.ts'
import type { HandlersOf } from './handlers-of.ts'
import type { EmitEvent } from './serve-contract.ts'

export type ProjectHandlersDeps = {
  studio: Studio
  transport: Transport
  emit: EmitEvent
  translator(): Translator
  sampleDirectory: string
}

type Channels =
  | 'project.list'
  | 'project.create'
  | 'project.create-sample'
  | 'project.delete'
  | 'project.open'
  | 'project.edit'
  | 'project.undo'
  | 'project.redo'
  | 'voice.list'
  | 'engine.list'
  | 'take.list'
  | 'take.words'

export const projectHandlers = (deps: ProjectHandlersDeps): HandlersOf<Channels> => {
  const { studio, emit } = deps
  const changed = (projectId: ProjectId): void => emit('project.changed', { projectIds: [projectId] })
  const narratorName = (): string => deps.translator().t('cast.narrator')
  return {
    'project.list': () => studio.listProjects(),
    'project.create': ({ title }) => {
      const projectId = studio.createProject(title, narratorName())
      changed(projectId)
      return { projectId }
    },
    'project.create-sample': async () => {
      const projectId = await openSample(studio, deps.sampleDirectory, narratorName())
      changed(projectId)
      return { projectId }
    },
    'project.delete': async ({ projectId }) => {
      deps.transport.forget({ kind: 'project', projectId })
      await studio.deleteProject(projectId)
      changed(projectId)
    },
    'project.open': ({ projectId }) => studio.openProject(projectId),
    'project.edit': ({ projectId, edit, label, coalesceKey }) => {
      const history = studio.edit(projectId, edit, label, coalesceKey)
      changed(projectId)
      return history
    },
    'project.undo': ({ projectId }) => {
      const undone = studio.undo(projectId)
      changed(projectId)
      return undone
    },
    'project.redo': ({ projectId }) => {
      const redone = studio.redo(projectId)
      changed(projectId)
      return redone
    },
    'voice.list': () => studio.listVoices(),
    'engine.list': () => ({
      engines: studio.engines.list().map((engine) => ({ ...engine, name: engineName(deps.translator(), engine) })),
      defaultVoiceId: studio.world().defaultVoiceId,
      twins: [...studio.remote.twins()],
    }),
    'take.list': ({ projectId, takeIds }) => studio.listTakes(projectId, takeIds),
    'take.words': ({ takeId }) => studio.listSpokenWords(takeId),
  }
}
