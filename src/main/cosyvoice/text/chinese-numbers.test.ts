import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCardinal, readDigits, readNumber, writeJapaneseNumber } from './chinese-numbers.ts'

const PLACES: Readonly<Record<string, bigint>> = { 十: 10n, 百: 100n, 千: 1000n }
const GROUPS: Readonly<Record<string, bigint>> = { 万: 10_000n, 亿: 100_000_000n }

/** What a listener understands: group by group, place by place. */
const understood = (spoken: string): bigint => {
  let [total, section, digit] = [0n, 0n, 0n]
  for (const word of spoken) {
    const place = PLACES[word]
    const group = GROUPS[word]
    if (place !== undefined) {
      section += (digit === 0n ? 1n : digit) * place
      digit = 0n
    } else if (group !== undefined) {
      // 万亿 multiplies what was said so far.
      const part = section + digit
      total = part === 0n ? total * group : total + part * group
      section = 0n
      digit = 0n
    } else digit = BigInt('零一二三四五六七八九'.indexOf(word === '两' ? '二' : word))
  }
  return total + section + digit
}

const someNumber = fc.oneof(
  fc.integer({ min: 0, max: 99_999 }).map(BigInt),
  fc.bigInt({ min: 0n, max: 9_999_999_999_999_999n }),
  // Zeros in the middle.
  fc
    .array(fc.constantFrom('0', '0', '0', '1', '5'), { minLength: 1, maxLength: 15 })
    .map((digits) => BigInt(`2${digits.join('')}`)),
)

describe('a Chinese number', () => {
  it('is understood as what was written', () => {
    fc.assert(
      fc.property(someNumber, (value) => {
        expect(understood(readCardinal(String(value)))).toBe(value)
      }),
      { numRuns: 2000 },
    )
  })

  it('has one 零 where places are empty, none at its end, and 两 in front alone', () => {
    fc.assert(
      fc.property(
        someNumber.filter((value) => value > 0n),
        (value) => {
          const spoken = readCardinal(String(value))
          expect(spoken).not.toMatch(/零零|零$|^零|^一十|零[十百千万亿]/)
          expect(spoken.slice(1)).not.toContain('两')
        },
      ),
      { numRuns: 1000 },
    )
    expect(
      [
        ...['10', '11', '20', '101', '110', '1001', '1010', '10001', '10010', '100001', '110000', '10100000'],
        ...['200', '2000', '20000', '22222', '200000', '210000', '200000000', '100010000', '1000000000000'],
      ].map(readCardinal),
    ).toEqual([
      ...['十', '十一', '二十', '一百零一', '一百一十', '一千零一', '一千零一十', '一万零一', '一万零一十'],
      ...['十万零一', '十一万', '一千零一十万', '二百', '两千', '两万', '两万二千二百二十二', '二十万', '二十一万'],
      ...['两亿', '一亿零一万', '一万亿'],
    ])
  })

  it('is read digit by digit where it begins with 0 or is very long', () => {
    expect(['0', '00', '007', '9999999999999999', '10000000000000000'].map(readCardinal)).toEqual([
      ...['零', '零零', '零零七'],
      '九千九百九十九万亿九千九百九十九亿九千九百九十九万九千九百九十九',
      `一${'零'.repeat(16)}`,
    ])
    expect(readDigits('0123456789')).toBe('零一二三四五六七八九')
    expect(readDigits('1101', '幺')).toBe('幺幺零幺')
  })

  it('has a point and no commas', () => {
    expect(['1,234.05', '0.10', '.5', '5', '1,000,000'].map(readNumber)).toEqual([
      ...['一千二百三十四点零五', '零点一零', '零点五', '五', '一百万'],
    ])
  })
})

describe('a Japanese numeral', () => {
  it('is written as it is read: no 一 before 十, 百 and 千, no 零 inside, 二 everywhere', () => {
    expect(
      ['0', '007', '10', '100', '1100', '12000', '20202', '10000', '1.05', '2,000', '12345678901234567', '210'].map(
        writeJapaneseNumber,
      ),
    ).toEqual([
      ...['零', '零零七', '十', '百', '千百', '一万二千', '二万二百二', '一万', '一点零五', '二千'],
      ...['一二三四五六七八九零一二三四五六七', '二百十'],
    ])
  })
})
