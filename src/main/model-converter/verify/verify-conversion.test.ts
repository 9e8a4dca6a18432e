import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { alterTensors, copiedCheckpoint } from '../../../../test/support/altered-checkpoint.ts'
import { type TestFolder, temporaryFolder } from '../../../../test/support/test-disk.ts'
import {
  openTinyCheckpoint,
  TINY_CHECKPOINTS,
  type TinyCheckpoint,
  tinyCheckpointDirectory,
} from '../../../../test/support/tiny-checkpoint.ts'
import { AppCancel, AppError } from '../../../shared/kernel/index.ts'
import type { ModelFolder } from '../../cosyvoice/index.ts'
import { type BundlePrecision, openBundle, type VerificationFigure } from '../../model-bundle/index.ts'
import { writeGraph } from '../../onnx/index.ts'
import { type CheckpointJob, type ConversionRequest, convertWith } from '../convert-checkpoint.ts'
import { reportOfFailure, verificationFailure } from '../judge-report.ts'
import { verificationSize } from './exact-graphs.ts'
import { verifyConversion } from './verify-conversion.ts'
import { verifyFlow } from './verify-flow.ts'
import { verifyLlm } from './verify-llm.ts'
import { verifyVocoder } from './verify-vocoder.ts'

const NAME = 'cosyvoice3-tiny'

const watched = (changes: Partial<CheckpointJob> = {}): CheckpointJob => ({
  signal: new AbortController().signal,
  onBytesRead: () => undefined,
  progress: () => undefined,
  ...changes,
})

/** The real converter, with something that happens between the writing and the verification. */
const convertAfter = (before: (directory: string) => void) =>
  convertWith({
    isInt8Exact: () => true,
    verifyConversion: async (written, job) => {
      before(written.directory)
      return verifyConversion(written, job)
    },
  })

const request = (
  name: TinyCheckpoint,
  outDirectory: string,
  changes: Partial<ConversionRequest> = {},
): ConversionRequest => ({
  checkpointDirectory: tinyCheckpointDirectory(name),
  outDirectory,
  precision: 'cpu',
  verify: true,
  ...changes,
})

const failureOf = (conversion: Promise<unknown>): Promise<unknown> =>
  conversion.then(
    () => 'it was converted',
    (reason: unknown) => reason,
  )

const rewritten = (change: (bytes: Buffer) => void) => (file: string) => {
  const bytes = readFileSync(file)
  change(bytes)
  writeFileSync(file, bytes)
}
const lowBitsFlipped = rewritten((bytes) => {
  for (let at = 0; at < bytes.length; at++) bytes[at] = (bytes[at] ?? 0) ^ 0x55
})
const FLOAT_BYTES = 4
const negated = rewritten((bytes) => {
  for (let at = FLOAT_BYTES - 1; at < bytes.length; at += FLOAT_BYTES) bytes[at] = (bytes[at] ?? 0) ^ 0x80
})
/** The table of a checkpoint whose rows are one place further on. */
const oneRowOff = rewritten((bytes) => bytes.set(Buffer.concat([bytes.subarray(384), bytes.subarray(0, 384)])))

/** The parts of a model as a conversion writes them, before they are verified. */
const writtenModels = new Map<TinyCheckpoint, { folder: TestFolder; model: ModelFolder }>()
beforeAll(async () => {
  for (const name of TINY_CHECKPOINTS) {
    const folder = temporaryFolder()
    const convert = convertWith({ isInt8Exact: () => true, verifyConversion: async () => ({ graphs: [] }) })
    const { directory, plan } = await convert(request(name, path.join(folder.directory, 'out')), watched())
    writtenModels.set(name, { folder, model: { directory, description: plan.model } })
  }
})
afterAll(() => {
  for (const { folder } of writtenModels.values()) folder[Symbol.dispose]()
})

const beyondThreshold = (figures: readonly VerificationFigure[]): string[] =>
  figures.flatMap(({ name, measured, threshold = Infinity }) => (measured <= threshold ? [] : [name]))

const PARTS = { llm: verifyLlm, flow: verifyFlow, vocoder: verifyVocoder }
type Damage = [name: TinyCheckpoint, file: string, damage: (file: string) => void, part: keyof typeof PARTS]

test.each<[what: string, ...Damage, figure: string]>([
  ['flipped bits', 'cosyvoice2-tiny', 'flow-estimator.weights', lowBitsFlipped, 'flow', 'relative error'],
  ['flipped bits', 'cosyvoice3-tiny', 'flow-estimator.weights', lowBitsFlipped, 'flow', 'relative error'],
  ['flipped bits', 'cosyvoice2-tiny', 'llm.weights', lowBitsFlipped, 'llm', 'relative error'],
  ['flipped bits', 'cosyvoice3-tiny', 'llm.weights', lowBitsFlipped, 'llm', 'relative error'],
  ['negated weights', 'cosyvoice2-tiny', 'flow-front.weights', negated, 'flow', 'relative error'],
  ['negated weights', 'cosyvoice3-tiny', 'flow-front.weights', negated, 'flow', 'relative error'],
  ['negated rows', 'cosyvoice2-tiny', 'flow-modulation-10.bin', negated, 'flow', 'relative error'],
  ['negated rows', 'cosyvoice3-tiny', 'flow-modulation-10.bin', negated, 'flow', 'relative error'],
  ['negated weights', 'cosyvoice2-tiny', 'vocoder.weights', negated, 'vocoder', 'relative error'],
  ['negated weights', 'cosyvoice3-tiny', 'vocoder.weights', negated, 'vocoder', 'relative error'],
  ['negated weights', 'cosyvoice3-tiny', 'vocoder-pitch.weights', negated, 'vocoder', 'pitch error'],
  ['rows in the wrong order', 'cosyvoice3-tiny', 'speech-embedding.bin', oneRowOff, 'llm', 'embedding error'],
  ['rows in the wrong order', 'cosyvoice3-tiny', 'text-embedding.bin', oneRowOff, 'llm', 'embedding error'],
  ['rows in the wrong order', 'cosyvoice2-tiny', 'control-embedding.bin', oneRowOff, 'llm', 'embedding error'],
])('%s of a part are found: %s %s', async (_what, name, file, damage, part, figure) => {
  const written = writtenModels.get(name)
  if (!written) throw new Error('it was not written')
  const { model } = written
  const damaged = path.join(model.directory, file)
  const whole = readFileSync(damaged)
  using scratch = temporaryFolder()
  await using checkpoint = await openTinyCheckpoint(name)
  const job = { ...watched(), onBytes: () => undefined, onGraph: () => undefined, scratchDirectory: scratch.directory }
  damage(damaged)
  try {
    const figures = await PARTS[part](checkpoint, model, job)
    const failure = verificationFailure({ graphs: [{ graph: part, figures }] })
    expect(failure).toMatchObject({ code: 'model.verification-failed', params: { graph: part } })
    expect(beyondThreshold(figures)).toContain(figure)
  } finally {
    writeFileSync(damaged, whole)
  }
  expect(readdirSync(scratch.directory)).toEqual([])
})

test('a conversion whose estimator is damaged on the way is not kept', async () => {
  using folder = temporaryFolder()
  const convert = convertAfter((directory) => lowBitsFlipped(path.join(directory, 'flow-estimator.weights')))
  const error = await failureOf(convert(request(NAME, path.join(folder.directory, 'out')), watched()))
  expect(error).toMatchObject({
    code: 'model.verification-failed',
    params: { graph: 'flow', figure: 'relative error', threshold: 0.1 },
    remedies: ['choose-another-precision', 'report'],
  })
  const report = error instanceof AppError ? reportOfFailure(error) : undefined
  expect(report?.graphs.map((one) => one.graph)).toEqual(['llm', 'flow', 'vocoder'])
  expect(readdirSync(folder.directory)).toEqual([])
})

test.each([
  ['the contexts of its convolutions', 'context'],
  ['its remembered values', 'past'],
] as const)('an estimator that loses %s is found, by the pieces of a line alone', async (_what, input) => {
  using folder = temporaryFolder()
  await using checkpoint = await openTinyCheckpoint(NAME)
  const convert = convertWith({ isInt8Exact: () => true, verifyConversion: async () => ({ graphs: [] }) })
  const out = request(NAME, path.join(folder.directory, 'out'), { precision: 'fp32' })
  const { directory, plan } = await convert(out, watched())
  const { graph } = checkpoint.flow.estimator('flow-estimator', 'float32', { remembers: true })
  const forgetful = graph.nodes.map((node) =>
    node.input.includes(input) && node.opType !== 'Shape'
      ? { ...node, input: node.input.map((name) => (name === input ? 'lost' : name)) }
      : node,
  )
  const lost = { name: 'lost_0', opType: 'Sub', domain: '', input: [input, input], output: ['lost'], attribute: [] }
  const job = { ...watched(), onBytes: () => undefined, onGraph: () => undefined, scratchDirectory: folder.directory }
  const model = { directory, description: plan.model }
  await writeGraph({ ...graph, nodes: [lost, ...forgetful] }, directory, {}, job)
  expect(beyondThreshold(await verifyFlow(checkpoint, model, job))).toEqual(['error in pieces'])
  await writeGraph(graph, directory, {}, job)
  expect(beyondThreshold(await verifyFlow(checkpoint, model, job))).toEqual([])
})

type BadWeight = [precision: BundlePrecision, name: TinyCheckpoint, file: string, tensor: string, graph: string]
const DOWN = 'llm.model.model.layers.1.mlp.down_proj.weight'

test.each<BadWeight>([
  ['cpu', 'cosyvoice3-tiny', 'llm.pt', DOWN, 'llm'],
  ['fp32', 'cosyvoice2-tiny', 'llm.pt', DOWN, 'llm'],
  ['cpu', 'cosyvoice2-tiny', 'flow.pt', 'decoder.estimator.mid_blocks.1.1.0.attn1.to_q.weight', 'flow'],
])('a weight that is no number is found: %s, %s %s', async (precision, name, file, tensor, graph) => {
  using folder = copiedCheckpoint(name)
  let found = false
  await alterTensors(path.join(folder.checkpoint, file), (one) => {
    if (one.name !== tensor || typeof one.fill === 'function') return [one]
    found = true
    const fill = Float32Array.from(one.fill)
    fill[5] = Number.NaN
    return [{ ...one, fill }]
  })
  expect(found).toBe(true)
  const changes = { checkpointDirectory: folder.checkpoint, precision }
  const conversion = convertAfter(() => undefined)(
    request(name, path.join(folder.directory, 'out'), changes),
    watched(),
  )
  expect(await failureOf(conversion)).toMatchObject({
    code: 'model.verification-failed',
    params: { graph, figure: 'relative error', measured: 'NaN' },
  })
  expect(readdirSync(folder.directory)).toEqual(['checkpoint'])
})

test.each(TINY_CHECKPOINTS)(
  'what is whole passes, and writes what was said and never more at a time: %s',
  async (name) => {
    const written = writtenModels.get(name)
    if (!written) throw new Error('it was not written')
    using scratch = temporaryFolder()
    await using checkpoint = await openTinyCheckpoint(name)
    let writtenBytes = 0
    let diskBytes = 0
    const onBytes = (bytes: number): void => {
      writtenBytes += bytes
      diskBytes = Math.max(diskBytes, sizeOfFolder(scratch.directory))
    }
    const job = { ...watched(), onBytes, onGraph: () => undefined, scratchDirectory: scratch.directory }
    for (const [graph, verify] of Object.entries(PARTS)) {
      const figures = await verify(checkpoint, written.model, job)
      expect(verificationFailure({ graphs: [{ graph, figures }] })).toBeUndefined()
    }
    expect({ diskBytes, writtenBytes }).toEqual(verificationSize(checkpoint))
  },
)

const sizeOfFolder = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0)

test('a graph that ONNX Runtime refuses is not kept either', async () => {
  using folder = temporaryFolder()
  const convert = convertAfter((directory) => writeFileSync(path.join(directory, 'vocoder.onnx'), 'thesis'))
  const error = await failureOf(convert(request(NAME, path.join(folder.directory, 'out')), watched()))
  expect(error).toMatchObject({ code: 'model.graph-rejected', params: { graph: 'vocoder.onnx' } })
  expect(readdirSync(folder.directory)).toEqual([])
})

test('a finished bundle that fails afterwards stays as it is, and nothing else does', async () => {
  using folder = temporaryFolder()
  const out = path.join(folder.directory, 'out')
  const convert = convertAfter(() => undefined)
  await convert(request(NAME, out, { precision: 'fp32', verify: false }), watched())
  negated(path.join(out, 'vocoder.weights'))
  const error = await failureOf(convert(request(NAME, out, { precision: 'fp32' }), watched()))
  expect(error).toMatchObject({ code: 'model.verification-failed', params: { graph: 'vocoder' } })
  expect(readdirSync(folder.directory)).toEqual(['out'])
  expect(readdirSync(out)).not.toContain('report.json')
})

test.each(['llm', 'flow', 'vocoder'])('cancelled in %s, it stops there and the work is kept', async (at) => {
  using folder = temporaryFolder()
  const out = path.join(folder.directory, 'out')
  const cancel = new AbortController()
  const steps: string[] = []
  const cancelled = convertAfter(() => undefined)(
    request(NAME, out),
    watched({
      signal: cancel.signal,
      progress: ({ stepId }) => {
        steps.push(stepId)
        if (stepId === `verification: ${at}`) cancel.abort()
      },
    }),
  )
  await expect(cancelled).rejects.toBeInstanceOf(AppCancel)
  // Nothing was written, and no other graph begun, after the first word of this one.
  expect(steps.indexOf(`verification: ${at}`)).toBe(steps.length - 1)
  expect(existsSync(out)).toBe(false)
  expect(readdirSync(folder.directory)).toEqual(['out.partial'])
  expect(readdirSync(`${out}.partial`)).not.toContain('.verification')
  await expect(openBundle(`${out}.partial`)).rejects.toMatchObject({ code: 'model.not-found' })
})

test('the next conversion verifies what a cancelled verification has left, and clears up after a killed one', async () => {
  using folder = temporaryFolder()
  const out = path.join(folder.directory, 'out')
  const cancel = new AbortController()
  const progress: CheckpointJob['progress'] = ({ stepId }) => {
    if (stepId === 'verification: llm') cancel.abort()
  }
  const cancelled = convertAfter(() => undefined)(request(NAME, out), watched({ signal: cancel.signal, progress }))
  await expect(cancelled).rejects.toBeInstanceOf(AppCancel)
  mkdirSync(path.join(`${out}.partial`, '.verification', 'graphs-abcdef'), { recursive: true })
  writeFileSync(path.join(`${out}.partial`, '.verification', 'graphs-abcdef', 'llm-part.weights'), 'left behind')
  const { resumedSteps, plan } = await convertAfter(() => undefined)(request(NAME, out), watched())
  expect(resumedSteps).toEqual(plan.steps.map(({ id }) => id))
  expect(readdirSync(folder.directory)).toEqual(['out'])
  const { manifest } = await openBundle(out)
  expect(readdirSync(out).sort()).toEqual(
    ['bundle.json', 'report.json', ...manifest.files.map((file) => file.path)].sort(),
  )
})
