import type { ExportedFile, ExportSettings, ExportTags } from '../../shared/audio/index.ts'
import { AppError, type ProjectId } from '../../shared/kernel/index.ts'
import { type ExportProgress, exportMix } from '../export/index.ts'
import type { Studio } from './studio.ts'

type ProjectExport = {
  /** Absolute paths, all different. */
  files: readonly { path: string; settings: ExportSettings }[]
  tags: ExportTags
  signal: AbortSignal
  onProgress(progress: ExportProgress): void
  onFile(file: ExportedFile): void
}

/**
 * Mixes a project down to files. Takes whose files have disappeared are looked for first, so that nothing is missing
 * from the middle of a recording: their lines count as never rendered from then on.
 * @throws AppError `take.missing`, `export.nothing-rendered` and as `exportMix` does; AppCancel when the signal aborts
 */
export const exportProject = async (
  studio: Studio,
  projectId: ProjectId,
  { files, tags, signal, onProgress, onFile }: ProjectExport,
): Promise<ExportedFile[]> => {
  const { plan, takeKeys } = studio.projectMix(projectId)
  if (plan.clips.length === 0) throw new AppError('export.nothing-rendered', { remedies: ['render-first'] })
  const missing = await studio.letGoOfMissing(takeKeys.values())
  if (missing > 0) throw new AppError('take.missing', { params: { takes: missing }, remedies: ['render-first'] })
  return exportMix({
    spawnWorker: studio.spawnWorker,
    plan,
    takes: { directory: studio.takesDirectory, keys: takeKeys },
    files,
    tags,
    signal,
    onProgress,
    onFile,
  })
}
