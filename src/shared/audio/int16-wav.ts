import { writeTag, writeWavStart } from './wav-start.ts'

const HEADER_BYTES = 44
/** WAVE_FORMAT_PCM. */
const PCM = { formatTag: 1, bytesPerSample: Int16Array.BYTES_PER_ELEMENT, fmtBytes: 16 } as const
const FULL_SCALE = 32_767

/**
 * A whole WAV file of 16-bit integers, mono: what every service and program reads.
 * @param pcm samples; those beyond full scale are cut off there
 */
export const int16Wav = (pcm: Float32Array, sampleRateHz: number): Uint8Array<ArrayBuffer> => {
  const dataBytes = pcm.length * PCM.bytesPerSample
  const bytes = new Uint8Array(HEADER_BYTES + dataBytes)
  const view = writeWavStart(bytes, PCM, { sampleRateHz, fileBytes: bytes.length })
  writeTag(bytes, 36, 'data')
  view.setUint32(40, dataBytes, true)
  for (let i = 0; i < pcm.length; i++) {
    const sample = Math.max(-1, Math.min(1, pcm[i] ?? 0))
    view.setInt16(HEADER_BYTES + i * PCM.bytesPerSample, Math.round(sample * FULL_SCALE), true)
  }
  return bytes
}
