import { createResampler, type PcmBlock } from '../../shared/audio/index.ts'

/** The same speech at another rate, block by block; empty blocks are left out. */
export async function* atSampleRate(
  blocks: AsyncIterable<PcmBlock>,
  fromHz: number,
  toHz: number,
): AsyncGenerator<PcmBlock> {
  if (fromHz === toHz) return yield* blocks
  const resampler = createResampler(fromHz, toHz)
  for await (const block of blocks) {
    const resampled = resampler.push(block)
    if (resampled.length > 0) yield resampled
  }
  const rest = resampler.flush()
  if (rest.length > 0) yield rest
}
