import type { SocketMessage } from '../../src/main/remote/index.ts'
import type { Exchange, RecordedAnswer, RecordedSocket } from './replayed-wire.ts'

/** Uniform in [0, 1), the same from the same seed. @source github.com/cprosche/mulberry32 */
export type Chance = () => number
export const chanceOf = (seed: number): Chance => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
const whole = (chance: Chance, below: number): number => Math.floor(chance() * below)
const oneOf = <Item>(chance: Chance, items: readonly Item[]): Item => {
  const item = items[whole(chance, items.length)]
  if (item === undefined) throw new Error('there is one')
  return item
}

const GIANT_SIZES = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff]
const ODD_VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e308,
    -1e308,
    2 ** 31,
    2 ** 53,
    '',
    'x',
    ' ',
    '0',
    'NaN',
    '../../etc/passwd',
    '\u0000',
  ],
  ...[[], {}, [null], [[]], { a: 1 }, 'A'.repeat(100_000), '%', 'http://', '__proto__', 'task-finished', '🛶'],
]

type Mutation = (bytes: Buffer, chance: Chance) => Buffer

const flips: Mutation = (bytes, chance) => {
  const changed = Buffer.from(bytes)
  const count = 1 + whole(chance, 8)
  for (let time = 0; time < count && changed.length > 0; time++) {
    const at = whole(chance, changed.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << whole(chance, 8))
  }
  return changed
}
const cut: Mutation = (bytes, chance) => Buffer.from(bytes.subarray(0, whole(chance, bytes.length + 1)))
const cutOfBeginning: Mutation = (bytes, chance) => Buffer.from(bytes.subarray(whole(chance, bytes.length + 1)))
const noise: Mutation = (bytes, chance) => {
  const at = whole(chance, bytes.length + 1)
  const put = Buffer.from(Array.from({ length: 1 + whole(chance, 40) }, () => whole(chance, 256)))
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at)])
}
const repeat: Mutation = (bytes, chance) => {
  const [from, to] = [whole(chance, bytes.length + 1), whole(chance, bytes.length + 1)]
  return Buffer.concat([bytes, bytes.subarray(Math.min(from, to), Math.max(from, to))])
}
const giantNumber: Mutation = (bytes, chance) => {
  if (bytes.length < 4) return bytes
  const changed = Buffer.from(bytes)
  changed.writeUInt32LE(oneOf(chance, GIANT_SIZES), whole(chance, Math.min(48, changed.length - 3)))
  return changed
}
const binary: Mutation = (_bytes, chance) =>
  Buffer.from(Array.from({ length: whole(chance, 200) }, () => whole(chance, 256)))
const empty: Mutation = () => Buffer.alloc(0)
const endless: Mutation = (bytes) => Buffer.concat([bytes, Buffer.alloc(300_000, 0x41)])
const DEEP = 20_000
const words: Mutation = (_bytes, chance) =>
  Buffer.from(
    oneOf(chance, [
      '<html><body>502 Bad Gateway</body></html>',
      'Internal Server Error',
      '[]',
      'null',
      '{"error":{"message":"x"}}',
      'ERROR: broken',
      '['.repeat(DEEP) + ']'.repeat(DEEP),
      `{"output":${'{"error":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
      '"',
      '{',
      'data: ',
      '\n\n',
    ]),
  )

type Holder = Record<string, unknown> | unknown[]
const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null
const holdersIn = (value: unknown): Holder[] =>
  isHolder(value) ? [value, ...Object.values(value).flatMap((inner) => holdersIn(inner))] : []
const put = (holder: Holder, key: string, value: unknown): void => void Reflect.set(holder, key, value)

/** Takes fields away, gives them other values, and puts them into others. */
const mutatedJson = (value: unknown, chance: Chance): unknown => {
  const copy: unknown = structuredClone(value)
  const holder = oneOf(chance, [...holdersIn(copy), {}])
  const keys = Object.keys(holder)
  if (keys.length === 0) return oneOf(chance, ODD_VALUES)
  const key = oneOf(chance, keys)
  const before: unknown = Reflect.get(holder, key)
  const how = whole(chance, 6)
  if (how === 0) Reflect.deleteProperty(holder, key)
  else if (how === 1) put(holder, key, { [key]: before })
  else if (how === 2) put(holder, key, [before])
  else if (how === 3)
    put(
      holder,
      key,
      typeof before === 'number' ? String(before) : typeof before === 'string' ? before.length : `${before}`,
    )
  else if (how === 4) {
    let nested: unknown = before
    for (let level = 0; level < 500; level++) nested = level % 2 === 0 ? [nested] : { nested }
    put(holder, key, nested)
  } else put(holder, key, oneOf(chance, ODD_VALUES))
  return copy
}

/** JSON that is not too deep to be gone through. */
const parsed = (text: string): { value: unknown } | undefined => {
  if (text.length > 20_000) return undefined
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
/** JSON that stands alone, or in lines of events. */
const jsonFields: Mutation = (bytes, chance) => {
  const text = bytes.toString('utf8')
  const alone = parsed(text)
  if (alone) return Buffer.from(JSON.stringify(mutatedJson(alone.value, chance)) ?? 'undefined')
  const lines = text.split('\n')
  const told = lines.flatMap((line, index) => (line.startsWith('data: ') && parsed(line.slice(6)) ? [index] : []))
  if (told.length === 0) return flips(bytes, chance)
  const index = oneOf(chance, told)
  lines[index] = `data: ${JSON.stringify(mutatedJson(parsed((lines[index] ?? '').slice(6))?.value, chance))}`
  return Buffer.from(lines.join('\n'))
}
/** Events of a body in another order, missing or twice. */
const events: Mutation = (bytes, chance) => {
  const all = bytes.toString('utf8').split('\n\n')
  if (all.length < 2) return repeat(bytes, chance)
  const [from, to] = [whole(chance, all.length), whole(chance, all.length)]
  const [event = ''] = all.splice(from, 1)
  const how = whole(chance, 3)
  if (how > 0) all.splice(to, 0, ...(how === 1 ? [event] : [event, event]))
  return Buffer.from(all.join('\n\n'))
}

const MUTATIONS: readonly Mutation[] = [
  ...[flips, flips, cut, cut, cutOfBeginning, noise, repeat, giantNumber, binary, empty, endless, words],
  ...[jsonFields, jsonFields, jsonFields, jsonFields, jsonFields, jsonFields, events, events],
]
const mutatedBytes: Mutation = (bytes, chance) => oneOf(chance, MUTATIONS)(bytes, chance)

const piecesOf = (bytes: Buffer, chance: Chance): Uint8Array[] => {
  if (bytes.length > 5000 || chance() < 0.5) return [bytes]
  const size = 1 + whole(chance, Math.max(1, bytes.length))
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}

const mutatedAnswer = (answer: RecordedAnswer, chance: Chance): RecordedAnswer => {
  const how = whole(chance, 10)
  const bytes = Buffer.concat(answer.pieces)
  if (how === 0)
    return { ...answer, status: oneOf(chance, [100, 204, 206, 301, 400, 401, 404, 408, 413, 429, 500, 502, 503, 599]) }
  if (how === 1) return { ...answer, isBroken: true, pieces: [cut(bytes, chance)] }
  if (how === 2) {
    const headers = { ...answer.headers }
    const name = oneOf(chance, ['content-type', 'content-length', 'retry-after', 'x-request-id'])
    if (chance() < 0.3) delete headers[name]
    else
      headers[name] = oneOf(chance, [
        '',
        'text/html',
        'application/json',
        'audio/mpeg',
        'text/event-stream',
        '-1',
        '99999999999',
        'NaN',
        '0',
        'x'.repeat(10_000),
      ])
    return { ...answer, headers }
  }
  const changed = mutatedBytes(bytes, chance)
  // A server that says what it sends; what does not fit is cut off by HTTP itself.
  const isTold = answer.headers['content-length'] !== undefined && chance() < 0.8
  const headers = isTold ? { ...answer.headers, 'content-length': String(changed.length) } : answer.headers
  return { ...answer, headers, pieces: piecesOf(changed, chance) }
}

const mutatedMessage = (message: SocketMessage, chance: Chance): SocketMessage => {
  const bytes = mutatedBytes(Buffer.from(message), chance)
  const wasText = typeof message === 'string'
  // Now and then as the other kind of frame.
  return wasText === chance() < 0.92 ? bytes.toString('utf8') : new Uint8Array(bytes)
}

const mutatedSocket = (socket: RecordedSocket, chance: Chance): RecordedSocket => {
  const messages = [...socket.messages]
  const [from, to] = [whole(chance, messages.length), whole(chance, messages.length)]
  const [one, other] = [messages[from], messages[to]]
  if (!one || !other) return socket
  const how = whole(chance, 12)
  // Frames keep the moments at which frames come.
  if (how === 0) {
    messages[from] = { ...other, afterSends: one.afterSends }
    messages[to] = { ...one, afterSends: other.afterSends }
  } else if (how === 1) messages.splice(from, 1)
  else if (how === 2) messages.splice(from, 0, one)
  else if (how === 3)
    return {
      ...socket,
      messages: messages.slice(0, from),
      closeCode: oneOf(chance, [1000, 1001, 1006, 1007, 1008, 1009, 1011, 1013, 4000]),
    }
  else if (how === 4) return { ...socket, messages: messages.slice(0, from) }
  else messages[from] = { ...one, message: mutatedMessage(one.message, chance) }
  return { ...socket, messages }
}

const changedAt = <Item>(items: readonly Item[], at: number, change: (item: Item) => Item): Item[] =>
  items.map((item, index) => (index === at ? change(item) : item))

/** The same exchange with a message of the server, or several, as they should not be. */
export const mutatedExchange = (exchange: Exchange, chance: Chance): Exchange => {
  const { answers, sockets } = exchange
  const at = whole(chance, answers.length + sockets.length)
  const once: Exchange =
    at < answers.length
      ? { sockets, answers: changedAt(answers, at, (answer) => mutatedAnswer(answer, chance)) }
      : { answers, sockets: changedAt(sockets, at - answers.length, (socket) => mutatedSocket(socket, chance)) }
  return chance() < 0.2 ? mutatedExchange(once, chance) : once
}
