import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenGraphs, openGraphs, peakError, someNumbers } from '../../../../test/support/run-graph.ts'
import { llmDescription, openTinyCheckpoint, TINY_CHECKPOINTS } from '../../../../test/support/tiny-checkpoint.ts'
import type { CheckpointFolder } from '../../model-converter/checkpoint-folder.ts'
import { type LlmGraphOptions, llmGraph } from '../../networks/index.ts'
import type { Provider } from '../devices/providers.ts'
import { FORBIDDEN } from '../flow/chunk-mask.ts'
import { float32Of, type Network, type NetworkValue, networkTensor } from '../sessions.ts'
import { createLlmDecoder, createRetryDecoders, type ForkingDecoder } from './llm-decoder.ts'

/** Two orders of the same float32 sums. */
const TOLERANCE = 5e-5

describe.each(TINY_CHECKPOINTS)('%s', (name) => {
  let checkpoint: CheckpointFolder
  let graphs: OpenGraphs
  const networks = new Map<string, Network>()
  beforeAll(async () => {
    checkpoint = await openTinyCheckpoint(name)
    graphs = openGraphs()
  })
  afterAll(async () => {
    await graphs[Symbol.asyncDispose]()
    await checkpoint[Symbol.asyncDispose]()
  })

  const open = async (options: Omit<LlmGraphOptions, 'name'>): Promise<Network> => {
    const graph = `llm-${options.form}-${options.weights}-${JSON.stringify(options.part ?? 'whole').replace(/\W/g, '')}`
    const found = networks.get(graph)
    if (found) return found
    const opened = await graphs.open(llmGraph(checkpoint.llm, { ...options, name: graph }))
    networks.set(graph, opened)
    return opened
  }
  const start = async (form: 'cpu' | 'gpu', weights: 'float32' | 'float16' = 'float32'): Promise<ForkingDecoder> =>
    createLlmDecoder(
      await open({ form, weights }),
      llmDescription(checkpoint, form, weights === 'float32' ? 'fp32' : 'fp16'),
    )
  const embeddings = (rows: number, seed = 1): Float32Array => someNumbers(rows * checkpoint.llm.hiddenSize, seed)
  const rowsOf = (all: Float32Array, from: number, to: number): Float32Array =>
    all.slice(from * checkpoint.llm.hiddenSize, to * checkpoint.llm.hiddenSize)
  /** Scores behind all rows at once, from a decoder that has seen nothing. */
  const whole = async (all: Float32Array, form: 'cpu' | 'gpu' = 'cpu'): Promise<Float32Array> =>
    (await start(form)).forward(all)
  /** Adds rows in pieces of these sizes. @returns the scores behind the last piece */
  const inPieces = async (
    decoder: ForkingDecoder,
    all: Float32Array,
    sizes: readonly number[],
  ): Promise<Float32Array> => {
    let scores = new Float32Array()
    let at = 0
    for (const size of sizes) {
      scores = Float32Array.from(await decoder.forward(rowsOf(all, at, at + size)))
      at += size
      expect(decoder.length).toBe(at)
    }
    return scores
  }
  /** The processor, called something else: what it is asked, and what it gave that was not freed. */
  const watched = async (form: 'cpu' | 'gpu', provider: Provider) => {
    const network = await open({ form, weights: 'float32' })
    const asked: number[] = []
    const kept = new Set<NetworkValue>()
    const stand: Network = {
      ...network,
      provider,
      run: async (inputs, outputs) => {
        asked.push(inputs.inputs_embeds?.dims[1] ?? 0)
        const results = await network.run(inputs, outputs)
        for (const [name, value] of Object.entries(results)) {
          if (!name.startsWith('present_')) continue
          kept.add(value)
          value.dispose = () => {
            expect(kept.delete(value)).toBe(true)
          }
        }
        return results
      },
    }
    return { decoder: createLlmDecoder(stand, llmDescription(checkpoint, form, 'fp32')), asked, kept }
  }
  const ones = (count: number): number[] => Array<number>(count).fill(1)

  describe.each(['cpu', 'gpu'] as const)('in its form for the %s', (form) => {
    test('scores each token after the last as it scores the whole text at once', async () => {
      const all = embeddings(40)
      const decoder = await start(form)
      expect(decoder.length).toBe(0)
      for (let rows = 1; rows <= 40; rows++) {
        const scores = await decoder.forward(rowsOf(all, rows - 1, rows))
        expect(scores).toHaveLength(checkpoint.llm.speechVocabularySize)
        expect(peakError(scores, await whole(rowsOf(all, 0, rows), form))).toBeLessThan(TOLERANCE)
      }
      expect(decoder.length).toBe(40)
    })

    test('takes a prompt in pieces as it takes it whole, wherever it is cut', async () => {
      const all = embeddings(33, 5)
      const expected = await whole(all, form)
      for (const sizes of [
        [32, 1],
        [1, 32],
        [7, 20, 6],
        [2, 1, 1, 29],
      ])
        expect(peakError(await inPieces(await start(form), all, sizes), expected)).toBeLessThan(TOLERANCE)
    })

    test('hears every position: another first row is another score', async () => {
      const all = embeddings(20)
      const other = Float32Array.from(all)
      other.set(embeddings(1, 9))
      expect(peakError(await whole(other, form), await whole(all, form))).toBeGreaterThan(1e-3)
      const turned = Float32Array.from(all)
      turned.set(rowsOf(all, 1, 2))
      turned.set(rowsOf(all, 0, 1), checkpoint.llm.hiddenSize)
      expect(peakError(await whole(turned, form), await whole(all, form))).toBeGreaterThan(2 * TOLERANCE)
    })

    test('speaks two texts at once, neither hearing the other', async () => {
      const texts = [embeddings(12, 21), embeddings(12, 22)] as const
      const decoders = [await start(form), await start(form)] as const
      const scores = [new Float32Array(), new Float32Array()]
      for (let row = 0; row < 12; row++)
        for (const [index, decoder] of decoders.entries())
          scores[index] = Float32Array.from(await decoder.forward(rowsOf(texts[index] ?? texts[0], row, row + 1)))
      for (const [index, text] of texts.entries())
        expect(peakError(scores[index] ?? [], await whole(text, form))).toBeLessThan(TOLERANCE)
    })
  })

  describe.each(['cpu', 'gpu'] as const)('in its form for the %s, forked', (form) => {
    test('goes on in two ways, neither hearing the other', async () => {
      const [begun, one, other] = [embeddings(20, 31), embeddings(3, 32), embeddings(5, 33)]
      using decoder = await start(form)
      await decoder.forward(begun)
      using fork = decoder.fork()
      expect(fork.length).toBe(20)
      const own = Float32Array.from(await decoder.forward(one))
      const forked = Float32Array.from(await fork.forward(other))
      expect([decoder.length, fork.length]).toEqual([23, 25])
      const wholeAfter = (rows: Float32Array) => whole(Float32Array.of(...begun, ...rows), form)
      expect(peakError(own, await wholeAfter(one))).toBeLessThan(TOLERANCE)
      expect(peakError(forked, await wholeAfter(other))).toBeLessThan(TOLERANCE)
      const last = embeddings(1, 34)
      const later = await decoder.forward(last)
      expect(peakError(later, await wholeAfter(Float32Array.of(...one, ...last)))).toBeLessThan(TOLERANCE)
    })

    test('says a text again without hearing the prompt again', async () => {
      const [prompt, step] = [embeddings(20, 31), embeddings(1, 32)]
      const { decoder, asked, kept } = await watched(form, 'cuda')
      {
        using attempts = createRetryDecoders(decoder)
        const first = attempts.next()
        expect(first.length).toBe(0)
        const scores = await first.forward(prompt)
        const begun = Float32Array.from(scores)
        scores.fill(0)
        const said = Float32Array.from(await first.forward(step))
        await first.forward(step)
        for (const _ of [1, 2]) {
          const again = attempts.next()
          expect(await again.forward(prompt)).toEqual(begun)
          expect(again.length).toBe(20)
          expect(await again.forward(step)).toEqual(said)
        }
        expect(peakError(said, await whole(Float32Array.of(...prompt, ...step), form))).toBeLessThan(TOLERANCE)
        await expect(attempts.next().forward(embeddings(20, 31))).rejects.toThrow('same prompt')
      }
      expect(asked).toEqual([20, 1, 1, 1, 1])
      expect(kept.size).toBe(0)
    })
  })

  test.each([
    ['webgpu', [16, 16, 8, 1]],
    ['cuda', [40, 1]],
    ['cpu', [40, 1]],
  ] as const)('a prompt is given to %s %j rows at a time, and scores the same', async (provider, expected) => {
    const all = embeddings(41, 7)
    const { decoder, asked } = await watched('gpu', provider)
    const scores = Float32Array.from(await decoder.forward(rowsOf(all, 0, 40)))
    expect(decoder.length).toBe(40)
    expect(peakError(scores, await whole(rowsOf(all, 0, 40)))).toBeLessThan(TOLERANCE)
    expect(peakError(await decoder.forward(rowsOf(all, 40, 41)), await whole(all))).toBeLessThan(TOLERANCE)
    expect(asked).toEqual(expected)
  })

  test('what a device remembers is freed once nobody needs it', async () => {
    const { decoder, kept } = await watched('gpu', 'webgpu')
    const layers = 2 * checkpoint.llm.layers.length
    await decoder.forward(embeddings(20))
    expect(kept.size).toBe(layers)
    const fork = decoder.fork()
    await fork.forward(embeddings(1))
    expect(kept.size).toBe(2 * layers)
    decoder[Symbol.dispose]()
    expect(kept.size).toBe(layers)
    fork[Symbol.dispose]()
    expect(kept.size).toBe(0)
  })

  test('both forms give the same scores', async () => {
    const all = embeddings(25, 3)
    expect(peakError(await whole(all, 'gpu'), await whole(all, 'cpu'))).toBeLessThan(TOLERANCE)
  })

  test('in half precision the form for graphics cards is near it, asked for a whole prompt', async () => {
    const all = embeddings(25, 3)
    const half = await (await start('gpu', 'float16')).forward(all)
    const error = peakError(half, await whole(all))
    expect(error).toBeLessThan(1e-2)
    expect(error).toBeGreaterThan(1e-6)
  })

  test.each([
    ['step by step', [500, ...ones(30)]],
    ['within one piece', [400, 200]],
    ['exactly', [511, 1, 1]],
    ['in a first piece that is longer', [1100, 1, 1]],
  ])('more than the 512 positions there is room for at first are remembered: %s', async (_, sizes) => {
    const count = sizes.reduce((sum, size) => sum + size, 0)
    const all = embeddings(count, 13)
    expect(peakError(await inPieces(await start('cpu'), all, sizes), await whole(all))).toBeLessThan(TOLERANCE)
  })

  test('answers keep their numbers while the text goes on', async () => {
    const decoder = await start('cpu')
    const first = await decoder.forward(embeddings(5, 1))
    const kept = Float32Array.from(first)
    await decoder.forward(embeddings(1, 2))
    expect(first).toEqual(kept)
  })

  test('its parts, one after the other, are the whole', async () => {
    const { hiddenSize, layers, queryHeads, keyValueHeads, headSize } = checkpoint.llm
    const count = 19
    const all = embeddings(count, 17)
    const group = queryHeads / keyValueHeads
    const bias = Float32Array.from({ length: count * group * count }, (_, at) =>
      at % count <= Math.floor(Math.floor(at / count) / group) ? 0 : FORBIDDEN,
    )
    const empty = networkTensor(new Float32Array(), [1, 0, keyValueHeads * headSize])
    let rows = all
    for (const layer of layers.keys()) {
      const network = await open({ form: 'cpu', weights: 'float32', part: { layer } })
      const { hidden } = await network.run({
        inputs_embeds: networkTensor(rows, [1, count, hiddenSize]),
        position: networkTensor(BigInt64Array.of(0n), [1]),
        attention_bias: networkTensor(bias, [1, 1, count * group, count]),
        [`past_key.${layer}`]: empty,
        [`past_value.${layer}`]: empty,
      })
      rows = Float32Array.from(float32Of(hidden))
    }
    expect(rows).toHaveLength(count * hiddenSize)
    const head = await open({ form: 'cpu', weights: 'float32', part: 'head' })
    expect(head.inputNames).toEqual(['inputs_embeds'])
    const { logits } = await head.run({ inputs_embeds: networkTensor(rows, [1, count, hiddenSize]) })
    expect(peakError(float32Of(logits), await whole(all))).toBeLessThan(TOLERANCE)
    // The head answers for the last position alone.
    const last = await head.run({ inputs_embeds: networkTensor(rowsOf(rows, count - 1, count), [1, 1, hiddenSize]) })
    expect(peakError(float32Of(last.logits), float32Of(logits))).toBeLessThan(1e-6)
  })
})
