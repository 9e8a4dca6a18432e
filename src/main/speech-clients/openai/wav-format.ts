/** What the header of a WAV says of its samples. */
export type WavFormat = {
  readonly channels: number
  readonly bits: number
  /** Integers, and no floats or companded samples. */
  readonly isInteger: boolean
  /** As the header claims it: what streams claim is no length. */
  readonly dataBytes: number
}

const PCM = 1
/** The real format follows in the sub-format: its first two bytes. */
const EXTENSIBLE = 0xfffe
const chunkId = (view: DataView, at: number): string =>
  String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, 4))

/** @returns undefined where the bytes end before the samples begin */
export const wavFormatOf = (bytes: Uint8Array): WavFormat | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let format: Omit<WavFormat, 'dataBytes'> | undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [id, sizeBytes] = [chunkId(view, at), view.getUint32(at + 4, true)]
    if (id === 'fmt ' && at + 24 <= bytes.length) {
      const tag = view.getUint16(at + 8, true)
      const isTold = tag === EXTENSIBLE && sizeBytes >= 26 && at + 34 <= bytes.length
      format = {
        channels: view.getUint16(at + 10, true),
        bits: view.getUint16(at + 22, true),
        isInteger: (isTold ? view.getUint16(at + 32, true) : tag) === PCM,
      }
    }
    if (id === 'data') return format && { ...format, dataBytes: sizeBytes }
    at += 8 + sizeBytes + (sizeBytes % 2)
  }
  return undefined
}
