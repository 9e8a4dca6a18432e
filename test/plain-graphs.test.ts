import path from 'node:path'
import { expect, test } from 'vitest'
import {
  type ExtraGraph,
  type LocalNetworks,
  openLocalNetworks,
  writeExtraGraph,
} from '../bench/support/local-graphs.ts'
import { createPlainLlmDecoder, runPlainEstimator } from '../bench/support/plain-networks.ts'
import {
  createLlmDecoder,
  float32Of,
  type Network,
  networkTensor,
  openNetwork,
  timeSchedule,
} from '../src/main/cosyvoice/index.ts'
import { temporaryFolder } from './support/test-disk.ts'

const CHECKPOINT = path.resolve('test/fixtures/cosyvoice3-tiny/checkpoint')
/** Both ways are float32, in another order. */
const TOLERANCE = 1e-4

const withNetworks = async (
  use: (networks: LocalNetworks, open: (which: ExtraGraph) => Promise<Network>) => Promise<void>,
): Promise<void> => {
  using folder = temporaryFolder()
  await using networks = await openLocalNetworks(CHECKPOINT)
  await using stack = new AsyncDisposableStack()
  await use(networks, async (which) =>
    stack.use(await openNetwork(await writeExtraGraph(networks, which, folder.directory))),
  )
}

/** Numbers within one of nothing, always the same. */
const numbers = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, index) => Math.sin((index + 1) * (seed + 0.7)))

/** Largest difference, in units of the largest expected number. */
const relativeError = (measured: Float32Array, expected: Float32Array): number => {
  expect(measured.length).toBe(expected.length)
  const worst = expected.reduce((most, value, index) => Math.max(most, Math.abs(value - (measured[index] ?? 0))), 0)
  return worst / expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

test('the plain language model scores as the app’s own in float32, for the prompt and for every step after', async () => {
  await withNetworks(async ({ llm }, open) => {
    const own = createLlmDecoder(await open('llmFloat'), {
      form: 'cpu',
      weights: 'fp32',
      hiddenSize: llm.hiddenSize,
      layers: llm.layers.length,
      queryHeads: llm.queryHeads,
      keyValueHeads: llm.keyValueHeads,
      headSize: llm.headSize,
      textVocabularySize: llm.textVocabularySize,
      speechVocabularySize: llm.speechVocabularySize,
      sosRow: 0,
      taskRow: 0,
      eosId: 0,
      fillId: 0,
      firstStopId: 0,
      textTable: 'float32',
    })
    const plain = createPlainLlmDecoder(await open('plainLlm'), await open('plainHead'), llm)
    for (const [step, rows] of [7, 1, 1, 3, 1].entries()) {
      const embeddings = numbers(rows * llm.hiddenSize, step)
      const expected = await own.forward(embeddings)
      expect(relativeError(await plain.forward(embeddings), expected)).toBeLessThan(TOLERANCE)
    }
    expect(plain.length).toBe(own.length)
  })
})

test('the plain estimator gives the velocities of the app’s own in float32, one at a time and two at once', async () => {
  await withNetworks(async ({ flow, estimator }, open) => {
    const own = await open('estimatorFloat')
    const plain = await open('plainEstimator')
    const steps = 4
    const { times } = timeSchedule(steps)
    const table = await flow.estimator('estimator', 'float32').modulation(times)
    const { rows, width } = flow.modulation
    const { melBins } = estimator
    const frames = 23
    const size = melBins * frames
    const [x, mu, cond] = [numbers(2 * size, 1), numbers(2 * size, 2), numbers(2 * size, 3)] as const
    const spks = numbers(2 * melBins, 4)
    for (const step of [0, steps - 1]) {
      const alone = async (row: number): Promise<Float32Array> => {
        const part = (data: Float32Array) =>
          networkTensor(data.subarray(row * size, (row + 1) * size), [1, melBins, frames])
        const outputs = await own.run({
          x: part(x),
          mu: part(mu),
          cond: part(cond),
          spks: networkTensor(spks.subarray(row * melBins, (row + 1) * melBins), [1, melBins]),
          modulation: networkTensor(table.subarray(step * rows * width, (step + 1) * rows * width), [rows, width]),
          attention_bias: networkTensor(new Float32Array(frames ** 2), [1, 1, frames, frames]),
        })
        return float32Of(outputs.velocity)
      }
      const expected = new Float32Array(2 * size)
      expected.set(await alone(0))
      expected.set(await alone(1), size)
      const time = times[step] ?? 0
      const both = await runPlainEstimator(plain, { x, mu, cond, spks, time, batch: 2, frames })
      expect(relativeError(both, expected)).toBeLessThan(TOLERANCE)
      const first = await runPlainEstimator(plain, {
        x: x.subarray(0, size),
        mu: mu.subarray(0, size),
        cond: cond.subarray(0, size),
        spks: spks.subarray(0, melBins),
        time,
        batch: 1,
        frames,
      })
      expect(relativeError(first, expected.subarray(0, size))).toBeLessThan(TOLERANCE)
    }
  })
})

test('the plain vocoder gives the spectrum of the app’s own', async () => {
  await withNetworks(async ({ vocoder }, open) => {
    const frames = 12
    const melFrames = frames + (vocoder.pre.weight.shape[2] ?? 1) - 1
    const spectrumFrames = 120 * frames + 1
    const inputs = {
      mel: networkTensor(numbers(vocoder.melBins * melFrames, 1), [1, vocoder.melBins, melFrames]),
      source_spectrum: networkTensor(numbers(vocoder.spectrumRows * spectrumFrames, 2), [
        1,
        vocoder.spectrumRows,
        spectrumFrames,
      ]),
    }
    const expected = await (await open('vocoder')).run(inputs)
    const measured = await (await open('plainVocoder')).run(inputs)
    for (const name of ['magnitude', 'phase'])
      expect(relativeError(float32Of(measured[name]), float32Of(expected[name]))).toBeLessThan(TOLERANCE)
  })
})
