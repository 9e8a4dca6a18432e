import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { inspectBundle } from '../src/main/model-bundle/index.ts'
import { writeBundle } from '../src/main/model-converter/index.ts'
import { aPlan } from './support/a-conversion.ts'
import { alterTensors, checksumsOf, copiedCheckpoint } from './support/altered-checkpoint.ts'
import { BAD_CHECKPOINTS } from './support/bad-checkpoints.ts'
import { interruptCli } from './support/interrupt-cli.ts'
import { type CliEvent, cliEvents, runCli } from './support/run-cli.ts'
import { noTestDiskReason, smallDisk, type TestFolder, temporaryFolder } from './support/test-disk.ts'
import { tinyCheckpointDirectory } from './support/tiny-checkpoint.ts'

const REPORT = {
  graphs: [{ graph: 'llm', figures: [{ name: 'relative error', measured: 0.00345678, threshold: 0.01 }] }],
}

beforeAll(() => {
  if (!existsSync('out/main/cli.js')) throw new Error('build first: npm run build')
})

/** A folder with a bundle in it, whose graphs hold nothing of use. */
const aBundle = async ({ isVerified = false } = {}): Promise<TestFolder & { bundle: string }> => {
  const folder = temporaryFolder()
  const bundle = path.join(folder.directory, 'bundle')
  const target = { outDirectory: bundle, ...(isVerified && { verify: async () => REPORT }) }
  await writeBundle(aPlan(), target, { signal: new AbortController().signal, progress: () => undefined })
  return { ...folder, bundle }
}

describe('cosy model inspect', () => {
  test('says what a model is, what is in it, where it comes from and how exact it is', async () => {
    using folder = await aBundle({ isVerified: true })
    const { exitCode, stdout, stderr } = await runCli(['model', 'inspect', folder.bundle])
    expect(exitCode, stderr).toBe(0)
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'CosyVoice 3, cpu (language model int8, flow int8)',
        folder.bundle,
        'Parts, 0.2 MB together:',
        '  flow-estimator  0.1 MB  flow-estimator.onnx',
        `  llm.pt  2024.7 MB  ${'a'.repeat(64)}`,
        '  campplus.onnx',
        '  llm    relative error  0.003457  ≤ 0.01',
      ]),
    )
  })

  test('says the same to programs', async () => {
    using folder = await aBundle({ isVerified: true })
    const events = cliEvents(await runCli(['model', 'inspect', folder.bundle, '--json']))
    expect(events[0]).toMatchObject({
      event: 'model',
      directory: folder.bundle,
      precision: 'cpu',
      sizeBytes: 170_000,
      missing: ['campplus.onnx'],
      report: REPORT,
    })
    expect(events).toContainEqual({ event: 'figure', graph: 'llm', ...REPORT.graphs[0]?.figures[0] })
  })

  test('says when a model was not compared with its checkpoint', async () => {
    using folder = await aBundle()
    expect((await runCli(['model', 'inspect', folder.bundle])).stdout).toContain('Not compared with its checkpoint.')
  })

  test('fails by name where there is none', async () => {
    using folder = temporaryFolder()
    const { exitCode, stderr, stdout } = await runCli(['model', 'inspect', folder.directory])
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toBe(
      `The model was not opened.\n  The folder ${folder.directory} holds no finished model.\n  → Choose another folder\n`,
    )
  })
})

describe('cosy model check', () => {
  test('is content with a model that is as it was written', async () => {
    using folder = await aBundle()
    const run = await runCli(['model', 'check', folder.bundle, '--json'])
    expect(run.exitCode, run.stdout).toBe(0)
    expect(cliEvents(run).at(-1)).toEqual({ event: 'checked', directory: folder.bundle, files: 4, sizeBytes: 170_000 })
  })

  test('finds the byte that changed', async () => {
    using folder = await aBundle()
    const file = path.join(folder.bundle, 'llm.onnx.data')
    const bytes = readFileSync(file)
    bytes[20_000] = 1 + (bytes[20_000] ?? 0)
    writeFileSync(file, bytes)
    const run = await runCli(['model', 'check', folder.bundle, '--json'])
    expect(run.exitCode).toBe(1)
    expect(cliEvents(run).at(-1)).toMatchObject({
      event: 'error',
      code: 'model.corrupt',
      params: { file: 'llm.onnx.data' },
    })
  })
})

describe('cosy model convert', () => {
  const NAME = 'cosyvoice3-tiny'
  const CHECKPOINT = tinyCheckpointDirectory(NAME)
  const convert = (out: string, ...flags: string[]) => ['model', 'convert', CHECKPOINT, '--out', out, ...flags]

  test('says how exact the model is and where it lies, and the second time that it lies there', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    const first = await runCli(convert(out))
    expect(first.exitCode, first.stderr).toBe(0)
    expect(first.stdout).toMatch(
      /^Against fp32:\n {2}graph +figure +measured +allowed\n {2}llm +relative error +0\.\d+ +≤ 0\.15$/m,
    )
    expect(first.stdout).toMatch(/^ {2}llm +top-1 agreement +[\d.]+$/m)
    expect(first.stdout).toContain(`\nWritten: ${out}, `)
    expect(first.stdout).toContain('Not in the checkpoint, and so not in the model:\n')
    const second = await runCli(convert(out))
    expect(second.stdout).toContain(`\nThere already: ${out}, `)
    expect((await runCli(['model', 'check', out])).exitCode).toBe(0)
  })

  test('says the same to programs, and how far it is', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    const run = await runCli(convert(out, '--json', '--precision', 'fp32', '--verify'))
    expect(run.exitCode, run.stdout).toBe(0)
    const events = cliEvents(run)
    const kinds = [...new Set(events.map(({ event }) => event))]
    expect(kinds).toEqual(['reading-progress', 'model-progress', 'verified', 'figure', 'converted'])
    for (const kind of kinds.slice(0, 2)) {
      const steps = events.filter(({ event }) => event === kind)
      const done = steps.map((step) => Number(step.done))
      expect(done).toEqual([...done].sort((a, b) => a - b))
      expect(new Set(steps.map(({ total }) => total)).size).toBe(1)
      expect(done.at(-1)).toBe(steps[0]?.total)
    }
    const { report, sizeBytes } = await inspectBundle(out)
    expect(events.filter(({ event }) => event === 'figure')).toEqual(
      report?.graphs.flatMap(({ graph, figures }) => figures.map((figure) => ({ event: 'figure', graph, ...figure }))),
    )
    expect(events.at(-1)).toMatchObject({ event: 'converted', directory: out, outcome: 'written', sizeBytes })
  })

  describe('names what is wrong with', () => {
    test.each(BAD_CHECKPOINTS)('$what', async ({ base, spoil, code, params, why }) => {
      using folder = copiedCheckpoint(base)
      await spoil(folder.checkpoint)
      const before = checksumsOf(folder.checkpoint)
      const args = ['model', 'convert', folder.checkpoint, '--out', path.join(folder.directory, 'out')]
      const [run, json] = await Promise.all([runCli(args), runCli([...args, '--json'])])
      const what = 'The model was not converted.'
      expect([run.exitCode, run.stdout, json.exitCode, json.stderr]).toEqual([1, '', 1, ''])
      const [first, second] = run.stderr.split('\n')
      expect([first, second]).toEqual([what, expect.stringContaining(`  ${why}`)])
      expect(run.stderr).toContain('\n  → Choose another folder\n')
      const [event, ...others] = cliEvents(json)
      expect(event).toMatchObject({ event: 'error', code, params, what, retryable: false })
      expect(event?.why).toContain(why)
      expect(event?.remedies).toContain('choose-another-folder')
      expect(others).toEqual([])
      expect(checksumsOf(folder.checkpoint)).toEqual(before)
      expect(readdirSync(folder.directory)).toEqual(['checkpoint'])
    })
  })

  test('says by how much a model fails before it is thrown away', async () => {
    using folder = copiedCheckpoint(NAME)
    await alterTensors(path.join(folder.checkpoint, 'hift.pt'), (tensor) =>
      tensor.name.endsWith('conv_pre.bias') ? [{ ...tensor, fill: (into) => void into.fill(Number.NaN) }] : [tensor],
    )
    const args = ['model', 'convert', folder.checkpoint, '--out', path.join(folder.directory, 'out')]
    const [run, json] = await Promise.all([
      runCli(args),
      runCli([...args.slice(0, -1), path.join(folder.directory, 'two'), '--json']),
    ])
    expect([run.exitCode, json.exitCode]).toEqual([1, 1])
    expect(run.stdout).toMatch(/^ {2}vocoder +relative error +no number +≤ 0\.002$/m)
    expect(run.stderr).toBe(
      'The model was not kept.\n  The converted vocoder differs too much from the original: relative error is NaN, where 0.002 is allowed.\n  → Choose another precision\n  → Copy details\n',
    )
    const events = cliEvents(json)
    expect(events.at(-1)).toMatchObject({
      event: 'error',
      code: 'model.verification-failed',
      params: { graph: 'vocoder' },
    })
    expect(events.filter(({ event }) => event === 'figure').length).toBeGreaterThan(5)
    expect(readdirSync(folder.directory)).toEqual(['checkpoint'])
  })

  test('weights that the precision cannot have, or that do not exist, are wrong usage', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    const [half, unknown, nowhere] = await Promise.all([
      runCli(convert(out, '--llm', 'fp16')),
      runCli(convert(out, '--precision', 'fp8')),
      runCli(['model', 'convert', CHECKPOINT]),
    ])
    expect([half.exitCode, unknown.exitCode, nowhere.exitCode]).toEqual([2, 2, 2])
    expect(half.stderr).toContain('fp16 weights of the language model go with the precision gpu, not cpu')
    expect(readdirSync(folder.directory)).toEqual([])
  })

  test('says so when another conversion is at work there, and when something else is', async () => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    const child = fork(path.resolve('test/support/convert-and-wait.ts'), [out])
    try {
      await once(child, 'message')
      const { exitCode, stderr } = await runCli(convert(out))
      expect(exitCode).toBe(1)
      expect(stderr).toBe(
        `Nothing was done to the model.\n  Something is at work on it already, here or in another program: ${out}.\n  → Try again\n`,
      )
    } finally {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    }
    const taken = await runCli(convert(folder.directory))
    expect(taken.exitCode).toBe(1)
    expect(taken.stderr).toBe(
      `The model was not written.\n  The folder ${folder.directory} already holds something else.\n  → Choose another folder\n`,
    )
  })

  const isPast = (percent: number) => (event: CliEvent) =>
    event.event === 'model-progress' && Number(event.done) > (percent / 100) * Number(event.total)

  test.each([
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)('ended by %s midway, it leaves no model and carries on the next time', async (signal, exitCode) => {
    using folder = temporaryFolder()
    const out = path.join(folder.directory, 'out')
    const ended = await interruptCli(convert(out), isPast(10), signal)
    expect(ended).toMatchObject({ exitCode, stderr: '' })
    expect(ended.events.map(({ event }) => event)).not.toContain('error')
    expect(existsSync(out)).toBe(false)
    expect((await runCli(['model', 'inspect', `${out}.partial`])).exitCode).toBe(1)

    const events = cliEvents(await runCli(convert(out, '--json')))
    const [converted] = events.filter(({ event }) => event === 'converted')
    expect(converted).toMatchObject({ outcome: 'written', resumedSteps: expect.arrayContaining(['llm']) })
    expect(readdirSync(folder.directory)).toEqual(['out'])
    expect((await runCli(['model', 'check', out])).exitCode).toBe(0)
  })

  const cannotMount = noTestDiskReason()
  test.skipIf(cannotMount)(`a disk without room is noticed first ${cannotMount ?? ''}`, async () => {
    using disk = smallDisk(5000)
    const { exitCode, stderr } = await runCli(convert(path.join(disk.directory, 'out')))
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /^The model was not written\.\n {2}It needs \d+ MB, and 5 MB are free\.\n {2}→ Choose another folder\n {2}→ Free disk space\n$/,
    )
    expect(readdirSync(disk.directory)).toEqual([])
  })
})

test('a command that does not exist is wrong usage', async () => {
  expect((await runCli(['model', 'convrt'])).exitCode).toBe(2)
  expect((await runCli(['model', 'check'])).exitCode).toBe(2)
})
