import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { relativeError } from '../../../../test/support/arrays.ts'
import { someNumbers } from '../../../../test/support/run-graph.ts'
import { speakStages } from '../../../../test/support/speak-stages.ts'
import { noSwiftShaderReason, type SwiftShader, startSwiftShader } from '../../../../test/support/swiftshader.ts'
import { type TestFolder, temporaryFolder } from '../../../../test/support/test-disk.ts'
import { TINY_CHECKPOINTS, writeTinyBundle } from '../../../../test/support/tiny-checkpoint.ts'
import { BUNDLE_GRAPHS, type BundleGraph, bundleManifestSchema, MANIFEST_FILE } from '../../model-bundle/index.ts'
import { buildGraph, encodeGraph } from '../../onnx/index.ts'
import { memoryShapeOf, nothingRemembered } from '../flow/line-memory.ts'
import { createLlmDecoder } from '../llm/llm-decoder.ts'
import { openBundleModel } from '../open-bundle-model.ts'
import type { ModelFolder } from '../open-model.ts'
import { float32Of, type NetworkData, networkTensor, openNetwork } from '../sessions.ts'
import { chooseDevices, placedOptions } from './choose-devices.ts'
import { PROBE_IDS, type ProbeId } from './probes.ts'
import type { ProviderCertificate } from './prove-provider.ts'

/** Single precision, summed in another order, through a whole network. */
const TOLERANCE = 1e-5
const PATIENCE_MS = 120_000

const reason = noSwiftShaderReason()
const title = `WebGPU on SwiftShader${reason ? ` (${reason})` : ''}`
describe.skipIf(reason !== undefined)(title, { timeout: PATIENCE_MS }, () => {
  let folder: TestFolder
  let card: SwiftShader
  let certificate: ProviderCertificate
  beforeAll(async () => {
    folder = temporaryFolder()
    mkdirSync(path.join(folder.directory, 'temporary'))
    card = startSwiftShader(path.join(folder.directory, 'temporary'))
    certificate = (await card.run({ task: 'prove' })).certificate
  }, PATIENCE_MS)
  afterAll(async () => {
    await card[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  const probe = (id: ProbeId) => certificate.probes.find((result) => result.id === id)

  describe('its certificate', () => {
    test('has every probe, each with its time, or why it gave nothing', () => {
      expect(certificate.probes.map(({ id }) => id)).toEqual(PROBE_IDS)
      for (const { milliseconds, refusal } of certificate.probes)
        expect((milliseconds ?? 0) > 0 || refusal?.code === 'engine.gpu-unavailable').toBe(true)
      expect(certificate.speedRatioToCpu).toBeGreaterThan(0)
      expect(certificate.speedRatioToCpu).toBeLessThan(1)
    })

    test.each<ProbeId>([
      'matmul',
      'matmul-8-bits',
      'matmul-4-bits',
      'grouped-attention-pieces',
      'grouped-attention-step',
      'convolution',
    ])('finds %s right', (id) => {
      expect(probe(id)).toMatchObject({ isRight: true })
      expect(probe(id)?.relativeError).toBeLessThan(1e-4)
    })

    test.each<ProbeId>(['transposed-convolution', 'layer-norm', 'rms-norm', 'sine'])('finds %s right', (id) => {
      expect(probe(id)).toMatchObject({ isRight: true })
      expect(probe(id)?.relativeError).toBeLessThan(1e-3)
    })

    test('catches a convolution of 18 channels, and does not mind one that was padded to 20', () => {
      expect(probe('convolution-18-channels')).toMatchObject({
        isRight: false,
        refusal: { code: 'engine.provider-wrong', params: { provider: 'WebGPU', graph: 'convolution-18-channels' } },
      })
      expect(probe('convolution-18-channels')?.relativeError).toBeGreaterThan(0.5)
      expect(probe('convolution')?.relativeError).toBeLessThan(1e-5)
    })

    test('catches attention over many rows, which is another kernel than that of a few', () => {
      for (const id of ['attention', 'grouped-attention-prompt'] as const) {
        expect(probe(id)).toMatchObject({ isRight: false, refusal: { code: 'engine.provider-wrong' } })
        expect(probe(id)?.relativeError).toBeGreaterThan(0.05)
      }
    })

    test('does not hold a whole prompt against it, which is given in pieces; an estimator is asked for many rows', () => {
      expect(certificate).toMatchObject({ isRight: false, refusal: { params: { graph: 'attention' } } })
    })

    test('says that it has no half precision', () => {
      for (const id of PROBE_IDS.filter((name) => name.endsWith('-half')))
        expect(probe(id)).toMatchObject({
          isRight: false,
          refusal: { code: 'engine.gpu-unavailable', params: { reason: expect.stringContaining('f16') } },
        })
    })

    test('is taken at its word: no half precision, no estimator, and a vocoder where one was wished for', async () => {
      const half = { llm: { form: 'gpu', weights: 'fp16' }, flow: { weights: 'fp16' } }
      const single = { llm: { form: 'cpu', weights: 'fp32' }, flow: { weights: 'fp32' } }
      const { description } = await bundle('cosyvoice3-tiny', 'fp32')
      const question = { certificates: [certificate], wish: 'webgpu' } as const
      const model = { llm: { ...description.llm, ...half.llm }, flow: { ...description.flow, ...half.flow } }
      expect(() => chooseDevices({ ...question, model: model as typeof description })).toThrow('engine.gpu-unavailable')
      const choice = chooseDevices({ ...question, model: description })
      expect(description).toMatchObject(single)
      expect(choice.vocoder).toEqual({ provider: 'webgpu', reason: 'proved' })
      expect(choice.estimator).toMatchObject({ provider: 'cpu', refusal: { code: 'engine.provider-wrong' } })
    })
  })

  const bundles = new Map<string, Promise<ModelFolder>>()
  const bundle = (name: (typeof TINY_CHECKPOINTS)[number], kind: 'fp32' | 'gpu'): Promise<ModelFolder> => {
    const key = `${name}-${kind}`
    const made =
      bundles.get(key) ??
      writeTinyBundle(
        name,
        path.join(folder.directory, key),
        kind === 'gpu' ? { precision: 'gpu', llmWeights: 'fp32' } : { precision: 'fp32' },
      )
    bundles.set(key, made)
    return made
  }
  /** Single precision throughout, its language model in the form for devices: what can be computed without half precision. */
  const singleForDevices = async (name: (typeof TINY_CHECKPOINTS)[number]): Promise<string> => {
    const [{ directory: gpu }, { directory: single }] = await Promise.all([bundle(name, 'gpu'), bundle(name, 'fp32')])
    const directory = path.join(folder.directory, `${name}-single-for-devices`)
    cpSync(single, directory, { recursive: true })
    const read = (from: string) =>
      bundleManifestSchema.parse(JSON.parse(readFileSync(path.join(from, MANIFEST_FILE), 'utf8')))
    const [other, manifest] = [read(gpu), read(single)]
    const isLlm = ({ path: file }: { path: string }) => file.startsWith('llm.')
    for (const { path: file } of other.files.filter(isLlm)) cpSync(path.join(gpu, file), path.join(directory, file))
    const files = [...manifest.files.filter((file) => !isLlm(file)), ...other.files.filter(isLlm)]
    const model = { ...manifest.model, llm: { ...other.model.llm, textTable: manifest.model.llm.textTable } }
    writeFileSync(path.join(directory, MANIFEST_FILE), JSON.stringify({ ...manifest, model, files }))
    return directory
  }
  const modelPath = ({ directory }: ModelFolder, graph: BundleGraph): string =>
    path.join(directory, `${BUNDLE_GRAPHS[graph]}.onnx`)

  type Inputs = Record<string, { data: NetworkData; dims: readonly number[] }>
  /** Inputs of an estimator that shall remember nothing; none where it cannot. */
  const nothingPast = async (graphPath: string): Promise<Inputs> => {
    await using network = await openNetwork(graphPath, { threads: 1 })
    const shape = memoryShapeOf(network)
    if (!shape) return {}
    const given = Object.entries(nothingRemembered(shape)).map(([name, { data, dims }]) => [name, { data, dims }])
    return Object.fromEntries(given)
  }
  /** Inputs of an 8-bit estimator that has remembered a frame and shall remember one more. */
  const somethingPast = async (graphPath: string): Promise<Inputs> => {
    const given = Object.entries(await nothingPast(graphPath)).map(([name, { data, dims }]) => {
      const one = [1, ...dims.slice(1)]
      if (name === 'kept_frames') return [name, { data: BigInt64Array.of(1n), dims }]
      if (name === 'context') return [name, { data, dims }]
      const size = one.reduce((product, dim) => product * dim, 1)
      return [name, { data: name === 'past' ? new Int8Array(size) : new Float32Array(size), dims: one }]
    })
    return Object.fromEntries(given)
  }
  const compare = async (graphPath: string, inputs: Inputs) => {
    await using network = await openNetwork(graphPath, { threads: 1 })
    const expected = await network.run(
      Object.fromEntries(Object.entries(inputs).map(([name, { data, dims }]) => [name, networkTensor(data, dims)])),
    )
    const answer = await card.run({ task: 'run', modelPath: graphPath, inputs })
    // What is to be remembered of no frame is empty, or nothing but zeros.
    const said = Object.entries(expected).filter(([, value]) => float32Of(value).some((number) => number !== 0))
    const errors = said.map(([name, value]) => relativeError(answer.outputs?.[name] ?? [], float32Of(value)))
    return { ...answer, error: Math.max(...errors), refusal: answer.error }
  }

  describe.each(TINY_CHECKPOINTS)('%s', (name) => {
    test('its language model gives the processor’s scores, prompt and steps, with its memory on the device', async () => {
      const model = await bundle(name, 'gpu')
      const { llm } = model.description
      const pieces = [12, 1, 1, 1].map((rows, at) => someNumbers(rows * llm.hiddenSize, at + 1))
      await using network = await openNetwork(modelPath(model, 'llm'), { threads: 1 })
      const decoder = createLlmDecoder(network, llm)
      const { keptOnDevice = [] } = placedOptions('llm', placed('webgpu'), model.description)
      expect(keptOnDevice).toHaveLength(2 * llm.layers)
      const answer = await card.run({
        task: 'decode',
        modelPath: modelPath(model, 'llm'),
        description: llm,
        pieces,
        options: { keptOnDevice },
      })
      expect(answer).toMatchObject({ provider: 'webgpu', onProcessor: [] })
      for (const [at, piece] of pieces.entries())
        expect(relativeError(answer.scores[at] ?? [], await decoder.forward(piece))).toBeLessThan(TOLERANCE)
    })

    test('its estimator gives the processor’s velocity', async () => {
      const model = await bundle(name, 'fp32')
      const { melBins, modulation } = model.description.flow
      const frames = 20
      const mel = (seed: number) => ({ data: someNumbers(melBins * frames, seed), dims: [1, melBins, frames] })
      const answer = await compare(modelPath(model, 'estimator'), {
        x: mel(1),
        mu: mel(2),
        cond: mel(3),
        spks: { data: someNumbers(melBins, 4), dims: [1, melBins] },
        modulation: {
          data: someNumbers(modulation.rows * modulation.width, 5),
          dims: [modulation.rows, modulation.width],
        },
        attention_bias: { data: new Float32Array(frames * frames), dims: [1, 1, frames, frames] },
        ...(await nothingPast(modelPath(model, 'estimator'))),
      })
      expect(answer.refusal).toBeUndefined()
      expect(answer).toMatchObject({ provider: 'webgpu' })
      expect(answer.error).toBeLessThan(TOLERANCE)
    })

    test('its vocoder, with the padded rows of the source, gives the processor’s spectrum', async () => {
      const model = await bundle(name, 'fp32')
      const { melBins, stftSize, stftHop, samplesPerFrame, decoderLookaheadFrames } = model.description.vocoder
      const frames = 6
      const width = frames + decoderLookaheadFrames
      const spectrumFrames = (frames * samplesPerFrame) / stftHop + 1
      expect((stftSize + 2) % 4).not.toBe(0)
      const answer = await compare(modelPath(model, 'vocoder'), {
        mel: { data: someNumbers(melBins * width, 1), dims: [1, melBins, width] },
        source_spectrum: {
          data: someNumbers((stftSize + 2) * spectrumFrames, 2).map((x) => 0.3 * x),
          dims: [1, stftSize + 2, spectrumFrames],
        },
      })
      expect(answer).toMatchObject({ provider: 'webgpu' })
      expect(answer.onProcessor).toEqual([])
      // Seventy sines, one behind the other, are not the processor's to the last digit.
      expect(answer.error).toBeLessThan(1e-3)
    })
  })

  describe.each(TINY_CHECKPOINTS)('a line of %s', (name) => {
    const onProcessor = async () => {
      const { directory } = await bundle(name, 'fp32')
      return speakStages(await openBundleModel(directory, { wish: 'cpu', certificates: [] }))
    }

    test('comes out as on the processor, in single precision and with a prompt of 40 rows', async () => {
      const directory = await singleForDevices(name)
      const answer = await card.run({ task: 'speak', directory, certificates: [certificate] })
      expect(answer.error).toBeUndefined()
      expect(answer.devices).toMatchObject({
        llm: { provider: 'webgpu', reason: 'proved' },
        // That of CosyVoice 2 has attention too.
        flowFront:
          name === 'cosyvoice3-tiny'
            ? { provider: 'webgpu', reason: 'proved' }
            : { provider: 'cpu', reason: 'unproved' },
        estimator: { provider: 'cpu', reason: 'unproved', refusal: { params: { graph: 'attention' } } },
        pitch: { provider: 'cpu', reason: 'always-processor' },
        vocoder: { provider: 'webgpu', reason: 'proved' },
      })
      const expected = await onProcessor()
      expect(answer.spoken?.scores).toHaveLength(expected.scores.length)
      const errors = [
        ...expected.scores.map((scores, at) => relativeError(answer.spoken?.scores[at] ?? [], scores)),
        relativeError(answer.spoken?.mel ?? [], expected.mel),
        relativeError(answer.spoken?.samples ?? [], expected.samples),
      ]
      for (const error of errors) expect(error).toBeLessThan(1e-3)
    })

    test('of a bundle for graphics cards is refused for want of half precision', async () => {
      const { directory } = await bundle(name, 'gpu')
      expect(await card.run({ task: 'speak', directory, certificates: [certificate] })).toEqual({
        task: 'speak',
        error: expect.objectContaining({
          code: 'engine.gpu-unavailable',
          params: expect.objectContaining({ reason: expect.stringContaining('f16') }),
        }),
      })
    })
  })

  test('a bundle whose estimator is not what it says it is is refused at its first run and not computed elsewhere', async () => {
    const { directory: single } = await bundle('cosyvoice3-tiny', 'fp32')
    const rounded = await writeTinyBundle('cosyvoice3-tiny', path.join(folder.directory, 'rounded'), {
      precision: 'cpu',
    })
    const directory = path.join(folder.directory, 'mislabelled')
    cpSync(single, directory, { recursive: true })
    const manifestFile = path.join(directory, MANIFEST_FILE)
    const manifest = bundleManifestSchema.parse(JSON.parse(readFileSync(manifestFile, 'utf8')))
    const files = manifest.files.map((file) => {
      if (!file.path.startsWith('flow-estimator.')) return file
      const bytes = readFileSync(path.join(rounded.directory, file.path))
      writeFileSync(path.join(directory, file.path), bytes)
      return { ...file, sizeBytes: bytes.length }
    })
    writeFileSync(manifestFile, JSON.stringify({ ...manifest, files }))
    const probes = certificate.probes.map((result) => ({ ...result, isRight: true }))
    const answer = await card.run({ task: 'speak', directory, certificates: [{ ...certificate, probes }] })
    expect(answer.spoken).toBeUndefined()
    expect(answer.error).toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { provider: 'WebGPU', graph: 'flow-estimator.onnx' },
    })
  })

  test('a lack of memory has its name, and the next run is right again', async () => {
    const graph = buildGraph('huge', (g) => {
      const wide = g.op('Expand', [g.input('x', 'float32', [1]), g.input('shape', 'int64', [1])])
      g.output('y', g.op('ReduceSum', [g.op('Abs', [wide])], { keepdims: 0 }), 'float32', [])
    })
    const graphPath = path.join(folder.directory, 'huge.onnx')
    writeFileSync(graphPath, encodeGraph(graph))
    const sumOf = (count: bigint) =>
      card.run({
        task: 'run',
        modelPath: graphPath,
        inputs: {
          x: { data: Float32Array.of(-2), dims: [1] },
          shape: { data: BigInt64Array.of(count), dims: [1] },
        },
      })
    // More than SwiftShader takes as one.
    expect((await sumOf(300_000_000n)).error).toMatchObject({
      code: 'engine.out-of-memory',
      params: { provider: 'WebGPU', graph: 'huge.onnx' },
      retryable: true,
    })
    expect((await sumOf(3n)).outputs?.y).toEqual(Float32Array.of(6))
  })

  test('an 8-bit estimator, whose products WebGPU leaves to the processor, is refused and not computed there', async () => {
    const model = await writeTinyBundle('cosyvoice3-tiny', path.join(folder.directory, 'cpu'), { precision: 'cpu' })
    const { melBins, modulation } = model.description.flow
    const mel = { data: someNumbers(melBins * 4, 1), dims: [1, melBins, 4] }
    const answer = await card.run({
      task: 'run',
      modelPath: modelPath(model, 'estimator'),
      inputs: {
        x: mel,
        mu: mel,
        cond: mel,
        spks: { data: someNumbers(melBins, 4), dims: [1, melBins] },
        modulation: {
          data: new Float32Array(modulation.rows * modulation.width),
          dims: [modulation.rows, modulation.width],
        },
        attention_bias: { data: new Float32Array(20), dims: [1, 1, 4, 5] },
        ...(await somethingPast(modelPath(model, 'estimator'))),
      },
    })
    expect(answer.outputs).toBeUndefined()
    expect(answer.error).toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { provider: 'WebGPU', reason: expect.stringContaining('MatMul') },
    })
  })

  test('no record of a run stays behind', () => {
    expect(readdirSync(path.join(folder.directory, 'temporary'))).toEqual([])
  })
})

const placed = (provider: 'webgpu') => {
  const there = { provider, reason: 'proved' } as const
  const here = { provider: 'cpu', reason: 'always-processor' } as const
  return {
    llm: there,
    flowFront: there,
    estimator: there,
    vocoder: there,
    pitch: here,
    speaker: here,
    speechTokenizer: here,
  }
}
