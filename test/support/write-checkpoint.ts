import { closeSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import type { TensorDtype } from '../../src/main/checkpoint/index.ts'

/** Numbers of a tensor: given, or made piece by piece, row-major, so that a large file needs no memory. */
export type Fill = (into: Float32Array, firstElement: number) => void
/** A tensor with numbers of its own. */
export type OwnTensor = {
  readonly name: string
  readonly shape: readonly number[]
  /** f32 unless told otherwise. */
  readonly dtype?: TensorDtype
  readonly fill: Fill | ArrayLike<number>
}
/** A tensor that looks into the storage of one written before it: an alias, a slice, a transposed or expanded view. */
export type ViewTensor = {
  readonly name: string
  readonly viewOf: string
  /** That of the other tensor unless told otherwise; so are the strides, which count elements. */
  readonly shape?: readonly number[]
  readonly strides?: readonly number[]
  readonly firstElement?: number
}
export type TensorToWrite = OwnTensor | ViewTensor

export type TorchOptions = {
  /** The folder within the archive. torch takes the name of the file. */
  prefix?: string
  /** What the state dict holds besides tensors, e.g. `epoch`. */
  extra?: Readonly<Record<string, number | string>>
  /** As `{...module.state_dict()}` gives; otherwise an OrderedDict. */
  plainDict?: boolean
  /** Contents of the `byteorder` entry; none as before PyTorch 2.1 when undefined. */
  byteOrder?: string
  /** Sizes and offsets in 64 bits even where 32 would do. */
  zip64?: boolean
}

const PIECE_ELEMENTS = 1 << 20
const BYTES: Readonly<Record<TensorDtype, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u8: 1,
  bool: 1,
}
const STORAGE_CLASSES: Readonly<Record<TensorDtype, string>> = {
  f64: 'DoubleStorage',
  f32: 'FloatStorage',
  f16: 'HalfStorage',
  bf16: 'BFloat16Storage',
  i64: 'LongStorage',
  i32: 'IntStorage',
  i16: 'ShortStorage',
  i8: 'CharStorage',
  u8: 'ByteStorage',
  bool: 'BoolStorage',
}

const countOf = (shape: readonly number[]): number => shape.reduce((count, size) => count * size, 1)
const rowMajor = (shape: readonly number[]): number[] => shape.map((_, axis) => countOf(shape.slice(axis + 1)))
const isView = (tensor: TensorToWrite): tensor is ViewTensor => 'viewOf' in tensor

/** Round to the nearest half, ties to even. */
const toHalf = (value: number): number => {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 1e-9)))
  const scaled = size / 2 ** (exponent - 10)
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  const steps = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
  // A fraction that rounds up to the next power of two carries into the exponent by itself.
  return sign | (steps < 1024 && exponent === -14 ? steps : ((exponent + 14) << 10) + steps)
}

const encode = (dtype: TensorDtype, values: Float32Array<ArrayBuffer>): Uint8Array => {
  const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>) =>
    new Uint8Array(buffer, byteOffset, byteLength)
  switch (dtype) {
    case 'f32':
      return bytesOf(values)
    case 'f64':
      return bytesOf(Float64Array.from(values))
    case 'f16':
      return bytesOf(Uint16Array.from(values, toHalf))
    case 'bf16': {
      const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
      // Ties to even, as torch rounds.
      return bytesOf(Uint16Array.from(bits, (bit) => (bit + 0x7fff + ((bit >>> 16) & 1)) >>> 16))
    }
    case 'i64':
      return bytesOf(BigInt64Array.from(values as Iterable<number>, BigInt))
    case 'i32':
      return bytesOf(Int32Array.from(values))
    case 'i16':
      return bytesOf(Int16Array.from(values))
    case 'i8':
      return bytesOf(Int8Array.from(values))
    case 'u8':
    case 'bool':
      return bytesOf(Uint8Array.from(values))
  }
}

/** The numbers of a tensor as the file holds them, a piece at a time. */
function* piecesOf({ shape, dtype = 'f32', fill }: OwnTensor): Generator<Uint8Array> {
  const count = countOf(shape)
  const scratch = new Float32Array(Math.min(count, PIECE_ELEMENTS))
  for (let first = 0; first < count; first += PIECE_ELEMENTS) {
    const values = scratch.subarray(0, Math.min(PIECE_ELEMENTS, count - first))
    if (typeof fill === 'function') fill(values, first)
    else for (let i = 0; i < values.length; i++) values[i] = fill[first + i] ?? 0
    yield encode(dtype, values)
  }
}

type Field = readonly [width: 1 | 2 | 4 | 8, value: number]

const numberBytes = (...fields: readonly Field[]): Uint8Array => {
  const bytes = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [width, value] of fields) {
    if (width === 1) view.setUint8(at, value)
    else if (width === 2) view.setUint16(at, value, true)
    else if (width === 4) view.setUint32(at, value, true)
    else view.setBigUint64(at, BigInt(value), true)
    at += width
  }
  return bytes
}

export type ZipContent = { readonly name: string; readonly sizeBytes: number; readonly pieces: Iterable<Uint8Array> }

/** Where torch lets the bytes of every entry begin. @source pytorch/pytorch caffe2/serialize/inline_container.cc `getPadding` */
const ALIGNMENT_BYTES = 64
const WIDE = 0xffffffff

/**
 * A zip archive as torch writes it: stored, aligned, sizes and checksums behind the contents.
 * @param zip64 whether sizes and offsets stand in 64-bit fields even where they fit into 32
 */
export const writeZip = (filePath: string, contents: Iterable<ZipContent>, zip64 = false): void => {
  const file = openSync(filePath, 'w')
  let at = 0
  const write = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    at += bytes.length
  }
  try {
    const central: Uint8Array[] = []
    let count = 0
    for (const { name, sizeBytes, pieces } of contents) {
      const nameBytes = new TextEncoder().encode(name)
      const headerByte = at
      const isWide = zip64 || sizeBytes >= WIDE
      const unpadded = headerByte + 30 + nameBytes.length + (isWide ? 20 : 0) + 4
      const padding = (ALIGNMENT_BYTES - (unpadded % ALIGNMENT_BYTES)) % ALIGNMENT_BYTES
      // Flags: sizes follow the contents, the name is UTF-8. The extra field "FB" only fills.
      write(numberBytes([4, 0x04034b50], [2, isWide ? 45 : 0], [2, 0x0808], [2, 0], [4, 0], [4, 0]))
      const size32 = isWide ? WIDE : 0
      write(numberBytes([4, size32], [4, size32], [2, nameBytes.length], [2, 4 + padding + (isWide ? 20 : 0)]))
      write(nameBytes)
      if (isWide) write(numberBytes([2, 1], [2, 16], [8, 0], [8, 0]))
      write(numberBytes([2, 0x4246], [2, padding]))
      write(new Uint8Array(padding).fill(0x5a))

      let checksum = 0
      let writtenBytes = 0
      for (const piece of pieces) {
        checksum = crc32(piece, checksum)
        writtenBytes += piece.length
        write(piece)
      }
      if (writtenBytes !== sizeBytes) throw new Error(`${name} has ${writtenBytes} bytes, not ${sizeBytes}`)
      const width = isWide ? 8 : 4
      write(numberBytes([4, 0x08074b50], [4, checksum], [width, sizeBytes], [width, sizeBytes]))

      count++
      const isFar = zip64 || headerByte >= WIDE
      const extra = [...(isWide ? [sizeBytes, sizeBytes] : []), ...(isFar ? [headerByte] : [])]
      const extraBytes = extra.length === 0 ? 0 : 4 + extra.length * 8
      const listedSize = isWide ? WIDE : sizeBytes
      central.push(
        numberBytes([4, 0x02014b50], [2, 0], [2, extra.length > 0 ? 45 : 0], [2, 0x0808], [2, 0], [4, 0]),
        numberBytes([4, checksum], [4, listedSize], [4, listedSize], [2, nameBytes.length], [2, extraBytes]),
        numberBytes([2, 0], [2, 0], [2, 0], [4, 0], [4, isFar ? WIDE : headerByte]),
        nameBytes,
        extra.length === 0 ? new Uint8Array() : numberBytes([2, 1], [2, extra.length * 8]),
        ...extra.map((value) => numberBytes([8, value])),
      )
    }
    writeDirectory(Buffer.concat(central), count, at, zip64, write)
  } finally {
    closeSync(file)
  }
}

/** Names and places of all entries; torch always adds the 64-bit record. */
const writeDirectory = (
  directory: Uint8Array,
  count: number,
  startByte: number,
  zip64: boolean,
  write: (bytes: Uint8Array) => void,
): void => {
  const sizeBytes = directory.length
  write(directory)
  const end64Byte = startByte + sizeBytes
  write(numberBytes([4, 0x06064b50], [8, 44], [2, 0x031e], [2, 45], [4, 0], [4, 0]))
  write(numberBytes([8, count], [8, count], [8, sizeBytes], [8, startByte]))
  write(numberBytes([4, 0x07064b50], [4, 0], [8, end64Byte], [4, 1]))
  const narrow = (value: number, limit: number): number => (zip64 ? limit : Math.min(value, limit))
  const count16 = narrow(count, 0xffff)
  write(numberBytes([4, 0x06054b50], [2, 0], [2, 0], [2, count16], [2, count16]))
  write(numberBytes([4, narrow(sizeBytes, WIDE)], [4, narrow(startByte, WIDE)], [2, 0]))
}

/** A pickle with the memo that Python's pickler keeps: everything but numbers, constants and empty tuples is remembered. */
export const createPickler = () => {
  const parts: Uint8Array[] = []
  const memo = new Map<string, number>()
  let remembered = 0
  const op = (opcode: number, ...fields: readonly Field[]): void => void parts.push(numberBytes([1, opcode], ...fields))
  const put = (shared?: string): void => {
    if (shared !== undefined) memo.set(shared, remembered)
    if (remembered < 256) op(0x71, [1, remembered])
    else op(0x72, [4, remembered])
    remembered++
  }
  /** Writes a value that Python holds once, the second time as a reference. */
  const once = (shared: string, write: () => void): void => {
    const index = memo.get(shared)
    if (index === undefined) {
      write()
      put(shared)
    } else if (index < 256) op(0x68, [1, index])
    else op(0x6a, [4, index])
  }
  const text = (value: string): void => {
    const bytes = new TextEncoder().encode(value)
    op(0x58, [4, bytes.length])
    parts.push(bytes)
  }
  const pickler = {
    op,
    put,
    text: (value: string): void => {
      text(value)
      put()
    },
    sharedText: (value: string): void => once(`text ${value}`, () => text(value)),
    global: (module: string, name: string): void =>
      once(`global ${module} ${name}`, () => {
        op(0x63)
        parts.push(new TextEncoder().encode(`${module}\n${name}\n`))
      }),
    integer: (value: number): void => {
      if (value >= 0 && value < 256) op(0x4b, [1, value])
      else if (value >= 0 && value < 65536) op(0x4d, [2, value])
      else if (Math.abs(value) < 2 ** 31) op(0x4a, [4, value])
      else {
        const bytes = numberBytes([8, value])
        const length = Math.floor(Math.log2(value) / 8) + 1 + (Math.floor(Math.log2(value)) % 8 === 7 ? 1 : 0)
        op(0x8a, [1, length])
        parts.push(bytes.subarray(0, length))
      }
    },
    integers: (values: readonly number[]): void => {
      if (values.length === 0) {
        op(0x29)
        return
      }
      if (values.length > 3) op(0x28)
      for (const value of values) pickler.integer(value)
      op([0x85, 0x86, 0x87][values.length - 1] ?? 0x74)
      put()
    },
    bytes: (): Uint8Array => Buffer.concat(parts),
  }
  return pickler
}
export type Pickler = ReturnType<typeof createPickler>

const emptyOrderedDict = (pickler: Pickler): void => {
  pickler.global('collections', 'OrderedDict')
  pickler.op(0x29)
  pickler.op(0x52)
  pickler.put()
}

type Placed = {
  key: string
  dtype: TensorDtype
  elements: number
  shape: readonly number[]
  strides: readonly number[]
}

const pickleTensor = (pickler: Pickler, placed: Placed, firstElement: number): void => {
  pickler.global('torch._utils', '_rebuild_tensor_v2')
  pickler.op(0x28)
  pickler.op(0x28)
  pickler.sharedText('storage')
  pickler.global('torch', STORAGE_CLASSES[placed.dtype])
  pickler.sharedText(placed.key)
  pickler.sharedText('cpu')
  pickler.integer(placed.elements)
  pickler.op(0x74)
  pickler.put()
  pickler.op(0x51)
  pickler.integer(firstElement)
  pickler.integers(placed.shape)
  pickler.integers(placed.strides)
  pickler.op(0x89)
  emptyOrderedDict(pickler)
  pickler.op(0x74)
  pickler.put()
  pickler.op(0x52)
  pickler.put()
}

/** Python writes the items of a dict in groups. */
const ITEMS_PER_GROUP = 1000

const pickleOf = (tensors: readonly TensorToWrite[], { extra = {}, plainDict }: TorchOptions): Uint8Array => {
  const pickler = createPickler()
  pickler.op(0x80, [1, 2])
  if (plainDict) {
    pickler.op(0x7d)
    pickler.put()
  } else emptyOrderedDict(pickler)

  const placed = new Map<string, Placed>()
  let storageCount = 0
  const writeTensor = (tensor: TensorToWrite): void => {
    const { name } = tensor
    pickler.text(name)
    if (isView(tensor)) {
      const base = placed.get(tensor.viewOf)
      if (!base) throw new Error(`${name} is a view of ${tensor.viewOf}, which does not come before it`)
      const shape = tensor.shape ?? base.shape
      const view = { ...base, shape, strides: tensor.strides ?? (tensor.shape ? rowMajor(shape) : base.strides) }
      placed.set(name, view)
      pickleTensor(pickler, view, tensor.firstElement ?? 0)
      return
    }
    const { shape, dtype = 'f32' } = tensor
    const own = { key: String(storageCount++), dtype, elements: countOf(shape), shape, strides: rowMajor(shape) }
    placed.set(name, own)
    pickleTensor(pickler, own, 0)
  }
  const items = [
    ...tensors.map((tensor) => () => writeTensor(tensor)),
    ...Object.entries(extra).map(([name, value]) => () => {
      pickler.text(name)
      if (typeof value === 'number') pickler.integer(value)
      else pickler.text(value)
    }),
  ]
  for (let first = 0; first < items.length; first += ITEMS_PER_GROUP) {
    const group = items.slice(first, first + ITEMS_PER_GROUP)
    if (group.length > 1) pickler.op(0x28)
    for (const item of group) item()
    pickler.op(group.length > 1 ? 0x75 : 0x73)
  }
  pickler.op(0x2e)
  return pickler.bytes()
}

const entryOf = (name: string, bytes: Uint8Array): ZipContent => ({ name, sizeBytes: bytes.length, pieces: [bytes] })

/** The container of `torch.save` around any pickle and any storages, by their keys. */
export const writeTorchContainer = (
  filePath: string,
  pickle: Uint8Array,
  storages: Iterable<ZipContent>,
  { prefix = path.basename(filePath, path.extname(filePath)), byteOrder, zip64 = false }: TorchOptions = {},
): void => {
  const within = function* (): Generator<ZipContent> {
    yield entryOf(`${prefix}/data.pkl`, pickle)
    if (byteOrder !== undefined) yield entryOf(`${prefix}/byteorder`, new TextEncoder().encode(byteOrder))
    for (const storage of storages) yield { ...storage, name: `${prefix}/data/${storage.name}` }
    yield entryOf(`${prefix}/version`, new TextEncoder().encode('3\n'))
  }
  writeZip(filePath, within(), zip64)
}

/**
 * A file as `torch.save` writes it from a state dict, with storages numbered in the order of the tensors. Memory does not
 * grow with the tensors.
 * @source pytorch/pytorch torch/serialization.py `_save`; Lib/pickle.py of python/cpython for the pickle, byte for byte
 */
export const writeTorchCheckpoint = (
  filePath: string,
  tensors: Iterable<TensorToWrite>,
  options: TorchOptions = {},
): void => {
  const listed = [...tensors]
  const storages = listed
    .filter((tensor): tensor is OwnTensor => !isView(tensor))
    .map((tensor, index) => ({
      name: String(index),
      sizeBytes: countOf(tensor.shape) * BYTES[tensor.dtype ?? 'f32'],
      pieces: piecesOf(tensor),
    }))
    // torch sorts them by their keys as text: 0, 1, 10, 11, 2.
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  writeTorchContainer(filePath, pickleOf(listed, options), storages, options)
}

/** A safetensors file; it has no views. */
export const writeSafetensors = (filePath: string, tensors: Iterable<OwnTensor>): void => {
  const listed = [...tensors]
  let at = 0
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  for (const { name, shape, dtype = 'f32' } of listed) {
    const endByte = at + countOf(shape) * BYTES[dtype]
    header[name] = { dtype: dtype.toUpperCase(), shape, data_offsets: [at, endByte] }
    at = endByte
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  // Spaces fill up to a multiple of eight. @source huggingface/safetensors README.md "Format"
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20)
  padded.set(json)
  const file = openSync(filePath, 'w')
  try {
    writeSync(file, numberBytes([8, padded.length]))
    writeSync(file, padded)
    for (const tensor of listed) for (const piece of piecesOf(tensor)) writeSync(file, piece)
  } finally {
    closeSync(file)
  }
}
