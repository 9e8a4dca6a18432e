import type { ExportSettings, ExportTags } from '../../shared/audio/index.ts'
import type { AudioEncoder } from './audio-encoder.ts'
import { CodecEncoder } from './codec-encoder.ts'
import { WavEncoder } from './wav-encoder.ts'

/** @param durationSamples what will be written in all, at the settings' rate */
export const openEncoder = (
  filePath: string,
  settings: ExportSettings,
  durationSamples: number,
  tags: ExportTags,
): AudioEncoder =>
  settings.format === 'wav'
    ? new WavEncoder(filePath, settings, durationSamples, tags)
    : new CodecEncoder(filePath, settings, tags)
