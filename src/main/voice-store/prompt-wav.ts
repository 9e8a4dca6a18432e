/** RIFF, an 18-byte `fmt `, `fact`, and the head of `data`. */
const HEADER_BYTES = 58
const BYTES_PER_SAMPLE = 4
/** WAVE_FORMAT_IEEE_FLOAT. @source Microsoft mmreg.h */
const FORMAT_FLOAT = 3

const TAGS: readonly [offset: number, tag: string][] = [
  [0, 'RIFF'],
  [8, 'WAVE'],
  [12, 'fmt '],
  [38, 'fact'],
  [50, 'data'],
]

/**
 * A whole WAV file of 32-bit floats, which keeps every sample as it was decoded. The same samples make the same bytes.
 * @param pcm mono, less than 1 GiB
 */
export const promptWav = (pcm: Float32Array, sampleRateHz: number): Uint8Array => {
  const dataBytes = pcm.length * BYTES_PER_SAMPLE
  const bytes = new Uint8Array(HEADER_BYTES + dataBytes)
  const view = new DataView(bytes.buffer)
  for (const [offset, tag] of TAGS) bytes.set(new TextEncoder().encode(tag), offset)
  view.setUint32(4, HEADER_BYTES - 8 + dataBytes, true)
  view.setUint32(16, 18, true)
  view.setUint16(20, FORMAT_FLOAT, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRateHz, true)
  view.setUint32(28, sampleRateHz * BYTES_PER_SAMPLE, true)
  view.setUint16(32, BYTES_PER_SAMPLE, true)
  view.setUint16(34, BYTES_PER_SAMPLE * 8, true)
  view.setUint32(42, 4, true)
  view.setUint32(46, pcm.length, true)
  view.setUint32(54, dataBytes, true)
  for (let at = 0; at < pcm.length; at++) view.setFloat32(HEADER_BYTES + at * BYTES_PER_SAMPLE, pcm[at] ?? 0, true)
  return bytes
}
