import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { BUNDLE_GRAPHS } from '../src/main/model-bundle/index.ts'
import { readOnnx, usesBeforeDefinition } from './support/read-onnx.ts'
import { temporaryFolder } from './support/test-disk.ts'
import { TINY_CHECKPOINTS, type TinyPrecision, writeTinyBundle } from './support/tiny-checkpoint.ts'

const PYTHON = '/usr/bin/python3'
const CHECK = path.resolve(import.meta.dirname, 'support/check-onnx.py')

/** Why models cannot be checked here; undefined where they can. On CI they always must. */
const noCheckerReason = (): string | undefined => {
  if (spawnSync(PYTHON, ['-c', 'import onnx']).status === 0) return undefined
  const reason = `${PYTHON} has no onnx: tools/debian-packages.txt names the package`
  if (process.platform === 'linux' && process.env.CI) throw new Error(reason)
  return reason
}

const verdictSchema = z.object({ nodes: z.int(), problems: z.array(z.string()) })

/** What the checker of ONNX says of each model, in one process. */
const check = (modelPaths: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(PYTHON, [CHECK], { input: modelPaths.join('\n'), encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const verdicts = stdout.trim().split('\n')
  expect(verdicts).toHaveLength(modelPaths.length)
  return verdicts.map((line) => verdictSchema.parse(JSON.parse(line)))
}

const PRECISIONS: readonly TinyPrecision[] = [
  { precision: 'cpu' },
  { precision: 'cpu', llmWeights: 'int4' },
  { precision: 'gpu' },
  { precision: 'fp32' },
]
const labelOf = (precision: TinyPrecision): string => Object.values(precision).join('-')
const GRAPHS = Object.values(BUNDLE_GRAPHS).map((name) => `${name}.onnx`)

const folder = temporaryFolder()
const models: string[] = []
beforeAll(async () => {
  for (const name of TINY_CHECKPOINTS)
    for (const precision of PRECISIONS) {
      const out = path.join(folder.directory, `${name}-${labelOf(precision)}`)
      const { directory } = await writeTinyBundle(name, out, precision)
      const graphs = readdirSync(directory).filter((file) => file.endsWith('.onnx'))
      models.push(...graphs.map((file) => path.join(directory, file)))
    }
})
afterAll(() => folder[Symbol.dispose]())

test('every bundle has its five graphs', () => {
  const expected = TINY_CHECKPOINTS.flatMap((name) =>
    PRECISIONS.flatMap((precision) => GRAPHS.map((graph) => path.join(`${name}-${labelOf(precision)}`, graph))),
  )
  expect(models.map((model) => path.relative(folder.directory, model)).toSorted()).toEqual(expected.toSorted())
})

test('every value is made before it is used, and every model says where it comes from', () => {
  for (const model of models) {
    const read = readOnnx(model)
    expect(usesBeforeDefinition(read), model).toEqual([])
    expect(read.metadata).toMatchObject({
      converterVersion: expect.stringMatching(/./),
      architecture: expect.stringMatching(/^cosyvoice[23]$/),
      'sha256:llm.pt': expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  }
})

const reason = noCheckerReason()
describe.skipIf(reason)(`the checker of ONNX${reason ? ` (${reason})` : ''}`, () => {
  test('finds nothing wrong with any graph of any bundle', () => {
    const verdicts = check(models)
    for (const [index, verdict] of verdicts.entries()) {
      expect(verdict.problems, models[index]).toEqual([])
      expect(verdict.nodes).toBeGreaterThan(5)
    }
  })

  test('finds what is wrong: data cut off, an operator that does not exist', () => {
    const [model = ''] = models.filter((file) => file.endsWith('vocoder-pitch.onnx'))
    const weights = model.replace(/onnx$/, 'weights')
    const whole = readFileSync(weights)
    const bytes = readFileSync(model)
    try {
      truncateSync(weights, whole.length - 4)
      expect(check([model])[0]?.problems).not.toEqual([])
      writeFileSync(weights, whole)
      writeFileSync(model, Buffer.from(bytes.toString('latin1').replaceAll('Elu', 'Elx'), 'latin1'))
      expect(check([model])[0]?.problems).not.toEqual([])
    } finally {
      writeFileSync(weights, whole)
      writeFileSync(model, bytes)
    }
  })
})
