import {
  type ExportFormat,
  type ExportSettings,
  exportRatesHz,
  mp3BitratesKbps,
  opusBitrateRangeKbps,
} from '../../../shared/audio/index.ts'
import type { SampleRateHz } from '../../../shared/kernel/index.ts'

export const EXPORT_FORMATS: readonly ExportFormat[] = ['wav', 'mp3', 'opus']

const nearest = <Value extends number>(values: readonly Value[], wanted: number): Value | undefined =>
  values.reduce<Value | undefined>(
    (best, value) => (best === undefined || Math.abs(value - wanted) < Math.abs(best - wanted) ? value : best),
    undefined,
  )

/** Settings that suit a project of this rate, one per format. */
export const exportPreset = (format: ExportFormat, projectRateHz: SampleRateHz): ExportSettings => {
  const sampleRateHz = nearest(exportRatesHz(format), projectRateHz) ?? projectRateHz
  switch (format) {
    case 'wav':
      return { format, sampleRateHz, channelCount: 1, sampleFormat: 'int16' }
    case 'mp3':
      return fitExport({ format, sampleRateHz, channelCount: 1, rate: { mode: 'cbr', bitrateKbps: 96 } })
    case 'opus':
      return { format, sampleRateHz, channelCount: 1, bitrateKbps: 48 }
  }
}

/** The same wish with the nearest values that the format has, after one of them changed. */
export const fitExport = (settings: ExportSettings): ExportSettings => {
  const { format } = settings
  if (format === 'mp3' && settings.rate.mode === 'cbr') {
    const bitrateKbps = nearest(mp3BitratesKbps(settings.sampleRateHz), settings.rate.bitrateKbps) ?? 64
    return { ...settings, rate: { mode: 'cbr', bitrateKbps } }
  }
  if (format === 'opus') {
    const { min, max } = opusBitrateRangeKbps(settings.channelCount)
    return { ...settings, bitrateKbps: Math.round(Math.min(max, Math.max(min, settings.bitrateKbps))) }
  }
  return settings
}
