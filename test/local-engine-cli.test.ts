import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAudio } from '../src/main/audio-file/index.ts'
import { promptRecording } from './support/a-voice.ts'
import { highestMagnitude } from './support/decode.ts'
import { cliEvents, runCli } from './support/run-cli.ts'
import { type TestFolder, temporaryFolder } from './support/test-disk.ts'
import { writeVoiceModel } from './support/tiny-voice-model.ts'

let scratch: TestFolder
const inScratch = (name: string): string => path.join(scratch.directory, name)
const library = (): string[] => ['--library', inScratch('library')]

beforeAll(async () => {
  scratch = temporaryFolder()
  await writeVoiceModel('cosyvoice3', inScratch('model'))
  writeFileSync(inScratch('script.md'), '# One\n\nThe river was quiet.\n\n夜色渐深。\n')
})
afterAll(() => scratch[Symbol.dispose]())

const render = (...flags: string[]) =>
  runCli([
    ...['render', inScratch('script.md'), ...library(), '--json', '--out', inScratch('out.wav')],
    ...['--engine', 'local', ...flags],
  ])

test('a script is rendered by the local engine with a recorded voice, and nothing twice', async () => {
  const { file, transcript } = await promptRecording(inScratch('prompt.wav'))
  const added = await runCli(['voices', 'add', file, '--prompt-text', transcript, ...library(), '--json'])
  expect(added.exitCode, added.stderr + added.stdout).toBe(0)

  const first = await render('--model', inScratch('model'), '--steps', '5')
  expect(first.exitCode, first.stderr + first.stdout).toBe(0)
  const { pcm } = await readAudio(inScratch('out.wav'), { longestSec: 60, signal: new AbortController().signal })
  expect(highestMagnitude(pcm)).toBeGreaterThan(0.01)

  const again = await render('--model', inScratch('model'), '--steps', '5')
  expect(again.exitCode).toBe(0)
  expect(cliEvents(again)).toContainEqual(expect.objectContaining({ event: 'planned', queuedLines: 0, readyLines: 2 }))
})

test('without a model the lines are refused with what to do, and so they are without a voice of their own', async () => {
  const without = await render('--models', inScratch('no-models'))
  expect(without.exitCode).not.toBe(0)
  expect(without.stdout + without.stderr).toContain('engine.no-model')
})
