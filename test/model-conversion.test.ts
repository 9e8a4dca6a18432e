import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectBundle, openBundle, type VerificationReport } from '../src/main/model-bundle/index.ts'
import {
  type CheckpointJob,
  type ConversionProgress,
  type ConversionRequest,
  type ConvertedCheckpoint,
  convertCheckpoint,
} from '../src/main/model-converter/index.ts'
import { checksumsOf, copiedCheckpoint, tensorsOf } from './support/altered-checkpoint.ts'
import { BAD_CHECKPOINTS } from './support/bad-checkpoints.ts'
import { readOnnx } from './support/read-onnx.ts'
import { noTestDiskReason, smallDisk, type TestFolder, temporaryFolder } from './support/test-disk.ts'
import { TINY_CHECKPOINTS, tinyCheckpointDirectory } from './support/tiny-checkpoint.ts'
import { writeSafetensors } from './support/write-checkpoint.ts'

const NAME = 'cosyvoice3-tiny'

const convert = (
  outDirectory: string,
  request: Partial<ConversionRequest> = {},
  job: Partial<CheckpointJob> = {},
): Promise<ConvertedCheckpoint> =>
  convertCheckpoint(
    { checkpointDirectory: tinyCheckpointDirectory(NAME), outDirectory, precision: 'cpu', verify: false, ...request },
    { signal: new AbortController().signal, progress: () => undefined, onBytesRead: () => undefined, ...job },
  )

const sizeOfFolder = (directory: string): number =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0)

type Way = Pick<ConversionRequest, 'precision' | 'llmWeights' | 'verify'>
const OTHER_WAYS: readonly Way[] = [
  { precision: 'cpu', llmWeights: 'int4', verify: false },
  { precision: 'cpu', llmWeights: 'fp32', verify: false },
  { precision: 'gpu', verify: false },
  { precision: 'fp32', verify: true },
]

/** Every graph is named, compared by every figure it must have, and within its thresholds. */
const expectGoodReport = (report: VerificationReport | undefined): void => {
  expect(report?.graphs.map(({ graph }) => graph)).toEqual(['llm', 'flow', 'vocoder'])
  for (const { graph, figures } of report?.graphs ?? []) {
    const named = new Map(figures.map((figure) => [figure.name, figure]))
    expect(named.get('relative error')?.threshold, graph).toBeGreaterThan(0)
    expect(named.get('cosine')?.measured, graph).toBeGreaterThan(0.99)
    if (graph === 'llm') expect(named.get('top-1 agreement')?.measured).toBeGreaterThan(0.8)
    for (const { name, measured, threshold = Number.POSITIVE_INFINITY } of figures)
      expect(measured, `${graph} ${name}`).toBeLessThanOrEqual(threshold)
  }
}

describe.each(TINY_CHECKPOINTS)('%s', (name) => {
  const checkpointDirectory = tinyCheckpointDirectory(name)
  const read: { bytes: number; totalBytes: number }[] = []
  const seen: ConversionProgress[] = []
  let folder: TestFolder
  let converted: ConvertedCheckpoint
  beforeAll(async () => {
    folder = temporaryFolder()
    const onBytesRead = (bytes: number, totalBytes: number): void => void read.push({ bytes, totalBytes })
    const progress = (now: ConversionProgress): void => void seen.push(now)
    const out = path.join(folder.directory, 'out')
    converted = await convert(out, { checkpointDirectory }, { onBytesRead, progress })
  })
  afterAll(() => folder[Symbol.dispose]())

  test('the bundle carries a report whose figures are good', async () => {
    expectGoodReport(converted.report)
    expect((await inspectBundle(converted.directory)).report).toEqual(converted.report)
  })

  test.each(OTHER_WAYS)('so does one of $precision, $llmWeights', async (way) => {
    using other = temporaryFolder()
    const { directory, report } = await convert(path.join(other.directory, 'out'), { ...way, checkpointDirectory })
    expectGoodReport(report)
    expect((await inspectBundle(directory)).report).toEqual(report)
  })

  test('the same checkpoint gives the same bytes and the same report', async () => {
    using copy = copiedCheckpoint(name)
    const { directory } = await convert(path.join(copy.directory, 'again'), { checkpointDirectory: copy.checkpoint })
    expect(Object.keys(checksumsOf(directory))).toContain('report.json')
    expect(checksumsOf(directory)).toEqual(checksumsOf(converted.directory))
  })

  test('every graph says what it was made from, by what and how', async () => {
    const { manifest, pathOf } = await openBundle(converted.directory)
    const checksums = Object.entries(checksumsOf(checkpointDirectory)).map(([file, sum]) => [`sha256:${file}`, sum])
    expect(checksums.length).toBe(4)
    const graphs = manifest.files.filter((file) => file.path.endsWith('.onnx'))
    expect(graphs.length).toBe(5)
    for (const graph of graphs)
      expect(readOnnx(pathOf(graph.path)).metadata).toEqual({
        converterVersion: manifest.converterVersion,
        architecture: name.replace('-tiny', ''),
        precision: 'cpu',
        llmWeights: 'int8',
        flowWeights: manifest.model.flow.weights,
        sourceRevision: 'not an official release',
        ...Object.fromEntries(checksums),
      })
  })

  test('both bars move as the bytes do', async () => {
    const checkpointBytes = sizeOfFolder(checkpointDirectory)
    expect(new Set(read.map(({ totalBytes }) => totalBytes))).toEqual(new Set([checkpointBytes]))
    expect(read.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(checkpointBytes)

    const done = seen.map(({ doneBytes }) => doneBytes)
    expect(done).toEqual([...done].sort((a, b) => a - b))
    const { totalBytes = 0 } = seen[0] ?? {}
    expect(new Set(seen.map((progress) => progress.totalBytes))).toEqual(new Set([totalBytes]))
    expect(done.at(-1)).toBe(totalBytes)
    const stages = [...new Set(seen.map(({ stepId }) => stepId))]
    expect(stages.slice(-3)).toEqual(['verification: llm', 'verification: flow', 'verification: vocoder'])
  })

  test('every part is as large as the plan said', async () => {
    const { parts } = await inspectBundle(converted.directory)
    expect(parts.map(({ part, sizeBytes }) => [part, sizeBytes])).toEqual(
      converted.plan.steps.map(({ id, sizeBytes }) => [id, sizeBytes]),
    )
  })
})

test('weights may come as safetensors, whatever the name of the file', async () => {
  using folder = copiedCheckpoint(NAME)
  const file = path.join(folder.checkpoint, 'llm.pt')
  writeSafetensors(file, await tensorsOf(file))
  const [one = '', two = ''] = ['one', 'two'].map((out) => path.join(folder.directory, out))
  await convert(one, { precision: 'fp32' })
  await convert(two, { precision: 'fp32', checkpointDirectory: folder.checkpoint })
  for (const same of ['llm.weights', 'text-embedding.bin', 'speech-embedding.bin'])
    expect(readFileSync(path.join(two, same)).equals(readFileSync(path.join(one, same))), same).toBe(true)
})

test('files that are only copied are copied whole, from either place', async () => {
  using folder = copiedCheckpoint(NAME)
  const content = { 'campplus.onnx': 'a speaker network', 'CosyVoice-BlankEN/merges.txt': 'h e\n'.repeat(500_000) }
  for (const [file, text] of Object.entries(content)) writeFileSync(path.join(folder.checkpoint, file), text)
  const out = path.join(folder.directory, 'out')
  const { plan } = await convert(out, { precision: 'fp32', checkpointDirectory: folder.checkpoint })
  expect(plan.missing).toEqual(['vocab.json', 'tokenizer_config.json', 'speech_tokenizer_v3.onnx'])
  for (const [file, text] of Object.entries(content))
    expect(readFileSync(path.join(out, path.basename(file)), 'utf8')).toBe(text)
})

describe('refused before anything is written, with the input as it was', () => {
  test.each(BAD_CHECKPOINTS)('$what', async ({ base, spoil, code, params }) => {
    using folder = copiedCheckpoint(base)
    await spoil(folder.checkpoint)
    const before = checksumsOf(folder.checkpoint)
    const refused = convert(path.join(folder.directory, 'out'), { checkpointDirectory: folder.checkpoint })
    await expect(refused).rejects.toMatchObject({ code, params })
    expect(checksumsOf(folder.checkpoint)).toEqual(before)
    expect(readdirSync(folder.directory)).toEqual(['checkpoint'])
  })

  test.each(['cpu', 'fp32'] as const)('fp16 weights of the language model for %s', async (precision) => {
    using folder = temporaryFolder()
    const refused = convert(path.join(folder.directory, 'out'), { precision, llmWeights: 'fp16' })
    await expect(refused).rejects.toMatchObject({ code: 'usage.invalid' })
    expect(readdirSync(folder.directory)).toEqual([])
  })
})

test('a converter that is killed while it verifies leaves nothing behind the next one', async () => {
  using folder = temporaryFolder()
  const out = path.join(folder.directory, 'out')
  const child = fork(path.resolve('test/support/verify-and-wait.ts'), [tinyCheckpointDirectory(NAME), out])
  try {
    await once(child, 'message')
    await expect(convert(out)).rejects.toMatchObject({
      code: 'model.busy',
      params: { folder: out },
      remedies: ['try-again'],
      retryable: true,
    })
  } finally {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  expect(existsSync(path.join(`${out}.partial`, '.verification', 'llm-part.weights'))).toBe(true)
  await expect(openBundle(`${out}.partial`)).rejects.toMatchObject({ code: 'model.not-found' })
  const { plan, resumedSteps } = await convert(out)
  // The other process took 8-bit products for exact; where they are not, its plan was another one.
  expect(resumedSteps).toEqual(plan.model.flow.weights === 'int8' ? plan.steps.map(({ id }) => id) : [])
  expect(readdirSync(folder.directory)).toEqual(['out'])
})

const cannotMount = noTestDiskReason()
const KIB = 1024
const MARGIN_KIB = 1024

describe.skipIf(cannotMount)(`a disk without room ${cannotMount ?? ''}`, () => {
  const planned = async (request: Partial<ConversionRequest>) => {
    using folder = temporaryFolder()
    const { directory, plan } = await convert(path.join(folder.directory, 'out'), request)
    const { sizeBytes } = await inspectBundle(directory)
    return { bundleKib: Math.ceil(sizeBytes / KIB), verificationKib: Math.ceil(plan.verification.diskBytes / KIB) }
  }

  test('for what the verification needs is noticed before anything is written', async () => {
    const request = { precision: 'fp32' as const }
    const { bundleKib, verificationKib } = await planned(request)
    expect(verificationKib).toBeGreaterThan(2 * MARGIN_KIB)
    using disk = smallDisk(bundleKib + MARGIN_KIB + Math.floor(verificationKib / 2))
    const out = path.join(disk.directory, 'out')
    const refused = convert(out, { ...request, verify: true })
    await expect(refused).rejects.toMatchObject({
      code: 'model.disk-full',
      params: { neededMb: expect.any(Number), freeMb: expect.any(Number) },
    })
    expect(readdirSync(disk.directory)).toEqual([])
    // Without the comparison there is room enough.
    await convert(out, request)
    await openBundle(out)
  })

  test.each([
    ['flow-estimator', ['llm', 'flow-front']],
    ['verification: flow', 'all'],
  ])('that fills up in %s keeps what was finished; with more room the work carries on', async (stage, kept) => {
    const { bundleKib, verificationKib } = await planned({})
    using disk = smallDisk(bundleKib + MARGIN_KIB + verificationKib + 64)
    const out = path.join(disk.directory, 'out')
    const hog = path.join(disk.directory, 'hog.bin')
    const full = convert(
      out,
      {},
      {
        // Somebody else takes what is left, but for a page or two.
        progress: ({ stepId }) => {
          if (stepId !== stage || existsSync(hog)) return
          const { bavail, bsize } = statfsSync(disk.directory)
          writeFileSync(hog, new Uint8Array((bavail - 4) * bsize))
        },
      },
    )
    await expect(full).rejects.toMatchObject({ code: 'model.disk-full', params: { neededMb: 'none' } })
    expect(readdirSync(disk.directory).sort()).toEqual(['hog.bin', 'out.partial'])
    expect(readdirSync(`${out}.partial`)).not.toContain('.verification')
    await expect(openBundle(`${out}.partial`)).rejects.toMatchObject({ code: 'model.not-found' })

    disk.resize(3 * (bundleKib + MARGIN_KIB + verificationKib))
    const { resumedSteps, plan } = await convert(out)
    expect(resumedSteps).toEqual(kept === 'all' ? plan.steps.map(({ id }) => id) : kept)
    expect((await inspectBundle(out)).report).toBeDefined()
    expect(readdirSync(disk.directory).sort()).toEqual(['hog.bin', 'out'])
  })
})
