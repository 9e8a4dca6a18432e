import { afterAll, describe, expect, test } from 'vitest'
import { openGraphs, someNumbers } from '../../../../test/support/run-graph.ts'
import { buildGraph, type GraphBuilder, type OnnxGraph, type TensorType, type Value } from '../../onnx/index.ts'
import { extractPromptFeatures } from './prompt-features.ts'
import { promptNetworks } from './prompt-networks.ts'

const graphs = openGraphs()
afterAll(() => graphs[Symbol.asyncDispose]())

/** Type numbers of ONNX that Cast is told by. @source onnx/onnx onnx/onnx.proto TensorProto.DataType */
const TYPE_NUMBERS = { float32: 1, int32: 6, int64: 7 } as const
type TokenType = keyof typeof TYPE_NUMBERS

/** Every fourth frame's first bin times ten is its token; with `feats_length` added, so that one sees it arrive. */
const tokenizer = (
  name: string,
  {
    type = 'int32',
    rank = 2,
    step = 4,
    offset = 0,
  }: { type?: TokenType; rank?: 1 | 2 | 3; step?: number; offset?: number } = {},
): OnnxGraph =>
  buildGraph(name, (g) => {
    const mel = g.input('feats', 'float32', [1, 128, 'frames'])
    const length = g.input('feats_length', 'int32', [1])
    const row = g.op('Slice', [mel, g.int64([0, 0]), g.int64([1, 2 ** 31]), g.int64([1, 2]), g.int64([1, step])])
    const beyond = g.op('Sub', [g.op('Cast', [length], { to: 1 }), lastDimension(g, mel)])
    const scaled = g.op('Add', [g.op('Mul', [row, g.float32(10)]), g.op('Add', [beyond, g.float32(offset)])])
    const shape = { 1: [-1], 2: [1, -1], 3: [1, 1, -1] }[rank]
    const ids = g.op('Cast', [g.op('Reshape', [scaled, g.int64(shape)])], { to: TYPE_NUMBERS[type] })
    const dims = { 1: ['tokens'], 2: [1, 'tokens'], 3: [1, 1, 'tokens'] }[rank]
    g.output('indices', ids, type, dims)
  })
const lastDimension = (g: GraphBuilder, value: Value): Value =>
  g.op('Cast', [g.op('Gather', [g.op('Shape', [value]), g.int64(2)])], { to: 1 })

/** Mean over time of the 80 bins, three times over, cut to the size asked for. */
const speakerNetwork = (
  name: string,
  { size = 192, type = 'float32', factor = 1 }: { size?: number; type?: TensorType & TokenType; factor?: number } = {},
): OnnxGraph =>
  buildGraph(name, (g) => {
    const fbank = g.input('input', 'float32', [1, 'frames', 80])
    const mean = g.op('ReduceMean', [fbank], { axes: [1], keepdims: 0 })
    const wide = g.op('Concat', [mean, mean, mean], { axis: 1 })
    const cut = g.op('Slice', [wide, g.int64([0]), g.int64([size]), g.int64([1])])
    const scaled = g.op('Mul', [cut, g.float32(factor)])
    g.output('output', g.op('Cast', [scaled], { to: TYPE_NUMBERS[type] }), type, [1, size])
  })

const options = { architecture: 'cosyvoice3', speechCodes: 6561 } as const
const mel = (frames: number): Float32Array =>
  Float32Array.from({ length: 128 * frames }, (_, place) => (place < frames ? place : -1))

describe('the speech tokenizer', () => {
  test.each([
    ['int32', 1],
    ['int32', 2],
    ['int64', 2],
    ['int64', 3],
  ] as const)('may answer in %s of rank %i', async (type, rank) => {
    const network = await graphs.open(tokenizer(`tokenizer-${type}-${rank}`, { type, rank }))
    const campplus = await graphs.open(speakerNetwork(`campplus-${type}-${rank}`))
    const { speechTokens } = promptNetworks(network, campplus, options)
    expect(await speechTokens(mel(13), 13)).toEqual([0, 40, 80, 120])
    expect(await speechTokens(mel(100), 100)).toHaveLength(25)
  })

  test.each([
    ['a token that is none', { offset: -1 }, '-1 is no speech token below 6561'],
    ['a token beyond the last', { offset: 6561 }, '6561 is no speech token below 6561'],
    ['half the tokens', { step: 8 }, '100 frames gave 13 speech tokens'],
    ['twice the tokens', { step: 2 }, '100 frames gave 50 speech tokens'],
    ['numbers that are not whole', { type: 'float32' }, 'whole numbers, not float32'],
  ] as const)('that answers with %s is refused by the name of its file', async (_, shape, reason) => {
    const network = await graphs.open(tokenizer(`odd-${JSON.stringify(shape).replace(/\W/g, '')}`, shape))
    const campplus = await graphs.open(speakerNetwork(`beside-${JSON.stringify(shape).replace(/\W/g, '')}`))
    for (const [architecture, graph] of [
      ['cosyvoice2', 'speech_tokenizer_v2.onnx'],
      ['cosyvoice3', 'speech_tokenizer_v3.onnx'],
    ] as const) {
      const { speechTokens } = promptNetworks(network, campplus, { ...options, architecture })
      await expect(speechTokens(mel(100), 100)).rejects.toMatchObject({
        code: 'model.graph-rejected',
        params: { graph, reason: expect.stringContaining(reason) },
        remedies: ['download-again', 'convert-again'],
      })
    }
  })
})

describe('the speaker network', () => {
  test('gives the numbers of its one output, whatever it is called', async () => {
    const { speakerVector } = promptNetworks(
      await graphs.open(tokenizer('tokenizer-plain')),
      await graphs.open(speakerNetwork('campplus-plain')),
      options,
    )
    const fbank = Float32Array.from({ length: 3 * 80 }, (_, place) => Math.floor(place / 80) * 80 + (place % 80))
    const speaker = await speakerVector(fbank, 3)
    expect(speaker).toHaveLength(192)
    expect([...speaker.subarray(0, 3), speaker[191]]).toEqual([80, 81, 82, 111])
  })

  test.each([
    ['another size', { size: 191 }, '192 numbers, not 191'],
    ['another type', { type: 'int32' }, 'float32, not int32'],
    ['numbers that are none', { factor: Number.POSITIVE_INFINITY }, 'no number'],
  ] as const)('that answers with %s is refused', async (_, shape, reason) => {
    const name = Object.keys(shape).join('')
    const { speakerVector } = promptNetworks(
      await graphs.open(tokenizer(`tokenizer-${name}`)),
      await graphs.open(speakerNetwork(`campplus-${name}`, shape)),
      options,
    )
    await expect(speakerVector(someNumbers(5 * 80, 1), 5)).rejects.toMatchObject({
      code: 'model.graph-rejected',
      params: { graph: 'campplus.onnx', reason: expect.stringContaining(reason) },
    })
  })
})

test('a recording goes through both networks', async () => {
  const networks = promptNetworks(
    await graphs.open(tokenizer('tokenizer-whole', { offset: 20 })),
    await graphs.open(speakerNetwork('campplus-whole')),
    options,
  )
  const features = await extractPromptFeatures(
    { pcm: someNumbers(44_100, 1), sampleRateHz: 44_100 },
    { ...networks, architecture: 'cosyvoice3' },
  )
  expect(features.speechTokens).toHaveLength(25)
  expect(features.mel).toHaveLength(50 * 80)
  // The mean over time was subtracted before, so that a mean of it is nothing.
  for (const value of features.speaker) expect(Math.abs(value)).toBeLessThan(1e-4)
})
