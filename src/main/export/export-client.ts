import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import {
  type ExportedFile,
  type ExportSettings,
  type ExportTags,
  exportedFileSchema,
  type MixPlan,
} from '../../shared/audio/index.ts'
import { AppError, assert, type TakeId } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'
import { type SpawnWorker, WorkerClient } from '../worker-process/index.ts'
import { type ExportInput, type ExportProgress, exportItemSchema } from './export-messages.ts'
import { discardFile } from './pending-file.ts'

export type ExportMixOptions = {
  spawnWorker: SpawnWorker
  plan: MixPlan
  takes: { directory: string; keys: ReadonlyMap<TakeId, TakeKey> }
  /** Absolute paths, all different; a file that exists is replaced once the new one is complete. */
  files: readonly { path: string; settings: ExportSettings }[]
  tags: ExportTags
  signal: AbortSignal
  onProgress(progress: ExportProgress): void
  onFile(file: ExportedFile): void
}

/** Some disks tell no difference between upper and lower case, nor between two ways to write an accent. */
const sameOnDisk = (filePath: string): string => filePath.normalize('NFC').toLowerCase()

/**
 * Mixes an arrangement down and writes it in every format asked for, in one pass, in a process of its own.
 * @returns the files in the order they were completed
 * @throws AppError `export.unsupported-settings`, `export.nothing-rendered`, `export.disk-full`,
 *   `export.path-not-writable`, `export.encoder-failed`, `take.missing`
 * @throws AppCancel when the signal aborts; nothing is left behind then either
 */
export const exportMix = async (options: ExportMixOptions): Promise<ExportedFile[]> => {
  const { plan, takes, files, tags, signal, onProgress, onFile } = options
  assert(new Set(files.map((file) => sameOnDisk(file.path))).size === files.length, 'every file has a path of its own')
  const exportName = randomUUID()
  const targets = files.map((file, index) => ({
    targetPath: file.path,
    partPath: path.join(path.dirname(file.path), `.cosy-export-${exportName}-${index}.part`),
    settings: file.settings,
  }))
  const input: ExportInput = { plan, takes: { directory: takes.directory, keys: [...takes.keys] }, targets, tags }
  const worker = new WorkerClient(options.spawnWorker, 'export-worker')
  try {
    const output = await worker.call('export', input, {
      signal,
      onItem: (message) => {
        const item = exportItemSchema.parse(message)
        if (item.kind === 'progress') onProgress(item.progress)
        else onFile(item.file)
      },
    })
    return z.array(exportedFileSchema).parse(output)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'engine.crashed')) throw error
    throw new AppError('export.encoder-failed', {
      params: { ...error.params, format: files.map(({ settings }) => settings.format).join(', ') },
      remedies: ['try-again', 'report'],
      retryable: true,
      cause: error,
    })
  } finally {
    // Where the worker was ended from outside it could not clean up itself.
    await worker[Symbol.asyncDispose]()
    for (const target of targets) await discardFile(target)
  }
}
