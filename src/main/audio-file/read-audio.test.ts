import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { readAudio } from './read-audio.ts'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())

const RATE_HZ = 48_000
const DURATION_SEC = 1
const LEVEL = 0.5

/** One second of a 440 Hz sine, left; silence, right; written by ffmpeg. */
const written = (name: string, ...options: string[]): string => {
  const file = path.join(folder.directory, name)
  const sine = `aevalsrc=${LEVEL}*sin(2*PI*440*t)|0:d=${DURATION_SEC}:s=${RATE_HZ}`
  const { status, stderr } = spawnSync('ffmpeg', ['-y', '-v', 'error', '-f', 'lavfi', '-i', sine, ...options, file])
  if (status !== 0) throw new Error(String(stderr))
  return file
}

/** Level of one frequency. */
const levelAt = (pcm: Float32Array, sampleRateHz: number, hz: number): number => {
  let [re, im] = [0, 0]
  for (const [index, sample] of pcm.entries()) {
    re += sample * Math.cos((2 * Math.PI * hz * index) / sampleRateHz)
    im += sample * Math.sin((2 * Math.PI * hz * index) / sampleRateHz)
  }
  return (2 * Math.hypot(re, im)) / pcm.length
}

test.each([
  ['u8.wav', ['-c:a', 'pcm_u8'], 0],
  ['s16.wav', ['-c:a', 'pcm_s16le'], 0],
  ['s24.wav', ['-c:a', 'pcm_s24le'], 0],
  ['f32.wav', ['-c:a', 'pcm_f32le'], 0],
  ['f64.wav', ['-c:a', 'pcm_f64le'], 0],
  ['a.flac', [], 0],
  ['a.mp3', ['-b:a', '192k'], 0.1],
  ['a.m4a', ['-c:a', 'aac', '-b:a', '192k'], 0.1],
  ['a.opus', ['-b:a', '128k'], 0.1],
  ['a.ogg', ['-c:a', 'libvorbis'], 0.1],
])('%s is read as the mean of its channels, at its rate and in its length', async (name, options, slackSec) => {
  const { pcm, sampleRateHz } = await readAudio(written(name, ...options), { longestSec: 60 })
  expect(sampleRateHz).toBe(RATE_HZ)
  expect(Math.abs(pcm.length / RATE_HZ - DURATION_SEC)).toBeLessThanOrEqual(slackSec)
  expect(levelAt(pcm, sampleRateHz, 440)).toBeCloseTo(LEVEL / 2, 1)
  expect(levelAt(pcm, sampleRateHz, 1000)).toBeLessThan(0.01)
})

test('reading stops where no more is wanted', async () => {
  const { pcm } = await readAudio(written('long.wav'), { longestSec: 0.25 })
  expect(pcm.length).toBeGreaterThanOrEqual(0.25 * RATE_HZ)
  expect(pcm.length).toBeLessThan(0.5 * RATE_HZ)
})

test('what is no sound is refused by name', async () => {
  const file = path.join(folder.directory, 'letter.txt')
  writeFileSync(file, 'Dear listener, this is no recording.')
  await expect(readAudio(file, { longestSec: 60 })).rejects.toMatchObject({
    code: 'voice.prompt-unreadable',
    params: { file: 'letter.txt' },
  })
  await expect(readAudio(path.join(folder.directory, 'gone.wav'), { longestSec: 60 })).rejects.toMatchObject({
    code: 'voice.prompt-unreadable',
    params: { reason: 'there is no such file' },
  })
})

test('a cancelled reading ends as cancelled', async () => {
  const signal = AbortSignal.abort()
  await expect(readAudio(written('cancel.wav'), { longestSec: 60, signal })).rejects.toThrow('cancelled')
})
