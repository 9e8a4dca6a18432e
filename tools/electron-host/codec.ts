// Values a structured clone can carry, as JSON text and back: what IPC between the host and a page is made of.

export interface Codec {
  /** @throws DataCloneError for functions, symbols, promises and DOM nodes */
  encode(value: unknown): string
  decode(text: string): unknown
}

/**
 * Makes a codec. Also sent to pages as source text, so it closes over nothing outside itself.
 *
 * JSON primitives stand for themselves; everything else is an array whose first element names the kind.
 * `['ref', n]` is the n-th object met so far, which carries shared references and cycles.
 */
export function makeCodec(): Codec {
  type Tagged = unknown[]
  const inNode = typeof Buffer !== 'undefined'

  const toBase64 = (bytes: Uint8Array): string =>
    inNode
      ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
      : (bytes as Uint8Array & { toBase64(): string }).toBase64()

  const fromBase64 = (text: string): Uint8Array =>
    inNode
      ? Uint8Array.from(Buffer.from(text, 'base64'))
      : (Uint8Array as typeof Uint8Array & { fromBase64(text: string): Uint8Array }).fromBase64(text)

  const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1)

  const refuse = (value: unknown): never => {
    const error = new Error(
      `${typeof value === 'function' ? 'function' : `[object ${tagOf(value)}]`} could not be cloned.`,
    )
    error.name = 'DataCloneError'
    throw error
  }

  function encode(root: unknown): string {
    const seen = new Map<object, number>()

    const walk = (value: unknown): unknown => {
      switch (typeof value) {
        case 'string':
        case 'boolean':
          return value
        case 'number':
          if (Object.is(value, -0)) return ['number', '-0']
          return Number.isFinite(value) ? value : ['number', String(value)]
        case 'undefined':
          return ['undefined']
        case 'bigint':
          return ['bigint', String(value)]
        case 'object':
          return value === null ? null : walkObject(value)
        default:
          return refuse(value)
      }
    }

    const walkObject = (value: object): unknown => {
      const known = seen.get(value)
      if (known !== undefined) return ['ref', known]
      seen.set(value, seen.size)
      if (Array.isArray(value)) return ['array', Array.from(value, walk)]
      const tag = tagOf(value)
      if (ArrayBuffer.isView(value)) {
        const kind = typeof Buffer !== 'undefined' && value instanceof Buffer ? 'Uint8Array' : tag
        return ['view', kind, toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))]
      }
      if (value instanceof Map) return ['map', Array.from(value, ([key, item]) => [walk(key), walk(item)])]
      if (value instanceof Set) return ['set', Array.from(value, walk)]
      if (value instanceof Date) return ['date', value.getTime()]
      if (value instanceof RegExp) return ['regexp', value.source, value.flags]
      if (value instanceof Error) return ['error', value.name, value.message, value.stack ?? null, walk(value.cause)]
      if (tag === 'ArrayBuffer') return ['buffer', toBase64(new Uint8Array(value as ArrayBuffer))]
      if (tag === 'Promise' || tag === 'WeakMap' || tag === 'WeakSet') return refuse(value)
      if (typeof Node !== 'undefined' && value instanceof Node) return refuse(value)
      return ['object', Object.entries(value).map(([key, item]) => [key, walk(item)])]
    }

    return JSON.stringify(walk(root))
  }

  function decode(text: string): unknown {
    const refs: unknown[] = []
    const remember = <T>(value: T): T => {
      refs.push(value)
      return value
    }

    const walkError = ([, name, message, stack, cause]: Tagged): Error => {
      const kinds: Record<string, ErrorConstructor> = {
        TypeError,
        RangeError,
        SyntaxError,
        ReferenceError,
        EvalError,
        URIError,
      }
      const error = remember(new (kinds[String(name)] ?? Error)(String(message)))
      if (error.name !== name) error.name = String(name)
      if (typeof stack === 'string') error.stack = stack
      const decodedCause = walk(cause)
      if (decodedCause !== undefined) error.cause = decodedCause
      return error
    }

    const walkView = (kind: string, bytes: Uint8Array): unknown => {
      if (kind === 'Uint8Array') return bytes
      if (kind === 'DataView') return new DataView(bytes.buffer)
      const constructors: Record<string, new (buffer: ArrayBufferLike) => unknown> = {
        Int8Array,
        Uint8ClampedArray,
        Int16Array,
        Uint16Array,
        Int32Array,
        Uint32Array,
        Float32Array,
        Float64Array,
        BigInt64Array,
        BigUint64Array,
      }
      const ViewOfKind = constructors[kind]
      if (!ViewOfKind) throw new Error(`unknown kind of typed array: ${kind}`)
      return new ViewOfKind(bytes.buffer)
    }

    const walk = (node: unknown): unknown => {
      if (!Array.isArray(node)) return node
      const tagged: Tagged = node
      const first = tagged[1]
      switch (tagged[0]) {
        case 'undefined':
          return undefined
        case 'number':
          return Number(first)
        case 'bigint':
          return BigInt(String(first))
        case 'ref':
          return refs[Number(first)]
        case 'array': {
          const array: unknown[] = remember([])
          for (const item of first as unknown[]) array.push(walk(item))
          return array
        }
        case 'object': {
          const object = remember({})
          // defineProperty, because plain assignment to `__proto__` would change the prototype.
          for (const [key, item] of first as [string, unknown][])
            Object.defineProperty(object, key, {
              value: walk(item),
              writable: true,
              enumerable: true,
              configurable: true,
            })
          return object
        }
        case 'map': {
          const map = remember(new Map<unknown, unknown>())
          for (const [key, item] of first as [unknown, unknown][]) map.set(walk(key), walk(item))
          return map
        }
        case 'set': {
          const set = remember(new Set<unknown>())
          for (const item of first as unknown[]) set.add(walk(item))
          return set
        }
        case 'view':
          return remember(walkView(String(first), fromBase64(String(tagged[2]))))
        case 'buffer':
          return remember(fromBase64(String(first)).buffer)
        case 'date':
          return remember(new Date(Number(first)))
        case 'regexp':
          return remember(new RegExp(String(first), String(tagged[2])))
        case 'error':
          return walkError(tagged)
        default:
          throw new Error(`unknown kind of value: ${String(tagged[0])}`)
      }
    }

    return walk(JSON.parse(text))
  }

  return { encode, decode }
}

export const codec = makeCodec()
