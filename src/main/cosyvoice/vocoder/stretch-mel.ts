import { assert } from '../../../shared/kernel/index.ts'

/**
 * Changes how fast a line is spoken, and not its pitch, by linear interpolation of its mel over time.
 * @param mel row-major [bins, frames]
 * @param speed 2 is twice as fast; 0.5 to 2 sounds well
 * @returns row-major [bins, floor(frames / speed)]; a copy for speed 1
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/model.py token2wav: interpolate(mode='linear'), half-pixel centres
 */
export const stretchMel = (mel: Float32Array, frames: number, speed: number): Float32Array => {
  assert(frames >= 1 && mel.length % frames === 0, 'a mel is [bins, frames]')
  const stretchedFrames = Math.floor(frames / speed)
  assert(speed > 0 && stretchedFrames >= 1, 'a line keeps at least one frame')
  const bins = mel.length / frames
  const stretched = new Float32Array(bins * stretchedFrames)
  for (let target = 0; target < stretchedFrames; target++) {
    const place = Math.min(frames - 1, Math.max(0, ((target + 0.5) * frames) / stretchedFrames - 0.5))
    const earlier = Math.floor(place)
    const later = Math.min(earlier + 1, frames - 1)
    const share = place - earlier
    for (let bin = 0; bin < bins; bin++)
      stretched[bin * stretchedFrames + target] =
        (mel[bin * frames + earlier] ?? 0) * (1 - share) + (mel[bin * frames + later] ?? 0) * share
  }
  return stretched
}
