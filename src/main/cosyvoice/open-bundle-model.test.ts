import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { relativeError } from '../../../test/support/arrays.ts'
import { someIds, someNumbers } from '../../../test/support/run-graph.ts'
import { type SpokenStages, speakStages } from '../../../test/support/speak-stages.ts'
import { type TestFolder, temporaryFolder } from '../../../test/support/test-disk.ts'
import { writeTinyBundle } from '../../../test/support/tiny-checkpoint.ts'
import { writeVoiceModel } from '../../../test/support/tiny-voice-model.ts'
import { AppError } from '../../shared/kernel/index.ts'
import { type BundleManifest, bundleManifestSchema, COPIED_FILES, MANIFEST_FILE } from '../model-bundle/index.ts'
import { isHalfProbe, PROBE_IDS, type ProbeId } from './devices/probes.ts'
import type { ProviderCertificate } from './devices/prove-provider.ts'
import { flowLine } from './flow/flow.ts'
import { type BundleModelOptions, openBundleModel } from './open-bundle-model.ts'
import type { OpenNetwork } from './open-model.ts'
import { float32Of, gpuUnavailable, type Network, type NetworkOptions, networkTensor, openNetwork } from './sessions.ts'

const ON_PROCESSOR = { wish: 'cpu', certificates: [] } as const

/** Of a card that was never there: `stand` is what computes. */
const certificateOf = (isWrong: (id: ProbeId) => boolean = () => false): ProviderCertificate => ({
  provider: 'webgpu',
  isRight: !PROBE_IDS.some((id) => isWrong(id) && !isHalfProbe(id)),
  speedRatioToCpu: 4,
  probes: PROBE_IDS.map((id) => ({ id, isRight: !isWrong(id) })),
})
const onCard = (open: OpenNetwork, isWrong?: (id: ProbeId) => boolean) => ({
  wish: 'webgpu' as const,
  certificates: [certificateOf(isWrong)],
  open,
})
type Asked = Record<string, NetworkOptions>
/** The processor, called a card; what it is asked is written down. */
const standIn =
  (asked: Asked, change: (network: Network, file: string) => Network = (network) => network): OpenNetwork =>
  async (modelPath, options) => {
    const file = path.basename(modelPath)
    asked[file] = options
    const network = await openNetwork(modelPath, { threads: 1 })
    if (!options.provider || options.provider === 'cpu') return network
    return change({ ...network, provider: options.provider, onProcessor: [] }, file)
  }
/** A network whose first number of one output is none. */
const spoilt = (network: Network, output: string): Network => ({
  ...network,
  run: async (inputs, outputs) => {
    const results = await network.run(inputs, outputs)
    const value = results[output]
    return value ? { ...results, [output]: networkTensor(float32Of(value).with(0, Number.NaN), value.dims) } : results
  },
})

let folder: TestFolder
let single: string
let gpu: string
/** The same with scores in single precision, which the processor can stand in for. */
let gpuSingle: string
beforeAll(async () => {
  folder = temporaryFolder()
  single = (await writeTinyBundle('cosyvoice3-tiny', path.join(folder.directory, 'fp32'), { precision: 'fp32' }))
    .directory
  gpu = (await writeTinyBundle('cosyvoice3-tiny', path.join(folder.directory, 'gpu'), { precision: 'gpu' })).directory
  const both = { precision: 'gpu', llmWeights: 'fp32' } as const
  gpuSingle = (await writeTinyBundle('cosyvoice3-tiny', path.join(folder.directory, 'gpu-fp32'), both)).directory
})
afterAll(() => folder[Symbol.dispose]())

/** A copy whose manifest says something else. */
const altered = (directory: string, name: string, change: (manifest: BundleManifest) => BundleManifest): string => {
  const copy = path.join(folder.directory, name)
  cpSync(directory, copy, { recursive: true })
  const file = path.join(copy, MANIFEST_FILE)
  writeFileSync(file, JSON.stringify(change(bundleManifestSchema.parse(JSON.parse(readFileSync(file, 'utf8'))))))
  return copy
}

describe('a bundle', () => {
  test('that is none says which folder has none', async () => {
    await expect(openBundleModel(path.join(folder.directory, 'none'), ON_PROCESSOR)).rejects.toMatchObject({
      code: 'model.not-found',
      params: { folder: path.join(folder.directory, 'none') },
    })
  })

  test('has features of voices in common with those of the same prompt networks, however it was rounded', async () => {
    const [voice, rounded] = await Promise.all(
      (['fp32', 'cpu'] as const).map(async (precision) =>
        writeVoiceModel('cosyvoice3', path.join(folder.directory, `voice-${precision}`), { precision }),
      ),
    )
    const print = async (directory = '') => (await openBundleModel(directory, ON_PROCESSOR)).promptFingerprint
    const own = await print(voice?.directory)
    expect(own).toMatch(/^[0-9a-f]{16}$/)
    expect(await print(rounded?.directory)).toBe(own)
    expect(await print(single)).not.toBe(own)
    for (const file of [COPIED_FILES.speakerNetwork, COPIED_FILES.speechTokenizer.cosyvoice3]) {
      const other = altered(voice?.directory ?? '', `other-${file}`, (manifest) => ({
        ...manifest,
        files: manifest.files.map((found) => (found.path === file ? { ...found, sha256: '0'.repeat(64) } : found)),
      }))
      expect(await print(other)).not.toBe(own)
    }
  })

  test.each(['cosyvoice2', 'cosyvoice3'] as const)(
    'of %s reads text and listens to recordings',
    async (architecture) => {
      const { directory } = await writeVoiceModel(architecture, path.join(folder.directory, `whole-${architecture}`))
      const model = await openBundleModel(directory, ON_PROCESSOR)
      const tokenizer = await model.openTokenizer()
      expect(tokenizer.architecture).toBe(architecture)
      expect(tokenizer.encode('Good evening.', { marks: 'none' }).length).toBeGreaterThan(2)
      await using networks = await model.openPromptNetworks()
      const tokens = await networks.speechTokens(new Float32Array(128 * 40).fill(0.5), 40)
      expect(tokens).toHaveLength(10)
      expect(await networks.speakerVector(new Float32Array(80 * 30).fill(0.1), 30)).toHaveLength(192)
    },
  )

  test.each([
    ['tokenizer', 'vocab.json'],
    ['networks of the prompt', 'speech_tokenizer_v3.onnx'],
  ] as const)('made without its %s opens, and names what is missing once it is needed', async (what, file) => {
    const model = await openBundleModel(single, ON_PROCESSOR)
    const opened = what === 'tokenizer' ? model.openTokenizer() : model.openPromptNetworks()
    await expect(opened).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file, reason: expect.stringContaining('checkpoint') },
      remedies: ['convert-again', 'download-again'],
    })
  })
})

describe('where its graphs run', () => {
  const AGREES = 1e-6
  const expectSame = (found: SpokenStages, expected: SpokenStages): void => {
    for (const [at, scores] of expected.scores.entries())
      expect(relativeError(found.scores[at] ?? [], scores)).toBeLessThan(AGREES)
    expect(relativeError(found.mel, expected.mel)).toBeLessThan(AGREES)
    expect(relativeError(found.samples, expected.samples)).toBeLessThan(AGREES)
  }

  test('is where they were placed, each on its own', async () => {
    const asked: Asked = {}
    const model = await openBundleModel(
      single,
      onCard(standIn(asked), (id) => id === 'attention'),
    )
    expect(model.devices).toMatchObject({
      llm: { provider: 'cpu', reason: 'made-for-processor' },
      flowFront: { provider: 'webgpu', reason: 'proved' },
      estimator: { provider: 'cpu', reason: 'unproved', refusal: { code: 'engine.gpu-unavailable' } },
    })
    const spoken = await speakStages(model)
    expect(asked).toEqual({
      'llm.onnx': { provider: 'cpu' },
      'flow-front.onnx': { provider: 'webgpu' },
      'flow-estimator.onnx': { provider: 'cpu' },
      'vocoder-pitch.onnx': { provider: 'cpu' },
      'vocoder.onnx': { provider: 'webgpu' },
    })
    expectSame(spoken, await speakStages(await openBundleModel(single, ON_PROCESSOR)))
  })

  test('keeps what the language model remembers there too', async () => {
    const asked: Asked = {}
    const model = await openBundleModel(gpu, onCard(standIn(asked)))
    await using llm = await model.openLlm()
    expect(asked['llm.onnx']?.keptOnDevice).toHaveLength(2 * model.description.llm.layers)
    expect(llm.decoder().length).toBe(0)
  })

  test('is refused before anything is loaded where a model must have a device and has none', async () => {
    await expect(openBundleModel(gpu, ON_PROCESSOR)).rejects.toMatchObject({ code: 'engine.gpu-unavailable' })
    await expect(openBundleModel(gpu, { wish: 'automatic', certificates: [] })).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
    })
  })
})

describe('what its flow remembers', () => {
  const pastFrames = async (changes: Partial<BundleModelOptions>): Promise<number[]> => {
    const seen: number[] = []
    const open: OpenNetwork = async (modelPath, options) => {
      const network = await (changes.open ?? openNetwork)(modelPath, options)
      const run: Network['run'] = (inputs, outputs) => {
        if (inputs.past) seen.push(inputs.past.dims[0] ?? Number.NaN)
        return network.run(inputs, outputs)
      }
      return { ...network, run }
    }
    const model = await openBundleModel(single, { ...ON_PROCESSOR, ...changes, open })
    await using flow = await model.openFlow()
    const tokens = someIds(60, model.description.flow.speechCodes, 1)
    const voice = { promptTokens: [], promptMel: new Float32Array(), speaker: someNumbers(192, 2), steps: 5 }
    using line = flowLine(flow, voice)
    await line.push(tokens.slice(0, 28), false)
    await line.push(tokens, true)
    return [...new Set(seen)]
  }

  test('is what the machine may spare, if nobody says otherwise', async () => {
    expect(await pastFrames({})).toEqual([0, 50])
    expect(await pastFrames({ flowMemoryBytes: 1000 })).toEqual([0])
  })

  test('is nothing on a device', async () => {
    expect(await pastFrames(onCard(standIn({})))).toEqual([0])
  })
})

describe('a device that was proved and', () => {
  test('fails when a graph is loaded is not replaced by the processor', async () => {
    const open: OpenNetwork = async (modelPath, options) => {
      if (options.provider === 'webgpu') throw gpuUnavailable('webgpu', 'device lost', path.basename(modelPath))
      return openNetwork(modelPath, options)
    }
    const model = await openBundleModel(single, onCard(open))
    const refusal = { code: 'engine.gpu-unavailable', params: { reason: 'device lost' } }
    await expect(model.openFlow()).rejects.toMatchObject(refusal)
    await expect(model.openVocoder()).rejects.toMatchObject(refusal)
  })

  test('in truth is the processor is refused, and the session closed', async () => {
    const closed: string[] = []
    const open: OpenNetwork = async (modelPath, options) => {
      const network = await openNetwork(modelPath, { ...options, provider: 'cpu', threads: 1 })
      const close = async (): Promise<void> => {
        closed.push(path.basename(modelPath))
        await network[Symbol.asyncDispose]()
      }
      return { ...network, [Symbol.asyncDispose]: close }
    }
    const model = await openBundleModel(single, onCard(open))
    await expect(model.openFlow()).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { provider: 'WebGPU', graph: 'flow-front.onnx', reason: expect.stringContaining('processor') },
    })
    expect(closed).toEqual(['flow-front.onnx'])
  })

  test.each([
    ['llm.onnx', 'logits'],
    ['flow-front.onnx', 'mu'],
    ['flow-front.onnx', 'spks'],
    ['flow-estimator.onnx', 'velocity'],
    ['vocoder.onnx', 'magnitude'],
    ['vocoder.onnx', 'phase'],
  ] as const)('gives what is no number in %s as %s computes wrong', async (graph, output) => {
    const open = standIn({}, (network, file) => (file === graph ? spoilt(network, output) : network))
    const model = await openBundleModel(gpuSingle, onCard(open))
    await expect(speakStages(model)).rejects.toMatchObject({
      code: 'engine.provider-wrong',
      params: { provider: 'WebGPU', graph, measured: 'NaN' },
    })
  })

  test.each([
    ['llm.onnx', 'logits'],
    ['flow-estimator.onnx', 'velocity'],
    ['vocoder-pitch.onnx', 'f0'],
    ['vocoder.onnx', 'phase'],
  ] as const)('is not there is not blamed: %s is rejected for its %s', async (graph, output) => {
    const open: OpenNetwork = async (modelPath, options) => {
      const network = await openNetwork(modelPath, { ...options, threads: 1 })
      return path.basename(modelPath) === graph ? spoilt(network, output) : network
    }
    const error = await speakStages(await openBundleModel(single, { ...ON_PROCESSOR, open })).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code: 'model.graph-rejected', params: { graph } })
  })
})
