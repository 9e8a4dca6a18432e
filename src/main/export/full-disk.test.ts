import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { noTestDiskReason, smallDisk, temporaryFolder, withoutWriting } from '../../../test/support/test-disk.ts'
import { tonePlan, toneReader } from '../../../test/support/tone-plan.ts'
import type { ExportSettings, MixPlan } from '../../shared/audio/index.ts'
import { writeExports } from './write-exports.ts'

const SPEECH = tonePlan([{ startSec: 0.1, durationSec: 19, frequencyHz: 440 }], 20)

const wav: ExportSettings = { format: 'wav', sampleRateHz: 24_000, channelCount: 1, sampleFormat: 'int16' }
const mp3: ExportSettings = {
  format: 'mp3',
  sampleRateHz: 24_000,
  channelCount: 1,
  rate: { mode: 'cbr', bitrateKbps: 64 },
}
const vbr: ExportSettings = { format: 'mp3', sampleRateHz: 24_000, channelCount: 1, rate: { mode: 'vbr', quality: 0 } }
const opus: ExportSettings = { format: 'opus', sampleRateHz: 24_000, channelCount: 1, bitrateKbps: 96 }

const exportTo = (folder: string, settings: readonly ExportSettings[], plan: MixPlan = SPEECH) =>
  writeExports({
    plan,
    readTake: toneReader(),
    targets: settings.map((one, index) => ({
      targetPath: path.join(folder, `book.${one.format}`),
      partPath: path.join(folder, `.part-${index}`),
      settings: one,
    })),
    tags: { title: '书', author: '', album: '' },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onFile: () => undefined,
  })

const cannotMount = noTestDiskReason()

describe.skipIf(cannotMount)(`a disk without room ${cannotMount ?? ''}`, () => {
  test.each([
    ['wav', wav],
    ['mp3', mp3],
    ['mp3 VBR', vbr],
    ['opus', opus],
  ] as const)(
    '%s: whether the room ends early or late, there is a whole file or a named error',
    async (_name, settings) => {
      using whole = temporaryFolder()
      const [reference] = await exportTo(whole.directory, [settings])
      const neededKiB = Math.ceil((reference?.sizeBytes ?? 0) / 1024)
      const roomsKiB = [4, 32, Math.round(neededKiB / 2), neededKiB - 16, neededKiB - 8, neededKiB - 4, neededKiB + 64]
      for (const roomKiB of roomsKiB) {
        using disk = smallDisk(roomKiB)
        const exported = exportTo(disk.directory, [settings])
        if (roomKiB > neededKiB) {
          expect(statSync((await exported)[0]?.path ?? '').size).toBe(reference?.sizeBytes)
          continue
        }
        await expect(exported).rejects.toMatchObject({
          code: 'export.disk-full',
          params: { file: `book.${settings.format}` },
          remedies: ['free-disk-space', 'choose-another-folder'],
        })
        expect(readdirSync(disk.directory)).toEqual([])
      }
    },
  )

  test('the error says how much room is needed where that is known', async () => {
    using disk = smallDisk(64)
    await expect(exportTo(disk.directory, [wav])).rejects.toMatchObject({ params: { neededBytes: 20 * 24_000 * 2 } })
    await expect(exportTo(disk.directory, [mp3])).rejects.toMatchObject({ params: { neededBytes: 20 * 8000 } })
    const error = await exportTo(disk.directory, [vbr]).catch((thrown: unknown) => thrown)
    expect(error).not.toHaveProperty('params.neededBytes')
  })

  test('an older file stays as it was, and no other format of the same export appears', async () => {
    using disk = smallDisk(256)
    const older = path.join(disk.directory, 'book.wav')
    writeFileSync(older, 'the older file')
    await expect(exportTo(disk.directory, [mp3, wav])).rejects.toMatchObject({ code: 'export.disk-full' })
    expect(readFileSync(older, 'utf8')).toBe('the older file')
    expect(readdirSync(disk.directory)).toEqual(['book.wav'])
  })
})

describe('a folder that cannot be written', () => {
  test.each([
    ['wav', wav],
    ['mp3', mp3],
    ['opus', opus],
  ] as const)('%s: missing, read-only, or not a folder', async (_name, settings) => {
    using folder = temporaryFolder()
    const expected = { code: 'export.path-not-writable', params: { file: `book.${settings.format}` } }
    await expect(exportTo(path.join(folder.directory, 'gone'), [settings])).rejects.toMatchObject(expected)
    const file = path.join(folder.directory, 'a-file')
    writeFileSync(file, '')
    await expect(exportTo(file, [settings])).rejects.toMatchObject(expected)
    await withoutWriting(folder, async () => {
      await expect(exportTo(folder.directory, [settings])).rejects.toMatchObject(expected)
    })
  })

  test('a folder that bears the name of the file is left alone', async () => {
    using folder = temporaryFolder()
    mkdirSync(path.join(folder.directory, 'book.wav'))
    await expect(exportTo(folder.directory, [wav])).rejects.toMatchObject({ code: 'export.path-not-writable' })
    expect(readdirSync(folder.directory)).toEqual(['book.wav'])
  })
})
