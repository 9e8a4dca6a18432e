import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { relativeError } from '../../../test/support/arrays.ts'
import { type TestFolder, temporaryFolder } from '../../../test/support/test-disk.ts'
import { TINY_CHECKPOINTS, writeTinyBundle } from '../../../test/support/tiny-checkpoint.ts'
import { openFlow, openLlm, openVocoder } from './open-model.ts'
import { type SpeakingModel, type SpokenLine, speakStream, speakWhole } from './speak.ts'
import { readFloats, readNumbers } from './trace/npy.ts'
import { folderTrace } from './trace/trace.ts'

const fixture = (name: string): string => path.resolve(import.meta.dirname, '../../../test/fixtures', name)
const never = new AbortController().signal

describe.each(TINY_CHECKPOINTS)('%s', (name) => {
  let scratch: TestFolder
  const opened = new AsyncDisposableStack()
  let model: SpeakingModel
  let line: SpokenLine
  const golden = (file: string): string => path.join(fixture(name), 'golden', `${file}.npy`)

  beforeAll(async () => {
    scratch = temporaryFolder()
    const folder = await writeTinyBundle(name, path.join(scratch.directory, 'bundle'), { precision: 'fp32' })
    model = {
      description: folder.description,
      llm: opened.use(await openLlm(folder)),
      flow: opened.use(await openFlow(folder)),
      vocoder: opened.use(await openVocoder(folder)),
    }
    line = {
      promptIds: [3, 1, 4],
      textIds: [1, 5, 9, 2, 6],
      voice: {
        promptTokens: readNumbers(golden('prompt_token')).data,
        promptMel: readFloats(golden('prompt_feat')).data,
        speaker: readFloats(golden('embedding')).data,
      },
      continuesPrompt: true,
      seed: 7,
      steps: 5,
      speed: 1,
    }
  })
  afterAll(async () => {
    await opened.disposeAsync()
    scratch[Symbol.dispose]()
  })

  test('what a reference gives is used, and every stage then says what the reference says', async () => {
    const kept = path.join(scratch.directory, 'trace')
    const trace = folderTrace({ given: path.dirname(golden('text')), kept })
    await speakWhole(model, { ...line, seed: 0, steps: 10 }, { signal: never, trace })
    for (const [stage, tolerance] of [
      ['llm_logits', 1e-5],
      ['flow_mel', 5e-4],
      ['hift_wav', 2e-3],
    ] as const) {
      const { shape, data } = readFloats(path.join(kept, `${stage}.npy`))
      const expected = readFloats(golden(stage))
      expect(shape, stage).toEqual(expected.shape)
      expect(relativeError(data, expected.data), stage).toBeLessThan(tolerance)
    }
  })

  test('the same seed says the same, another one something else', async () => {
    const [first, again] = [
      await speakWhole(model, line, { signal: never }),
      await speakWhole(model, line, { signal: never }),
    ]
    expect(again).toEqual(first)
    expect(await speakWhole(model, { ...line, seed: 8 }, { signal: never })).not.toEqual(first)
    expect(first.length % 960).toBe(0)
    expect(first.every((sample) => Math.abs(sample) <= Math.fround(0.99))).toBe(true)
  })

  test('a stream says the tokens that the whole line says, and as many samples', async () => {
    const [whole, stream] = ['whole', 'stream'].map((part) => path.join(scratch.directory, part))
    // One attempt: a stream cannot take back what was heard.
    const forced = folderTrace({ given: path.dirname(golden('forced')) })
    const only = (kept: string | undefined) => ({
      ...folderTrace({ kept }),
      numbers: (what: string) => (what === 'forced' ? forced.numbers(what) : undefined),
    })
    const samples = await speakWhole(model, line, { signal: never, trace: only(whole) })
    let count = 0
    for await (const block of speakStream(model, line, { signal: never, trace: only(stream) })) count += block.length
    expect(count).toBe(samples.length)
    expect(readFileSync(path.join(stream ?? '', 'token.npy'))).toEqual(
      readFileSync(path.join(whole ?? '', 'token.npy')),
    )
  })

  test('a cancelled line ends as cancelled', async () => {
    const cancelled = new AbortController()
    cancelled.abort()
    await expect(speakWhole(model, line, { signal: cancelled.signal })).rejects.toThrow('cancelled')
  })
})
