import type { TensorDtype } from './checkpoint.ts'
import { unreadable } from './checkpoint-error.ts'
import type { CheckpointFile } from './checkpoint-file.ts'
import { isKind, type PickleCall, type PickleValue, readPickle } from './pickle.ts'
import { checkLayout, type Storage, type StoredTensor } from './stored-tensor.ts'
import { BYTES_PER_ELEMENT } from './tensor-dtype.ts'
import { readZipDirectory, type ZipEntry } from './zip-directory.ts'

/** Classes of storages and what they hold. @source pytorch/pytorch torch/storage.py `_dtype_to_storage_type_map` */
const STORAGE_DTYPES: Readonly<Record<string, TensorDtype>> = {
  'torch DoubleStorage': 'f64',
  'torch FloatStorage': 'f32',
  'torch HalfStorage': 'f16',
  'torch BFloat16Storage': 'bf16',
  'torch LongStorage': 'i64',
  'torch IntStorage': 'i32',
  'torch ShortStorage': 'i16',
  'torch CharStorage': 'i8',
  'torch ByteStorage': 'u8',
  'torch BoolStorage': 'bool',
}
const REBUILD_TENSOR = 'torch._utils _rebuild_tensor_v2'
const REBUILD_PARAMETER = 'torch._utils _rebuild_parameter'
const ALLOWED_GLOBALS: ReadonlySet<string> = new Set([
  ...Object.keys(STORAGE_DTYPES),
  REBUILD_TENSOR,
  REBUILD_PARAMETER,
])

const PICKLE = '/data.pkl'
/** The list of tensors takes about 150 bytes for each; an official checkpoint has at most a thousand. */
const MAX_PICKLE_BYTES = 1 << 22

/** What the archive holds, by name without the folder that everything lies in. */
const entriesWithin = (entries: ReadonlyMap<string, ZipEntry>, fileName: string): ReadonlyMap<string, ZipEntry> => {
  const pickles = [...entries.keys()].filter(
    (name) => name.endsWith(PICKLE) && name.indexOf('/') === name.lastIndexOf('/'),
  )
  const [pickle] = pickles
  if (pickle === undefined || pickles.length > 1) throw unreadable(fileName, 'no-pytorch-archive')
  const prefix = pickle.slice(0, -PICKLE.length + 1)
  return new Map(
    [...entries].flatMap(([name, entry]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), entry]] : [])),
  )
}

const readEntry = async (file: CheckpointFile, entry: ZipEntry): Promise<Uint8Array> => {
  if (entry.sizeBytes > MAX_PICKLE_BYTES) throw unreadable(file.fileName, 'its list of tensors is far too large')
  const bytes = new Uint8Array(entry.sizeBytes)
  await file.read(bytes, entry.startByte)
  return bytes
}

/**
 * Tensors of a file that `torch.save` wrote from a flat dict. Whatever else the dict holds, such as the step of a
 * training, is left aside.
 * @throws AppError `checkpoint.unreadable` | `checkpoint.forbidden-code`
 * @source pytorch/pytorch torch/serialization.py `_save`, torch/_utils.py `_rebuild_tensor_v2`
 */
export const readTorchDirectory = async (file: CheckpointFile): Promise<StoredTensor[]> => {
  const { fileName } = file
  const entries = entriesWithin(await readZipDirectory(file), fileName)
  const byteOrder = entries.get('byteorder')
  if (byteOrder && new TextDecoder().decode(await readEntry(file, byteOrder)) !== 'little')
    throw unreadable(fileName, 'it was written on a big-endian machine')
  const pickle = entries.get(PICKLE.slice(1))
  if (!pickle) throw unreadable(fileName, 'it lacks its list of tensors')
  const top = readPickle(await readEntry(file, pickle), ALLOWED_GLOBALS, fileName)
  if (!isKind(top, 'dict')) throw unreadable(fileName, 'it holds no table of tensors')

  const tensors: StoredTensor[] = []
  for (const [key, value] of top.entries) {
    const call = tensorCallOf(value)
    if (!call) continue
    if (typeof key !== 'string') throw unreadable(fileName, 'one of its tensors has no name')
    const tensor = tensorOf(key, call, entries)
    if (!tensor) throw unreadable(fileName, `its tensor “${key.slice(0, 120)}” is described in an unknown way`)
    checkLayout(fileName, tensor)
    tensors.push(tensor)
  }
  return tensors
}

/** A parameter is a tensor that can be trained. */
const tensorCallOf = (value: PickleValue | undefined): PickleCall | undefined => {
  const inner = isKind(value, 'call') && value.global === REBUILD_PARAMETER ? value.args[0] : value
  return isKind(inner, 'call') ? inner : undefined
}

const tensorOf = (
  name: string,
  { global, args }: PickleCall,
  entries: ReadonlyMap<string, ZipEntry>,
): StoredTensor | undefined => {
  const [storage, firstElement, shape, strides] = args
  const stored = storageOf(storage, entries)
  const shapeNumbers = numbersOf(shape)
  const strideNumbers = numbersOf(strides)
  if (global !== REBUILD_TENSOR || !stored || !shapeNumbers || !strideNumbers) return undefined
  if (typeof firstElement !== 'number') return undefined
  return { name, shape: shapeNumbers, strides: strideNumbers, firstElement, ...stored }
}

/** `('storage', class, key, device, number of elements)` */
const storageOf = (
  value: PickleValue | undefined,
  entries: ReadonlyMap<string, ZipEntry>,
): { storage: Storage; dtype: TensorDtype } | undefined => {
  if (!isKind(value, 'persistent') || !isKind(value.id, 'tuple')) return undefined
  const [tag, storageClass, key, , count] = value.id.items
  if (tag !== 'storage' || !isKind(storageClass, 'global')) return undefined
  if (typeof key !== 'string' || typeof count !== 'number') return undefined
  const dtype = STORAGE_DTYPES[storageClass.global]
  const entry = entries.get(`data/${key}`)
  if (!dtype || !entry || !(count >= 0) || count * BYTES_PER_ELEMENT[dtype] > entry.sizeBytes) return undefined
  const { startByte, sizeBytes, crc32 } = entry
  // torch can be told not to compute checksums.
  return { dtype, storage: crc32 === 0 ? { startByte, sizeBytes } : { startByte, sizeBytes, crc32 } }
}

const numbersOf = (value: PickleValue | undefined): number[] | undefined => {
  if (!isKind(value, 'tuple')) return undefined
  const numbers = value.items.filter((item) => typeof item === 'number')
  return numbers.length === value.items.length ? numbers : undefined
}
