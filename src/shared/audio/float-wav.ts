import { writeTag, writeWavStart } from './wav-start.ts'

/** Bytes before the first sample: RIFF, an 18-byte `fmt `, `fact`, and the head of `data`. */
export const FLOAT_WAV_HEADER_BYTES = 58

/** WAVE_FORMAT_IEEE_FLOAT. */
const FLOAT = { formatTag: 3, bytesPerSample: Float32Array.BYTES_PER_ELEMENT, fmtBytes: 18 } as const

/** Head of a mono 32-bit float WAV. @param durationSamples less than 1 GiB of them */
export const floatWavHeader = ({
  sampleRateHz,
  durationSamples,
}: {
  sampleRateHz: number
  durationSamples: number
}): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(FLOAT_WAV_HEADER_BYTES)
  const dataBytes = durationSamples * FLOAT.bytesPerSample
  const view = writeWavStart(bytes, FLOAT, { sampleRateHz, fileBytes: FLOAT_WAV_HEADER_BYTES + dataBytes })
  writeTag(bytes, 38, 'fact')
  view.setUint32(42, 4, true)
  view.setUint32(46, durationSamples, true)
  writeTag(bytes, 50, 'data')
  view.setUint32(54, dataBytes, true)
  return bytes
}
