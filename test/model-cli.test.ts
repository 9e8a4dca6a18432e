import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeBundle } from '../src/main/model-converter/index.ts'
import { aPlan } from './support/a-conversion.ts'
import { cliEvents, runCli } from './support/run-cli.ts'
import { type TestFolder, temporaryFolder } from './support/test-disk.ts'

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

test('a command that does not exist is wrong usage', async () => {
  expect((await runCli(['model', 'convrt'])).exitCode).toBe(2)
  expect((await runCli(['model', 'check'])).exitCode).toBe(2)
})
