import { describe, expect, it } from 'vitest'
import type { SampleRateHz } from '../kernel/index.ts'
import { estimateSizeBytes, exportRatesHz, findExportProblem, mp3BitratesKbps } from './index.ts'

const mp3 = (sampleRateHz: SampleRateHz, bitrateKbps: number) =>
  ({ format: 'mp3', sampleRateHz, channelCount: 1, rate: { mode: 'cbr', bitrateKbps } }) as const
const opus = (sampleRateHz: SampleRateHz, bitrateKbps: number, channelCount: 1 | 2 = 1) =>
  ({ format: 'opus', sampleRateHz, channelCount, bitrateKbps }) as const

describe('what an encoder takes', () => {
  it('names the setting that is wrong and what is allowed instead', () => {
    expect(findExportProblem(mp3(16_000, 320))).toEqual({
      format: 'mp3',
      setting: 'bitrateKbps',
      value: 320,
      allowed: { kind: 'list', values: mp3BitratesKbps(16_000) },
    })
    expect(findExportProblem(opus(44_100, 64))).toEqual({
      format: 'opus',
      setting: 'sampleRateHz',
      value: 44_100,
      allowed: { kind: 'list', values: exportRatesHz('opus') },
    })
    expect(findExportProblem(opus(48_000, 510))).toMatchObject({ allowed: { kind: 'range', min: 6, max: 256 } })
  })

  it('is no problem where the combination exists', () => {
    expect(findExportProblem(mp3(44_100, 320))).toBeUndefined()
    expect(findExportProblem(mp3(24_000, 160))).toBeUndefined()
    expect(findExportProblem(mp3(8000, 64))).toBeUndefined()
    expect(findExportProblem(opus(48_000, 510, 2))).toBeUndefined()
    expect(
      findExportProblem({ format: 'mp3', sampleRateHz: 8000, channelCount: 2, rate: { mode: 'vbr', quality: 0 } }),
    ).toBeUndefined()
    expect(
      findExportProblem({ format: 'wav', sampleRateHz: 11_025, channelCount: 2, sampleFormat: 'int24' }),
    ).toBeUndefined()
  })
})

it('the size of a file is estimated from its settings', () => {
  expect(
    estimateSizeBytes({ format: 'wav', sampleRateHz: 48_000, channelCount: 2, sampleFormat: 'int24' }, 48_000),
  ).toBe(288_000)
  expect(estimateSizeBytes(mp3(44_100, 128), 441_000)).toBe(160_000)
  expect(estimateSizeBytes(opus(24_000, 32), 24_000)).toBe(4000)
  expect(
    estimateSizeBytes({ format: 'mp3', sampleRateHz: 8000, channelCount: 1, rate: { mode: 'vbr', quality: 0 } }, 8000),
  ).toBeUndefined()
})
