import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAudio } from '../src/main/audio-file/index.ts'
import { relativeError } from './support/arrays.ts'
import { readFloats } from './support/npy.ts'
import { runCli } from './support/run-cli.ts'
import { type TestFolder, temporaryFolder } from './support/test-disk.ts'

const golden = (name: string): string => path.resolve(import.meta.dirname, 'fixtures', name, 'golden')

describe.each(['cosyvoice3-tiny', 'cosyvoice2-tiny'])('cosy say with %s', (name) => {
  let scratch: TestFolder
  let model: string
  const inScratch = (file: string): string => path.join(scratch.directory, file)
  const say = (...args: string[]) =>
    runCli(['say', '--model', model, '--text', 'Good evening.', '--out', inScratch('said.wav'), ...args])

  beforeAll(async () => {
    scratch = temporaryFolder()
    model = inScratch('model')
    const checkpoint = path.join(golden(name), '..', 'checkpoint')
    const { exitCode, stderr } = await runCli(['model', 'convert', checkpoint, '--out', model, '--precision', 'fp32'])
    expect(exitCode, stderr).toBe(0)
  }, 60_000)
  afterAll(() => scratch[Symbol.dispose]())

  test('every stage says what the reference says where its values are given', async () => {
    const trace = inScratch('trace')
    const { exitCode, stdout, stderr } = await say('--given', golden(name), '--trace', trace, '--json')
    expect(exitCode, stderr + stdout).toBe(0)
    for (const [stage, tolerance] of [
      ['llm_logits', 1e-5],
      ['flow_mel', 5e-4],
      ['hift_wav', 2e-3],
    ] as const)
      expect(
        relativeError(
          readFloats(path.join(trace, `${stage}.npy`)).data,
          readFloats(path.join(golden(name), `${stage}.npy`)).data,
        ),
        stage,
      ).toBeLessThan(tolerance)
    const { pcm, sampleRateHz } = await readAudio(inScratch('said.wav'), { longestSec: 60 })
    expect(sampleRateHz).toBe(24_000)
    // 16 bits with dither.
    const expected = readFloats(path.join(golden(name), 'hift_wav.npy')).data
    expect(pcm.length).toBe(expected.length)
    expect(pcm.every((sample, index) => Math.abs(sample - (expected[index] ?? 0)) < 4 / 2 ** 15)).toBe(true)
  })

  test('a stream is as long as its tokens, and says when its first sound came', async () => {
    const { exitCode, stdout, stderr } = await say('--given', golden(name), '--stream', '--json')
    expect(exitCode, stderr + stdout).toBe(0)
    const said = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}')
    expect(said).toMatchObject({ event: 'said', firstSoundMs: expect.any(Number) })
    expect(said.durationSec).toBeCloseTo(((name === 'cosyvoice3-tiny' ? 24 : 40) * 960) / 24_000, 6)
  })

  test.each([
    ['a mode without its words', ['--mode', 'instruct'], 1],
    ['steps the model has no table for', ['--given', golden(name), '--steps', '7'], 2],
    ['a stream at another speed', ['--given', golden(name), '--stream', '--speed', '1.5'], 2],
  ])('refuses %s, and says why', async (_what, args, expected) => {
    const { exitCode, stderr } = await say(...args)
    expect(exitCode).toBe(expected)
    expect(stderr).toMatch(/\S/)
  })
})
