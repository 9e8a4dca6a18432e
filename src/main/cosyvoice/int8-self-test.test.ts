import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { weightsFor } from '../model-converter/plan-conversion.ts'
import { int8Saturates, isInexact } from './int8-self-test.ts'

/** What Linux says an x64 processor can do; nothing elsewhere. */
const processorFlags = (): ReadonlySet<string> | undefined => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
  return new Set(flags?.trim().split(/\s+/))
}
const flags = processorFlags()

test.skipIf(!flags?.has('avx2'))(
  '8-bit products saturate on processors with AVX2 and without VNNI, and on no other',
  async () => {
    const hasVnni = ['avx512_vnni', 'avx_vnni', 'amx_int8'].some((name) => flags?.has(name))
    expect(await int8Saturates()).toBe(!hasVnni)
  },
)

test('the answer is the same every time', async () => {
  expect(await int8Saturates()).toBe(await int8Saturates())
})

describe('sums of 64 largest products', () => {
  const exact = 64 * 255
  /** What is left where two products are added in 16 bits, the largest of which is 32767. */
  const saturated = (32 * 32_767) / 127

  test('are inexact where they saturated, be it a single one', () => {
    expect(isInexact(new Float32Array(64).fill(saturated), exact)).toBe(true)
    expect(isInexact(new Float32Array(64).fill(exact).fill(saturated, 17, 18), exact)).toBe(true)
    expect(isInexact(Float32Array.of(exact, Number.NaN), exact)).toBe(true)
  })

  test('are exact in spite of a rounded scale', () => {
    expect(isInexact(new Float32Array(64).fill(exact), exact)).toBe(false)
    expect(isInexact(Float32Array.of(exact * (1 - 1e-6), exact * (1 + 1e-6)), exact)).toBe(false)
  })
})

describe('the weights of a bundle', () => {
  test.each([
    ['fp32', true, { llm: 'fp32', flow: 'fp32' }],
    ['fp32', false, { llm: 'fp32', flow: 'fp32' }],
    ['gpu', true, { llm: 'fp16', flow: 'fp16' }],
    ['gpu', false, { llm: 'fp16', flow: 'fp16' }],
    ['cpu', true, { llm: 'int8', flow: 'int8' }],
    ['cpu', false, { llm: 'int8', flow: 'fp32' }],
  ] as const)('for %s, 8 bits being exact: %s, are %o', (precision, isInt8Exact, expected) => {
    expect(weightsFor(precision, undefined, { isInt8Exact })).toEqual(expected)
    // Another wish for the language model leaves the flow as it is.
    for (const llm of ['fp32', 'fp16', 'int8', 'int4'] as const)
      expect(weightsFor(precision, llm, { isInt8Exact })).toEqual({ ...expected, llm })
  })
})
