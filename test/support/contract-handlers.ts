import type { HandlersOf } from '../../src/main/handlers/handlers-of.ts'

/** Handlers that all refuse, for tests that care about a few channels: name those, and the rest may not be reached. */
export const onlyHandlers = (some: Partial<HandlersOf>): HandlersOf =>
  new Proxy(some as HandlersOf, {
    get: (handlers, channel) =>
      Reflect.get(handlers, channel) ??
      (() => {
        throw new Error(`${String(channel)} was not expected to be reached`)
      }),
  })
