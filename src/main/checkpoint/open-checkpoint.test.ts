import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import {
  type OwnTensor,
  type TensorToWrite,
  type TorchOptions,
  writeSafetensors,
  writeTorchCheckpoint,
  writeTorchContainer,
} from '../../../test/support/write-checkpoint.ts'
import { type Checkpoint, openCheckpoint, type TensorDtype } from './index.ts'

const FIXTURE = path.resolve(import.meta.dirname, '../../../test/fixtures/cosyvoice3-tiny/checkpoint')

const counting = (count: number, step = 1): number[] => Array.from({ length: count }, (_, index) => index * step)

/** Writes, opens, asks, and takes everything away again. */
const withCheckpoint = async (
  tensors: readonly TensorToWrite[],
  body: (checkpoint: Checkpoint, filePath: string) => Promise<void>,
  options?: TorchOptions,
): Promise<void> => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'llm.pt')
  writeTorchCheckpoint(filePath, tensors, options)
  await using checkpoint = await openCheckpoint(filePath)
  await body(checkpoint, filePath)
}

// Names and shapes as test/fixtures/cosyvoice3-tiny/PROVENANCE.md describes the networks.
test.each([
  {
    file: 'llm.pt',
    count: 29,
    shapes: {
      'llm.model.model.embed_tokens.weight': [256, 64],
      'llm.model.model.layers.1.self_attn.k_proj.weight': [32, 64],
      'llm.model.model.layers.1.mlp.down_proj.weight': [64, 128],
      'llm_decoder.weight': [248, 64],
    },
  },
  {
    file: 'flow.pt',
    count: 50,
    shapes: {
      'input_embedding.weight': [48, 80],
      'pre_lookahead_layer.conv1.weight': [128, 80, 4],
      'decoder.estimator.rotary_embed.inv_freq': [32],
      'decoder.estimator.transformer_blocks.1.attn_norm.linear.bias': [768],
    },
  },
  {
    file: 'hift.pt',
    count: 328,
    shapes: {
      'generator.conv_pre.parametrizations.weight.original0': [32, 1, 1],
      'generator.ups.0.parametrizations.weight.original1': [16, 32, 16],
      'generator.resblocks.8.activations2.2.alpha': [4],
      'generator.f0_predictor.classifier.bias': [1],
    },
  },
])('the reference $file opens with its names and shapes', async ({ file, count, shapes }) => {
  await using checkpoint = await openCheckpoint(path.join(FIXTURE, file))
  expect(checkpoint.fileName).toBe(file)
  expect(checkpoint.tensors.size).toBe(count)
  for (const [name, shape] of Object.entries(shapes))
    expect(checkpoint.tensors.get(name)).toEqual({ name, shape, dtype: 'f32' })
  for (const { name, shape } of checkpoint.tensors.values()) {
    const numbers = await checkpoint.read(name)
    expect(numbers.length).toBe(shape.reduce((product, size) => product * size, 1))
    expect(numbers.every(Number.isFinite)).toBe(true)
  }
})

// Where the first storages begin, found by eye: after a header of 30 bytes and a name, at the next multiple of 64.
test('the numbers of the reference are those that stand in the file', async () => {
  const bytes = readFileSync(path.join(FIXTURE, 'llm.pt'))
  const inFile = (byte: number, count: number) => counting(count).map((index) => bytes.readFloatLE(byte + index * 4))
  await using checkpoint = await openCheckpoint(path.join(FIXTURE, 'llm.pt'))
  const embedding = await checkpoint.read('llm.model.model.embed_tokens.weight')
  expect([...embedding]).toEqual(inFile(3264, 256 * 64))
  const query = await checkpoint.read('llm.model.model.layers.0.self_attn.q_proj.weight')
  expect([...query]).toEqual(inFile(68864, 64 * 64))
  const rows = await checkpoint.readRows('llm.model.model.embed_tokens.weight', 100, 103)
  expect([...rows]).toEqual(inFile(3264 + 100 * 64 * 4, 3 * 64))
})

test('the writer of the tests makes the reference files byte for byte', async () => {
  using folder = temporaryFolder()
  for (const name of ['llm', 'flow', 'hift']) {
    const original = path.join(FIXTURE, `${name}.pt`)
    await using checkpoint = await openCheckpoint(original)
    const tensors: OwnTensor[] = []
    for (const tensor of checkpoint.tensors.values())
      tensors.push({ ...tensor, fill: await checkpoint.read(tensor.name) })
    const copy = path.join(folder.directory, `${name}.pt`)
    writeTorchCheckpoint(copy, tensors, { plainDict: true })
    expect(readFileSync(copy).equals(readFileSync(original))).toBe(true)
  }
})

const DTYPES: readonly (readonly [TensorDtype, number[]])[] = [
  ['f64', [0, -1.5, 2 ** -100, 3e30]],
  ['f32', [0, -1.5, 2 ** -100, 3e30]],
  ['f16', [0, -1.5, 2 ** -24, 65504]],
  ['bf16', [0, -1.5, 2 ** -100, 2 ** 100]],
  ['i64', [0, -1, 2 ** 24, -(2 ** 40)]],
  ['i32', [0, -1, 2 ** 24, -(2 ** 30)]],
  ['i16', [0, -1, 32767, -32768]],
  ['i8', [0, -1, 127, -128]],
  ['u8', [0, 1, 128, 255]],
  ['bool', [0, 1, 1, 0]],
]

test.each(DTYPES)('numbers of dtype %s are read as f32 from either kind of file', async (dtype, values) => {
  const expected = values.map(Math.fround)
  await withCheckpoint([{ name: 'x', shape: [2, 2], dtype, fill: values }], async (checkpoint) => {
    expect(checkpoint.tensors.get('x')).toEqual({ name: 'x', shape: [2, 2], dtype })
    expect([...(await checkpoint.read('x'))]).toEqual(expected)
    expect([...(await checkpoint.readRows('x', 1, 2))]).toEqual(expected.slice(2))
  })
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'model.safetensors')
  writeSafetensors(filePath, [
    { name: 'before', shape: [3], dtype: 'u8', fill: [1, 2, 3] },
    { name: 'x', shape: [2, 2], dtype, fill: values },
  ])
  await using checkpoint = await openCheckpoint(filePath)
  expect(checkpoint.tensors.get('x')).toEqual({ name: 'x', shape: [2, 2], dtype })
  expect([...(await checkpoint.read('x'))]).toEqual(expected)
})

test('views of one storage are read in their own order', async () => {
  const tensors: TensorToWrite[] = [
    { name: 'other', shape: [5], fill: counting(5, 100) },
    { name: 'base', shape: [3, 4], fill: counting(12) },
    { name: 'alias', viewOf: 'base' },
    { name: 'transposed', viewOf: 'base', shape: [4, 3], strides: [1, 4] },
    { name: 'columns', viewOf: 'base', shape: [3, 2], strides: [4, 1], firstElement: 1 },
    { name: 'every second', viewOf: 'base', shape: [3, 2], strides: [4, 2], firstElement: 1 },
    { name: 'rows', viewOf: 'base', shape: [2, 4], strides: [4, 1], firstElement: 4 },
    { name: 'expanded', viewOf: 'base', shape: [2, 3], strides: [0, 4], firstElement: 3 },
    { name: 'one number', viewOf: 'base', shape: [], strides: [], firstElement: 7 },
    { name: 'odd strides of size one', viewOf: 'base', shape: [1, 4, 1], strides: [99, 1, 5], firstElement: 8 },
    { name: 'cube', viewOf: 'base', shape: [2, 3, 2], strides: [2, 4, 1] },
  ]
  await withCheckpoint(tensors, async (checkpoint) => {
    const read = async (name: string) => [...(await checkpoint.read(name))]
    expect(await read('alias')).toEqual(counting(12))
    expect(await read('transposed')).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    expect(await read('columns')).toEqual([1, 2, 5, 6, 9, 10])
    expect(await read('every second')).toEqual([1, 3, 5, 7, 9, 11])
    expect(await read('rows')).toEqual(counting(8).map((value) => value + 4))
    expect(await read('expanded')).toEqual([3, 7, 11, 3, 7, 11])
    expect(await read('one number')).toEqual([7])
    expect(await read('odd strides of size one')).toEqual([8, 9, 10, 11])
    expect(await read('cube')).toEqual([0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11])
    expect([...(await checkpoint.readRows('transposed', 1, 3))]).toEqual([1, 5, 9, 2, 6, 10])
    expect([...(await checkpoint.readRows('base', 2, 2))]).toEqual([])
  })
})

test('a view larger than a piece is read right across the borders', async () => {
  const [rows, columns] = [1500, 1801]
  const tensors: TensorToWrite[] = [
    { name: 'base', shape: [rows, columns], dtype: 'i32', fill: counting(rows * columns) },
    { name: 'transposed', viewOf: 'base', shape: [columns, rows], strides: [1, columns] },
    { name: 'thin', viewOf: 'base', shape: [rows], strides: [columns], firstElement: 1800 },
  ]
  await withCheckpoint(tensors, async (checkpoint) => {
    expect((await checkpoint.read('base')).every((value, index) => value === index)).toBe(true)
    const turned = await checkpoint.read('transposed')
    const wrong = turned.findIndex((value, index) => value !== (index % rows) * columns + Math.floor(index / rows))
    expect(wrong).toBe(-1)
    expect([...(await checkpoint.read('thin'))]).toEqual(counting(rows).map((row) => row * columns + 1800))
  })
})

test('a tensor without elements is read as nothing', async () => {
  const tensors: TensorToWrite[] = [
    { name: 'none', shape: [0, 7], fill: [] },
    { name: 'some', shape: [1], fill: [3] },
  ]
  await withCheckpoint(tensors, async (checkpoint) => {
    expect(checkpoint.tensors.get('none')?.shape).toEqual([0, 7])
    expect((await checkpoint.read('none')).length).toBe(0)
    expect([...(await checkpoint.read('some'))]).toEqual([3])
  })
})

test.each<[string, TorchOptions]>([
  ['64-bit sizes', { zip64: true }],
  ['an OrderedDict', { plainDict: false }],
  ['a plain dict', { plainDict: true }],
  ['a byte order', { byteOrder: 'little' }],
  ['the state of a training', { extra: { epoch: 12, step: 2 ** 33, 'best loss': 'unknown' } }],
])('a file with %s opens', async (_, options) => {
  const tensors: TensorToWrite[] = counting(1200).map((index) => ({ name: `t${index}`, shape: [2], fill: [index, -1] }))
  await withCheckpoint(
    tensors,
    async (checkpoint) => {
      expect([...checkpoint.tensors.keys()]).toEqual(tensors.map(({ name }) => name))
      expect([...(await checkpoint.read('t1199'))]).toEqual([1199, -1])
    },
    options,
  )
})

/*
 * Made by Python 3.11's own pickler from an OrderedDict of two tensors on one storage, `w` and its transpose `turned`, with
 * `epoch`, `seed` (2^63 + 5), `loss`, lists and the attribute `_metadata` that a state dict has.
 */
const PYTHON_PICKLES: readonly (readonly [protocol: number, base64: string])[] = [
  [
    2,
    'gAJjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQApUnEBKFgBAAAAd3ECY3RvcmNoLl91dGlscwpfcmVidWlsZF90ZW5zb3JfdjIKcQMo' +
      'KFgHAAAAc3RvcmFnZXEEY3RvcmNoCkZsb2F0U3RvcmFnZQpxBVgBAAAAMHEGWAMAAABjcHVxB0sEdHEIUUsASwJLAoZxCUsCSwGGcQqJ' +
      'aAApUnELdHEMUnENWAYAAAB0dXJuZWRxDmgDKChoBGgFaAZoB0sEdHEPUUsAaAlLAUsChnEQiWgAKVJxEXRxElJxE1gFAAAAZXBvY2hx' +
      'FEsHWAQAAABzZWVkcRWKCQUAAAAAAACAAFgEAAAAbG9zc3EWRz/QAAAAAAAAWAUAAABuYW1lc3EXXXEYKFgBAAAAYXEZWAEAAABicRpO' +
      'iGVYAwAAAG9uZXEbXXEcWAEAAAB4cR1hdX1xHlgJAAAAX21ldGFkYXRhcR9oAClScSBYAAAAAHEhfXEiWAcAAAB2ZXJzaW9ucSNLAXNz' +
      'c2Iu',
  ],
  [
    4,
    'gASVSgEAAAAAAACMC2NvbGxlY3Rpb25zlIwLT3JkZXJlZERpY3SUk5QpUpQojAF3lIwMdG9yY2guX3V0aWxzlIwSX3JlYnVpbGRfdGVu' +
      'c29yX3YylJOUKCiMB3N0b3JhZ2WUjAV0b3JjaJSMDEZsb2F0U3RvcmFnZZSTlIwBMJSMA2NwdZRLBHSUUUsASwJLAoaUSwJLAYaUiWgC' +
      'KVKUdJRSlIwGdHVybmVklGgHKChoCGgLaAxoDUsEdJRRSwBoD0sBSwKGlIloAilSlHSUUpSMBWVwb2NolEsHjARzZWVklIoJBQAAAAAA' +
      'AIAAjARsb3NzlEc/0AAAAAAAAIwFbmFtZXOUXZQojAFhlIwBYpROiGWMA29uZZRdlIwBeJRhjANyYXeUQwJhYpR1fZSMCV9tZXRhZGF0' +
      'YZRoAilSlIwAlH2UjAd2ZXJzaW9ulEsBc3NzYi4=',
  ],
  [
    5,
    'gAWVSgEAAAAAAACMC2NvbGxlY3Rpb25zlIwLT3JkZXJlZERpY3SUk5QpUpQojAF3lIwMdG9yY2guX3V0aWxzlIwSX3JlYnVpbGRfdGVu' +
      'c29yX3YylJOUKCiMB3N0b3JhZ2WUjAV0b3JjaJSMDEZsb2F0U3RvcmFnZZSTlIwBMJSMA2NwdZRLBHSUUUsASwJLAoaUSwJLAYaUiWgC' +
      'KVKUdJRSlIwGdHVybmVklGgHKChoCGgLaAxoDUsEdJRRSwBoD0sBSwKGlIloAilSlHSUUpSMBWVwb2NolEsHjARzZWVklIoJBQAAAAAA' +
      'AIAAjARsb3NzlEc/0AAAAAAAAIwFbmFtZXOUXZQojAFhlIwBYpROiGWMA29uZZRdlIwBeJRhjANyYXeUQwJhYpR1fZSMCV9tZXRhZGF0' +
      'YZRoAilSlIwAlH2UjAd2ZXJzaW9ulEsBc3NzYi4=',
  ],
]

test.each(PYTHON_PICKLES)('what Python writes in protocol %i is understood', async (_, base64) => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'llm.pt')
  const storage = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)
  writeTorchContainer(filePath, Buffer.from(base64, 'base64'), [{ name: '0', sizeBytes: 16, pieces: [storage] }])
  await using checkpoint = await openCheckpoint(filePath)
  expect([...checkpoint.tensors.keys()]).toEqual(['w', 'turned'])
  expect([...(await checkpoint.read('w'))]).toEqual([1, 2, 3, 4])
  expect([...(await checkpoint.read('turned'))]).toEqual([1, 3, 2, 4])
})

test('a tensor that is not there is named', async () => {
  await withCheckpoint([{ name: 'x', shape: [1], fill: [1] }], async (checkpoint) => {
    const expected = { code: 'checkpoint.missing-tensor', params: { file: 'llm.pt', tensor: 'y' } }
    await expect(checkpoint.read('y')).rejects.toMatchObject(expected)
    await expect(checkpoint.readRows('y', 0, 1)).rejects.toMatchObject(expected)
  })
})

test('asking for rows beyond the tensor is a mistake of the caller', async () => {
  await withCheckpoint([{ name: 'x', shape: [3, 2], fill: counting(6) }], async (checkpoint) => {
    await expect(checkpoint.readRows('x', 2, 4)).rejects.toThrow('rows 2 to 4 of 3')
  })
})

test('many reads at once do not disturb each other', async () => {
  const tensors = counting(40).map((index) => ({ name: `t${index}`, shape: [500], fill: counting(500, index) }))
  await withCheckpoint(tensors, async (checkpoint) => {
    const all = await Promise.all(tensors.map(({ name }) => checkpoint.read(name)))
    for (const [index, numbers] of all.entries()) expect([...numbers]).toEqual(counting(500, index))
  })
})

test('a file that shrinks while it is open ends early', async () => {
  await withCheckpoint([{ name: 'x', shape: [1000], fill: counting(1000) }], async (checkpoint, filePath) => {
    truncateSync(filePath, 2000)
    await expect(checkpoint.read('x')).rejects.toMatchObject({
      code: 'checkpoint.unreadable',
      params: { reason: 'ends-early' },
    })
  })
})

test('a number that changed on its way is noticed', async () => {
  await withCheckpoint([{ name: 'x', shape: [1000], fill: counting(1000) }], async (checkpoint, filePath) => {
    const bytes = readFileSync(filePath)
    const last = Buffer.alloc(4)
    last.writeFloatLE(999)
    bytes.writeFloatLE(998, bytes.indexOf(last))
    writeFileSync(filePath, bytes)
    await expect(checkpoint.read('x')).rejects.toMatchObject({
      code: 'checkpoint.unreadable',
      params: { reason: 'tensor-damaged', tensor: 'x' },
    })
  })
})

test('a file that is not there is missing from its folder', async () => {
  using folder = temporaryFolder()
  await expect(openCheckpoint(path.join(folder.directory, 'llm.pt'))).rejects.toMatchObject({
    code: 'checkpoint.missing-file',
    params: { file: 'llm.pt', folder: folder.directory },
    remedies: ['download-again', 'choose-another-folder'],
  })
})

test.each([
  ['nothing', '', 'empty'],
  ['a text', 'hello '.repeat(50), 'no-checkpoint'],
  [
    'a Git LFS pointer',
    'version https://git-lfs.github.com/spec/v1\noid sha256:69f4\nsize 2024669519\n',
    'git-lfs-pointer',
  ],
  ['the old format of PyTorch', '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.', 'old-pytorch'],
])('a file that holds %s is refused with the reason', async (_, content, reason) => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'llm.pt')
  writeFileSync(filePath, content, 'latin1')
  await expect(openCheckpoint(filePath)).rejects.toMatchObject({
    code: 'checkpoint.unreadable',
    params: { file: 'llm.pt', reason: expect.stringContaining(reason) },
  })
})

test('a folder in the place of the file is refused', async () => {
  using folder = temporaryFolder()
  await expect(openCheckpoint(folder.directory)).rejects.toMatchObject({ code: 'checkpoint.unreadable' })
})
