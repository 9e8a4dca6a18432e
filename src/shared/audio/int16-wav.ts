const HEADER_BYTES = 44
const FORMAT_PCM = 1
const FULL_SCALE = 32_767
const TAGS: readonly [offset: number, tag: string][] = [
  [0, 'RIFF'],
  [8, 'WAVE'],
  [12, 'fmt '],
  [36, 'data'],
]

/**
 * A whole WAV file of 16-bit integers, mono: what every service and program reads.
 * @param pcm samples; those beyond full scale are cut off there
 * @source https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
 */
export const int16Wav = (pcm: Float32Array, sampleRateHz: number): Uint8Array<ArrayBuffer> => {
  const dataBytes = pcm.length * Int16Array.BYTES_PER_ELEMENT
  const bytes = new Uint8Array(HEADER_BYTES + dataBytes)
  const view = new DataView(bytes.buffer)
  for (const [offset, tag] of TAGS) for (let i = 0; i < tag.length; i++) bytes[offset + i] = tag.charCodeAt(i)
  view.setUint32(4, HEADER_BYTES - 8 + dataBytes, true)
  view.setUint32(16, 16, true)
  view.setUint16(20, FORMAT_PCM, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRateHz, true)
  view.setUint32(28, sampleRateHz * Int16Array.BYTES_PER_ELEMENT, true)
  view.setUint16(32, Int16Array.BYTES_PER_ELEMENT, true)
  view.setUint16(34, Int16Array.BYTES_PER_ELEMENT * 8, true)
  view.setUint32(40, dataBytes, true)
  for (let i = 0; i < pcm.length; i++) {
    const sample = Math.max(-1, Math.min(1, pcm[i] ?? 0))
    view.setInt16(HEADER_BYTES + i * Int16Array.BYTES_PER_ELEMENT, Math.round(sample * FULL_SCALE), true)
  }
  return bytes
}
