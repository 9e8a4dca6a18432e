/**
 * Far below any score, so that the float32 softmax gives exactly 0 (exp underflows below -104), and exact in fp16 with room for
 * the score added to it; the -1e10 of the original code is infinite there.
 */
export const FORBIDDEN = -10_000

/**
 * What attention adds to its scores, row-major [frames - from, frames]: frame i may look at every frame up to the end of its own
 * chunk.
 * @param chunkFrames frames of a chunk while more of the line is to come; undefined lets every frame look at every other
 * @param from the first frame that looks; preset 0
 * @returns 0 where a look is allowed
 * @source FunAudioLLM/CosyVoice cosyvoice/utils/mask.py subsequent_chunk_mask
 */
export const chunkMask = (frames: number, chunkFrames: number | undefined, from = 0): Float32Array => {
  const mask = new Float32Array((frames - from) * frames)
  if (chunkFrames === undefined) return mask
  for (let frame = from; frame < frames; frame++) {
    const end = (Math.floor(frame / chunkFrames) + 1) * chunkFrames
    if (end < frames) mask.fill(FORBIDDEN, (frame - from) * frames + end, (frame - from + 1) * frames)
  }
  return mask
}
