/** Bytes before the first sample: RIFF, an 18-byte `fmt `, `fact`, and the head of `data`. */
export const FLOAT_WAV_HEADER_BYTES = 58

const BYTES_PER_SAMPLE = Float32Array.BYTES_PER_ELEMENT

/** WAVE_FORMAT_IEEE_FLOAT. @source https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html */
const FORMAT_FLOAT = 3

const TAGS: readonly [offset: number, tag: string][] = [
  [0, 'RIFF'],
  [8, 'WAVE'],
  [12, 'fmt '],
  [38, 'fact'],
  [50, 'data'],
]

/** Head of a mono 32-bit float WAV. @param durationSamples less than 1 GiB of them */
export const floatWavHeader = ({
  sampleRateHz,
  durationSamples,
}: {
  sampleRateHz: number
  durationSamples: number
}): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(FLOAT_WAV_HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  const dataBytes = durationSamples * BYTES_PER_SAMPLE
  for (const [offset, tag] of TAGS) for (let i = 0; i < tag.length; i++) bytes[offset + i] = tag.charCodeAt(i)
  view.setUint32(4, FLOAT_WAV_HEADER_BYTES - 8 + dataBytes, true)
  view.setUint32(16, 18, true)
  view.setUint16(20, FORMAT_FLOAT, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRateHz, true)
  view.setUint32(28, sampleRateHz * BYTES_PER_SAMPLE, true)
  view.setUint16(32, BYTES_PER_SAMPLE, true)
  view.setUint16(34, BYTES_PER_SAMPLE * 8, true)
  view.setUint32(42, 4, true)
  view.setUint32(46, durationSamples, true)
  view.setUint32(54, dataBytes, true)
  return bytes
}
