import { closeSync, copyFileSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import {
  createPickler,
  type Pickler,
  type TensorToWrite,
  type TorchOptions,
  writeSafetensors,
  writeTorchCheckpoint,
  writeTorchContainer,
} from '../../../test/support/write-checkpoint.ts'
import { AppError } from '../../shared/kernel/index.ts'
import { openCheckpoint } from './index.ts'

const FIXTURE = path.resolve(import.meta.dirname, '../../../test/fixtures/cosyvoice3-tiny/checkpoint/llm.pt')
const SMALL: readonly TensorToWrite[] = [
  { name: 'a', shape: [2, 3], fill: [1, 2, 3, 4, 5, 6] },
  { name: 'b', shape: [4], dtype: 'bf16', fill: [1, 2, 3, 4] },
  { name: 'turned', viewOf: 'a', shape: [3, 2], strides: [1, 3] },
  { name: 'c', shape: [10], dtype: 'i64', fill: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
]

const readAll = async (filePath: string): Promise<number> => {
  await using checkpoint = await openCheckpoint(filePath)
  let elements = 0
  for (const name of checkpoint.tensors.keys()) elements += (await checkpoint.read(name)).length
  return elements
}
const failureOf = (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => undefined,
    (error) => error,
  )
const readBytes = async (bytes: Uint8Array): Promise<number> => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'llm.pt')
  writeFileSync(filePath, bytes)
  return await readAll(filePath)
}
const readTensors = async (tensors: readonly TensorToWrite[], options?: TorchOptions): Promise<number> => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'llm.pt')
  writeTorchCheckpoint(filePath, tensors, options)
  return await readAll(filePath)
}
const readPickled = async (pickle: Uint8Array): Promise<number> => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'llm.pt')
  writeTorchContainer(filePath, pickle, [{ name: '0', sizeBytes: 16, pieces: [new Uint8Array(16)] }])
  return await readAll(filePath)
}
/** A pickle of `{'x': value}`. */
const dictWith = (value: (pickler: Pickler) => void): Uint8Array => {
  const pickler = createPickler()
  pickler.op(0x80, [1, 2])
  pickler.op(0x7d)
  pickler.put()
  pickler.text('x')
  value(pickler)
  pickler.op(0x73)
  pickler.op(0x2e)
  return pickler.bytes()
}
const smallFile = (options?: TorchOptions): Buffer => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'llm.pt')
  writeTorchCheckpoint(filePath, SMALL, options)
  return readFileSync(filePath)
}
const unreadable = (reason = '') => ({
  code: 'checkpoint.unreadable',
  params: { file: 'llm.pt', reason: expect.stringContaining(reason) },
})
const forbidden = (global: string) => ({ code: 'checkpoint.forbidden-code', params: { file: 'llm.pt', global } })

test('a file that ends anywhere too early is refused', async () => {
  using folder = temporaryFolder()
  for (const [name, write] of [
    ['llm.pt', (filePath: string) => writeTorchCheckpoint(filePath, SMALL)],
    ['wide.pt', (filePath: string) => writeTorchCheckpoint(filePath, SMALL, { zip64: true })],
    [
      'model.safetensors',
      (filePath: string) => writeSafetensors(filePath, [{ name: 'a', shape: [40, 3], fill: new Float32Array(120) }]),
    ],
  ] as const) {
    const filePath = path.join(folder.directory, name)
    write(filePath)
    expect(await readAll(filePath)).toBeGreaterThan(0)
    for (let sizeBytes = readFileSync(filePath).length - 1; sizeBytes >= 0; sizeBytes--) {
      truncateSync(filePath, sizeBytes)
      const failure = await failureOf(openCheckpoint(filePath))
      expect(failure, `${name} of ${sizeBytes} bytes`).toMatchObject({ code: 'checkpoint.unreadable' })
    }
  }
})

test('the reference that ends too early is refused', async () => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'llm.pt')
  copyFileSync(FIXTURE, filePath)
  for (let sizeBytes = readFileSync(FIXTURE).length - 1; sizeBytes > 0; sizeBytes -= 4999) {
    truncateSync(filePath, sizeBytes)
    await expect(openCheckpoint(filePath)).rejects.toMatchObject(unreadable())
  }
})

test.each([
  ['os', 'system'],
  ['builtins', 'eval'],
  ['builtins', 'getattr'],
  ['torch', 'load'],
  ['torch.hub', 'load'],
  ['collections', 'OrderedDict.__reduce__'],
  ['torch FloatStorage', ''],
  ['numpy.core.multiarray', 'scalar'],
])('a file that names %s.%s is refused by that name', async (module, name) => {
  const pickle = dictWith((pickler) => {
    pickler.global(module, name)
    pickler.op(0x28)
    pickler.text('echo harm')
    pickler.op(0x74)
    pickler.op(0x52)
  })
  await expect(readPickled(pickle)).rejects.toMatchObject(forbidden(`${module}.${name}`))
})

test('code is found wherever it hides', async () => {
  const inTensor = dictWith((pickler) => {
    pickler.global('torch._utils', '_rebuild_tensor_v2')
    pickler.op(0x28)
    pickler.global('posix', 'system')
  })
  await expect(readPickled(inTensor)).rejects.toMatchObject(forbidden('posix.system'))
  const stackGlobal = dictWith((pickler) => {
    pickler.text('os')
    pickler.text('system')
    pickler.op(0x93)
  })
  await expect(readPickled(stackGlobal)).rejects.toMatchObject(forbidden('os.system'))
  const instance = Buffer.from('\x80\x02(X\x04\0\0\0harmios\nsystem\n.', 'latin1')
  await expect(readPickled(instance)).rejects.toMatchObject(forbidden('os.system'))
  const longName = dictWith((pickler) => pickler.global('os', 'x'.repeat(900)))
  const failure = await failureOf(readPickled(longName))
  expect(failure instanceof AppError && String(failure.params.global).length).toBe(120)
})

const protocol2 = (text: string): Buffer => Buffer.from(`\x80\x02${text}`, 'latin1')

test.each([
  ['nothing', Buffer.alloc(0)],
  ['protocol 0', Buffer.from("(dp0\nS'x'\np1\nI1\ns.")],
  ['protocol 9', Buffer.from('\x80\x09}.', 'latin1')],
  ['no end', protocol2('}')],
  ['an empty stack', protocol2('.')],
  ['two results', protocol2('}}.')],
  ['an open mark', protocol2('}(.')],
  ['a pop below the mark', protocol2('}(\x85.')],
  ['a mark that is not there', protocol2('}u.')],
  ['a memo that is not there', protocol2('h\x05.')],
  ['a text of four gigabytes', protocol2('X\xff\xff\xff\xffab.')],
  ['bytes of four gigabytes', protocol2('B\xff\xff\xff\xffab.')],
  ['a text that is no text', protocol2('X\x02\0\0\0\xff\xfe.')],
  ['a name without end', protocol2(`c${'a'.repeat(5000)}`)],
  ['a key without value', protocol2('}(K\x01u.')],
  ['items of a number', protocol2('K\x01(K\x01K\x01u.')],
  ['a call of a number', protocol2('K\x01)R.')],
  ['a call with a number', protocol2('ccollections\nOrderedDict\nK\x01R.')],
  ['attributes of a number', protocol2('K\x01}b.')],
  ['an unknown instruction', protocol2('}\xff.')],
  ['an extension', protocol2('\x82\x01.')],
  ['a new object', protocol2('ccollections\nOrderedDict\n)\x81.')],
  ['a number instead of a table', protocol2('K\x01.')],
  ['an empty table', protocol2('}.')],
  ['a table that contains itself', protocol2('}q\0X\x01\0\0\0xh\0s.')],
  ['a list that contains itself', protocol2(']q\0h\0a.')],
])('a list of tensors with %s is refused', async (_, pickle) => {
  await expect(readPickled(pickle)).rejects.toMatchObject(unreadable())
})

/** Storage 0 of the container has four f32. */
const tensorCall = (pickler: Pickler, id: (pickler: Pickler) => void): void => {
  pickler.global('torch._utils', '_rebuild_tensor_v2')
  pickler.op(0x28)
  id(pickler)
  pickler.op(0x51)
  pickler.integer(0)
  pickler.integers([4])
  pickler.integers([1])
  pickler.op(0x74)
  pickler.op(0x52)
}
const storageId = (pickler: Pickler, key = '0', count = 4): void => {
  pickler.op(0x28)
  pickler.text('storage')
  pickler.global('torch', 'FloatStorage')
  pickler.text(key)
  pickler.text('cpu')
  pickler.integer(count)
  pickler.op(0x74)
}

test('a parameter is read as the tensor it is', async () => {
  const pickle = dictWith((pickler) => {
    pickler.global('torch._utils', '_rebuild_parameter')
    pickler.op(0x28)
    tensorCall(pickler, storageId)
    pickler.op(0x88)
    pickler.op(0x74)
    pickler.op(0x52)
  })
  expect(await readPickled(pickle)).toBe(4)
})

test('what lies below a mark is out of reach', async () => {
  const pickle = dictWith((pickler) => {
    tensorCall(pickler, storageId)
    pickler.op(0x73)
    // An empty dict, a mark, and the dict taken as attributes from below it.
    pickler.op(0x7d)
    pickler.op(0x28)
    pickler.op(0x62)
    pickler.op(0x75)
    pickler.op(0x2e)
  })
  await expect(readPickled(pickle)).rejects.toMatchObject(unreadable())
})

test.each<[string, (pickler: Pickler) => void]>([
  ['names a storage that is not there', (pickler) => storageId(pickler, '7')],
  ['reaches for another entry', (pickler) => storageId(pickler, '../data.pkl')],
  ['claims more than is stored', (pickler) => storageId(pickler, '0', 5)],
  ['has a storage of no kind', (pickler) => pickler.text('storage')],
  ['has an empty storage id', (pickler) => pickler.integers([])],
])('a tensor that %s is refused by name', async (_, id) => {
  const pickle = dictWith((pickler) => tensorCall(pickler, id))
  await expect(readPickled(pickle)).rejects.toMatchObject(unreadable('its tensor “x”'))
})

test('values that are no tensors are left aside, however deep they are nested', async () => {
  const doubling = dictWith((pickler) => {
    pickler.integers([1])
    for (let level = 0; level < 5_000; level++) {
      pickler.op(0x71, [1, 0])
      pickler.op(0x68, [1, 0])
      pickler.op(0x86)
    }
  })
  await expect(readPickled(doubling)).rejects.toMatchObject(unreadable('no-tensors'))
  const nesting = dictWith((pickler) => {
    pickler.integers([1])
    for (let level = 0; level < 100_000; level++) pickler.op(0x85)
  })
  await expect(readPickled(nesting)).rejects.toMatchObject(unreadable('no-tensors'))
})

test('a memo of four billion entries costs what it holds', async () => {
  const pickle = dictWith((pickler) => {
    tensorCall(pickler, storageId)
    pickler.op(0x72, [4, 0xffffffff])
  })
  expect(await readPickled(pickle)).toBe(4)
})

test('a list of tensors of five megabytes is refused unread', async () => {
  const pickle = dictWith((pickler) => pickler.text('x'.repeat(5 << 20)))
  await expect(readPickled(pickle)).rejects.toMatchObject(unreadable('far too large'))
})

test.each<[string, TensorToWrite]>([
  ['too long', { name: 'v', viewOf: 'a', shape: [7], strides: [1] }],
  ['too far', { name: 'v', viewOf: 'a', shape: [2], strides: [1], firstElement: 5 }],
  ['too wide', { name: 'v', viewOf: 'a', shape: [2, 2], strides: [5, 1] }],
  ['backwards', { name: 'v', viewOf: 'a', shape: [2], strides: [-1], firstElement: 1 }],
  ['before the start', { name: 'v', viewOf: 'a', shape: [2], strides: [1], firstElement: -1 }],
  ['of negative size', { name: 'v', viewOf: 'a', shape: [-2, -3], strides: [3, 1] }],
  ['without strides', { name: 'v', viewOf: 'a', shape: [2, 3], strides: [3] }],
  ['of a hundred dimensions', { name: 'v', viewOf: 'a', shape: Array(100).fill(1), strides: Array(100).fill(1) }],
  ['of a billion copies', { name: 'v', viewOf: 'a', shape: [2 ** 30, 3], strides: [0, 1] }],
  ['that overlaps itself', { name: 'v', viewOf: 'a', shape: [3, 3], strides: [1, 1] }],
])('a tensor %s is refused by name', async (_, view) => {
  await expect(readTensors([...SMALL, view])).rejects.toMatchObject(unreadable('its tensor “v”'))
})

test('two tensors of one name are refused', async () => {
  const twice: TensorToWrite = { name: 'a', shape: [1], fill: [1] }
  await expect(readTensors([twice, twice])).rejects.toMatchObject(unreadable('names a tensor twice'))
})

test('numbers of the other byte order are refused', async () => {
  await expect(readTensors(SMALL, { byteOrder: 'big' })).rejects.toMatchObject(unreadable('big-endian'))
})

const CENTRAL_HEADER = Buffer.from('PK\x01\x02')
/** A directory entry, changed. */
const withCentral = (change: (entry: Buffer, file: Buffer) => void, options?: TorchOptions): Buffer => {
  const file = smallFile(options)
  // The second one is the first storage.
  const at = file.indexOf(CENTRAL_HEADER, file.indexOf(CENTRAL_HEADER) + 4)
  change(file.subarray(at), file)
  return file
}

test.each<[string, Buffer, string]>([
  ['compressed', withCentral((entry) => entry.writeUInt16LE(8, 10)), 'compressed'],
  ['encrypted', withCentral((entry) => entry.writeUInt16LE(entry.readUInt16LE(8) | 1, 8)), 'encrypted'],
  ['longer than the room it has', withCentral((entry) => entry.fill(0x70, 20, 22).fill(0x70, 24, 26)), 'overlap'],
  ['of two sizes', withCentral((entry) => entry.writeUInt32LE(1, 20)), 'damaged'],
  ['where another one is', withCentral((entry) => entry.writeUInt32LE(0, 42)), 'overlap'],
  ['nowhere', withCentral((entry) => entry.writeUInt32LE(0x7fffffff, 42)), 'ends-early'],
  ['of another name', withCentral((entry) => entry.write('X', 46)), 'does not match'],
  ['with a cut extra field', withCentral((entry) => entry.writeUInt16LE(3, 66), { zip64: true }), 'damaged'],
  ['without its 64-bit sizes', withCentral((entry) => entry.writeUInt16LE(9, 60), { zip64: true }), 'damaged'],
])('an archive with an entry %s is refused', async (_, bytes, reason) => {
  await expect(readBytes(bytes)).rejects.toMatchObject(unreadable(reason))
})

test.each<[string, (file: Buffer, end64: number) => void, string]>([
  ['more entries than it lists', (file, end64) => file.writeUInt8(200, end64 + 32), 'damaged'],
  ['fewer entries than it lists', (file, end64) => file.writeUInt8(1, end64 + 32), 'damaged'],
  ['a billion entries', (file, end64) => file.writeUInt32LE(1e9, end64 + 32), 'far too large'],
  ['a directory past its end', (file, end64) => file.writeUInt32LE(0x7fffffff, end64 + 48), 'outside'],
  ['a size no file has', (file, end64) => file.writeUInt32LE(0xffffffff, end64 + 44), 'impossible'],
])('an archive that claims %s is refused', async (_, change, reason) => {
  const file = smallFile()
  change(file, file.lastIndexOf(Buffer.from('PK\x06\x06')))
  await expect(readBytes(file)).rejects.toMatchObject(unreadable(reason))
})

test('an archive of something else is refused', async () => {
  const file = smallFile({ prefix: 'llm/inner' })
  await expect(readBytes(file)).rejects.toMatchObject(unreadable('no-pytorch-archive'))
})

const header = (json: unknown, dataBytes = 16): Buffer => {
  const text = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, Buffer.alloc(dataBytes)])
}
const four = { dtype: 'F32', shape: [4], data_offsets: [0, 16] }

test('a safetensors file may name its tensors in any order and hold empty ones', async () => {
  const second = { dtype: 'F32', shape: [2], data_offsets: [8, 16] }
  const first = { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] }
  const empty = { dtype: 'F32', shape: [0, 9], data_offsets: [8, 8] }
  expect(await readBytes(header({ second, empty, first, __metadata__: { format: 'pt' } }))).toBe(4)
})

test.each<[string, Buffer]>([
  ['no JSON', header('{"a":')],
  ['an empty table', header({}, 0)],
  ['deep JSON', header(`{"a":${'['.repeat(100_000)}`)],
  ['an unknown dtype', header({ a: { ...four, dtype: 'F8_E4M3' } })],
  ['a negative size', header({ a: { ...four, shape: [-4] } })],
  ['a broken size', header({ a: { ...four, shape: [1.5] } })],
  ['no offsets', header({ a: { dtype: 'F32', shape: [4] } })],
  ['a shape that does not fit', header({ a: { ...four, shape: [3] } })],
  ['a shape beyond all numbers', header({ a: { ...four, shape: [2 ** 52, 2 ** 52] } })],
  ['offsets in the wrong order', header({ a: { ...four, data_offsets: [16, 0] } })],
  ['offsets past the end', header({ a: { ...four, data_offsets: [16, 32] } })],
  ['overlapping tensors', header({ a: four, b: four }, 32)],
  ['a gap', header({ a: { ...four, data_offsets: [4, 20] } }, 20)],
  ['something after the last tensor', header({ a: four }, 20)],
  ['too few numbers', header({ a: four }, 12)],
  [
    'one name twice',
    header(`{"a":${JSON.stringify(four)},"a":{"dtype":"F32","shape":[4],"data_offsets":[16,32]}}`, 32),
  ],
])('a safetensors file with %s is refused', async (_, bytes) => {
  await expect(readBytes(bytes)).rejects.toMatchObject(unreadable())
})

test('a safetensors file that claims an endless header is refused unread', async () => {
  const file = header({ a: four })
  file.writeBigUInt64LE(2n ** 62n)
  await expect(readBytes(file)).rejects.toMatchObject(unreadable('far too large'))
})

/** Numbers below 2^32, the same in every run. */
const randomOf = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

test.each<[string, (filePath: string) => void]>([
  ['torch', (filePath) => writeTorchCheckpoint(filePath, SMALL, { byteOrder: 'little', extra: { epoch: 3 } })],
  ['64-bit torch', (filePath) => writeTorchCheckpoint(filePath, SMALL, { zip64: true })],
  ['safetensors', (filePath) => writeSafetensors(filePath, [{ name: 'a', shape: [4, 3], fill: new Float32Array(12) }])],
])('a %s file with random bytes changed is read or refused, nothing else', { timeout: 60_000 }, async (_, write) => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'llm.pt')
  write(filePath)
  const original = readFileSync(filePath)
  const random = randomOf(7001)
  const interesting = [0, 1, 0x7f, 0x80, 0xff]
  let refused = 0
  for (let round = 0; round < 1500; round++) {
    const file = openSync(filePath, 'r+')
    for (let changes = 1 + random(3); changes > 0; changes--) {
      const byte = random(2) === 0 ? random(256) : (interesting[random(interesting.length)] ?? 0)
      writeSync(file, Uint8Array.of(byte), 0, 1, random(original.length))
    }
    closeSync(file)
    const failure = await failureOf(readAll(filePath))
    if (failure !== undefined) {
      refused++
      expect(failure, `round ${round}`).toMatchObject({ code: expect.stringMatching(/^checkpoint\./) })
    }
    writeFileSync(filePath, original)
  }
  expect(refused).toBeGreaterThan(100)
})
