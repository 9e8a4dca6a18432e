import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { codec, makeCodec } from './codec.ts'

const roundTrip = (value: unknown): unknown => codec.decode(codec.encode(value))

describe('codec', () => {
  it.each<[string, unknown]>([
    ['text', 'Guten Tag, 你好 \0 "x"'],
    ['numbers', [0, 1.5, -2e300]],
    ['numbers JSON has no words for', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['nothing', [null, undefined]],
    ['big integers', 123456789012345678901234567890n],
    ['dates and patterns', [new Date(5), /a\/b/giu]],
    ['maps and sets', new Map<unknown, unknown>([[{ key: 1 }, new Set([1, 'two'])]])],
    ['samples', new Float32Array([0.5, -1, 0])],
    ['bytes', new Uint8Array([0, 255, 128]).buffer],
    ['arrays that look like tags', [['ref', 0], ['undefined']]],
    ['holes of an object', { a: undefined, b: { c: [] } }],
  ])('carries %s', (_name, value) => {
    expect(roundTrip(value)).toStrictEqual(value)
  })

  it('keeps the sign of zero', () => {
    expect(roundTrip(-0)).toBe(-0)
  })

  it('keeps cycles and shared references', () => {
    const shared = { name: 'shared' }
    const value: Record<string, unknown> = { first: shared, second: shared }
    value.self = value
    const copy = roundTrip(value) as typeof value
    expect(copy.self).toBe(copy)
    expect(copy.first).toBe(copy.second)
  })

  it('keeps kind, message and cause of errors', () => {
    const copy = roundTrip(new RangeError('too long', { cause: { limit: 3 } }))
    expect(copy).toBeInstanceOf(RangeError)
    expect(copy).toMatchObject({ message: 'too long', cause: { limit: 3 } })
  })

  it('copies only the window a view looks through, and turns Buffer into Uint8Array', () => {
    expect(roundTrip(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toStrictEqual(new Uint8Array([2, 3]))
    expect(Object.getPrototypeOf(roundTrip(Buffer.from('ab')))).toBe(Uint8Array.prototype)
  })

  it('does not let a key change a prototype', () => {
    const copy = roundTrip(JSON.parse('{"__proto__":{"polluted":true}}')) as object
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })

  it.each<[string, unknown]>([
    ['functions', { run: () => 1 }],
    ['symbols', [Symbol('x')]],
    ['promises', Promise.resolve()],
  ])('refuses %s', (_name, value) => {
    expect(() => codec.encode(value)).toThrow(/could not be cloned/)
  })

  it('works when only its source text is carried to another world', () => {
    const text = runInNewContext(`(${makeCodec})().encode(new Map([[1, { a: [1n] }]]))`)
    expect(codec.decode(text)).toStrictEqual(new Map([[1, { a: [1n] }]]))
  })
})
