import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  spellCardinal,
  spellCode,
  spellDecade,
  spellDigits,
  spellFraction,
  spellMixed,
  spellNumber,
  spellOrdinal,
  spellYear,
} from './english-numbers.ts'

const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  )
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const SCALES: Readonly<Record<string, number>> = { thousand: 1e3, million: 1e6, billion: 1e9, trillion: 1e12 }

/** What a listener understands. */
const understood = (spoken: string): number => {
  let [total, group] = [0, 0]
  for (const word of spoken.replaceAll(' and ', ' ').split(/[ -]/)) {
    const scale = SCALES[word]
    if (scale !== undefined) {
      total += group * scale
      group = 0
    } else if (word === 'hundred') group *= 100
    else if (TENS.includes(word)) group += (TENS.indexOf(word) + 2) * 10
    else if (SMALL.includes(word)) group += SMALL.indexOf(word)
    else return Number.NaN
  }
  return total + group
}

describe('an English number', () => {
  it('is understood as what was written', () => {
    const someNumber = fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 999_999_999_999_999 }))
    fc.assert(
      fc.property(someNumber, (value) => {
        expect(understood(spellCardinal(String(value)))).toBe(value)
      }),
      { numRuns: 2000 },
    )
    for (let value = 0; value < 1100; value++) expect(understood(spellCardinal(String(value)))).toBe(value)
  })

  it('has and before its last two places', () => {
    expect(['101', '120', '999', '1000', '1001', '1099', '1100', '1000100', '2000021'].map(spellCardinal)).toEqual([
      ...['one hundred and one', 'one hundred and twenty', 'nine hundred and ninety-nine', 'one thousand'],
      ...['one thousand and one', 'one thousand and ninety-nine', 'one thousand one hundred'],
      ...['one million one hundred', 'two million and twenty-one'],
    ])
  })

  it('is read digit by digit where it begins with 0 or is very long', () => {
    expect(['0', '00', '07', '1000000000000000'].map(spellCardinal)).toEqual([
      ...['zero', 'zero zero', 'zero seven', `one${' zero'.repeat(15)}`],
    ])
    expect(spellCardinal('999999999999999')).toMatch(/^nine hundred and ninety-nine trillion/)
    expect(spellDigits('9081')).toBe('nine zero eight one')
  })

  it('has a point and no commas', () => {
    expect(['1,234.05', '.5', '0.50', '12'].map(spellNumber)).toEqual([
      ...['one thousand two hundred and thirty-four point zero five', 'point five', 'zero point five zero', 'twelve'],
    ])
  })

  it('has a place in a row', () => {
    const ordinals = {
      ...{ 1: 'first', 2: 'second', 3: 'third', 4: 'fourth', 5: 'fifth', 6: 'sixth', 7: 'seventh', 8: 'eighth' },
      ...{ 9: 'ninth', 10: 'tenth', 11: 'eleventh', 12: 'twelfth', 13: 'thirteenth', 19: 'nineteenth' },
      ...{ 20: 'twentieth', 21: 'twenty-first', 30: 'thirtieth', 42: 'forty-second', 100: 'one hundredth' },
      ...{ 112: 'one hundred and twelfth', 1000: 'one thousandth', 1000000: 'one millionth' },
    }
    for (const [digits, spoken] of Object.entries(ordinals)) expect(spellOrdinal(digits)).toBe(spoken)
    expect(spellOrdinal('05')).toBe('fifth')
  })

  it('is a year, a decade or a code', () => {
    const years = {
      ...{ 1066: 'ten sixty-six', 1100: 'eleven hundred', 1905: 'nineteen oh five', 1988: 'nineteen eighty-eight' },
      ...{
        1900: 'nineteen hundred',
        2000: 'two thousand',
        2001: 'two thousand and one',
        2009: 'two thousand and nine',
      },
      ...{ 2010: 'twenty ten', 2024: 'twenty twenty-four', 1000: 'one thousand', 2100: 'twenty-one hundred' },
    }
    for (const [digits, spoken] of Object.entries(years)) expect(spellYear(digits)).toBe(spoken)
    const decades = {
      ...{ 1990: 'nineteen nineties', 1900: 'nineteen hundreds', 2000: 'two thousands', 2010: 'twenty tens' },
      ...{ 1960: 'nineteen sixties', 80: 'eighties', 20: 'twenties' },
    }
    for (const [digits, spoken] of Object.entries(decades)) expect(spellDecade(digits)).toBe(spoken)
    const codes = {
      ...{ 101: 'one oh one', 109: 'one oh nine', 110: 'one ten', 370: 'three seventy', 500: 'five hundred' },
      ...{ 1208: 'twelve oh eight', 4090: 'forty ninety' },
    }
    for (const [digits, spoken] of Object.entries(codes)) expect(spellCode(digits)).toBe(spoken)
  })

  it('is a part', () => {
    expect(spellFraction('1', '2')).toBe('one half')
    expect(spellFraction('3', '2')).toBe('three halves')
    expect(spellFraction('1', '4')).toBe('one quarter')
    expect(spellFraction('3', '4')).toBe('three quarters')
    expect(spellFraction('1', '3')).toBe('one third')
    expect(spellFraction('2', '3')).toBe('two thirds')
    expect(spellFraction('11', '12')).toBe('eleven twelfths')
    expect(spellMixed('2', '1', '2')).toBe('two and a half')
    expect(spellMixed('2', '1', '4')).toBe('two and a quarter')
    expect(spellMixed('2', '1', '3')).toBe('two and one third')
    expect(spellMixed(undefined, '1', '2')).toBe('one half')
  })
})
