import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeCommunityModel } from '../../../../test/support/community-model.ts'
import { peakError } from '../../../../test/support/run-graph.ts'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { buildGraph, type TensorType } from '../../onnx/index.ts'
import { encodeGraph } from '../../onnx/write-graph.ts'
import { PROBE_IDS } from '../devices/probes.ts'
import type { ProviderCertificate } from '../devices/prove-provider.ts'
import { COMMUNITY_FILES } from './community-files.ts'
import { inspectCommunityModel } from './inspect-community-model.ts'
import { openCommunityModel } from './open-community-model.ts'

const onProcessor = { wish: 'cpu', certificates: [] } as const
const aModel = async () => {
  const folder = temporaryFolder()
  await writeCommunityModel(folder.directory)
  const at = (file: string): string => path.join(folder.directory, file)
  return { ...folder, at, open: () => openCommunityModel(folder.directory, onProcessor) }
}

type Port = readonly [string, TensorType, readonly (number | string)[]]
/** A graph that hands its inputs on, for what it says of itself. */
const aGraph = (inputs: readonly Port[], outputs: readonly Port[]): Uint8Array =>
  encodeGraph(
    buildGraph('graph', (g) => {
      for (const port of inputs) g.input(...port)
      for (const [name, type, dims] of outputs) {
        const [zero] = [type === 'float32' ? g.float32(0) : g.int64(0)]
        g.output(name, zero, type, dims)
      }
    }),
  )
const MEL: Port = ['mel', 'float32', [1, 80, 'frames']]
const F0: Port = ['f0', 'float32', [1, 'frames']]
const LOGITS: Port = ['logits', 'float32', [1, 248]]

describe('a folder that is no model of the community', () => {
  test('is said to hold none where nothing of it is there', async () => {
    using folder = temporaryFolder()
    for (const directory of [folder.directory, path.join(folder.directory, 'nowhere')])
      await expect(openCommunityModel(directory, onProcessor)).rejects.toMatchObject({
        code: 'model.not-found',
        params: { folder: directory },
        remedies: ['choose-another-folder'],
      })
  })

  test.each(COMMUNITY_FILES)('without %s is damaged, by name', async (file) => {
    using model = await aModel()
    rmSync(model.at(file))
    await expect(model.open()).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file, reason: 'not-there' },
      remedies: ['download-again'],
    })
  })

  test.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1), 'it ends too early'],
    ['a page of the web', () => Buffer.from('<!doctype html><title>404</title>'), 'ONNX'],
    ['empty', () => Buffer.alloc(0), 'it is no ONNX graph'],
    ['all zeros', (bytes: Buffer) => Buffer.alloc(bytes.length), 'not in the format of ONNX'],
  ] as const)('with a graph that is %s is damaged, by name', async (_what, damage, reason) => {
    using model = await aModel()
    const file = 'onnx/flow_pre_lookahead.onnx'
    writeFileSync(model.at(file), damage(readFileSync(model.at(file))))
    await expect(model.open()).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file, reason: expect.stringContaining(reason) },
    })
  })

  test.each<[string, string, Uint8Array, string]>([
    [
      'names its input otherwise',
      'hift_f0_predictor',
      aGraph([['speech', 'float32', [1]]], [F0]),
      'no input called mel',
    ],
    ['names its output otherwise', 'hift_f0_predictor', aGraph([MEL], [LOGITS]), 'no output called f0'],
    [
      'wants what nobody gives',
      'hift_f0_predictor',
      aGraph([MEL, ['finalize', 'int64', [1]]], [F0]),
      'an input called finalize',
    ],
    [
      'is in half precision',
      'hift_f0_predictor',
      aGraph([['mel', 'float16', [1, 80, 'frames']]], [F0]),
      'its input mel is of float16, not of float32',
    ],
    [
      'has another width',
      'llm_decoder',
      aGraph([['hidden_state', 'float32', [1, 1, 896]]], [LOGITS]),
      'its width is 896, where the other graphs have 64',
    ],
    [
      'scores too few tokens',
      'llm_decoder',
      aGraph([['hidden_state', 'float32', [1, 1, 64]]], [['logits', 'float32', [1, 48]]]),
      'it scores 48 speech tokens, where the flow has 48 codes',
    ],
  ])('with a graph that %s is refused before anything is loaded', async (_what, graph, bytes, reason) => {
    using model = await aModel()
    writeFileSync(model.at(`onnx/${graph}.onnx`), bytes)
    await expect(model.open()).rejects.toMatchObject({
      code: 'model.graph-rejected',
      params: { graph: `${graph}.onnx`, reason: expect.stringContaining(reason) },
      remedies: ['download-again', 'report'],
    })
  })
})

describe('the list of what was downloaded', () => {
  const files = async (of: { at(file: string): string }) =>
    COMMUNITY_FILES.map((file) => ({ path: file, sizeBytes: readFileSync(of.at(file)).length, sha256: 'a'.repeat(64) }))
  const manifest = (list: unknown): string =>
    JSON.stringify({ formatVersion: 1, modelId: 'tiny', layout: 'sokuji', files: list })

  test('tells a file that has another size', async () => {
    using model = await aModel()
    const list = await files(model)
    const changed = list.map((file) => (file.path === 'merges.txt' ? { ...file, sizeBytes: file.sizeBytes + 1 } : file))
    writeFileSync(model.at('downloaded.json'), manifest(changed))
    await expect(model.open()).rejects.toMatchObject({
      code: 'model.corrupt',
      params: { file: 'merges.txt', reason: 'size-differs' },
    })
  })

  test.each(['{', '[]', '{"files":[{"path":3}]}'])('is refused where it is %s', async (text) => {
    using model = await aModel()
    writeFileSync(model.at('downloaded.json'), text)
    await expect(model.open()).rejects.toMatchObject({ code: 'model.corrupt', params: { file: 'downloaded.json' } })
  })

  test('makes the fingerprint of kept features: of the networks that listen, and of no others', async () => {
    using model = await aModel()
    const fingerprint = async (list?: unknown) => {
      if (list !== undefined) writeFileSync(model.at('downloaded.json'), manifest(list))
      return (await inspectCommunityModel(model.directory)).promptFingerprint
    }
    const bySize = await fingerprint()
    expect(await fingerprint()).toBe(bySize)
    const list = await files(model)
    const known = await fingerprint(list)
    expect(known).not.toBe(bySize)
    expect(await fingerprint(list.toReversed())).toBe(known)
    const with_ = (changed: string) =>
      list.map((file) => (file.path === changed ? { ...file, sha256: 'b'.repeat(64) } : file))
    expect(await fingerprint(with_('onnx/flow_estimator.onnx'))).toBe(known)
    expect(await fingerprint(with_('onnx/campplus.onnx'))).not.toBe(known)
  })
})

describe('where its graphs run', () => {
  const cuda: ProviderCertificate = {
    provider: 'cuda',
    isRight: true,
    speedRatioToCpu: 12,
    probes: PROBE_IDS.map((id) => ({ id, isRight: true, relativeError: 0 })),
  }

  test('is the processor, but for the estimator on a device that was proved', async () => {
    using model = await aModel()
    const { devices } = await openCommunityModel(model.directory, { wish: 'automatic', certificates: [cuda] })
    expect(devices).toEqual({
      llm: { provider: 'cpu', reason: 'made-for-processor' },
      flowFront: { provider: 'cpu', reason: 'made-for-processor' },
      estimator: { provider: 'cuda', reason: 'proved' },
      pitch: { provider: 'cpu', reason: 'always-processor' },
      vocoder: { provider: 'cpu', reason: 'made-for-processor' },
      speaker: { provider: 'cpu', reason: 'always-processor' },
      speechTokenizer: { provider: 'cpu', reason: 'always-processor' },
    })
    const wished = await openCommunityModel(model.directory, { wish: 'cpu', certificates: [cuda] })
    expect(wished.devices.estimator).toEqual({ provider: 'cpu', reason: 'wished' })
    await expect(openCommunityModel(model.directory, { wish: 'cuda', certificates: [] })).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
    })
  })
})

describe('the table of text', () => {
  test('is read where it lies in its file, or by its graph where that does more than look up', async () => {
    using model = await aModel()
    const ids = [0, 7, 304]
    const stages = await model.open()
    await using llm = await stages.openLlm()
    const rows = await llm.text(ids)
    expect(rows).toHaveLength(3 * stages.description.llm.hiddenSize)

    const width = stages.description.llm.hiddenSize
    const turned = buildGraph('text_embedding', (g) => {
      const table = g.float32([...rows])
      const found = g.op('Gather', [table, g.input('input_ids', 'int64', [1, 'ids'])], { axis: 0 })
      g.output('embeddings', g.op('Neg', [found]), 'float32', [1, 'ids', width])
    })
    const constants = turned.constants.map((table) => ({ ...table, dims: [3, width] }))
    writeFileSync(model.at('onnx/text_embedding.onnx'), encodeGraph({ ...turned, constants }))
    await using other = await (await model.open()).openLlm()
    expect(
      peakError(
        await other.text([0, 1, 2]),
        rows.map((value) => -value),
      ),
    ).toBe(0)
  })
})
