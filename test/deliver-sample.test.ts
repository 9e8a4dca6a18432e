import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportProject, openSample, type Studio } from '../src/main/studio/index.ts'
import type { ExportedFile, MixPlan } from '../src/shared/audio/index.ts'
import { aStudio } from './support/a-studio.ts'
import {
  decodeWithFfmpeg,
  decodeWithMpg123,
  decodeWithSox,
  highestMagnitude,
  levelDb,
  loudnessByFfmpeg,
  noCheckersReason,
  opusInfo,
  probe,
  soxi,
} from './support/decode.ts'
import { temporaryFolder } from './support/test-disk.ts'

const reason = noCheckersReason('ffmpeg', 'ffprobe', 'sox', 'soxi', 'mpg123', 'opusinfo')
const sampleDirectory = path.resolve(import.meta.dirname, '../resources/sample')

describe.skipIf(reason !== undefined)(
  `the sample, rendered in the draft voice and delivered (${reason ?? 'real'})`,
  () => {
    const folder = temporaryFolder()
    let studio: Studio
    let plan: MixPlan
    let files: ExportedFile[]

    beforeAll(async () => {
      studio = aStudio(folder.directory)
      await studio.start()
      const projectId = await openSample(studio, sampleDirectory, '旁白')
      await studio.queue.whenIdle()
      plan = studio.projectMix(projectId).plan
      const at = (extension: string): string => path.join(folder.directory, `sample.${extension}`)
      const rate = { sampleRateHz: 24000, channelCount: 1 } as const
      files = await exportProject(studio, projectId, {
        tags: { title: '夜船 The Night Boat', author: 'Cosy Studio', album: '样品' },
        files: [
          { path: at('wav'), settings: { format: 'wav', ...rate, sampleFormat: 'int16' } },
          { path: at('mp3'), settings: { format: 'mp3', ...rate, rate: { mode: 'cbr', bitrateKbps: 96 } } },
          { path: at('opus'), settings: { format: 'opus', ...rate, bitrateKbps: 48 } },
        ],
        signal: new AbortController().signal,
        onProgress: () => undefined,
        onFile: () => undefined,
      })
    }, 120_000)
    afterAll(async () => {
      await studio[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    })

    const fileOf = (format: string): ExportedFile => {
      const file = files.find(({ settings }) => settings.format === format)
      if (!file) throw new Error(`no ${format} was written`)
      return file
    }
    const decoded = (): { format: string; pcm: Float32Array; rateHz: number; frameSamples: number }[] =>
      [
        { format: 'wav', pcm: decodeWithSox(fileOf('wav').path, 1)[0], rateHz: 24000, frameSamples: 1 },
        { format: 'mp3', pcm: decodeWithMpg123(fileOf('mp3').path, 1)[0], rateHz: 24000, frameSamples: 576 },
        { format: 'opus', pcm: decodeWithFfmpeg(fileOf('opus').path, 1)[0], rateHz: 48000, frameSamples: 960 },
      ].map(({ pcm, ...rest }) => ({ pcm: pcm ?? new Float32Array(), ...rest }))

    test('every line has its take', () => {
      expect(plan.clips.length).toBeGreaterThan(30)
      expect(studio.queue.list().jobs.map(({ status }) => status)).toEqual(['done'])
    })

    test('independent decoders find the same duration, within one codec frame', () => {
      for (const { format, pcm, rateHz, frameSamples } of decoded()) {
        const expectedSamples = (plan.durationSamples * rateHz) / plan.sampleRateHz
        expect(Math.abs(pcm.length - expectedSamples), format).toBeLessThanOrEqual(frameSamples)
      }
    })

    test('nothing clips, and there is speech where the script has lines and silence where it pauses', () => {
      for (const { format, pcm, rateHz } of decoded()) {
        expect(highestMagnitude(pcm), format).toBeLessThan(1)
        const scale = rateHz / plan.sampleRateHz
        const guardSamples = 0.05 * rateHz
        plan.clips.forEach((clip, index) => {
          const start = clip.startSamples * scale
          const end = start + clip.durationSamples * scale
          expect(levelDb(pcm, start, end), `${format}, line ${index + 1}`).toBeGreaterThan(-32)
          const next = plan.clips[index + 1]
          if (!next) return
          const pause = levelDb(pcm, end + guardSamples, next.startSamples * scale - guardSamples)
          expect(pause, `${format}, pause after line ${index + 1}`).toBeLessThan(-60)
        })
      }
    })

    test('title, author and album are where players look for them', () => {
      for (const { path: file } of files)
        expect(probe(file).tags, file).toMatchObject({
          title: '夜船 The Night Boat',
          artist: 'Cosy Studio',
          album: '样品',
        })
      expect(opusInfo(fileOf('opus').path).warnings).toEqual([])
      expect(soxi(fileOf('wav').path)).toMatch(/Sample Rate\s+: 24000/)
    })

    test('the loudness that was told is the loudness that others measure', () => {
      for (const file of files)
        expect(Math.abs(loudnessByFfmpeg(file.path).loudnessLufs - (file.loudnessLufs ?? 0)), file.path).toBeLessThan(
          0.6,
        )
    })
  },
)
