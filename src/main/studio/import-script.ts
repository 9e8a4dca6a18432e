import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { ProjectId } from '../../shared/kernel/index.ts'
import { importScriptEdit, scriptOfProject, setProjectSettings } from '../../shared/project/index.ts'
import { type ScriptFormat, type ScriptImportOptions, serialiseScript } from '../../shared/script/index.ts'
import { loadScriptFile, readScript, type ScriptFile } from '../script-import/index.ts'
import type { Studio } from './studio.ts'

/**
 * Brings a script into a project as one undoable edit; new characters get a voice each.
 * @throws AppError as `readScript` does; nothing has changed then
 */
export const importScript = (
  studio: Studio,
  projectId: ProjectId,
  file: ScriptFile,
  options: Partial<ScriptImportOptions>,
  placing: 'append' | 'replace',
): void => {
  const read = readScript(file, options)
  const edit = importScriptEdit(studio.project(projectId), read, {
    placing,
    voices: studio.castableVoices(),
    mint: studio.mint,
  })
  if (edit) studio.edit(projectId, edit, 'edit.import')
}

/** The project's script as text: what was imported and not changed comes back character for character. */
export const scriptText = (studio: Studio, projectId: ProjectId, format: ScriptFormat): string =>
  serialiseScript(scriptOfProject(studio.project(projectId)), format)

const sampleSchema = z.object({ script: z.string(), title: z.string(), author: z.string(), album: z.string() })

/**
 * The sample project of `directory`: the one that is in the library already, or a new one whose lines go straight into
 * the queue, so that it can be heard within seconds.
 */
export const openSample = async (studio: Studio, directory: string, narratorName: string): Promise<ProjectId> => {
  const sample = sampleSchema.parse(JSON.parse(await readFile(path.join(directory, 'night-boat.json'), 'utf8')))
  const known = studio.listProjects().find((project) => project.title === sample.title)
  if (known) return known.projectId
  const file = await loadScriptFile(path.join(directory, sample.script))
  const projectId = studio.createProject(sample.title, narratorName)
  const { author, album } = sample
  const credits = setProjectSettings(studio.project(projectId), { author, album })
  if (credits) studio.edit(projectId, credits, 'edit.settings')
  importScript(studio, projectId, file, {}, 'replace')
  await studio.enqueue(projectId, { kind: 'project' })
  return projectId
}
