import { FLOAT_WAV_HEADER_BYTES, floatWavHeader } from '../../shared/audio/index.ts'

/**
 * A whole WAV file of 32-bit floats, which keeps every sample as it was decoded. The same samples make the same bytes.
 * @param pcm mono, less than 1 GiB
 */
export const promptWav = (pcm: Float32Array, sampleRateHz: number): Uint8Array => {
  const bytes = new Uint8Array(FLOAT_WAV_HEADER_BYTES + pcm.byteLength)
  bytes.set(floatWavHeader({ sampleRateHz, durationSamples: pcm.length }))
  // As they lie in memory: every platform this runs on is little-endian.
  bytes.set(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), FLOAT_WAV_HEADER_BYTES)
  return bytes
}
