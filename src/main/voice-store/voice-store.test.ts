import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { promptRecording, voiceLikeSound } from '../../../test/support/a-voice.ts'
import {
  noTestDiskReason,
  smallDisk,
  type TestFolder,
  temporaryFolder,
  withoutWriting,
} from '../../../test/support/test-disk.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { readAudio } from '../audio-file/index.ts'
import { extractPromptFeatures } from '../cosyvoice/index.ts'
import { writeWav } from '../export/index.ts'
import { silentLog } from '../log/index.ts'
import { promptWav } from './prompt-wav.ts'
import { openVoiceStore, type VoiceStore } from './voice-store.ts'

type Room = TestFolder & { store: VoiceStore; voices: string; at(name: string): string }

const aRoom = (folder = temporaryFolder()): Room => {
  const voices = path.join(folder.directory, 'library', 'voices')
  return {
    ...folder,
    voices,
    store: openVoiceStore(voices, silentLog),
    at: (name) => path.join(folder.directory, name),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}
const refusalOf = async (action: Promise<unknown>): Promise<AppError> => {
  const error = await action.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  if (!(error instanceof AppError)) throw new Error(`no AppError: ${error}`)
  return error
}

test('a recording is kept under the hash of its file, sample for sample, at its own rate', async () => {
  using room = aRoom()
  const { file } = promptRecording(room.at('a.wav'), { sampleRateHz: 44_100 })
  const { audioSha256, report } = await room.store.addRecording(file)
  const kept = room.store.pathOf(audioSha256)
  expect(createHash('sha256').update(readFileSync(kept)).digest('hex')).toBe(audioSha256)
  expect(readdirSync(room.voices)).toEqual([`${audioSha256}.wav`])
  expect(await readAudio(kept, { longestSec: 60 })).toEqual(await readAudio(file, { longestSec: 60 }))
  expect(report).toEqual(await room.store.inspectRecording(file))
  expect(report).toMatchObject({ durationSec: 3, sampleRateHz: 44_100, isWhole: true, problem: null })
})

test('other programs read what is kept', async () => {
  using room = aRoom()
  const pcm = voiceLikeSound({ durationSec: 1, sampleRateHz: 22_050 })
  writeFileSync(room.at('kept.wav'), promptWav(pcm, 22_050))
  const { stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-i', room.at('kept.wav'), '-f', 'f32le', '-'])
  expect(String(stderr)).toBe('')
  expect(stdout.equals(Buffer.from(pcm.buffer))).toBe(true)
})

test('the same sound twice is one file, and a damaged one is written again', async () => {
  using room = aRoom()
  const { file } = promptRecording(room.at('a.wav'))
  const first = await room.store.addRecording(file)
  const kept = room.store.pathOf(first.audioSha256)
  const whole = readFileSync(kept)
  writeFileSync(kept, whole.subarray(0, 1000))
  const [again, atOnce] = await Promise.all([room.store.addRecording(file), room.store.addRecording(file)])
  expect([again.audioSha256, atOnce.audioSha256]).toEqual([first.audioSha256, first.audioSha256])
  expect(readFileSync(kept).equals(whole)).toBe(true)
  expect(readdirSync(room.voices)).toHaveLength(1)
})

describe('a recording that engines refuse', () => {
  const sound = (durationSec: number, sampleRateHz = 16_000, gain = 1) => ({
    pcm: voiceLikeSound({ durationSec, sampleRateHz }).map((sample) => sample * gain),
    sampleRateHz,
  })
  /** Whole periods in every window, so that each has the level of the whole. */
  const hum = (levelDb: number) => ({
    pcm: Float32Array.from(
      { length: 48_000 },
      (_none, at) => Math.sin((Math.PI * at) / 20) * 10 ** (levelDb / 20) * 2 ** 0.5,
    ),
    sampleRateHz: 16_000,
  })
  const cases: [string, ReturnType<typeof sound>, string | undefined][] = [
    ['half a second', sound(0.5), undefined],
    ['a little less', sound(0.496), 'voice.prompt-too-short'],
    ['thirty seconds', sound(30), undefined],
    ['a little more', sound(30.004), 'voice.prompt-too-long'],
    ['15 999 Hz', sound(3, 15_999), 'voice.prompt-rate'],
    ['silence', sound(3, 16_000, 0), 'voice.prompt-silent'],
    ['a hum of -60.1 dB', hum(-60.1), 'voice.prompt-silent'],
    ['a hum of -59.9 dB', hum(-59.9), undefined],
  ]
  test.each(cases)('is refused in the words of the model: %s', async (_name, audio, code) => {
    using room = aRoom()
    writeFileSync(room.at('a.wav'), promptWav(audio.pcm, audio.sampleRateHz))
    const heard = new Error('the recording was accepted')
    const byModel = await extractPromptFeatures(audio, {
      architecture: 'cosyvoice2',
      speechTokens: () => Promise.reject(heard),
      speakerVector: () => Promise.reject(heard),
    }).catch((error: unknown) => error)
    const { problem } = await room.store.inspectRecording(room.at('a.wav'))
    expect(problem?.code).toBe(code)
    if (!problem) {
      expect(byModel).toBe(heard)
      return
    }
    expect(byModel instanceof AppError && byModel.toData()).toEqual(problem)
    expect((await refusalOf(room.store.addRecording(room.at('a.wav')))).toData()).toEqual(problem)
    expect(existsSync(room.voices)).toBe(false)
  })

  test('of five minutes is listened to for one, and nobody claims to know its length', async () => {
    using room = aRoom()
    const { status } = spawnSync('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'sine=frequency=220:duration=300:sample_rate=16000'],
      ...['-b:a', '32k', room.at('long.mp3')],
    ])
    expect(status).toBe(0)
    const report = await room.store.inspectRecording(room.at('long.mp3'))
    expect(report.isWhole).toBe(false)
    expect(report.durationSec).toBeLessThan(70)
    expect(report.problem).toMatchObject({ code: 'voice.prompt-too-long', params: { durationSec: '> 60' } })
  })

  test('because it is no sound is named', async () => {
    using room = aRoom()
    writeFileSync(room.at('letter.wav'), 'Dear voice,')
    const error = await refusalOf(room.store.inspectRecording(room.at('letter.wav')))
    expect(error).toMatchObject({ code: 'voice.prompt-unreadable', params: { file: 'letter.wav' } })
  })
})

describe('advice', () => {
  const adviceOn = async (pcm: Float32Array, sampleRateHz: number): Promise<readonly string[]> => {
    using room = aRoom()
    writeFileSync(room.at('a.wav'), promptWav(pcm, sampleRateHz))
    return (await room.store.inspectRecording(room.at('a.wav'))).advice
  }
  const good = (durationSec = 5, sampleRateHz = 24_000) => voiceLikeSound({ durationSec, sampleRateHz })

  test('is not given where there is nothing better', async () => {
    expect(await adviceOn(good(), 24_000)).toEqual([])
    expect(await adviceOn(good(3), 24_000)).toEqual([])
    expect(await adviceOn(good(10), 24_000)).toEqual([])
  })
  test('is given for length and rate', async () => {
    expect(await adviceOn(good(2.9), 24_000)).toEqual(['short'])
    expect(await adviceOn(good(10.1), 24_000)).toEqual(['long'])
    expect(await adviceOn(good(5, 22_050), 22_050)).toEqual(['low-rate'])
  })
  test('is given for clipping, for softness and for noise', async () => {
    const clipped = good().map((sample) => Math.max(-1, Math.min(1, 6 * sample)))
    expect(await adviceOn(clipped, 24_000)).toContain('clipped')
    expect(
      await adviceOn(
        good().map((sample) => 0.05 * sample),
        24_000,
      ),
    ).toEqual(['quiet'])
    const noisy = good().map((sample, at) => sample + 0.02 * Math.sin(at ** 1.5))
    expect(await adviceOn(noisy, 24_000)).toEqual(['noisy'])
  })
})

describe('cancelling', () => {
  test('leaves nothing', async () => {
    using room = aRoom()
    const { file } = promptRecording(room.at('a.wav'))
    await expect(room.store.addRecording(file, AbortSignal.abort())).rejects.toBeInstanceOf(AppCancel)
    expect(existsSync(room.voices)).toBe(false)
  })
})

describe('the sweep', () => {
  test('takes what no voice uses and what was left unfinished, and tells what is missing', async () => {
    using room = aRoom()
    const used = await room.store.addRecording(promptRecording(room.at('a.wav')).file)
    const orphan = await room.store.addRecording(promptRecording(room.at('b.wav'), { durationSec: 4 }).file)
    const half = `${used.audioSha256}.wav.0f3c2b1a-aaaa-4bbb-8ccc-123456789abc.new`
    writeFileSync(path.join(room.voices, half), 'half')
    writeFileSync(path.join(room.voices, 'mine.txt'), 'a note of the person')
    const gone = 'f'.repeat(64)
    expect(await room.store.sweep([used.audioSha256, gone])).toEqual({ missing: [gone], removedFiles: 2 })
    expect(readdirSync(room.voices).sort()).toEqual([`${used.audioSha256}.wav`, 'mine.txt'].sort())
    expect(existsSync(room.store.pathOf(orphan.audioSha256))).toBe(false)
  })
  test('of a library without voices of its own does nothing', async () => {
    using room = aRoom()
    expect(await room.store.sweep([])).toEqual({ missing: [], removedFiles: 0 })
    expect(existsSync(room.voices)).toBe(false)
  })
})

test('a recording is removed, and removing it again is no trouble', async () => {
  using room = aRoom()
  const { audioSha256 } = await room.store.addRecording(promptRecording(room.at('a.wav')).file)
  await room.store.remove(audioSha256)
  await room.store.remove(audioSha256)
  expect(readdirSync(room.voices)).toEqual([])
})

test('a folder that may not be written says so, with its name', async () => {
  using room = aRoom()
  const { file } = promptRecording(room.at('a.wav'))
  mkdirSync(room.voices, { recursive: true })
  await withoutWriting(room, async () => {
    const error = await refusalOf(room.store.addRecording(file))
    expect(error).toMatchObject({
      code: 'voice.not-writable',
      params: { folder: room.voices },
      remedies: ['check-permissions', 'try-again'],
    })
  })
  expect(readdirSync(room.voices)).toEqual([])
})

test.skipIf(noTestDiskReason() !== undefined)('a full disk says so and keeps nothing', async () => {
  using elsewhere = temporaryFolder()
  using room = aRoom(smallDisk(128))
  const { file } = promptRecording(path.join(elsewhere.directory, 'a.wav'))
  const error = await refusalOf(room.store.addRecording(file))
  expect(error).toMatchObject({ code: 'voice.not-writable', params: { reason: 'ENOSPC' } })
  expect(error.remedies).toContain('free-disk-space')
  expect(readdirSync(room.voices)).toEqual([])
})

test('a folder that is a file is no folder', async () => {
  using room = aRoom()
  const { file } = promptRecording(room.at('a.wav'))
  writeFileSync(room.at('library'), '')
  expect(await refusalOf(room.store.addRecording(file))).toMatchObject({ code: 'voice.not-writable' })
})

test('the sound of a kept recording has levels that a person would give it', async () => {
  using room = aRoom()
  writeWav(room.at('a.wav'), voiceLikeSound({ durationSec: 5, sampleRateHz: 24_000 }), 24_000)
  const report = await room.store.inspectRecording(room.at('a.wav'))
  expect(report.peakDb).toBeLessThanOrEqual(-6)
  expect(report.speechLevelDb).toBeLessThan(report.peakDb)
  expect(report.noiseLevelDb).toBeLessThan(report.speechLevelDb - 30)
})
