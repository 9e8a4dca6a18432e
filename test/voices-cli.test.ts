import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { promptRecording } from './support/a-voice.ts'
import { cliEvents, runCli } from './support/run-cli.ts'
import { temporaryFolder } from './support/test-disk.ts'

beforeAll(() => {
  if (!existsSync('out/main/cli.js')) throw new Error('build first: npm run build')
})

const aRoom = () => {
  const folder = temporaryFolder()
  const at = (name: string): string => path.join(folder.directory, name)
  const library = ['--library', at('library')]
  return {
    at,
    recordings: () => (existsSync(at('library/voices')) ? readdirSync(at('library/voices')) : []),
    people: (...args: string[]) => runCli([...args, ...library]),
    machine: (...args: string[]) => runCli([...args, ...library, '--json']),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

test('a recording becomes a voice, is listed, cast, kept while it is cast, and removed', {
  timeout: 60_000,
}, async () => {
  using room = aRoom()
  const { file, transcript } = promptRecording(room.at('Grandmother.wav'), { durationSec: 2 })
  const words = ['--prompt-text', transcript, '--language', 'en', '--gender', 'female']
  const added = await room.machine('voices', 'add', file, ...words)
  expect(added.exitCode, added.stdout + added.stderr).toBe(0)
  const [voice] = cliEvents(added)
  const voiceId = String(voice?.voiceId)
  expect(voice).toMatchObject({
    event: 'voice-added',
    name: 'Grandmother',
    language: 'en',
    gender: 'female',
    source: { kind: 'promptAudio', promptText: transcript },
    report: { durationSec: 2, sampleRateHz: 24_000, advice: ['short'], problem: null },
  })
  expect(room.recordings()).toHaveLength(1)

  writeFileSync(room.at('scene.md'), 'Lin: Are you there?\n')
  writeFileSync(room.at('cast.json'), '{"characters":{"Lin":{"voice":"Grandmother"}}}')
  const out = ['--cast', room.at('cast.json'), '--out', room.at('scene.wav'), '--engine', 'draft']
  const rendered = await room.machine('render', room.at('scene.md'), ...out)
  expect(rendered.exitCode, rendered.stdout).toBe(0)
  expect((await room.people('voices')).stdout).toContain(
    `${voiceId}  Grandmother  recording  en  female  cast in 1 project\n`,
  )
  const refused = await room.machine('voices', 'remove', voiceId)
  expect(refused.exitCode).toBe(1)
  expect(cliEvents(refused).at(-1)).toMatchObject({ code: 'voice.in-use', params: { count: 1 } })
  expect(room.recordings()).toHaveLength(1)

  const twin = cliEvents(await room.machine('voices', 'add', file, '--name', 'Twin')).at(-1)
  expect((await room.people('voices', 'remove', String(twin?.voiceId))).stdout).toBe('Removed: Twin\n')
  const listed = cliEvents(await room.machine('voices', 'list'))
  expect(listed.filter(({ source }) => JSON.stringify(source).includes('promptAudio'))).toHaveLength(1)
  expect(room.recordings()).toHaveLength(1)
})

test('people read what the recording is like', async () => {
  using room = aRoom()
  const { file } = promptRecording(room.at('a.wav'), { durationSec: 2 })
  const { stdout } = await room.people('voices', 'add', file, '--name', 'Lin')
  const [first, facts, levels, silence, advice] = stdout.split('\n')
  expect(first).toMatch(/^voice_\w+ {2}Lin$/)
  expect(facts).toBe('  2.00 s, 24000 Hz')
  expect(levels).toMatch(/^ {2}speech -\d+\.\d dB, noise -\d+\.\d dB, peak -\d+\.\d dB, clipped 0\.00 %$/)
  expect(silence).toMatch(/^ {2}silence 0\.\d\d s before, 0\.\d\d s after$/)
  expect(advice).toMatch(/^ {2}! Short: 3 to 10 seconds/)
})

test('what cannot be a voice says why and leaves nothing', { timeout: 60_000 }, async () => {
  using room = aRoom()
  const short = promptRecording(room.at('short.wav'), { durationSec: 0.3 }).file
  const good = promptRecording(room.at('good.wav')).file
  writeFileSync(room.at('letter.txt'), 'Dear voice,')
  const cases: [string[], number, string][] = [
    [['add', short], 1, 'voice.prompt-too-short'],
    [['add', room.at('letter.txt')], 1, 'voice.prompt-unreadable'],
    [['add', room.at('nothing.wav')], 1, 'voice.prompt-unreadable'],
    [['add', good, '--name', ' '], 2, 'usage.invalid'],
    [['add', good, '--language', 'not a language'], 2, 'usage.invalid'],
    [['remove', 'voice_nobody'], 2, 'usage.invalid'],
  ]
  for (const [args, exitCode, code] of cases) {
    const run = await room.machine('voices', ...args)
    expect(run.exitCode, args.join(' ')).toBe(exitCode)
    expect(cliEvents(run).at(-1), args.join(' ')).toMatchObject({ event: 'error', code })
  }
  const preset = await room.machine('voices', 'remove', 'voice_draft-oak')
  expect(preset.exitCode).toBe(2)
  expect(cliEvents(preset).at(-1)).toMatchObject({ params: { detail: 'Oak comes with its engine' } })
  expect((await room.people('voices', 'add', good, '--gender', 'robot')).exitCode).toBe(2)
  expect(room.recordings()).toEqual([])
})
