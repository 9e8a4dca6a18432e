import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { communityVocoderGraphs } from '../../../../test/support/community-model.ts'
import { columnsOf, openGraphs, peakError, someNumbers } from '../../../../test/support/run-graph.ts'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { openTinyCheckpoint, writeTinyBundle } from '../../../../test/support/tiny-checkpoint.ts'
import { concatFloat32 } from '../../../shared/audio/index.ts'
import { derived, type HiftTensors, pitchGraph, type Tensor, vocoderGraph } from '../../networks/index.ts'
import type { OnnxGraph } from '../../onnx/index.ts'
import { createVocoder, type SpeechVocoder } from '../vocoder/create-vocoder.ts'
import { vocoderNetworks } from '../vocoder/vocoder-networks.ts'
import { createCommunityVocoder } from './community-vocoder.ts'

const BINS = 80

type Pair = { readonly community: SpeechVocoder; readonly own: SpeechVocoder }

const graphs = openGraphs()
/** As the tiny checkpoint is, at about 0.1 Hz and so without a voice, and with the pitch lifted to that of one. */
let voiceless: Pair
let voiced: Pair

const openPair = async (name: string, tensors: HiftTensors, description: SpeechVocoder['description']) => {
  const open = (graph: OnnxGraph) => graphs.open({ ...graph, name: `${name}-${graph.name}` })
  const published = communityVocoderGraphs(tensors)
  const community = createCommunityVocoder(
    {
      pitch: await open(published.hift_f0_predictor),
      source: await open(published.hift_source_generator),
      decoder: await open(published.hift_decoder),
    },
    description,
  )
  const [pitch, decoder] = [await open(pitchGraph('pitch', tensors)), await open(vocoderGraph('vocoder', tensors))]
  return { community, own: createVocoder(vocoderNetworks(pitch, decoder, description), description) }
}

beforeAll(async () => {
  await using checkpoint = await openTinyCheckpoint('cosyvoice3-tiny')
  using folder = temporaryFolder()
  const { description } = await writeTinyBundle('cosyvoice3-tiny', path.join(folder.directory, 'bundle'), {
    precision: 'fp32',
  })
  const { vocoder } = checkpoint
  const lifted = (tensor: Tensor) =>
    derived(tensor, tensor.shape, (data) => Float32Array.from(data, (value) => value * 2000))
  const pitch = { ...vocoder.pitch, weight: lifted(vocoder.pitch.weight), bias: lifted(vocoder.pitch.bias) }
  voiceless = await openPair('voiceless', vocoder, description.vocoder)
  voiced = await openPair('voiced', { ...vocoder, pitch }, description.vocoder)
})
afterAll(() => graphs[Symbol.asyncDispose]())

const parts = (mel: Float32Array, cuts: readonly number[]): Float32Array[] =>
  cuts.slice(1).map((to, index) => columnsOf(mel, BINS, cuts[index] ?? 0, to))

const heard = async (vocoder: SpeechVocoder, mels: readonly Float32Array[]): Promise<Float32Array> => {
  const line = vocoder.line(1)
  const blocks: Float32Array[] = []
  for (const [index, mel] of mels.entries())
    for await (const block of line.push(mel, index === mels.length - 1)) blocks.push(block)
  return concatFloat32(blocks)
}

describe('the vocoder of the community', () => {
  const mel = someNumbers(BINS * 210, 8)

  test('sounds as our own does', async () => {
    for (const { community, own } of [voiceless, voiced]) {
      const found = await community.render(mel, { seed: 1 })
      expect(found).toHaveLength(210 * 480)
      expect(peakError(found, await own.render(mel, { seed: 1 }))).toBeLessThan(1e-3)
    }
  })

  test('is as loud as it may be and no louder', async () => {
    const { community, own } = voiced
    const loud = someNumbers(BINS * 20, 8).map((value) => value * 100)
    const found = await community.render(loud, { seed: 1 })
    expect(Math.max(...found.map(Math.abs))).toBe(Math.fround(0.99))
    expect(peakError(found, await own.render(loud, { seed: 1 }))).toBeLessThan(1e-2)
  })

  test.each([[[0, 42, 210]], [[0, 1, 4, 6, 210]], [[0, 209, 210, 210]]])(
    'makes of parts that end at %j what it makes of the whole',
    async (cuts) => {
      const inParts = async ({ community }: Pair) =>
        peakError(await heard(community, parts(mel, cuts)), await community.render(mel, { seed: 1 }))
      expect(await inParts(voiceless)).toBeLessThan(1e-5)
      // Pitch is rounded otherwise in a window of another length, and its errors add up along the phase.
      expect(await inParts(voiced)).toBeLessThan(1e-3)
    },
  )
})
