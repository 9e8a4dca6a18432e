import { FLOAT_WAV_HEADER_BYTES, floatWavHeader } from '../../shared/audio/index.ts'

/** Bytes before the first sample. */
export const TAKE_HEADER_BYTES = FLOAT_WAV_HEADER_BYTES
export const BYTES_PER_SAMPLE = Float32Array.BYTES_PER_ELEMENT

export type TakeAudio = { sampleRateHz: number; durationSamples: number }

/** What a take's head promises; undefined for anything that this store did not write. */
export const parseTakeHeader = (bytes: Uint8Array): TakeAudio | undefined => {
  if (bytes.length < TAKE_HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const audio = { sampleRateHz: view.getUint32(24, true), durationSamples: view.getUint32(46, true) }
  const expected = floatWavHeader(audio)
  return expected.every((byte, index) => byte === bytes[index]) ? audio : undefined
}
