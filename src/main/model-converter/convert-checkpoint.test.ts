import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import { checkBundle, type VerificationReport } from '../model-bundle/index.ts'
import { type ConversionRequest, convertWith, type WrittenGraphs } from './convert-checkpoint.ts'

const CHECKPOINT = path.resolve('test/fixtures/cosyvoice3-tiny/checkpoint')
const NO_DIFFERENCE: VerificationReport = {
  graphs: [{ graph: 'llm', figures: [{ name: 'relative error', measured: 0, threshold: 0.01 }] }],
}

const compared: WrittenGraphs[] = []
const convert = convertWith({
  isInt8Exact: () => true,
  verifyConversion: async (written) => {
    compared.push(written)
    return NO_DIFFERENCE
  },
})
const request = (outDirectory: string, changes: Partial<ConversionRequest> = {}): ConversionRequest => ({
  checkpointDirectory: CHECKPOINT,
  outDirectory,
  precision: 'fp32',
  verify: false,
  ...changes,
})
const job = { signal: new AbortController().signal, onBytesRead: () => undefined, progress: () => undefined }

test('a checkpoint becomes a bundle, whose every byte is as it was written', async () => {
  using folder = temporaryFolder()
  const out = path.join(folder.directory, 'out')
  const { directory, outcome, plan, report } = await convert(request(out), job)
  expect({ directory, outcome, report }).toEqual({ directory: out, outcome: 'written', report: undefined })
  const { manifest } = await checkBundle(out, { signal: job.signal, onBytes: () => undefined })
  expect(manifest).toMatchObject({ precision: 'fp32', fingerprint: plan.fingerprint, missing: plan.missing })
  expect(plan.missing).toContain('campplus.onnx')
  const again = await convert(request(out), job)
  expect(again.outcome).toBe('already-there')
})

test.each<[Partial<ConversionRequest>, boolean]>([
  [{ precision: 'fp32' }, false],
  [{ precision: 'fp32', verify: true }, true],
  [{ precision: 'fp32', llmWeights: 'int4' }, true],
  [{ precision: 'gpu' }, true],
  [{ precision: 'cpu' }, true],
  [{ precision: 'cpu', llmWeights: 'fp32' }, true],
])('%o is compared with the checkpoint: %s', async (changes, isCompared) => {
  using folder = temporaryFolder()
  compared.length = 0
  const { report, plan } = await convert(request(path.join(folder.directory, 'out'), changes), job)
  expect(report).toEqual(isCompared ? NO_DIFFERENCE : undefined)
  expect(compared.map((one) => one.plan)).toEqual(isCompared ? [plan] : [])
})

test('a step that is finished is not run again, though the checkpoint is read again', async () => {
  using folder = temporaryFolder()
  const out = path.join(folder.directory, 'out')
  const cancel = new AbortController()
  const cancelInFlow = convert(request(out), {
    ...job,
    signal: cancel.signal,
    progress: ({ stepId }) => {
      if (stepId === 'flow-estimator') cancel.abort()
    },
  })
  await expect(cancelInFlow).rejects.toBeInstanceOf(AppCancel)
  expect(existsSync(out)).toBe(false)
  const { resumedSteps } = await convert(request(out), job)
  expect(resumedSteps).toEqual(['llm', 'flow-front'])
})

test('cancelled while the checkpoint is read, it has touched nothing', async () => {
  using folder = temporaryFolder()
  const cancel = new AbortController()
  const cancelled = convert(request(path.join(folder.directory, 'models', 'out')), {
    ...job,
    signal: cancel.signal,
    onBytesRead: () => cancel.abort(),
  })
  await expect(cancelled).rejects.toBeInstanceOf(AppCancel)
  expect(readdirSync(folder.directory)).toEqual([])
})

test('a checkpoint that lacks a network is refused before anything is written', async () => {
  using folder = temporaryFolder()
  const checkpointDirectory = path.join(folder.directory, 'checkpoint')
  cpSync(CHECKPOINT, checkpointDirectory, { recursive: true })
  rmSync(path.join(checkpointDirectory, 'flow.pt'))
  const refused = convert(request(path.join(folder.directory, 'out'), { checkpointDirectory }), job)
  await expect(refused).rejects.toMatchObject({ code: 'checkpoint.missing-file', params: { file: 'flow.pt' } })
  expect(readdirSync(folder.directory)).toEqual(['checkpoint'])
})
