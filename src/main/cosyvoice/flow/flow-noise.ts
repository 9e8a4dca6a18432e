import { assert } from '../../../shared/kernel/index.ts'
import { torchNormal } from '../random/torch-random.ts'

/** Channels of the noise: mel bins of every released model. */
export const FLOW_NOISE_BINS = 80
/** 300 s at 50 frames a second: what prompt and speech may have together. */
export const MAX_FLOW_FRAMES = 15_000

let noise: Float32Array | undefined

/**
 * The noise every solution starts from, row-major [80, 15000]. It never changes, so the same tokens give the same mel. Made at
 * the first call, in about 50 ms, then kept (4.8 MB); not to be written to.
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/flow_matching.py CausalConditionalCFM: torch.randn([1, 80, 50 * 300]) of seed 0
 */
export const flowNoise = (): Float32Array => {
  noise ??= torchNormal(0, FLOW_NOISE_BINS * MAX_FLOW_FRAMES)
  return noise
}

/**
 * The noise of frames, each at its own place.
 * @param frames behind the last one, prompt and speech counted together; at most 15000: longer lines are split before they come
 *   here
 * @param from the first one; preset 0
 * @returns row-major [80, frames - from], free to be written to
 */
export const sliceFlowNoise = (frames: number, from = 0): Float32Array => {
  assert(frames <= MAX_FLOW_FRAMES, 'prompt and speech have at most 15000 frames together')
  const rows = flowNoise()
  const slice = new Float32Array(FLOW_NOISE_BINS * (frames - from))
  for (let bin = 0; bin < FLOW_NOISE_BINS; bin++)
    slice.set(rows.subarray(bin * MAX_FLOW_FRAMES + from, bin * MAX_FLOW_FRAMES + frames), bin * (frames - from))
  return slice
}
