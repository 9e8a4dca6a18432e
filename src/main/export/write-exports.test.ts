import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  decodeWithFfmpeg,
  decodeWithMpg123,
  decodeWithSox,
  highestMagnitude,
  levelDb,
  loudnessByFfmpeg,
  mediainfo,
  noCheckersReason,
  opusInfo,
  probe,
  soxi,
} from '../../../test/support/decode.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { TONE_DB, tonePlan, toneReader } from '../../../test/support/tone-plan.ts'
import {
  type ExportedFile,
  type ExportSettings,
  type ExportTags,
  exportRatesHz,
  type MixPlan,
  mp3BitratesKbps,
  opusBitrateRangeKbps,
} from '../../shared/audio/index.ts'
import { AppCancel, AppError, SAMPLE_RATES_HZ } from '../../shared/kernel/index.ts'
import { type ExportOrder, writeExports } from './write-exports.ts'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())

const TAGS: ExportTags = { title: '第一章：海港 😀', author: 'Åsa Ólafsdóttir', album: '夜航' }
const WITHOUT_TAGS: ExportTags = { title: '', author: '', album: '' }

let exportCount = 0
const exportAll = async (
  plan: MixPlan,
  settings: readonly ExportSettings[],
  changes: Partial<ExportOrder> = {},
): Promise<ExportedFile[]> => {
  const directory = path.join(folder.directory, `export-${++exportCount}`)
  mkdirSync(directory)
  return writeExports({
    plan,
    readTake: toneReader(plan.sampleRateHz),
    targets: settings.map((one, index) => ({
      targetPath: path.join(directory, `${index}.${one.format}`),
      partPath: path.join(directory, `.${index}.part`),
      settings: one,
    })),
    tags: WITHOUT_TAGS,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onFile: () => undefined,
    ...changes,
  })
}
const only = async (plan: MixPlan, settings: ExportSettings, changes?: Partial<ExportOrder>): Promise<ExportedFile> => {
  const [file] = await exportAll(plan, [settings], changes)
  if (!file) throw new Error('nothing was exported')
  return file
}

const wav = (sampleFormat: 'int16' | 'int24' | 'float32', changes: object = {}): ExportSettings => ({
  format: 'wav',
  sampleRateHz: 24_000,
  channelCount: 1,
  sampleFormat,
  ...changes,
})
const mp3 = (changes: object = {}): ExportSettings => ({
  format: 'mp3',
  sampleRateHz: 24_000,
  channelCount: 1,
  rate: { mode: 'cbr', bitrateKbps: 64 },
  ...changes,
})
const opus = (changes: object = {}): ExportSettings => ({
  format: 'opus',
  sampleRateHz: 24_000,
  channelCount: 1,
  bitrateKbps: 64,
  ...changes,
})

const SPEECH = tonePlan(
  [
    { startSec: 0.5, durationSec: 1, frequencyHz: 440 },
    { startSec: 2.25, durationSec: 1.5, frequencyHz: 700 },
  ],
  4.321,
)
/** [from, to, does it sound] in seconds, away from the edges by more than any codec smears. */
const STRETCHES = [
  [0.05, 0.42, false],
  [0.58, 1.42, true],
  [1.6, 2.15, false],
  [2.35, 3.65, true],
  [3.85, 4.25, false],
] as const

const expectLevels = (pcm: Float32Array, sampleRateHz: number, silenceDb: number, toneDb = TONE_DB): void => {
  for (const [fromSec, toSec, sounds] of STRETCHES) {
    const level = levelDb(pcm, Math.round(fromSec * sampleRateHz), Math.round(toSec * sampleRateHz))
    if (sounds) expect(Math.abs(level - toneDb)).toBeLessThan(0.6)
    else expect(level).toBeLessThan(silenceDb)
  }
}

const unavailable = noCheckersReason('ffmpeg', 'ffprobe', 'sox', 'soxi', 'mpg123', 'opusinfo', 'mediainfo')

describe.skipIf(unavailable)(`exported files, judged by other programs ${unavailable ?? ''}`, () => {
  describe.each(['int16', 'int24', 'float32'] as const)('wav %s', (sampleFormat) => {
    test('has every sample, at its place and level', async () => {
      for (const channelCount of [1, 2]) {
        const file = await only(SPEECH, wav(sampleFormat, { channelCount }))
        for (const decode of [decodeWithSox, decodeWithFfmpeg]) {
          const channels = decode(file.path, channelCount)
          expect(channels).toHaveLength(channelCount)
          for (const pcm of channels) {
            expect(pcm).toHaveLength(SPEECH.durationSamples)
            expectLevels(
              pcm,
              24_000,
              sampleFormat === 'int16' ? -90 : -140,
              channelCount === 1 ? TONE_DB : TONE_DB - 3.01,
            )
          }
        }
      }
    })

    test('says its true rate, depth and tags', async () => {
      for (const sampleRateHz of SAMPLE_RATES_HZ) {
        const file = await only(SPEECH, wav(sampleFormat, { sampleRateHz }), { tags: TAGS })
        const { codec, tags, bitsPerSample, ...probed } = probe(file.path)
        expect(codec).toBe({ int16: 'pcm_s16le', int24: 'pcm_s24le', float32: 'pcm_f32le' }[sampleFormat])
        expect(probed).toMatchObject({ sampleRateHz, channelCount: 1 })
        expect(probed.durationSec).toBeCloseTo(file.durationSec, 5)
        expect(bitsPerSample).toBe({ int16: 16, int24: 24, float32: 32 }[sampleFormat])
        expect(tags).toMatchObject({ title: TAGS.title, artist: TAGS.author, album: TAGS.album })
      }
    })
  })

  test('wav of 16 bits saturates beyond full scale and reports its peak', async () => {
    const twice = tonePlan(
      [
        { startSec: 0, durationSec: 1, frequencyHz: 440 },
        { startSec: 0, durationSec: 1, frequencyHz: 440 },
        { startSec: 0, durationSec: 1, frequencyHz: 440 },
      ],
      1,
    )
    const file = await only(twice, wav('int16'))
    expect(file.peakDbtp).toBeCloseTo(20 * Math.log10(1.5), 1)
    const [pcm = new Float32Array()] = decodeWithSox(file.path, 1)
    expect(highestMagnitude(pcm)).toBeGreaterThan(0.999)
    // Where it would wrap, neighbours would lie two full scales apart.
    const largestStep = pcm.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (pcm[i - 1] ?? sample))), 0)
    expect(largestStep).toBeLessThan(0.3)
  })

  test('mp3 is gapless: other decoders find every sample at its place', async () => {
    for (const channelCount of [1, 2])
      for (const rate of [
        { mode: 'cbr', bitrateKbps: 96 },
        { mode: 'vbr', quality: 2 },
      ]) {
        const file = await only(SPEECH, mp3({ channelCount, rate }))
        for (const decode of [decodeWithMpg123, decodeWithFfmpeg])
          for (const pcm of decode(file.path, channelCount)) {
            expect(pcm).toHaveLength(SPEECH.durationSamples)
            expectLevels(pcm, 24_000, -60, channelCount === 1 ? TONE_DB : TONE_DB - 3.01)
            expect(highestMagnitude(pcm)).toBeLessThan(0.6)
          }
      }
  })

  test('mp3 ends at the last sample, whatever the length', async () => {
    for (const frames of [575, 1152, 7919, 24_023, 24_024, 24_599, 103_681])
      for (const sampleRateHz of [24_000, 44_100] as const) {
        const plan = tonePlan([{ startSec: 0, durationSec: 5, frequencyHz: 440 }], frames / sampleRateHz, sampleRateHz)
        const file = await only(plan, mp3({ sampleRateHz }))
        expect(decodeWithMpg123(file.path, 1)[0]).toHaveLength(frames)
        expect(decodeWithFfmpeg(file.path, 1)[0]).toHaveLength(frames)
      }
  })

  test('mp3 and opus start without delay: the waveform of each channel lies where the mixdown has it', async () => {
    const plan = tonePlan(
      [
        { startSec: 0.2, durationSec: 1, frequencyHz: 440, pan: -0.7 },
        { startSec: 0.8, durationSec: 1.2, frequencyHz: 1130, pan: 0.6 },
      ],
      2.2,
    )
    for (const channelCount of [1, 2]) {
      const [exact, ...files] = await exportAll(plan, [
        wav('float32', { sampleRateHz: 48_000, channelCount }),
        mp3({ sampleRateHz: 48_000, channelCount, rate: { mode: 'cbr', bitrateKbps: 320 } }),
        opus({ sampleRateHz: 48_000, channelCount, bitrateKbps: 256 }),
      ])
      const references = decodeWithSox(exact?.path ?? '', channelCount)
      for (const file of files)
        decodeWithFfmpeg(file.path, channelCount).forEach((pcm, channel) => {
          const reference = references[channel] ?? new Float32Array()
          const difference = pcm.map((sample, i) => sample - (reference[i] ?? 0))
          expect(levelDb(difference)).toBeLessThan(levelDb(reference) - 25)
        })
    }
  })

  test('mp3 has every bit rate that its table allows, at every rate', async () => {
    const settings = SAMPLE_RATES_HZ.flatMap((sampleRateHz) =>
      mp3BitratesKbps(sampleRateHz).map((bitrateKbps) => mp3({ sampleRateHz, rate: { mode: 'cbr', bitrateKbps } })),
    )
    const files = await exportAll(tonePlan([{ startSec: 0, durationSec: 0.5, frequencyHz: 440 }], 0.5), settings)
    const paths = files.map((file) => file.path)
    const rates = mediainfo(paths, 'Audio', 'SamplingRate')
    const bitrates = mediainfo(paths, 'Audio', 'BitRate')
    files.forEach(({ settings }, index) => {
      const asked = settings.format === 'mp3' && settings.rate.mode === 'cbr' ? settings.rate.bitrateKbps * 1000 : 0
      expect(rates[index]).toBe(String(settings.sampleRateHz))
      // mediainfo derives it from the length of a frame, which is a whole number of bytes.
      expect(Math.abs(Number(bitrates[index]) - asked)).toBeLessThan(50)
    })
  })

  test('mp3 VBR at every rate: better quality is larger, and mediainfo sees VBR', async () => {
    for (const sampleRateHz of SAMPLE_RATES_HZ) {
      const files = await exportAll(
        SPEECH,
        [0, 4, 9].map((quality) => mp3({ sampleRateHz, rate: { mode: 'vbr', quality } })),
      )
      for (const file of files) expect(probe(file.path)).toMatchObject({ codec: 'mp3', sampleRateHz, channelCount: 1 })
      const [best = 0, middle = 0, smallest = 0] = files.map((file) => file.sizeBytes)
      expect(best).toBeGreaterThanOrEqual(middle)
      expect(middle).toBeGreaterThan(smallest)
    }
    const file = await only(SPEECH, mp3({ rate: { mode: 'vbr', quality: 2 } }))
    expect(mediainfo([file.path], 'Audio', 'BitRate_Mode')).toEqual(['VBR'])
  })

  test('opus keeps length and level at every rate and at both ends of its bit rates', async () => {
    for (const sampleRateHz of exportRatesHz('opus'))
      for (const channelCount of [1, 2] as const) {
        const { min, max } = opusBitrateRangeKbps(channelCount)
        for (const bitrateKbps of [min, 32, max]) {
          const file = await only(SPEECH, opus({ sampleRateHz, channelCount, bitrateKbps }))
          const channels = decodeWithFfmpeg(file.path, channelCount)
          expect(channels).toHaveLength(channelCount)
          for (const pcm of channels) {
            expect(Math.abs(pcm.length - (SPEECH.durationSamples * 48_000) / 24_000)).toBeLessThanOrEqual(6)
            if (bitrateKbps >= 32) expectLevels(pcm, 48_000, -45, channelCount === 1 ? TONE_DB : TONE_DB - 3.01)
          }
          const { report, warnings } = opusInfo(file.path)
          expect(warnings).toEqual([])
          expect(report).toContain(`Original sample rate: ${sampleRateHz} Hz`)
        }
      }
  }, 60_000)

  test('tags survive in mp3 and opus, in any script, and empty ones are left out', async () => {
    const files = await exportAll(SPEECH, [mp3(), opus()], { tags: { ...TAGS, album: '' } })
    for (const file of files) {
      const { tags } = probe(file.path)
      expect(tags).toMatchObject({ title: TAGS.title, artist: TAGS.author })
      expect(tags).not.toHaveProperty('album')
      expect(mediainfo([file.path], 'General', 'Performer')).toEqual([TAGS.author])
    }
    const [, opusFile] = files
    expect(opusInfo(opusFile?.path ?? '').report).toMatch(new RegExp(`title=${TAGS.title}`, 'i'))
  })

  test('tags of wav are read as RIFF INFO and as ID3, in any script', async () => {
    // mediainfo takes INFO for Latin-1 and prints no emoji; what it shows in Chinese comes from ID3.
    const file = await only(SPEECH, wav('int16'), { tags: { ...TAGS, title: '第一章：海港' } })
    expect(mediainfo([file.path], 'General', 'Track')).toEqual(['第一章：海港'])
    expect(mediainfo([file.path], 'General', 'Performer')).toEqual([TAGS.author])
    expect(mediainfo([file.path], 'General', 'Album')).toEqual([TAGS.album])
    expect(soxi(file.path)).toContain('103704 samples')
  })

  test('another rate keeps level, length and place, and folds nothing back', async () => {
    const bright = tonePlan(
      [
        { startSec: 0.5, durationSec: 1, frequencyHz: 440 },
        { startSec: 2, durationSec: 1, frequencyHz: 9000 },
      ],
      3.5,
    )
    for (const sampleRateHz of [8000, 11025, 16_000, 44_100, 48_000] as const) {
      const file = await only(bright, wav('float32', { sampleRateHz }))
      const [pcm = new Float32Array()] = decodeWithSox(file.path, 1)
      expect(pcm).toHaveLength(Math.round((bright.durationSamples * sampleRateHz) / 24_000))
      const levelAt = (fromSec: number, toSec: number) =>
        levelDb(pcm, Math.round(fromSec * sampleRateHz), Math.round(toSec * sampleRateHz))
      expect(levelAt(0.6, 1.4)).toBeCloseTo(TONE_DB, 1)
      expect(levelAt(0.1, 0.4)).toBeLessThan(-100)
      if (sampleRateHz > 18_000) expect(levelAt(2.1, 2.9)).toBeCloseTo(TONE_DB, 1)
      else expect(levelAt(2.1, 2.9)).toBeLessThan(-80)
    }
  })

  test('stereo puts a panned tone on its side and is as loud as mono', async () => {
    const panned = tonePlan(
      [
        { startSec: 0, durationSec: 1, frequencyHz: 440, pan: -1 },
        { startSec: 1, durationSec: 1, frequencyHz: 440, pan: 1 },
        { startSec: 2, durationSec: 1, frequencyHz: 440, pan: 0 },
      ],
      3,
    )
    const [mono, stereo] = await exportAll(panned, [wav('float32'), wav('float32', { channelCount: 2 })])
    const [left = new Float32Array(), right = new Float32Array()] = decodeWithSox(stereo?.path ?? '', 2)
    const level = (pcm: Float32Array, second: number) => levelDb(pcm, (second + 0.1) * 24_000, (second + 0.9) * 24_000)
    expect(level(left, 0)).toBeCloseTo(TONE_DB, 1)
    expect(level(right, 0)).toBeLessThan(-140)
    expect(level(left, 1)).toBeLessThan(-140)
    expect(level(right, 1)).toBeCloseTo(TONE_DB, 1)
    expect(level(left, 2)).toBeCloseTo(TONE_DB - 3.01, 1)
    expect(stereo?.loudnessLufs).toBeCloseTo(mono?.loudnessLufs ?? 0, 2)
  })

  test('loudness and true peak agree with another measurement of the same file', async () => {
    const busy = tonePlan(
      [
        { startSec: 0.3, durationSec: 3, frequencyHz: 997, pan: -0.5 },
        { startSec: 2.1, durationSec: 4, frequencyHz: 310, pan: 0.8 },
        { startSec: 7, durationSec: 1.5, frequencyHz: 2900 },
      ],
      10.3,
    )
    for (const settings of [
      wav('float32', { sampleRateHz: 48_000 }),
      wav('float32', { sampleRateHz: 48_000, channelCount: 2 }),
      wav('float32', { sampleRateHz: 44_100, channelCount: 2 }),
      wav('float32'),
    ]) {
      const file = await only(busy, settings)
      const other = loudnessByFfmpeg(file.path)
      expect(Math.abs((file.loudnessLufs ?? 0) - other.loudnessLufs)).toBeLessThanOrEqual(0.15)
      expect(Math.abs((file.peakDbtp ?? 0) - other.peakDbtp)).toBeLessThanOrEqual(0.15)
    }
  })
})

test('reports what it wrote: size, length, settings, and progress to the end', async () => {
  const seen: number[] = []
  const finished: ExportedFile[] = []
  const files = await exportAll(SPEECH, [wav('int16'), mp3(), opus({ sampleRateHz: 48_000 })], {
    onProgress: ({ doneSamples, totalSamples }) => {
      expect(totalSamples).toBe(SPEECH.durationSamples)
      seen.push(doneSamples)
    },
    onFile: (file) => {
      expect(existsSync(file.path)).toBe(true)
      finished.push(file)
    },
  })
  expect(finished).toEqual(files)
  expect(files).toHaveLength(3)
  for (const file of files) {
    expect(file.sizeBytes).toBe(statSync(file.path).size)
    expect(file.durationSec).toBeCloseTo(4.321, 4)
  }
  expect(seen).toEqual([...seen].sort((left, right) => left - right))
  expect(seen.at(-1)).toBe(SPEECH.durationSamples)
})

test('silence has no loudness and no peak', async () => {
  const file = await only(tonePlan([], 1), wav('int16'))
  expect(file).toMatchObject({ loudnessLufs: null, peakDbtp: null })
})

test('the same export twice gives the same bytes', async () => {
  for (const settings of [wav('int16'), mp3(), wav('int24', { sampleRateHz: 44_100, channelCount: 2 })]) {
    const [first, second] = [await only(SPEECH, settings), await only(SPEECH, settings)]
    expect(readFileSync(first.path).equals(readFileSync(second.path))).toBe(true)
  }
})

test('settings that no encoder takes are refused by name before anything is written', async () => {
  const refused = [
    [mp3({ sampleRateHz: 16_000, rate: { mode: 'cbr', bitrateKbps: 320 } }), 'bitrateKbps'],
    [opus({ sampleRateHz: 44_100 }), 'sampleRateHz'],
    [opus({ bitrateKbps: 510 }), 'bitrateKbps'],
  ] as const
  for (const [settings, setting] of refused) {
    const error = await only(SPEECH, settings).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code: 'export.unsupported-settings', params: { format: settings.format, setting } })
  }
  expect(readdirSync(path.join(folder.directory, `export-${exportCount}`))).toEqual([])
})

test('an arrangement without a take is refused', async () => {
  await expect(only(tonePlan([], 0), mp3())).rejects.toMatchObject({ code: 'export.nothing-rendered' })
})

test('a cancelled export leaves nothing behind and an older file as it was', async () => {
  const target = path.join(folder.directory, 'older.mp3')
  const part = path.join(folder.directory, '.older.part')
  writeFileSync(target, 'the older file')
  const controller = new AbortController()
  const minutes = tonePlan([{ startSec: 0, durationSec: 300, frequencyHz: 440 }], 300)
  const exported = only(minutes, mp3(), {
    targets: [{ targetPath: target, partPath: part, settings: mp3() }],
    signal: controller.signal,
    onProgress: ({ doneSamples }) => {
      expect(existsSync(part)).toBe(true)
      if (doneSamples > 24_000 * 10) controller.abort()
    },
  })
  await expect(exported).rejects.toBeInstanceOf(AppCancel)
  expect(readFileSync(target, 'utf8')).toBe('the older file')
  expect(existsSync(part)).toBe(false)
})

test('a take that is gone stops the export, names the take and leaves nothing behind', async () => {
  const exported = exportAll(SPEECH, [wav('int16'), mp3(), opus()], {
    readTake: async () => {
      throw new AppError('take.missing', { params: { takeId: 'take_440' } })
    },
  })
  await expect(exported).rejects.toMatchObject({ code: 'take.missing' })
  expect(readdirSync(path.join(folder.directory, `export-${exportCount}`))).toEqual([])
})
