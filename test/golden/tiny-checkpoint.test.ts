import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ModelFolder, openFlow, openLlm, openVocoder } from '../../src/main/cosyvoice/index.ts'
import { openBundle } from '../../src/main/model-bundle/index.ts'
import { type ConversionRequest, convertCheckpoint } from '../../src/main/model-converter/index.ts'
import { concatFloat32 } from '../../src/shared/audio/index.ts'
import { relativeError } from '../support/arrays.ts'
import { readFloats, readNumbers } from '../support/npy.ts'
import { type TestFolder, temporaryFolder } from '../support/test-disk.ts'

/**
 * Converts a tiny checkpoint and compares what its graphs say with reference outputs that come with it. COSY_TINY_CHECKPOINT
 * names another folder of the same layout: `checkpoint/` and `golden/*.npy`.
 */
const fixtures = path.resolve(import.meta.dirname, '..', 'fixtures')
const folders = process.env.COSY_TINY_CHECKPOINT
  ? [path.resolve(process.env.COSY_TINY_CHECKPOINT)]
  : ['cosyvoice3-tiny', 'cosyvoice2-tiny'].map((name) => path.join(fixtures, name))

const SEED = 0
const STEPS = 10

type Precision = Pick<ConversionRequest, 'precision' | 'llmWeights'>
type Tolerances = {
  precision: Precision
  logits: { of: 'largest' | 'relative'; limit: number }
  flow: number
  wav: number
}
const cases: Readonly<Record<string, Tolerances>> = {
  fp32: { precision: { precision: 'fp32' }, logits: { of: 'largest', limit: 1e-4 }, flow: 5e-4, wav: 2e-3 },
  'cpu, 8 bits': { precision: { precision: 'cpu' }, logits: { of: 'relative', limit: 5e-2 }, flow: 3e-2, wav: 2e-3 },
  'cpu, 4 bits': {
    precision: { precision: 'cpu', llmWeights: 'int4' },
    logits: { of: 'relative', limit: 0.2 },
    flow: 3e-2,
    wav: 2e-3,
  },
}

const largestDifference = (measured: Float32Array, golden: Float32Array): number =>
  golden.reduce((largest, value, index) => Math.max(largest, Math.abs((measured[index] ?? Number.NaN) - value)), 0)

describe.each(folders)('%s', (folder) => {
  const file = (name: string): string => path.join(folder, 'golden', `${name}.npy`)
  const floats = (name: string): Float32Array => readFloats(file(name)).data
  const numbers = (name: string): number[] => readNumbers(file(name)).data

  describe.each(Object.entries(cases))('converted as %s', (name, { precision, ...limits }) => {
    let scratch: TestFolder
    let model: ModelFolder
    const say = (what: string, error: number, limit: number): void =>
      console.log(`${path.basename(folder)}  ${name}  ${what}: error ${error.toExponential(2)}, allowed ${limit}`)

    beforeAll(async () => {
      scratch = temporaryFolder()
      const outDirectory = path.join(scratch.directory, 'bundle')
      const checkpointDirectory = path.join(folder, 'checkpoint')
      await convertCheckpoint(
        { ...precision, checkpointDirectory, outDirectory, verify: true },
        { signal: new AbortController().signal, progress: () => {}, onBytesRead: () => {} },
      )
      const { directory, manifest } = await openBundle(outDirectory)
      model = { directory, description: manifest.model }
    })
    afterAll(() => scratch[Symbol.dispose]())

    test('the language model scores as the reference does, behind the prompt and behind every forced token', async () => {
      await using llm = await openLlm(model)
      const width = model.description.llm.speechVocabularySize
      const expected = floats('llm_logits')
      const prompt = concatFloat32([
        await llm.sos(),
        await llm.text(numbers('text')),
        await llm.task(),
        await llm.speech(numbers('prompt_speech')),
      ])
      const decoder = llm.decoder()
      const scores = [await decoder.forward(prompt)]
      for (const token of numbers('forced')) scores.push(await decoder.forward(await llm.speech([token])))
      expect(scores.length * width).toBe(expected.length)
      for (const [step, measured] of scores.entries()) {
        const exact = expected.subarray(step * width, (step + 1) * width)
        const error = (limits.logits.of === 'largest' ? largestDifference : relativeError)(measured, exact)
        say(step === 0 ? 'logits behind the prompt' : `logits behind token ${step}`, error, limits.logits.limit)
        expect(error).toBeLessThan(limits.logits.limit)
      }
    })

    test('the flow draws the mel that the reference draws', async () => {
      await using flow = await openFlow(model)
      const mel = await flow.render({
        tokens: [...numbers('prompt_token'), ...numbers('token')],
        promptMel: floats('prompt_feat'),
        speaker: floats('embedding'),
        steps: STEPS,
        isFinal: true,
      })
      const expected = floats('flow_mel')
      expect(mel.length).toBe(expected.length)
      const error = relativeError(mel, expected)
      say('flow_mel', error, limits.flow)
      expect(error).toBeLessThan(limits.flow)
    })

    test('the vocoder sounds as the reference sounds', async () => {
      await using vocoder = await openVocoder(model)
      const samples = await vocoder.render(floats('mel'), { seed: SEED })
      const expected = floats('hift_wav')
      expect(samples.length).toBe(expected.length)
      const error = relativeError(samples, expected)
      say('hift_wav', error, limits.wav)
      expect(error).toBeLessThan(limits.wav)
    })
  })
})
