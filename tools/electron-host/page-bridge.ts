/** The two worlds of a page. Events named after a world are meant for it. */
export type World = 'page' | 'preload'

/**
 * contextBridge. Runs in both worlds of a page, sent there as source text, so it closes over nothing outside itself.
 *
 * The worlds share the DOM and nothing else, so values cross in CustomEvent details: Chromium clones those structurally
 * from world to world, and dispatching is synchronous. What a clone cannot carry (functions, promises, errors, frozen
 * plain objects) crosses as a token that the other side turns back into a stand-in.
 *
 * @param channel secret prefix of the event names
 */
export function makePageBridge(
  channel: string,
  mine: World,
  theirs: World,
): { expose(name: string, api: unknown): void } {
  type Token =
    | { token: 'function'; id: number }
    | { token: 'promise'; id: number }
    | { token: 'error'; name: string; message: string }
    | { token: 'object'; entries: [string, unknown][] }
  type Answer = { kind: 'return'; ok: boolean; value: unknown }
  type Message =
    | Answer
    | { kind: 'call'; id: number; args: unknown[] }
    | { kind: 'settle'; id: number; ok: boolean; value: unknown }
    | { kind: 'expose'; name: string; value: unknown }
  type Callback = (...args: unknown[]) => unknown

  const MAX_DEPTH = 1000 // as in Electron
  const functions = new Map<number, Callback>()
  const promises = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>()
  let lastId = 0
  let answer: Answer | undefined

  const fire = (detail: Message): boolean => window.dispatchEvent(new CustomEvent(channel + theirs, { detail }))

  const toToken = (error: unknown): Token =>
    error instanceof Error
      ? { token: 'error', name: error.name, message: error.message }
      : { token: 'error', name: 'Error', message: String(error) }

  const toError = (token: unknown): Error => {
    const { name, message } = token as Extract<Token, { token: 'error' }>
    const error = new Error(message)
    if (name !== 'Error') error.name = name
    return error
  }

  const wrap = (value: unknown, depth = 0): unknown => {
    if (depth > MAX_DEPTH) throw new Error('Electron contextBridge recursion depth exceeded.')
    if (typeof value === 'symbol') throw new TypeError('a symbol cannot cross the contextBridge')
    if (typeof value === 'function') {
      functions.set(++lastId, value as Callback)
      return { token: 'function', id: lastId } satisfies Token
    }
    if (value === null || typeof value !== 'object') return value
    if (value instanceof Promise) {
      const id = ++lastId
      value.then(
        (result) => fire({ kind: 'settle', id, ok: true, value: wrap(result) }),
        (error) => fire({ kind: 'settle', id, ok: false, value: toToken(error) }),
      )
      return { token: 'promise', id } satisfies Token
    }
    if (value instanceof Error) return toToken(value)
    if (Array.isArray(value)) return value.map((item) => wrap(item, depth + 1))
    if (Object.prototype.toString.call(value) !== '[object Object]') return value
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, wrap(item, depth + 1)])
    return { token: 'object', entries } satisfies Token
  }

  const call = (id: number, args: unknown[]): unknown => {
    const outer = answer
    answer = undefined
    fire({ kind: 'call', id, args: args.map((argument) => wrap(argument)) })
    const mineOnly = answer as Answer | undefined
    answer = outer
    if (!mineOnly) throw new Error('An object could not be cloned.')
    if (mineOnly.ok) return unwrap(mineOnly.value, false)
    throw toError(mineOnly.value)
  }

  const unwrap = (value: unknown, freeze: boolean): unknown => {
    if (value === null || typeof value !== 'object') return value
    const finish = <T>(result: T): T => (freeze ? Object.freeze(result) : result)
    if (Array.isArray(value)) return finish(value.map((item) => unwrap(item, freeze)))
    if (!('token' in value)) return value
    const token = value as Token
    switch (token.token) {
      case 'function':
        return (...args: unknown[]) => call(token.id, args)
      case 'promise':
        return new Promise((resolve, reject) => promises.set(token.id, { resolve, reject }))
      case 'error':
        return toError(token)
      case 'object':
        return finish(Object.fromEntries(token.entries.map(([key, item]) => [key, unwrap(item, freeze)])))
    }
  }

  const answerCall = (id: number, args: unknown[]): Answer => {
    try {
      const value = functions.get(id)?.(...args.map((argument) => unwrap(argument, false)))
      return { kind: 'return', ok: true, value: wrap(value) }
    } catch (error) {
      return { kind: 'return', ok: false, value: toToken(error) }
    }
  }

  window.addEventListener(channel + mine, (event) => {
    const message: Message | null = (event as CustomEvent).detail
    if (!message) return
    event.stopImmediatePropagation()
    switch (message.kind) {
      case 'call':
        fire(answerCall(message.id, message.args))
        break
      case 'return':
        answer = message
        break
      case 'settle': {
        const promise = promises.get(message.id)
        promises.delete(message.id)
        if (message.ok) promise?.resolve(unwrap(message.value, false))
        else promise?.reject(toError(message.value))
        break
      }
      case 'expose': {
        const value = unwrap(message.value, true)
        Object.defineProperty(window, message.name, { value, writable: false, configurable: false, enumerable: true })
      }
    }
  })

  return { expose: (name, api) => fire({ kind: 'expose', name, value: wrap(api) }) }
}
