import type { PcmBlock } from '../../shared/audio/index.ts'

/** About a third of a second: short enough to be heard early, long enough that a message per block costs nothing. */
const BLOCK_SAMPLES = 8192

/** Cuts PCM into blocks of its own, each free to be sent away. */
export function* pcmBlocks(pcm: Float32Array): Generator<PcmBlock> {
  for (let start = 0; start < pcm.length; start += BLOCK_SAMPLES) yield pcm.slice(start, start + BLOCK_SAMPLES)
}
