import { rmSync } from 'node:fs'
import { AppError } from '../../shared/kernel/index.ts'
import { createSyncTakeReader } from '../take-store/index.ts'
import { serveWorker, type WorkerMethod } from '../worker-process/index.ts'
import { type ExportItem, exportInputSchema } from './export-messages.ts'
import { writeExports } from './write-exports.ts'

/** Often enough for a bar that moves smoothly. */
const PROGRESS_INTERVAL_MS = 50

const exportFiles: WorkerMethod = async (input, { signal, item }) => {
  const { plan, takes, targets, tags } = exportInputSchema.parse(input)
  const say = (message: ExportItem): void => item(message)
  const keys = new Map(takes.keys)
  // Encoding fills this process from end to end; waiting for reads to be handed over would only add to it.
  using reader = createSyncTakeReader(takes.directory)
  // The app may go away at any moment, and this process with it; an unfinished file must not stay in the person's folder.
  const removeParts = (): void => {
    for (const { partPath } of targets)
      try {
        rmSync(partPath, { force: true })
      } catch {
        // This process is ending; there is nobody left to tell.
      }
  }
  process.on('exit', removeParts)
  let saidAtMs = Number.NEGATIVE_INFINITY
  try {
    return await writeExports({
      plan,
      readTake: async (takeId, startSamples, target) => {
        const takeKey = keys.get(takeId)
        if (!takeKey) throw new AppError('take.missing', { params: { takeId }, remedies: ['render-again'] })
        reader.read(takeKey, startSamples, target)
      },
      targets,
      tags,
      signal,
      onProgress: (progress) => {
        const isLast = progress.doneSamples === progress.totalSamples
        if (!isLast && performance.now() - saidAtMs < PROGRESS_INTERVAL_MS) return
        saidAtMs = performance.now()
        say({ kind: 'progress', progress })
      },
      onFile: (file) => say({ kind: 'file', file }),
    })
  } finally {
    process.off('exit', removeParts)
  }
}

serveWorker({ export: exportFiles })
