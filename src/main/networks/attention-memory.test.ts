import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { relativeError } from '../../../test/support/arrays.ts'
import { columnsOf, type OpenGraphs, openGraphs, peakError, someNumbers } from '../../../test/support/run-graph.ts'
import { openTinyCheckpoint } from '../../../test/support/tiny-checkpoint.ts'
import {
  chunkMask,
  memoryShapeOf,
  type Network,
  type NetworkValue,
  networkTensor,
  nothingRemembered,
} from '../cosyvoice/index.ts'
import type { CheckpointFolder } from '../model-converter/checkpoint-folder.ts'
import type { LinearKind } from './linear.ts'

const BINS = 80
const CHUNK = 50
const FRAMES = 130

type Outputs = Record<string, NetworkValue>
type Parts = Record<'x' | 'mu' | 'cond', Float32Array>
const line: Parts = {
  x: someNumbers(BINS * FRAMES, 1),
  mu: someNumbers(BINS * FRAMES, 2),
  cond: someNumbers(BINS * FRAMES, 3),
}
const spks = someNumbers(BINS, 4)

let checkpoint: CheckpointFolder
let graphs: OpenGraphs
beforeAll(async () => {
  checkpoint = await openTinyCheckpoint('cosyvoice3-tiny')
  graphs = openGraphs()
})
afterAll(async () => {
  await graphs[Symbol.asyncDispose]()
  await checkpoint[Symbol.asyncDispose]()
})

const open = async (weights: LinearKind, remembers: boolean) => {
  const { graph, modulation } = checkpoint.flow.estimator(`${weights}-${remembers}`, weights, { remembers })
  const network = await graphs.open(graph)
  const { rows, width } = checkpoint.flow.modulation
  const table = networkTensor(await modulation(Float32Array.of(0.3)), [rows, width])
  /** Frames [from, to) of the line, behind what is given of those before. */
  const estimate = (from: number, to: number, memory: Record<string, NetworkValue>): Promise<Outputs> => {
    const part = (data: Float32Array) => networkTensor(columnsOf(data, BINS, from, to), [1, BINS, to - from])
    return network.run({
      ...memory,
      x: part(line.x),
      mu: part(line.mu),
      cond: part(line.cond),
      spks: networkTensor(spks, [1, BINS]),
      modulation: table,
      attention_bias: networkTensor(chunkMask(to, CHUNK, from), [1, 1, to - from, to]),
    })
  }
  return { network, estimate }
}

const nothing = (network: Network): Record<string, NetworkValue> => {
  const shape = memoryShapeOf(network)
  if (!shape) throw new Error('it remembers nothing')
  return nothingRemembered(shape)
}
const keeping = (frames: number): Record<string, NetworkValue> => ({
  kept_frames: networkTensor(BigInt64Array.of(BigInt(frames)), [1]),
})
/** What a call gave, as the next one takes it. */
const remembered = ({ present, present_scale, next_context }: Outputs): Record<string, NetworkValue> => {
  if (!present || !next_context) throw new Error('nothing was given to be remembered')
  return { past: present, ...(present_scale && { past_scale: present_scale }), context: next_context }
}
const velocityOf = ({ velocity }: Outputs): Float32Array => {
  if (!(velocity?.data instanceof Float32Array)) throw new Error('there is no velocity')
  return velocity.data
}

describe.each([
  ['float32', 2e-6],
  ['int8-rows', 2e-3],
] as const)('an estimator in %s that remembers', (weights, tolerance) => {
  test('says of a chunk after a chunk what it says of both at once under the mask', async () => {
    const plain = await open(weights, false)
    const { network, estimate } = await open(weights, true)
    const both = velocityOf(await plain.estimate(0, FRAMES, {}))
    for (const first of [50, 100]) {
      const early = await estimate(0, first, { ...nothing(network), ...keeping(first) })
      const late = await estimate(first, FRAMES, { ...remembered(early), ...keeping(0) })
      expect(peakError(velocityOf(early), columnsOf(both, BINS, 0, first))).toBeLessThan(2e-6)
      expect(relativeError(velocityOf(late), columnsOf(both, BINS, first, FRAMES))).toBeLessThan(tolerance)
      expect(late.present?.dims[0]).toBe(0)
    }
  })

  test('hears what it remembers, where it was, and what its convolutions heard before', async () => {
    const { network, estimate } = await open(weights, true)
    const early = await estimate(0, CHUNK, { ...nothing(network), ...keeping(CHUNK) })
    const late = velocityOf(await estimate(CHUNK, 2 * CHUNK, { ...remembered(early), ...keeping(0) }))
    const { past, past_scale } = remembered(early)
    const changes: Record<string, NetworkValue>[] = [{ context: nothing(network).context ?? networkTensor(spks, [0]) }]
    if (past_scale?.data instanceof Float32Array)
      changes.push({
        past_scale: networkTensor(
          past_scale.data.map((scale) => 2 * scale),
          past_scale.dims,
        ),
      })
    else if (past?.data instanceof Float32Array)
      changes.push({
        past: networkTensor(
          past.data.map((value) => 2 * value),
          past.dims,
        ),
      })
    expect(changes).toHaveLength(2)
    for (const change of changes) {
      const given = { ...remembered(early), ...change, ...keeping(0) }
      const other = velocityOf(await estimate(CHUNK, 2 * CHUNK, given))
      expect(relativeError(other, late)).toBeGreaterThan(10 * tolerance)
    }
  })

  test('remembers as many of the first frames as it is told, as if there were no others', async () => {
    const { network, estimate } = await open(weights, true)
    const all = await estimate(0, 2 * CHUNK, { ...nothing(network), ...keeping(CHUNK) })
    const first = await estimate(0, CHUNK, { ...nothing(network), ...keeping(CHUNK) })
    const late = async (early: Outputs) =>
      velocityOf(await estimate(CHUNK, FRAMES, { ...remembered(early), ...keeping(0) }))
    expect(all.present?.dims).toEqual(first.present?.dims)
    expect(relativeError(await late(all), await late(first))).toBeLessThan(tolerance)
  })

  test('that shall remember nothing says what one says that cannot', async () => {
    const plain = await open(weights, false)
    const { network, estimate } = await open(weights, true)
    expect(velocityOf(await estimate(0, FRAMES, nothing(network)))).toEqual(
      velocityOf(await plain.estimate(0, FRAMES, {})),
    )
  })
})

test('estimators for devices and those of CosyVoice 2 remember nothing', async () => {
  await using two = await openTinyCheckpoint('cosyvoice2-tiny')
  const inputsOf = (flow: CheckpointFolder['flow'], weights: LinearKind): readonly string[] =>
    flow.estimator('estimator', weights, { remembers: true }).graph.inputs.map(({ name }) => name)
  expect(inputsOf(checkpoint.flow, 'float32')).toContain('past')
  expect(inputsOf(checkpoint.flow, 'float16')).not.toContain('past')
  for (const weights of ['float32', 'int8-rows', 'float16'] as const)
    expect(inputsOf(two.flow, weights)).not.toContain('past')
})
