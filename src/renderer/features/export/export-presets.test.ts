import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exportRatesHz, findExportProblem } from '../../../shared/audio/index.ts'
import { SAMPLE_RATES_HZ } from '../../../shared/kernel/index.ts'
import { EXPORT_FORMATS, exportPreset, fitExport } from './export-presets.ts'

test('the preset of every format is valid at every project rate', () => {
  for (const rateHz of SAMPLE_RATES_HZ)
    for (const format of EXPORT_FORMATS) expect(findExportProblem(exportPreset(format, rateHz)), format).toBeUndefined()
})

test('whatever is changed, what is fitted is valid', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...EXPORT_FORMATS),
      fc.nat(8),
      fc.constantFrom(1 as const, 2 as const),
      fc.integer({ min: 1, max: 999 }),
      (format, rateIndex, channelCount, bitrateKbps) => {
        const rates = exportRatesHz(format)
        const sampleRateHz = rates[rateIndex % rates.length] ?? 48000
        const wish = { ...exportPreset(format, 24000), sampleRateHz, channelCount }
        const asked =
          wish.format === 'mp3'
            ? { ...wish, rate: { mode: 'cbr' as const, bitrateKbps } }
            : wish.format === 'opus'
              ? { ...wish, bitrateKbps }
              : wish
        const fitted = fitExport(asked)
        expect(findExportProblem(fitted)).toBeUndefined()
        expect(fitted).toMatchObject({ sampleRateHz, channelCount })
      },
    ),
  )
})
