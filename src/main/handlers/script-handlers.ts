import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ScriptSource } from '../../shared/contract/index.ts'
import { AppError, type GrantId } from '../../shared/kernel/index.ts'
import { errnoOf, refusalOf } from '../disk/index.ts'
import { safeFileName } from '../export/index.ts'
import { loadScriptFile, previewScript, type ScriptFile, scriptFileSize } from '../script-import/index.ts'
import { importScript, type Studio, scriptText } from '../studio/index.ts'
import type { HandlersOf } from './handlers-of.ts'
import type { EmitEvent } from './serve-contract.ts'

export type ScriptHandlersDeps = {
  studio: Studio
  emit: EmitEvent
  chooseScript(): Promise<string | null>
  chooseSaveFile(suggestedPath: string): Promise<string | null>
  grants: { give(path: string): GrantId; pathOf(grantId: GrantId): string }
}

type Channels = 'script.choose' | 'script.preview' | 'script.apply' | 'script.export'

export const scriptHandlers = (deps: ScriptHandlersDeps): HandlersOf<Channels> => {
  const { studio, grants } = deps
  const fileOf = async (source: ScriptSource): Promise<ScriptFile> =>
    source.kind === 'bytes' ? { name: source.name, bytes: source.bytes } : loadScriptFile(grants.pathOf(source.grantId))
  return {
    'script.choose': async () => {
      const file = await deps.chooseScript()
      if (file === null) return null
      return { grantId: grants.give(file), name: path.basename(file), sizeBytes: await scriptFileSize(file) }
    },
    'script.preview': async ({ source, options }) => previewScript(await fileOf(source), options),
    'script.apply': async ({ projectId, source, options, placing }) => {
      importScript(studio, projectId, await fileOf(source), options, placing)
      deps.emit('project.changed', { projectIds: [projectId] })
      return studio.openProject(projectId)
    },
    'script.export': async ({ projectId, format }) => {
      const { title } = studio.project(projectId).settings
      const file = await deps.chooseSaveFile(`${safeFileName(title)}.${format === 'markdown' ? 'md' : 'txt'}`)
      if (file === null) return null
      await writeScript(file, scriptText(studio, projectId, format))
      return { path: file }
    },
  }
}

const writeScript = async (file: string, text: string): Promise<void> => {
  try {
    await writeFile(file, text)
  } catch (error) {
    const isFull = refusalOf(errnoOf(error)) === 'full'
    throw new AppError(isFull ? 'export.disk-full' : 'export.path-not-writable', {
      params: { file: path.basename(file), folder: path.dirname(file) },
      remedies: isFull ? ['free-disk-space', 'choose-another-folder'] : ['choose-another-folder', 'check-permissions'],
      cause: error,
    })
  }
}
