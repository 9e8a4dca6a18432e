import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { type OwnTensor, writeTorchCheckpoint } from '../../../test/support/write-checkpoint.ts'
import { openCheckpoint } from '../checkpoint/index.ts'
import { type FlowNetwork, readFlowNetwork } from './flow-network.ts'
import { readTensors } from './tensor.ts'

const FLOW = path.resolve(import.meta.dirname, '../../../test/fixtures/cosyvoice2-tiny/checkpoint/flow.pt')

/** What is made of a file whose tensors have these shapes, all numbers being zero. */
const readWith = async (change: (shapes: Map<string, readonly number[]>) => void): Promise<FlowNetwork> => {
  using folder = temporaryFolder()
  await using whole = await openCheckpoint(FLOW)
  const shapes = new Map([...whole.tensors.values()].map(({ name, shape }) => [name, shape]))
  change(shapes)
  const filePath = path.join(folder.directory, 'flow.pt')
  const zeros = (into: Float32Array): void => void into.fill(0)
  writeTorchCheckpoint(
    filePath,
    [...shapes].map(([name, shape]): OwnTensor => ({ name, shape, fill: zeros })),
  )
  await using checkpoint = await openCheckpoint(filePath)
  return readFlowNetwork(readTensors(checkpoint))
}

test.each([
  ['decoder.estimator.down_blocks.0.0.block1.block.0.weight', [32, 240, 3], '[32, 320, 3]'],
  ['decoder.estimator.mid_blocks.1.0.res_conv.weight', [32, 32, 3], '[32, 32, 1]'],
  ['decoder.estimator.mid_blocks.0.1.1.attn1.to_k.weight', [64, 32], '[128, 32]'],
  ['decoder.estimator.up_blocks.0.0.mlp.1.weight', [32, 64], '[32, 128]'],
  ['decoder.estimator.final_proj.bias', [79], '[80]'],
  ['encoder.encoders.1.self_attn.pos_bias_v', [2, 32], '[4, 16]'],
  ['encoder.pre_lookahead_layer.conv2.weight', [64, 48, 3], '[64, 64, 3]'],
  ['encoder.up_embed.out.1.bias', [32], '[64]'],
  ['spk_embed_affine_layer.weight', [80, 512], '[80, 192]'],
])('%s of another shape is named, with both shapes', async (tensor, shape, expected) => {
  await expect(readWith((shapes) => shapes.set(tensor, shape))).rejects.toMatchObject({
    code: 'checkpoint.wrong-shape',
    params: { file: 'flow.pt', tensor, expected, found: `[${shape.join(', ')}]` },
  })
})

test.each([
  'decoder.estimator.up_blocks.0.2.bias',
  'encoder.up_encoders.0.self_attn.linear_pos.weight',
  'encoder_proj.bias',
])('a checkpoint without %s is refused by that name', async (tensor) => {
  await expect(readWith((shapes) => shapes.delete(tensor))).rejects.toMatchObject({
    code: 'checkpoint.missing-tensor',
    params: { file: 'flow.pt', tensor },
  })
})

test('an estimator that changes its rate on the way down is not known', async () => {
  const twoDown = readWith((shapes) => shapes.set('decoder.estimator.down_blocks.1.0.mlp.1.weight', [32, 128]))
  await expect(twoDown).rejects.toMatchObject({ code: 'checkpoint.unknown-architecture' })
})

test('an attention width that heads of 64 do not divide is not known', async () => {
  const narrow = readWith((shapes) => shapes.set('decoder.estimator.down_blocks.0.1.0.attn1.to_q.weight', [96, 32]))
  await expect(narrow).rejects.toMatchObject({ code: 'checkpoint.unknown-architecture' })
})

test('fewer blocks than the checkpoint of the fixture are read as they are', async () => {
  const { modulation } = await readWith((shapes) => {
    for (const name of shapes.keys()) if (name.startsWith('decoder.estimator.mid_blocks.1.')) shapes.delete(name)
  })
  expect(modulation).toEqual({ rows: 3, width: 32 })
})
