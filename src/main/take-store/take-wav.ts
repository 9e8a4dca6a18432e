/** Bytes before the first sample: RIFF, an 18-byte `fmt `, `fact`, and the head of `data`. */
export const TAKE_HEADER_BYTES = 58
export const BYTES_PER_SAMPLE = 4

/** WAVE_FORMAT_IEEE_FLOAT. @source https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html */
const FORMAT_FLOAT = 3

export type TakeAudio = { sampleRateHz: number; durationSamples: number }

const TAGS: readonly [offset: number, tag: string][] = [
  [0, 'RIFF'],
  [8, 'WAVE'],
  [12, 'fmt '],
  [38, 'fact'],
  [50, 'data'],
]

/** Head of a mono 32-bit float WAV. */
export const takeHeader = ({ sampleRateHz, durationSamples }: TakeAudio): Uint8Array => {
  const bytes = new Uint8Array(TAKE_HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  const dataBytes = durationSamples * BYTES_PER_SAMPLE
  for (const [offset, tag] of TAGS) bytes.set(new TextEncoder().encode(tag), offset)
  view.setUint32(4, TAKE_HEADER_BYTES - 8 + dataBytes, true)
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

/** What a take's head promises; undefined for anything that this store did not write. */
export const parseTakeHeader = (bytes: Uint8Array): TakeAudio | undefined => {
  if (bytes.length < TAKE_HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const audio = { sampleRateHz: view.getUint32(24, true), durationSamples: view.getUint32(46, true) }
  const expected = takeHeader(audio)
  return expected.every((byte, index) => byte === bytes[index]) ? audio : undefined
}
