import { SAMPLE_RATES_HZ, type SampleRateHz } from '../kernel/index.ts'
import type { ExportSettings } from './export-settings.ts'

export type ExportFormat = ExportSettings['format']

/** @source RFC 6716, table 1: the sampling rates of Opus' bandwidths */
const OPUS_RATES_HZ: readonly SampleRateHz[] = [8000, 12000, 16000, 24000, 48000]
/** @source ISO/IEC 11172-3, Layer III, without those below 32 kbit/s (no such frame exists in MPEG-1) */
const MPEG1_BITRATES_KBPS = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320] as const
/** @source ISO/IEC 13818-3, Layer III, from 32 kbit/s */
const MPEG2_BITRATES_KBPS = [32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160] as const
/** LAME writes no more than this in MPEG-2.5, the rates up to 12 kHz. */
const MPEG25_BITRATES_KBPS = [32, 40, 48, 56, 64] as const

/** Rates a format can be exported at, rising. */
export const exportRatesHz = (format: ExportFormat): readonly SampleRateHz[] =>
  format === 'opus' ? OPUS_RATES_HZ : SAMPLE_RATES_HZ

/** Constant bit rates mp3 has at a rate, rising. */
export const mp3BitratesKbps = (sampleRateHz: SampleRateHz): readonly number[] => {
  if (sampleRateHz >= 32000) return MPEG1_BITRATES_KBPS
  return sampleRateHz >= 16000 ? MPEG2_BITRATES_KBPS : MPEG25_BITRATES_KBPS
}

/** Every whole number between is allowed. @source FFmpeg libavcodec/libopusenc.c: at most 256 kbit/s per channel */
export const opusBitrateRangeKbps = (channelCount: 1 | 2): { min: number; max: number } => ({
  min: 6,
  max: channelCount === 1 ? 256 : 510,
})

/** What an encoder would refuse, and what it would take instead. */
export type ExportProblem = {
  format: ExportFormat
  setting: 'sampleRateHz' | 'bitrateKbps'
  value: number
  allowed: { kind: 'list'; values: readonly number[] } | { kind: 'range'; min: number; max: number }
}

/** The first setting that no encoder takes in this combination; undefined when all is well. */
export const findExportProblem = (settings: ExportSettings): ExportProblem | undefined => {
  const { format, sampleRateHz } = settings
  const rates = exportRatesHz(format)
  if (!rates.includes(sampleRateHz))
    return { format, setting: 'sampleRateHz', value: sampleRateHz, allowed: { kind: 'list', values: rates } }
  if (format === 'mp3' && settings.rate.mode === 'cbr') {
    const values = mp3BitratesKbps(sampleRateHz)
    const value = settings.rate.bitrateKbps
    if (!values.includes(value)) return { format, setting: 'bitrateKbps', value, allowed: { kind: 'list', values } }
  }
  if (format === 'opus') {
    const { min, max } = opusBitrateRangeKbps(settings.channelCount)
    const value = settings.bitrateKbps
    if (value < min || value > max)
      return { format, setting: 'bitrateKbps', value, allowed: { kind: 'range', min, max } }
  }
  return undefined
}

/**
 * How large a file will be; undefined where the encoder decides (mp3 VBR). Opus varies around its bit rate.
 * @param durationSamples at the settings' rate
 */
export const estimateSizeBytes = (settings: ExportSettings, durationSamples: number): number | undefined => {
  const seconds = durationSamples / settings.sampleRateHz
  if (settings.format === 'wav') {
    const bytesPerSample = { int16: 2, int24: 3, float32: 4 }[settings.sampleFormat]
    return durationSamples * settings.channelCount * bytesPerSample
  }
  if (settings.format === 'opus') return Math.ceil((seconds * settings.bitrateKbps * 1000) / 8)
  return settings.rate.mode === 'cbr' ? Math.ceil((seconds * settings.rate.bitrateKbps * 1000) / 8) : undefined
}
