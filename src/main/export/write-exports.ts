import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type ChannelCount,
  createMixdown,
  type ExportedFile,
  type ExportTags,
  estimateSizeBytes,
  type MixPlan,
  type ReadTake,
} from '../../shared/audio/index.ts'
import { AppCancel, AppError, samplesToSec } from '../../shared/kernel/index.ts'
import { silenceFfmpegLog } from '../ffmpeg/index.ts'
import { BlockReader } from './block-reader.ts'
import { checkExportSettings } from './check-settings.ts'
import { toExportError } from './export-error.ts'
import { ExportLane, type ExportTarget, type WrittenFile } from './export-lane.ts'
import type { ExportProgress } from './export-messages.ts'
import { commitFile, discardFile } from './pending-file.ts'

export type ExportOrder = {
  plan: MixPlan
  readTake: ReadTake
  targets: readonly ExportTarget[]
  tags: ExportTags
  signal: AbortSignal
  onProgress(progress: ExportProgress): void
  /** A file has been completed and bears its name. */
  onFile(file: ExportedFile): void
}

/** @throws AppError `export.unsupported-settings` or `export.nothing-rendered` */
const checkOrder = ({ plan, targets }: ExportOrder): void => {
  for (const { settings } of targets) checkExportSettings(settings)
  if (plan.durationSamples === 0) throw new AppError('export.nothing-rendered', { remedies: ['render-first'] })
}

/** A mixdown and the files that hear it. */
type Strand = { reader: BlockReader; lanes: readonly ExportLane[] }

const openStrand = (order: ExportOrder, channelCount: ChannelCount, open: DisposableStack): Strand => {
  const targets = order.targets.filter(({ settings }) => settings.channelCount === channelCount)
  const rates = [...new Set(targets.map(({ settings }) => settings.sampleRateHz))]
  return {
    reader: new BlockReader(createMixdown(order.plan, order.readTake, { channelCount })),
    lanes: rates.map((sampleRateHz) => {
      const atRate = targets.filter(({ settings }) => settings.sampleRateHz === sampleRateHz)
      return open.use(new ExportLane(order.plan, { sampleRateHz, channelCount }, atRate, order.tags))
    }),
  }
}

/** One pass over the arrangement for all files together, in blocks of one second. */
const writeAll = async ({ plan, signal, onProgress }: ExportOrder, strands: readonly Strand[]): Promise<void> => {
  for (let at = 0; at < plan.durationSamples; at += plan.sampleRateHz) {
    // Lets a cancel arrive, and the finalizers of node-av's frames run.
    await nextTurn()
    if (signal.aborted) throw new AppCancel()
    const frames = Math.min(plan.sampleRateHz, plan.durationSamples - at)
    for (const { reader, lanes } of strands) {
      const block = await reader.read(at, frames)
      for (const lane of lanes) lane.write(block)
    }
    onProgress({ doneSamples: at + frames, totalSamples: plan.durationSamples })
  }
}

const commit = async ({ target, leastBytes, durationSamples, ...loudness }: WrittenFile): Promise<ExportedFile> => {
  const { settings, targetPath } = target
  try {
    const sizeBytes = await commitFile(target, leastBytes)
    const durationSec = samplesToSec(durationSamples, settings.sampleRateHz)
    return { path: targetPath, settings, sizeBytes, durationSec, ...loudness }
  } catch (error) {
    throw toExportError(error, {
      path: targetPath,
      settings,
      neededBytes: estimateSizeBytes(settings, durationSamples),
    })
  }
}

/**
 * Writes every target. A file appears under its name only when it is complete and on the disk; when anything fails or the
 * signal aborts, nothing is left behind and older files are as they were.
 * @throws AppError `export.unsupported-settings`, `export.nothing-rendered`, `export.disk-full`,
 *   `export.path-not-writable`, `export.encoder-failed`, or `take.missing` from `readTake`
 * @throws AppCancel when the signal aborts
 */
export const writeExports = async (order: ExportOrder): Promise<ExportedFile[]> => {
  checkOrder(order)
  silenceFfmpegLog()
  const open = new DisposableStack()
  try {
    const channelCounts = [...new Set(order.targets.map(({ settings }) => settings.channelCount))]
    const strands = channelCounts.map((channelCount) => openStrand(order, channelCount, open))
    await writeAll(order, strands)
    const written = strands.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.finish()))
    const files: ExportedFile[] = []
    for (const file of written) {
      if (order.signal.aborted) throw new AppCancel()
      const exported = await commit(file)
      files.push(exported)
      order.onFile(exported)
    }
    return files
  } finally {
    open.dispose()
    for (const target of order.targets) await discardFile(target)
  }
}
