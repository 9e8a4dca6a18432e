import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { alterTensors, copiedCheckpoint } from '../../../../test/support/altered-checkpoint.ts'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import {
  TINY_CHECKPOINTS,
  type TinyCheckpoint,
  tinyCheckpointDirectory,
} from '../../../../test/support/tiny-checkpoint.ts'
import { AppCancel, AppError } from '../../../shared/kernel/index.ts'
import { openBundle } from '../../model-bundle/index.ts'
import { type CheckpointJob, type ConversionRequest, convertWith } from '../convert-checkpoint.ts'
import { reportOfFailure } from '../judge-report.ts'
import { verifyConversion } from './verify-conversion.ts'

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
const oneRowOff = rewritten((bytes) => bytes.set(Buffer.concat([bytes.subarray(256), bytes.subarray(0, 256)])))

describe.each(TINY_CHECKPOINTS)('%s', (name) => {
  test.each<[what: string, file: string, damage: (file: string) => void, graph: string, figure: string]>([
    ['flipped bits of the estimator', 'flow-estimator.weights', lowBitsFlipped, 'flow', 'relative error'],
    ['flipped bits of the language model', 'llm.weights', lowBitsFlipped, 'llm', 'relative error'],
    ['negated weights before the estimator', 'flow-front.weights', negated, 'flow', 'relative error'],
    ['a negated modulation', 'flow-modulation-10.bin', negated, 'flow', 'relative error'],
    ['negated weights of the vocoder', 'vocoder.weights', negated, 'vocoder', 'relative error'],
    ['negated weights of the pitch', 'vocoder-pitch.weights', negated, 'vocoder', 'pitch error'],
    ['speech rows in the wrong order', 'speech-embedding.bin', oneRowOff, 'llm', 'embedding error'],
    ['text rows in the wrong order', 'text-embedding.bin', oneRowOff, 'llm', 'embedding error'],
  ])('a conversion with %s is not kept', async (_what, file, damage, graph, figure) => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    const convert = convertAfter((directory) => damage(path.join(directory, file)))
    const error = await failureOf(convert(request(name, out), watched()))
    expect(error).toMatchObject({ code: 'model.verification-failed', params: { graph, figure } })
    if (!(error instanceof AppError)) return
    const { measured, threshold } = error.params
    expect(typeof measured === 'number' ? measured : Number.POSITIVE_INFINITY).toBeGreaterThan(Number(threshold))
    expect(reportOfFailure(error)?.graphs.map((one) => one.graph)).toEqual(['llm', 'flow', 'vocoder'])
    expect(readdirSync(folder.directory)).toEqual([])
  })

  test.each([
    ['llm.pt', 'llm.model.model.layers.1.mlp.down_proj.weight', 'llm'],
    ['flow.pt', 'spk_embed_affine_layer.weight', 'flow'],
  ])('a weight of %s that is no number is found in every precision', async (file, tensor, graph) => {
    using folder = copiedCheckpoint(name)
    await alterTensors(path.join(folder.checkpoint, file), (one) => {
      if (one.name !== tensor || typeof one.fill === 'function') return [one]
      const fill = Float32Array.from(one.fill)
      fill[5] = Number.NaN
      return [{ ...one, fill }]
    })
    const convert = convertAfter(() => undefined)
    for (const precision of ['cpu', 'gpu', 'fp32'] as const) {
      const changes = { checkpointDirectory: folder.checkpoint, precision }
      const error = await failureOf(convert(request(name, path.join(folder.directory, 'out'), changes), watched()))
      expect(error).toMatchObject({ code: 'model.verification-failed', params: { graph, measured: 'NaN' } })
    }
    expect(readdirSync(folder.directory)).toEqual(['checkpoint'])
  })

  test('what it writes is what the plan says, and never more at a time', async () => {
    using folder = temporaryFolder()
    let writtenBytes = 0
    let diskBytes = 0
    const convert = convertWith({
      isInt8Exact: () => true,
      verifyConversion: (written, job) => {
        const onBytes = (bytes: number): void => {
          writtenBytes += bytes
          diskBytes = Math.max(diskBytes, sizeOfFolder(job.scratchDirectory))
        }
        return verifyConversion(written, { ...job, onBytes })
      },
    })
    const { plan } = await convert(request(name, path.join(folder.directory, 'out')), watched())
    expect({ diskBytes, writtenBytes }).toEqual(plan.verification)
  })
})

const sizeOfFolder = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0)

const NAME = 'cosyvoice3-tiny'

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

test.each(['llm', 'flow', 'vocoder'])(
  'cancelled in the middle of %s, it stops there and the work is kept',
  async (at) => {
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

    const { resumedSteps, plan } = await convertAfter(() => undefined)(request(NAME, out), watched())
    expect(resumedSteps).toEqual(plan.steps.map(({ id }) => id))
    await openBundle(out)
    expect(readdirSync(folder.directory)).toEqual(['out'])
  },
)
