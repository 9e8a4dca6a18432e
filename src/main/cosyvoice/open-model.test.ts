import { cpSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { peakError, someIds, someNumbers } from '../../../test/support/run-graph.ts'
import { type TestFolder, temporaryFolder } from '../../../test/support/test-disk.ts'
import { openTinyCheckpoint, TINY_CHECKPOINTS, writeTinyBundle } from '../../../test/support/tiny-checkpoint.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import { BUNDLE_TABLES, modulationFile } from '../model-bundle/index.ts'
import { TEXT_EMBEDDING } from '../networks/index.ts'
import { type ModelFolder, openFlow, openLlm, openVocoder } from './open-model.ts'

const BINS = 80

/** Files of a folder that this process holds open. */
const openFiles = (directory: string): string[] =>
  readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`)
      return target.startsWith(directory) ? [path.basename(target)] : []
    } catch {
      // The descriptor that listed the folder is gone by now.
      return []
    }
  })

const copyOf = ({ directory, description }: ModelFolder, to: TestFolder): ModelFolder => {
  cpSync(directory, to.directory, { recursive: true })
  return { directory: to.directory, description }
}

describe.each(TINY_CHECKPOINTS)('%s', (name) => {
  let folder: TestFolder
  let model: ModelFolder
  beforeAll(async () => {
    folder = temporaryFolder()
    model = await writeTinyBundle(name, path.join(folder.directory, 'fp32'), { precision: 'fp32' })
  })
  afterAll(() => folder[Symbol.dispose]())

  test('the language model has the embeddings of its checkpoint', async () => {
    await using checkpoint = await openTinyCheckpoint(name)
    await using llm = await openLlm(model)
    const { hiddenSize, speechEmbedding, controlEmbedding } = checkpoint.llm
    const row = (table: Float32Array, id: number): Float32Array => table.slice(id * hiddenSize, (id + 1) * hiddenSize)
    const text = await checkpoint.llmFile.readRows(TEXT_EMBEDDING, 0, 200)
    const speech = await speechEmbedding.load()
    expect(await llm.text([199, 0])).toEqual(Float32Array.of(...row(text, 199), ...row(text, 0)))
    expect(await llm.speech([47])).toEqual(row(speech, 47))
    // CosyVoice 3 keeps the marks behind its speech codes, CosyVoice 2 apart. @source cosyvoice-local.md 1.2
    const { speechCodes } = checkpoint.flow
    const control = controlEmbedding && (await controlEmbedding.load())
    expect(await llm.sos()).toEqual(control ? row(control, 0) : row(speech, speechCodes))
    expect(await llm.task()).toEqual(control ? row(control, 1) : row(speech, speechCodes + 2))
  })

  test('the parts speak a line from its text to its sound', async () => {
    await using llm = await openLlm(model)
    await using flow = await openFlow(model)
    await using vocoder = await openVocoder(model)
    const scores = await llm.decoder().forward(await llm.text([1, 2, 3]))
    expect(scores).toHaveLength(model.description.llm.speechVocabularySize)
    const tokens = someIds(20, model.description.flow.speechCodes, 1)
    const speaker = someNumbers(192, 2)
    const promptMel = someNumbers(BINS * 8, 3)
    const steps = 5
    const mel = await flow.render({ tokens, speaker, promptMel, steps, isFinal: true })
    expect(mel).toHaveLength(BINS * (2 * 20 - 8))
    const again = await flow.render({ tokens, speaker, promptMel, steps, isFinal: true })
    expect(again).toEqual(mel)
    const samples = await vocoder.render(mel, { seed: 1 })
    expect(samples).toHaveLength(480 * 32)
    expect(samples.every((sample) => Math.abs(sample) <= Math.fround(0.99))).toBe(true)
    expect(samples.some((sample) => Math.abs(sample) > 1e-4)).toBe(true)
  })

  test('the flow knows the time from the table of its number of steps, and from no other', async () => {
    using other = temporaryFolder()
    const changed = copyOf(model, other)
    const line = {
      tokens: someIds(12, model.description.flow.speechCodes, 5),
      speaker: someNumbers(192, 2),
      promptMel: new Float32Array(),
      isFinal: true,
    }
    const { stepCounts } = model.description.flow.modulation
    expect(stepCounts).toEqual(expect.arrayContaining([5, 8, 10]))
    const table = path.join(changed.directory, modulationFile(8))
    writeFileSync(table, new Uint8Array(readFileSync(table).length))
    await using flow = await openFlow(model)
    await using withoutEight = await openFlow(changed)
    for (const steps of stepCounts) {
      const mel = await flow.render({ ...line, steps })
      expect(mel.every(Number.isFinite)).toBe(true)
      const error = peakError(await withoutEight.render({ ...line, steps }), mel)
      if (steps === 8) expect(error).toBeGreaterThan(1e-3)
      else expect(error).toBe(0)
    }
  })

  test('rounded weights stay near the exact ones', async () => {
    const cpu = await writeTinyBundle(name, path.join(folder.directory, 'cpu'), { precision: 'cpu' })
    const line = {
      tokens: someIds(12, model.description.flow.speechCodes, 5),
      speaker: someNumbers(192, 2),
      promptMel: new Float32Array(),
      isFinal: true,
      steps: 5,
    }
    const answers = async (of: ModelFolder) => {
      await using flow = await openFlow(of)
      await using llm = await openLlm(of)
      return { mel: await flow.render(line), scores: await llm.decoder().forward(await llm.text([5, 6, 7, 8])) }
    }
    const [exact, rounded] = [await answers(model), await answers(cpu)]
    for (const part of ['mel', 'scores'] as const) {
      expect(peakError(rounded[part], exact[part])).toBeLessThan(0.05)
      expect(peakError(rounded[part], exact[part])).toBeGreaterThan(1e-5)
    }
  })

  test('a cancelled flow and a cancelled vocoder stop', async () => {
    await using flow = await openFlow(model)
    await using vocoder = await openVocoder(model)
    const signal = AbortSignal.abort()
    const line = {
      tokens: [1, 2],
      speaker: someNumbers(192, 2),
      promptMel: new Float32Array(),
      steps: 5,
      isFinal: true,
    }
    await expect(flow.render(line, { signal })).rejects.toBeInstanceOf(AppCancel)
    await expect(vocoder.render(new Float32Array(BINS), { seed: 1, signal })).rejects.toBeInstanceOf(AppCancel)
  })

  test.each([
    ['llm.onnx', openLlm],
    ['flow-front.onnx', openFlow],
    ['flow-estimator.onnx', openFlow],
    ['vocoder-pitch.onnx', openVocoder],
    ['vocoder.onnx', openVocoder],
  ] as const)('without %s it is no model', async (file, open) => {
    using damaged = temporaryFolder()
    const part = copyOf(model, damaged)
    rmSync(path.join(part.directory, file))
    await expect(open(part)).rejects.toMatchObject({ code: 'model.not-found', params: { folder: part.directory } })
  })

  test.skipIf(process.platform !== 'linux')('nothing stays open, whether it opened or not', async () => {
    using damaged = temporaryFolder()
    const part = copyOf(model, damaged)
    const llm = await openLlm(part)
    expect(openFiles(part.directory)).toEqual(expect.arrayContaining([BUNDLE_TABLES.text, BUNDLE_TABLES.speech]))
    await llm[Symbol.asyncDispose]()
    expect(openFiles(part.directory)).toEqual([])
    rmSync(path.join(part.directory, BUNDLE_TABLES.speech))
    await expect(openLlm(part)).rejects.toThrow(BUNDLE_TABLES.speech)
    expect(openFiles(part.directory)).toEqual([])
    const maps = readFileSync('/proc/self/maps', 'utf8')
    expect(maps).not.toContain(part.directory)
  })
})
