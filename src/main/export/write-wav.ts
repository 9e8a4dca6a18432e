import { toExportError } from './export-error.ts'
import { WavEncoder } from './wav-encoder.ts'
import type { WavSettings } from './wav-header.ts'

/**
 * Writes one piece of mono sound, 16 bits a sample.
 * @throws AppError export.disk-full | export.path-not-writable
 */
export const writeWav = (filePath: string, pcm: Float32Array, sampleRateHz: WavSettings['sampleRateHz']): void => {
  const settings: WavSettings = { format: 'wav', sampleFormat: 'int16', sampleRateHz, channelCount: 1 }
  try {
    using encoder = new WavEncoder(filePath, settings, pcm.length, { title: '', author: '', album: '' })
    encoder.write(pcm)
    encoder.finish()
  } catch (error) {
    throw toExportError(error, { path: filePath, settings, neededBytes: 2 * pcm.length })
  }
}
