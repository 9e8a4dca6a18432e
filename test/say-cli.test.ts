import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAudio } from '../src/main/audio-file/index.ts'
import { type PromptRecording, promptRecording } from './support/a-voice.ts'
import { relativeError } from './support/arrays.ts'
import { levelDb } from './support/decode.ts'
import { readFloats, readNpy } from './support/npy.ts'
import { cliEvents, runCli } from './support/run-cli.ts'
import { type TestFolder, temporaryFolder } from './support/test-disk.ts'
import { writeVoiceModel } from './support/tiny-voice-model.ts'

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
    ['a voice without a recording', ['--mode', 'instruct', '--instruct', 'x'], 2],
    ['steps the model has no table for', ['--given', golden(name), '--steps', '7'], 2],
    ['a stream at another speed', ['--given', golden(name), '--stream', '--speed', '1.5'], 2],
  ])('refuses %s, and says why', async (_what, args, expected) => {
    const { exitCode, stderr } = await say(...args)
    expect(exitCode).toBe(expected)
    expect(stderr).toMatch(/\S/)
  })
})

describe.each(['cosyvoice2', 'cosyvoice3'] as const)('cosy say with a recording and a %s', (architecture) => {
  let scratch: TestFolder
  let model: string
  let prompt: PromptRecording
  let runs = 0

  /** Samples of what was said, as the file has them. */
  const say = async (text: string, seed: number, ...args: string[]): Promise<Float32Array> => {
    const out = path.join(scratch.directory, `${runs++}.wav`)
    const voice = ['--prompt', prompt.file, '--prompt-text', prompt.transcript]
    const line = ['--text', text, '--seed', String(seed), '--steps', '5', '--out', out]
    const run = await runCli(['say', '--model', model, ...voice, ...line, ...args, '--json'])
    expect(run.exitCode, run.stderr + run.stdout).toBe(0)
    const { pcm, sampleRateHz } = await readAudio(out, { longestSec: 60 })
    expect(sampleRateHz).toBe(24_000)
    expect(cliEvents(run)).toEqual([
      expect.objectContaining({ event: 'said', file: out, durationSec: pcm.length / sampleRateHz }),
    ])
    return pcm
  }

  beforeAll(async () => {
    scratch = temporaryFolder()
    model = path.join(scratch.directory, 'model')
    await writeVoiceModel(architecture, model)
    prompt = promptRecording(path.join(scratch.directory, 'prompt.wav'), { durationSec: 2 })
  })
  afterAll(() => scratch[Symbol.dispose]())

  const INSTRUCT = ['--mode', 'instruct', '--instruct', '请用四川话表达。']
  test.each([
    ['Good evening.', 'zero-shot', []],
    ['夜船开了。', 'zero-shot, streamed', ['--stream']],
    ['夜船开了。', 'cross-lingual', ['--mode', 'cross-lingual']],
    ['Good evening.', 'cross-lingual, streamed', ['--mode', 'cross-lingual', '--stream']],
    ['Good evening.', 'instruct', INSTRUCT],
    ['夜船开了。', 'instruct, streamed', [...INSTRUCT, '--stream']],
  ])('says %s, %s', async (text, _how, flags) => {
    const pcm = await say(text, 1, ...flags)
    expect(pcm.length % 960).toBe(0)
    // Two speech tokens a text token are 80 ms, and these texts have six text tokens and more.
    expect(pcm.length / 24_000).toBeGreaterThan(0.48)
    expect(levelDb(pcm)).toBeGreaterThan(-40)
  })

  test('keeps every intermediate, from the ids of the text to the samples, and each piece of a longer line apart', async () => {
    const trace = path.join(scratch.directory, 'trace')
    const pcm = await say('Good evening.', 1, '--trace', trace)
    const shapes = Object.fromEntries(
      readdirSync(trace).map((name) => [path.basename(name, '.npy'), readNpy(path.join(trace, name)).shape]),
    )
    const [, whisperFrames = 0] = shapes.whisper_log_mel_128 ?? []
    expect(whisperFrames).toBe(200)
    const [tokens = 0] = shapes.token ?? []
    const [promptTokens = 0] = shapes.prompt_token ?? []
    expect(shapes).toEqual({
      text: [expect.any(Number)],
      whisper_log_mel_128: [128, 200],
      kaldi_fbank_80_cmn: [198, 80],
      prompt_speech: [promptTokens],
      prompt_token: [promptTokens],
      prompt_feat: [2 * promptTokens, 80],
      embedding: [1, 192],
      llm_logits: [expect.any(Number), expect.any(Number)],
      token: [tokens],
      flow_mel: [80, 2 * tokens],
      mel: [80, 2 * tokens],
      hift_source: [pcm.length],
      hift_wav: [pcm.length],
    })

    const pieces = path.join(scratch.directory, 'pieces')
    await say(`${'夜船开了，河水很静，岸上没有人。'.repeat(12)}`, 1, '--trace', pieces)
    expect(readdirSync(pieces)).toEqual(expect.arrayContaining(['piece-1', 'piece-2']))
    expect(readdirSync(path.join(pieces, 'piece-2'))).toContain('hift_wav.npy')
  })

  test('says the same with one part of the model in memory at a time', async () => {
    expect(await say('夜船开了。', 1, '--memory', 'staged')).toEqual(await say('夜船开了。', 1))
  })

  test.each([
    ['whole', []],
    ['streamed', ['--stream']],
  ])('the same seed says the same samples, %s, and another seed others', async (_how, flags) => {
    const first = await say('Good evening.', 1, ...flags)
    expect(await say('Good evening.', 1, ...flags)).toEqual(first)
    expect(await say('Good evening.', 2, ...flags)).not.toEqual(first)
  })

  test.each([
    ['without a recording', [], 2, 'usage.invalid'],
    ['with a recording that is none', ['--prompt', import.meta.filename], 1, 'voice.prompt-unreadable'],
    ['without the words of the recording', ['--mode', 'zero-shot', '--prompt', 'the recording'], 2, 'usage.invalid'],
  ])('refuses to speak %s, and writes nothing', async (what, args, exitCode, code) => {
    const out = path.join(scratch.directory, 'refused.wav')
    const words = what.includes('words') ? [] : ['--prompt-text', 'x']
    const voice = [...args.map((arg) => (arg === 'the recording' ? prompt.file : arg)), ...words]
    const run = await runCli(['say', '--model', model, '--text', 'x', '--out', out, ...voice, '--json'])
    expect(run.exitCode).toBe(exitCode)
    expect(cliEvents(run)).toEqual([expect.objectContaining({ event: 'error', code })])
    expect(existsSync(out)).toBe(false)
  })
})
