import type { ReadTake } from '../../shared/audio/index.ts'
import { AppError, type TakeId } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'

/** The part of the take store that playback needs. */
export type Takes = { read(takeKey: TakeKey, startSamples: number, target: Float32Array): Promise<void> }

/** Finds the file behind a plan's takes. */
export const takeReaderOf =
  (takes: Takes, takeKeys: ReadonlyMap<TakeId, TakeKey>): ReadTake =>
  async (takeId, startSamples, target) => {
    const takeKey = takeKeys.get(takeId)
    if (takeKey === undefined) throw new AppError('take.missing', { params: { takeId }, remedies: ['render-again'] })
    await takes.read(takeKey, startSamples, target)
  }
