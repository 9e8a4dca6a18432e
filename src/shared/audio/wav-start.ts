/** How samples of a WAV file are written. */
export type WavFormat = { readonly formatTag: number; readonly bytesPerSample: number; readonly fmtBytes: number }

const TAGS: readonly [offset: number, tag: string][] = [
  [0, 'RIFF'],
  [8, 'WAVE'],
  [12, 'fmt '],
]

export const writeTag = (bytes: Uint8Array, offset: number, tag: string): void => {
  for (let i = 0; i < tag.length; i++) bytes[offset + i] = tag.charCodeAt(i)
}

/**
 * Fills in what every mono WAV file begins with: `RIFF`, and `fmt ` from byte 12 on.
 * @param bytes the file, or its head alone; zeros where nothing is written yet
 * @param fileBytes of all of the file
 * @source https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
 */
export const writeWavStart = (
  bytes: Uint8Array,
  { formatTag, bytesPerSample, fmtBytes }: WavFormat,
  { sampleRateHz, fileBytes }: { sampleRateHz: number; fileBytes: number },
): DataView => {
  for (const [offset, tag] of TAGS) writeTag(bytes, offset, tag)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  view.setUint32(4, fileBytes - 8, true)
  view.setUint32(16, fmtBytes, true)
  view.setUint16(20, formatTag, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRateHz, true)
  view.setUint32(28, sampleRateHz * bytesPerSample, true)
  view.setUint16(32, bytesPerSample, true)
  view.setUint16(34, bytesPerSample * 8, true)
  return view
}
