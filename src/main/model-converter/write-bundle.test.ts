import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { aPlan, aStep } from '../../../test/support/a-conversion.ts'
import { noTestDiskReason, smallDisk, temporaryFolder, withoutWriting } from '../../../test/support/test-disk.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { checkBundle, openBundle, readReport, type VerificationReport } from '../model-bundle/index.ts'
import type { ConversionPlan } from './conversion-plan.ts'
import { reportOfFailure } from './judge-report.ts'
import type { ConversionProgress, Verify } from './run-verification.ts'
import { type WrittenBundle, writeBundle } from './write-bundle.ts'

const convert = (
  plan: ConversionPlan,
  outDirectory: string,
  options: { signal?: AbortSignal; verify?: Verify; progress?: (p: ConversionProgress) => void } = {},
): Promise<WrittenBundle> =>
  writeBundle(
    plan,
    { outDirectory, ...(options.verify && { verify: options.verify }) },
    { signal: options.signal ?? new AbortController().signal, progress: options.progress ?? (() => undefined) },
  )

/** Every file of a folder, by its name. */
const contentOf = (directory: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name)
        const name = path.relative(directory, file)
        return [name, entry.isSymbolicLink() ? `-> ${readlinkSync(file)}` : readFileSync(file, 'latin1')]
      }),
  )

/** A plan that notes which of its steps are run. */
const notedPlan = (changes: Partial<ConversionPlan> = {}): { plan: ConversionPlan; ran: Set<string> } => {
  const ran = new Set<string>()
  return { ran, plan: aPlan({ onPiece: (stepId) => void ran.add(stepId) }, changes) }
}

/** Cancels in the middle of a step. */
const cancelIn = async (stepId: string, out: string): Promise<void> => {
  const cancel = new AbortController()
  const plan = aPlan({ onPiece: (at) => (at === stepId ? cancel.abort() : undefined) })
  await expect(convert(plan, out, { signal: cancel.signal })).rejects.toBeInstanceOf(AppCancel)
}

const madeByOlderConverter = (file: string): void =>
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"converterVersion": "[^"]+"/, '"converterVersion": "0.9"'))

const notFound = { code: 'model.not-found' }

test('a bundle holds every file of its plan and nothing else', async () => {
  using folder = temporaryFolder()
  const out = path.join(folder.directory, 'models', 'cosy')
  const written = await convert(aPlan(), out)
  expect(written).toEqual({ directory: out, outcome: 'written', resumedSteps: [] })
  expect(Object.keys(contentOf(folder.directory)).sort()).toEqual(
    ['bundle.json', 'flow-estimator.onnx', 'llm.onnx', 'llm.onnx.data', 'tokenizer/vocab.json'].map((file) =>
      path.join('models/cosy', file),
    ),
  )
  const { manifest } = await checkBundle(out, { signal: new AbortController().signal, onBytes: () => undefined })
  expect(manifest.files.map(({ part, sizeBytes }) => [part, sizeBytes])).toEqual([
    ['llm', 30_000],
    ['llm', 30_000],
    ['flow-estimator', 100_000],
    ['tokenizer', 10_000],
  ])
  expect(manifest).toMatchObject({ fingerprint: 'checkpoint-1 cpu', precision: 'cpu', missing: ['campplus.onnx'] })
})

test('the same plan writes the same bytes', async () => {
  using folder = temporaryFolder()
  const [one, two] = ['one', 'two'].map((name) => path.join(folder.directory, name))
  await convert(aPlan(), one ?? '')
  await convert(aPlan(), two ?? '')
  expect(contentOf(one ?? '')).toEqual(contentOf(two ?? ''))
})

test('progress never goes back, keeps its total and ends there', async () => {
  using folder = temporaryFolder()
  const steps = [
    aStep('larger-than-said', ['a.bin'], 50_000, { statedBytes: 20_000 }),
    aStep('smaller', ['b.bin'], 9000, { statedBytes: 10_000 }),
  ]
  const seen: ConversionProgress[] = []
  await convert(aPlan({}, { steps }), path.join(folder.directory, 'out'), { progress: (p) => seen.push(p) })
  const done = seen.map(({ doneBytes }) => doneBytes)
  expect(done).toEqual([...done].sort((a, b) => a - b))
  expect(new Set(seen.map(({ totalBytes }) => totalBytes))).toEqual(new Set([30_000]))
  expect(seen.at(-1)).toEqual({ stepId: 'smaller', doneBytes: 30_000, totalBytes: 30_000 })
})

describe('the place of the bundle', () => {
  test('may be an empty folder', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    mkdirSync(out)
    await convert(aPlan(), out)
    await openBundle(out)
  })

  test('is left alone where the same bundle lies there already', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    await convert(aPlan(), out)
    const before = contentOf(folder.directory)
    const { plan, ran } = notedPlan()
    expect(await convert(plan, out)).toMatchObject({ outcome: 'already-there', directory: out })
    expect(ran.size).toBe(0)
    expect(contentOf(folder.directory)).toEqual(before)
  })

  test.each<[string, (out: string) => unknown]>([
    ['a folder with something in it', (out) => mkdirSync(path.join(out, 'thesis'), { recursive: true })],
    ['a file', (out) => writeFileSync(out, 'thesis')],
    ['a link that leads nowhere', (out) => symlinkSync(`${out}-gone`, out)],
    ['a link to itself', (out) => symlinkSync(out, out)],
    ['a bundle of another checkpoint', (out) => convert(aPlan({}, { fingerprint: 'checkpoint-2 cpu' }), out)],
    [
      'a bundle that lost a file',
      async (out) => {
        await convert(aPlan(), out)
        renameSync(path.join(out, 'llm.onnx'), path.join(out, 'notes.txt'))
      },
    ],
    [
      'a working folder that no converter made',
      (out) => {
        mkdirSync(`${out}.partial`)
        writeFileSync(path.join(`${out}.partial`, 'thesis.txt'), 'thesis')
      },
    ],
    [
      'a working folder with the progress of something else',
      (out) => {
        mkdirSync(`${out}.partial`)
        writeFileSync(path.join(`${out}.partial`, 'progress.json'), '{"chapters":3}')
      },
    ],
    [
      'a link in place of the working folder',
      async (out) => {
        await convert(aPlan(), `${out}-elsewhere`)
        symlinkSync(`${out}-elsewhere`, `${out}.partial`)
      },
    ],
    [
      'a link in place of the working folder, to somebody’s unfinished work',
      async (out) => {
        await cancelIn('tokenizer', `${out}-elsewhere`)
        symlinkSync(`${out}-elsewhere.partial`, `${out}.partial`)
      },
    ],
    [
      'a bundle of an older converter',
      async (out) => {
        await convert(aPlan(), out)
        madeByOlderConverter(path.join(out, 'bundle.json'))
      },
    ],
  ])('is refused and stays as it is: %s', async (_what, make) => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    await make(out)
    const before = contentOf(folder.directory)
    const { plan, ran } = notedPlan()
    await expect(convert(plan, out)).rejects.toMatchObject({ code: 'model.output-exists' })
    expect(ran.size).toBe(0)
    expect(contentOf(folder.directory)).toEqual(before)
  })

  test('may be a link to an empty folder, and the bundle lies behind it', async () => {
    using folder = temporaryFolder()
    const [real = '', link = ''] = ['disk/models', 'link'].map((name) => path.join(folder.directory, name))
    mkdirSync(real, { recursive: true })
    symlinkSync(real, link)
    expect((await convert(aPlan(), link)).directory).toBe(real)
    await openBundle(link)
    expect(readlinkSync(link)).toBe(real)
    expect(readdirSync(path.join(folder.directory, 'disk'))).toEqual(['models'])
  })

  test('that cannot be made is refused by name', async () => {
    using folder = temporaryFolder()
    writeFileSync(path.join(folder.directory, 'file'), '')
    await expect(convert(aPlan(), path.join(folder.directory, 'file', 'out'))).rejects.toMatchObject({
      code: 'model.not-writable',
    })
  })
})

describe('a cancelled conversion', () => {
  test('keeps its finished steps, is no bundle, and carries on from there', async () => {
    using folder = temporaryFolder()
    const [out = '', undisturbed = ''] = ['out', 'undisturbed'].map((name) => path.join(folder.directory, name))
    await cancelIn('flow-estimator', out)
    expect(existsSync(out)).toBe(false)
    await expect(openBundle(`${out}.partial`)).rejects.toMatchObject(notFound)
    expect(Object.keys(contentOf(`${out}.partial`)).sort()).toEqual(['llm.onnx', 'llm.onnx.data', 'progress.json'])

    const { plan, ran } = notedPlan()
    expect(await convert(plan, out)).toMatchObject({ outcome: 'written', resumedSteps: ['llm'] })
    expect([...ran]).toEqual(['flow-estimator', 'tokenizer'])
    await convert(aPlan(), undisturbed)
    expect(contentOf(out)).toEqual(contentOf(undisturbed))
    expect(readdirSync(folder.directory).sort()).toEqual(['out', 'undisturbed'])
  })

  test('leaves nothing where nothing was finished, or begun', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    await cancelIn('llm', out)
    await expect(convert(aPlan(), out, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AppCancel)
    expect(readdirSync(folder.directory)).toEqual([])
  })

  test('while it is verified, verifies again and writes nothing twice', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    const cancel = new AbortController()
    const interrupted = convert(aPlan(), out, {
      signal: cancel.signal,
      verify: async (_directory, { signal }) => {
        cancel.abort()
        signal.throwIfAborted()
        return { graphs: [] }
      },
    })
    await expect(interrupted).rejects.toBeInstanceOf(AppCancel)
    const { plan, ran } = notedPlan()
    const verified = await convert(plan, out, { verify: async () => ({ graphs: [] }) })
    expect(verified).toMatchObject({ resumedSteps: ['llm', 'flow-estimator', 'tokenizer'], report: { graphs: [] } })
    expect(ran.size).toBe(0)
  })

  test('is not resumed with another plan', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    await cancelIn('tokenizer', out)
    const { plan, ran } = notedPlan({ fingerprint: 'checkpoint-1 gpu' })
    expect(await convert(plan, out)).toMatchObject({ resumedSteps: [] })
    expect([...ran]).toEqual(['llm', 'flow-estimator', 'tokenizer'])
  })

  test('is not resumed with the work of an older converter', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    await cancelIn('tokenizer', out)
    madeByOlderConverter(path.join(`${out}.partial`, 'progress.json'))
    expect(await convert(aPlan(), out)).toMatchObject({ resumedSteps: [] })
  })

  test('runs a step again whose file is not as long as it was, and clears strangers out', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    const outside = path.join(folder.directory, 'outside')
    mkdirSync(outside)
    writeFileSync(path.join(outside, 'thesis.txt'), 'thesis')
    await cancelIn('tokenizer', out)
    truncateSync(path.join(`${out}.partial`, 'llm.onnx'), 29_999)
    writeFileSync(path.join(`${out}.partial`, 'flow-estimator.onnx.data'), 'of an earlier layout')
    mkdirSync(path.join(`${out}.partial`, 'tokenizer', 'deep'), { recursive: true })
    symlinkSync(outside, path.join(`${out}.partial`, 'tokenizer', 'link'))
    const { plan, ran } = notedPlan()
    expect(await convert(plan, out)).toMatchObject({ resumedSteps: ['flow-estimator'] })
    expect([...ran]).toEqual(['llm', 'tokenizer'])
    expect(Object.keys(contentOf(out)).length).toBe(5)
    expect(readFileSync(path.join(outside, 'thesis.txt'), 'utf8')).toBe('thesis')
  })
})

test('what a step throws is what the caller hears, and half its files are gone', async () => {
  using folder = temporaryFolder()
  const out = path.join(folder.directory, 'out')
  const reason = new AppError('checkpoint.unreadable', { params: { file: 'flow.pt', reason: 'ends-early' } })
  const plan = aPlan({
    onPiece: (stepId) => {
      if (stepId === 'flow-estimator') throw reason
    },
  })
  await expect(convert(plan, out)).rejects.toBe(reason)
  expect(Object.keys(contentOf(`${out}.partial`)).sort()).toEqual(['llm.onnx', 'llm.onnx.data', 'progress.json'])
})

describe('a converter in another process', () => {
  const startMidway = async (out: string) => {
    const child = fork(path.resolve('test/support/convert-and-wait.ts'), [out])
    await once(child, 'message')
    const kill = (): boolean => child.kill('SIGKILL')
    return { killed: () => Promise.all([once(child, 'exit'), kill()]), [Symbol.dispose]: kill }
  }

  test('keeps this one off while it is at work, and when it is killed this one carries on', async () => {
    using folder = temporaryFolder()
    const [out = '', undisturbed = ''] = ['out', 'undisturbed'].map((name) => path.join(folder.directory, name))
    using child = await startMidway(out)
    const before = contentOf(folder.directory)
    const refused = notedPlan()
    await expect(convert(refused.plan, out)).rejects.toMatchObject({ code: 'model.busy', retryable: true })
    expect(refused.ran.size).toBe(0)
    expect(contentOf(folder.directory)).toEqual(before)

    await child.killed()
    await expect(openBundle(`${out}.partial`)).rejects.toMatchObject(notFound)
    expect(existsSync(path.join(`${out}.partial`, 'flow-estimator.onnx'))).toBe(true)

    const { plan, ran } = notedPlan()
    expect(await convert(plan, out)).toMatchObject({ outcome: 'written', resumedSteps: ['llm'] })
    expect([...ran]).toEqual(['flow-estimator', 'tokenizer'])
    await convert(aPlan(), undisturbed)
    expect(contentOf(out)).toEqual(contentOf(undisturbed))
    expect(readdirSync(folder.directory).sort()).toEqual(['out', 'undisturbed'])
  })
})

describe('two conversions at once', () => {
  test('of the same folder: one writes, the other says that the place is in use', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    const both = await Promise.allSettled([convert(aPlan(), out), convert(aPlan(), out)])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(both.find((one) => one.status === 'rejected')?.reason).toMatchObject({ code: 'model.busy' })
    await openBundle(out)
    expect(readdirSync(folder.directory)).toEqual(['out'])
  })

  test('of different folders do not meet', async () => {
    using folder = temporaryFolder()
    const outs = ['out', 'out.partial.2', 'out2'].map((name) => path.join(folder.directory, name))
    await Promise.all(outs.map((out) => convert(aPlan(), out)))
    for (const out of outs) await openBundle(out)
  })
})

test('a process that died between its last two moves has done all the work', async () => {
  using folder = temporaryFolder()
  const out = path.join(folder.directory, 'out')
  await convert(aPlan(), out)
  const whole = contentOf(out)
  renameSync(out, `${out}.partial`)
  const { plan, ran } = notedPlan()
  await convert(plan, out)
  expect(ran.size).toBe(0)
  expect(contentOf(out)).toEqual(whole)

  // One move earlier: the progress file was still there.
  cpSync(out, `${out}.partial`, { recursive: true })
  renameSync(out, `${out}-finished`)
  writeFileSync(
    path.join(`${out}.partial`, 'progress.json'),
    JSON.stringify({ converterVersion: '0', fingerprint: plan.fingerprint, steps: [] }),
  )
  await convert(plan, out)
  expect([...ran]).toEqual(['llm', 'flow-estimator', 'tokenizer'])
  expect(contentOf(out)).toEqual(whole)
})

const cannotMount = noTestDiskReason()
const MARGIN_KIB = 1024

describe.skipIf(cannotMount)(`a disk without room ${cannotMount ?? ''}`, () => {
  test('is noticed before anything is written', async () => {
    using disk = smallDisk(MARGIN_KIB + 100)
    const { plan, ran } = notedPlan()
    await expect(convert(plan, path.join(disk.directory, 'out'))).rejects.toMatchObject({
      code: 'model.disk-full',
      params: { neededMb: 2, freeMb: 1 },
      remedies: ['free-disk-space', 'choose-another-folder'],
    })
    expect(ran.size).toBe(0)
    expect(readdirSync(disk.directory)).toEqual([])
  })

  test('that fills up midway keeps what was finished; with more room the work carries on', async () => {
    using disk = smallDisk(MARGIN_KIB + 400)
    const out = path.join(disk.directory, 'out')
    // Somebody else writes to the disk meanwhile.
    const hog = path.join(disk.directory, 'hog.bin')
    const plan = aPlan({
      onPiece: (stepId) => {
        if (stepId === 'flow-estimator' && !existsSync(hog))
          writeFileSync(hog, new Uint8Array((MARGIN_KIB + 280) * 1024))
      },
    })
    await expect(convert(plan, out)).rejects.toMatchObject({ code: 'model.disk-full', params: { neededMb: 'none' } })
    expect(Object.keys(contentOf(`${out}.partial`)).sort()).toEqual(['llm.onnx', 'llm.onnx.data', 'progress.json'])
    await expect(openBundle(`${out}.partial`)).rejects.toMatchObject(notFound)
    disk.resize(2 * MARGIN_KIB + 1000)
    expect(await convert(plan, out)).toMatchObject({ outcome: 'written', resumedSteps: ['llm'] })
  })

  test('wherever the room ends, there is a whole bundle or none', async () => {
    const outcomes = new Set<string>()
    for (const roomKiB of [MARGIN_KIB + 4, MARGIN_KIB + 60, MARGIN_KIB + 160, MARGIN_KIB + 168, MARGIN_KIB + 400]) {
      using disk = smallDisk(roomKiB)
      const out = path.join(disk.directory, 'out')
      // The steps need the margin, too: nothing warns them.
      const steps = [
        aStep('llm', ['llm.onnx'], 100_000, { statedBytes: 1000 }),
        aStep('flow', ['flow.onnx'], MARGIN_KIB * 1024 + 60_000, { statedBytes: 1000 }),
      ]
      try {
        await convert(aPlan({}, { steps }), out)
        await checkBundle(out, { signal: new AbortController().signal, onBytes: () => undefined })
        outcomes.add('written')
      } catch (error) {
        expect(error).toMatchObject({ code: 'model.disk-full' })
        await expect(openBundle(out)).rejects.toMatchObject(notFound)
        await expect(openBundle(`${out}.partial`)).rejects.toMatchObject(notFound)
        outcomes.add('refused')
      }
    }
    expect(outcomes).toEqual(new Set(['written', 'refused']))
  })
})

test('a folder that must not be written is refused by name', async () => {
  using folder = temporaryFolder()
  await withoutWriting(folder, async () => {
    await expect(convert(aPlan(), path.join(folder.directory, 'out'))).rejects.toMatchObject({
      code: 'model.not-writable',
      params: { folder: folder.directory },
      remedies: ['choose-another-folder', 'check-permissions'],
    })
  })
  expect(readdirSync(folder.directory)).toEqual([])
})

describe('the verification', () => {
  const report = (measured: number, threshold?: number): VerificationReport => ({
    graphs: [
      { graph: 'llm', figures: [{ name: 'top-1 disagreement', measured: 0.002, threshold: 0.01 }] },
      {
        graph: 'flow-estimator',
        figures: [{ name: 'relative error', measured, ...(threshold === undefined ? {} : { threshold }) }],
      },
    ],
  })

  test('sees every file but no manifest, and its report stays with the bundle', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    const written = await convert(aPlan(), out, {
      verify: async (directory) => {
        expect(Object.keys(contentOf(directory))).toContain('tokenizer/vocab.json')
        await expect(openBundle(directory)).rejects.toMatchObject(notFound)
        return report(0.01, 0.01)
      },
    })
    expect(written.report).toEqual(report(0.01, 0.01))
    expect(await readReport(out)).toEqual(report(0.01, 0.01))
    expect(await readReport(out)).toEqual((await convert(aPlan(), out)).report)
  })

  type Bad = [what: string, measured: number, threshold: number | undefined, params: object]
  test.each<Bad>([
    ['above its threshold', 0.0123456, 0.01, { measured: 0.01235, threshold: 0.01 }],
    ['no number', Number.NaN, 0.01, { measured: 'NaN', threshold: 0.01 }],
    ['no number, without a threshold', Number.NaN, undefined, { measured: 'NaN', threshold: '< ∞' }],
    ['infinite', Number.POSITIVE_INFINITY, undefined, { measured: 'Infinity', threshold: '< ∞' }],
    ['infinitely low', Number.NEGATIVE_INFINITY, 1, { measured: '-Infinity', threshold: 1 }],
    ['above a threshold of zero', 1, 0, { measured: 1, threshold: 0 }],
  ])(
    'fails by a figure that is %s: nothing stays, and the person gets the report',
    async (_what, measured, threshold, params) => {
      using folder = temporaryFolder()
      const failed = convert(aPlan(), path.join(folder.directory, 'out'), {
        verify: async () => report(measured, threshold),
      })
      const error = await failed.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject({
        code: 'model.verification-failed',
        params: { graph: 'flow-estimator', figure: 'relative error', ...params },
      })
      const received = error instanceof AppError ? reportOfFailure(AppError.fromData(error.toData())) : undefined
      expect(received).toEqual(report(measured, threshold))
      expect(readdirSync(folder.directory)).toEqual([])
    },
  )

  test('names the figure that is furthest over its threshold', async () => {
    using folder = temporaryFolder()
    const figures = [
      { name: 'twice', measured: 2, threshold: 1 },
      { name: 'a thousand times', measured: 0.01, threshold: 0.00001 },
      { name: 'good', measured: 5, threshold: 6 },
      { name: 'thrice', measured: 3, threshold: 1 },
    ]
    const failing = convert(aPlan(), path.join(folder.directory, 'out'), {
      verify: async () => ({ graphs: figures.map((figure) => ({ graph: 'llm', figures: [figure] })) }),
    })
    await expect(failing).rejects.toMatchObject({ params: { figure: 'a thousand times' } })
  })

  test('is made up for where the same bundle lies there unverified', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    await convert(aPlan(), out)
    const unverified = contentOf(out)
    const failing = convert(aPlan(), out, { verify: async () => report(1, 0.01) })
    await expect(failing).rejects.toMatchObject({ code: 'model.verification-failed' })
    expect(contentOf(out)).toEqual(unverified)
    const again = await convert(aPlan(), out, { verify: async () => report(0, 0.01) })
    expect(again).toMatchObject({ outcome: 'already-there', report: report(0, 0.01) })
    expect(await readReport(out)).toEqual(report(0, 0.01))
  })
})

test('a plan whose files would leave the bundle, or meet, is a mistake of its maker', async () => {
  using folder = temporaryFolder()
  for (const files of [['../llm.onnx'], ['/etc/llm.onnx'], ['bundle.json'], ['progress.json'], ['a.bin', 'a.bin']])
    await expect(
      convert(aPlan({}, { steps: [aStep('llm', files, 10)] }), path.join(folder.directory, 'out')),
    ).rejects.toThrow('Assertion failed')
  expect(readdirSync(folder.directory)).toEqual([])
})
