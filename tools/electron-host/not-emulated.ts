import { EventEmitter } from 'node:events'

// Read by await, JSON, inspectors and test runners on any object: absent, not missing.
const PROBED = new Set(['then', 'toJSON', 'constructor', 'asymmetricMatch', 'nodeType', 'inspect', 'domain'])

export function throwNotEmulated(name: string): never {
  throw new Error(`electron.${name} is not emulated by tools/electron-host`)
}

/** A module of which nothing is emulated: reading any member of it throws. */
export function missingModule(name: string): object {
  return new Proxy(
    {},
    {
      get(_target, key) {
        if (typeof key === 'symbol' || PROBED.has(key)) return undefined
        return throwNotEmulated(`${name}.${key}`)
      },
    },
  )
}

/** A class that exists so that it can be imported, and throws when it is used. */
export function missingClass(name: string): object {
  const members = missingModule(name)
  return new Proxy(class {}, {
    construct: () => throwNotEmulated(name),
    get: (target, key, receiver) =>
      key === 'prototype' ? Reflect.get(target, key, receiver) : Reflect.get(members, key, receiver),
  })
}

/**
 * Event emitter whose missing methods say that they are not emulated, instead of "is not a function".
 * Fields of subclasses must be initialised: a field without a value would be found here.
 */
export class EmulatedEmitter extends EventEmitter {
  constructor() {
    super()
    this.setMaxListeners(0)
  }
}

const fallback: object = new Proxy(Object.create(EventEmitter.prototype), {
  get(target, key, receiver) {
    if (key in target || typeof key === 'symbol' || PROBED.has(key)) return Reflect.get(target, key, receiver)
    return () => throwNotEmulated(`${receiver?.constructor?.name}.${key}`)
  },
})
Object.setPrototypeOf(EmulatedEmitter.prototype, fallback)
