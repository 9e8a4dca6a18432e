import path from 'node:path'
import type { GrantId } from '../../shared/kernel/index.ts'
import { safeFileName } from '../export/index.ts'
import type { SettingsFile } from '../settings/index.ts'
import type { Studio } from '../studio/index.ts'
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
  return {
    'export.choose-folder': async () => {
      const folder = await deps.chooseFolder(presetFolder())
      if (folder === null) return null
      settings.change({ exportFolder: folder })
      return { grantId: grants.give(folder), name: folder }
    },
    'export.run': async ({ projectId, folderGrantId, fileName, tags, formats }, job) => {
      const folder = folderGrantId === null ? presetFolder() : grants.pathOf(folderGrantId)
      const stem = path.join(folder, safeFileName(fileName))
      const files = await studio.exportProject(projectId, {
        tags,
        files: formats.map((settings) => ({ path: `${stem}.${settings.format}`, settings })),
        signal: job.signal,
        onProgress: job.progress,
        onFile: job.item,
      })
      return { files, unrenderedLines: studio.unrenderedLineIds(projectId).length }
    },
  }
}
