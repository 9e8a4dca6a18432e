import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { GrantId } from '../../shared/kernel/index.ts'
import { exportFileNames } from '../export/index.ts'
import type { SettingsFile } from '../settings/index.ts'
import { exportProject, type Studio } from '../studio/index.ts'
import type { HandlersOf } from './handlers-of.ts'

export type ExportHandlersDeps = {
  studio: Studio
  settings: SettingsFile
  /** Where exports go until the person chooses. */
  musicDirectory: string
  chooseFolder(startFolder: string | null): Promise<string | null>
  grants: { give(path: string): GrantId; pathOf(grantId: GrantId): string }
}

export const exportHandlers = (deps: ExportHandlersDeps): HandlersOf<'export.choose-folder' | 'export.run'> => {
  const { studio, settings, grants } = deps
  const presetFolder = (): string => settings.get().exportFolder ?? deps.musicDirectory
  /** The music folder is made where a system has none; a folder that the person chose must be there. */
  const folderOf = async (grantId: GrantId | null): Promise<string> => {
    if (grantId !== null) return grants.pathOf(grantId)
    // Where it cannot be made, the export itself says so, with what to do about it.
    if (settings.get().exportFolder === null)
      await mkdir(deps.musicDirectory, { recursive: true }).catch(() => undefined)
    return presetFolder()
  }
  return {
    'export.choose-folder': async () => {
      const folder = await deps.chooseFolder(presetFolder())
      if (folder === null) return null
      settings.change({ exportFolder: folder })
      return { grantId: grants.give(folder), name: folder }
    },
    'export.run': async ({ projectId, folderGrantId, fileName, tags, formats }, job) => {
      const folder = await folderOf(folderGrantId)
      const names = exportFileNames(fileName, formats)
      const files = await exportProject(studio, projectId, {
        tags,
        files: formats.map((settings, index) => ({ path: path.join(folder, names[index] ?? ''), settings })),
        signal: job.signal,
        onProgress: job.progress,
        onFile: job.item,
      })
      return { files, unrenderedLines: studio.unrenderedLineIds(projectId).length }
    },
  }
}
