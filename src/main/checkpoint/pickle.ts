import { forbiddenCode, unreadable } from './checkpoint-error.ts'

/*
 * A pickle is a program for a small stack machine, and Python runs whatever functions it names. This one runs nothing:
 * functions stay names, calls stay records of what would be called, and only names from a closed list are let through.
 */

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleCall
  | PicklePersistent
export type PickleTuple = { readonly kind: 'tuple'; readonly items: readonly PickleValue[] }
export type PickleList = { readonly kind: 'list'; readonly items: PickleValue[] }
/** A dict, in the order it was filled; `collections OrderedDict` as well. */
export type PickleDict = { readonly kind: 'dict'; readonly entries: [key: PickleValue, value: PickleValue][] }
/** A class or function by module and name, separated by a space. */
export type PickleGlobal = { readonly kind: 'global'; readonly global: string }
/** What would be called with what, had it been called. */
export type PickleCall = { readonly kind: 'call'; readonly global: string; readonly args: readonly PickleValue[] }
/** Something the pickle only points at. */
export type PicklePersistent = { readonly kind: 'persistent'; readonly id: PickleValue }

const ORDERED_DICT = 'collections OrderedDict'
/** torch.save writes 2; later ones differ by a few shorthands. */
const PROTOCOLS = { first: 2, last: 5 }
const MAX_NAME_BYTES = 1000

/** Opcodes as torch.save emits them. @source python/cpython Lib/pickletools.py */
const OP = {
  mark: 0x28,
  emptyTuple: 0x29,
  stop: 0x2e,
  binBytes: 0x42,
  shortBinBytes: 0x43,
  binFloat: 0x47,
  binInt: 0x4a,
  binInt1: 0x4b,
  binInt2: 0x4d,
  none: 0x4e,
  binPersistentId: 0x51,
  reduce: 0x52,
  binString: 0x54,
  shortBinString: 0x55,
  binUnicode: 0x58,
  emptyList: 0x5d,
  append: 0x61,
  build: 0x62,
  global: 0x63,
  appends: 0x65,
  binGet: 0x68,
  instance: 0x69,
  longBinGet: 0x6a,
  binPut: 0x71,
  longBinPut: 0x72,
  setItem: 0x73,
  tuple: 0x74,
  setItems: 0x75,
  emptyDict: 0x7d,
  protocol: 0x80,
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  newTrue: 0x88,
  newFalse: 0x89,
  long1: 0x8a,
  shortBinUnicode: 0x8c,
  stackGlobal: 0x93,
  memoize: 0x94,
  frame: 0x95,
} as const

export const isKind = <K extends Exclude<PickleValue, null | boolean | number | bigint | string | Uint8Array>['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { kind: K }> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind

/** Bytes in order; running past the end is the file's fault. */
const byteReader = (bytes: Uint8Array, fileName: string) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const take = (lengthBytes: number): number => {
    if (lengthBytes > bytes.length - at) throw unreadable(fileName, 'its list of tensors ends early')
    const from = at
    at += lengthBytes
    return from
  }
  const text = (lengthBytes: number): string => {
    const from = take(lengthBytes)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(from, at))
    } catch (error) {
      throw unreadable(fileName, 'its list of tensors has a name that is not text', error)
    }
  }
  return {
    uint8: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    uint32: () => view.getUint32(take(4), true),
    int32: () => view.getInt32(take(4), true),
    float64: () => view.getFloat64(take(8)),
    skip: (lengthBytes: number) => void take(lengthBytes),
    bytes: (lengthBytes: number) => bytes.slice(take(lengthBytes), at),
    text,
    line: (): string => {
      const end = bytes.indexOf(0x0a, at)
      if (end < 0 || end - at > MAX_NAME_BYTES) throw unreadable(fileName, 'index-damaged')
      const found = text(end - at)
      take(1)
      return found
    },
  }
}

/** Little-endian two's complement of any length. */
const integerOf = (bytes: Uint8Array): number | bigint => {
  let value = 0n
  for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte)
  const signed = BigInt.asIntN(bytes.length * 8, value)
  return BigInt.asIntN(53, signed) === signed ? Number(signed) : signed
}

/**
 * Reads a pickle of protocol 2 to 5 into plain data. Shared values are shared, nothing is copied, so the data is never
 * larger than a fixed multiple of the bytes.
 * @param allowedGlobals names such as `torch FloatStorage`; `collections OrderedDict` need not be among them
 * @throws AppError `checkpoint.forbidden-code` for any other name | `checkpoint.unreadable` for anything unusual
 */
export const readPickle = (bytes: Uint8Array, allowedGlobals: ReadonlySet<string>, fileName: string): PickleValue => {
  const input = byteReader(bytes, fileName)
  const damaged = (what = 'is damaged') => unreadable(fileName, `its list of tensors ${what}`)
  const stack: PickleValue[] = []
  /** Heights of the stack; what lies below the last one is out of reach. */
  const marks: number[] = []
  const memo = new Map<number, PickleValue>()

  const pop = (): PickleValue => {
    const value = stack.length > (marks.at(-1) ?? 0) ? stack.pop() : undefined
    if (value === undefined) throw damaged()
    return value
  }
  const top = (): PickleValue => {
    const value = pop()
    stack.push(value)
    return value
  }
  const popMany = (count: number): PickleValue[] => Array.from({ length: count }, pop).reverse()
  const popToMark = (): PickleValue[] => {
    const height = marks.pop()
    if (height === undefined) throw damaged()
    return stack.splice(height)
  }
  const globalNamed = (module: string, name: string): PickleGlobal => {
    const global = `${module} ${name}`
    if (global !== ORDERED_DICT && !allowedGlobals.has(global)) throw forbiddenCode(fileName, `${module}.${name}`)
    return { kind: 'global', global }
  }
  const call = (callee: PickleValue, args: PickleValue): PickleDict | PickleCall => {
    if (!isKind(callee, 'global') || !isKind(args, 'tuple')) throw damaged()
    if (callee.global !== ORDERED_DICT) return { kind: 'call', global: callee.global, args: args.items }
    if (args.items.length > 0) throw damaged()
    return { kind: 'dict', entries: [] }
  }
  const fill = (target: PickleValue, items: readonly PickleValue[]): void => {
    if (!isKind(target, 'dict') || items.length % 2 !== 0) throw damaged()
    for (let i = 0; i < items.length; i += 2) target.entries.push([items[i] ?? null, items[i + 1] ?? null])
  }
  const append = (target: PickleValue, items: readonly PickleValue[]): void => {
    if (!isKind(target, 'list')) throw damaged()
    for (const item of items) target.items.push(item)
  }
  const remembered = (index: number): PickleValue => {
    const value = memo.get(index)
    if (value === undefined) throw damaged()
    return value
  }
  const tupleOf = (items: PickleValue[]): PickleTuple => ({ kind: 'tuple', items })

  if (input.uint8() !== OP.protocol) throw damaged('is of an old kind')
  const protocol = input.uint8()
  if (protocol < PROTOCOLS.first || protocol > PROTOCOLS.last) throw damaged(`has the unknown version ${protocol}`)

  for (;;) {
    const opcode = input.uint8()
    switch (opcode) {
      case OP.stop: {
        const result = pop()
        if (stack.length > 0 || marks.length > 0) throw damaged()
        return result
      }
      case OP.frame:
        input.skip(8)
        break
      case OP.mark:
        marks.push(stack.length)
        break
      case OP.none:
        stack.push(null)
        break
      case OP.newTrue:
        stack.push(true)
        break
      case OP.newFalse:
        stack.push(false)
        break
      case OP.binInt:
        stack.push(input.int32())
        break
      case OP.binInt1:
        stack.push(input.uint8())
        break
      case OP.binInt2:
        stack.push(input.uint16())
        break
      case OP.long1:
        stack.push(integerOf(input.bytes(input.uint8())))
        break
      case OP.binFloat:
        stack.push(input.float64())
        break
      case OP.binUnicode:
      case OP.binString:
        stack.push(input.text(input.uint32()))
        break
      case OP.shortBinUnicode:
      case OP.shortBinString:
        stack.push(input.text(input.uint8()))
        break
      case OP.binBytes:
        stack.push(input.bytes(input.uint32()))
        break
      case OP.shortBinBytes:
        stack.push(input.bytes(input.uint8()))
        break
      case OP.emptyTuple:
        stack.push(tupleOf([]))
        break
      case OP.tuple1:
        stack.push(tupleOf(popMany(1)))
        break
      case OP.tuple2:
        stack.push(tupleOf(popMany(2)))
        break
      case OP.tuple3:
        stack.push(tupleOf(popMany(3)))
        break
      case OP.tuple:
        stack.push(tupleOf(popToMark()))
        break
      case OP.emptyList:
        stack.push({ kind: 'list', items: [] })
        break
      case OP.append: {
        const item = pop()
        append(top(), [item])
        break
      }
      case OP.appends: {
        const items = popToMark()
        append(top(), items)
        break
      }
      case OP.emptyDict:
        stack.push({ kind: 'dict', entries: [] })
        break
      case OP.setItem: {
        const item = popMany(2)
        fill(top(), item)
        break
      }
      case OP.setItems: {
        const items = popToMark()
        fill(top(), items)
        break
      }
      case OP.binPut:
        memo.set(input.uint8(), top())
        break
      case OP.longBinPut:
        memo.set(input.uint32(), top())
        break
      case OP.memoize:
        memo.set(memo.size, top())
        break
      case OP.binGet:
        stack.push(remembered(input.uint8()))
        break
      case OP.longBinGet:
        stack.push(remembered(input.uint32()))
        break
      case OP.global:
        stack.push(globalNamed(input.line(), input.line()))
        break
      case OP.stackGlobal: {
        const [module, name] = popMany(2)
        if (typeof module !== 'string' || typeof name !== 'string') throw damaged()
        stack.push(globalNamed(module, name))
        break
      }
      case OP.instance:
        // Names a class like `global` does. Nothing of ours is made this way, but a foreign name deserves its own answer.
        globalNamed(input.line(), input.line())
        throw damaged()
      case OP.reduce: {
        const args = pop()
        stack.push(call(pop(), args))
        break
      }
      case OP.build:
        // Attributes of a dict, such as the versions of its modules: nothing we read.
        pop()
        if (!isKind(top(), 'dict')) throw damaged()
        break
      case OP.binPersistentId:
        stack.push({ kind: 'persistent', id: pop() })
        break
      default:
        throw damaged(`has the unknown instruction 0x${opcode.toString(16)}`)
    }
  }
}
