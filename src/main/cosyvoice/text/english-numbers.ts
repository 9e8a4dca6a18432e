const SMALL =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  )
const TENS = '_ _ twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')
const SCALES = ['', ' thousand', ' million', ' billion', ' trillion']
/** Longer numbers are read digit by digit. */
const MAX_DIGITS = 15

/** Digits one by one. */
export const spellDigits = (digits: string): string =>
  Array.from(digits, (digit) => SMALL[Number(digit)] ?? '').join(' ')

/** 05 is 5. */
export const withoutZeros = (digits: string | undefined): string => String(Number(digits))

const belowHundred = (value: number): string => {
  if (value < 20) return SMALL[value] ?? ''
  const [ten, one] = [Math.floor(value / 10), value % 10]
  return (TENS[ten] ?? '') + (one === 0 ? '' : `-${SMALL[one]}`)
}

const belowThousand = (value: number): string => {
  const [hundreds, rest] = [Math.floor(value / 100), value % 100]
  if (hundreds === 0) return belowHundred(rest)
  return `${SMALL[hundreds]} hundred${rest === 0 ? '' : ` and ${belowHundred(rest)}`}`
}

/**
 * A whole number: 123 is `one hundred and twenty-three`. Numbers with a leading zero and those of more than 15 digits are
 * read digit by digit.
 */
export const spellCardinal = (digits: string): string => {
  if ((digits.length > 1 && digits.startsWith('0')) || digits.length > MAX_DIGITS) return spellDigits(digits)
  const value = Number(digits)
  if (value === 0) return 'zero'
  const groups: string[] = []
  for (let rest = value, scale = 0; rest > 0; rest = Math.floor(rest / 1000), scale++) {
    const group = rest % 1000
    if (group === 0) continue
    const isLowTail = scale === 0 && group < 100 && value > 999
    groups.unshift((isLowTail ? 'and ' : '') + belowThousand(group) + SCALES[scale])
  }
  return groups.join(' ')
}

/** A number as people write it: commas between thousands, a decimal point. */
export const spellNumber = (written: string): string => {
  const [whole = '', fraction] = written.replaceAll(',', '').split('.')
  if (fraction === undefined) return spellCardinal(whole)
  return `${whole === '' ? '' : `${spellCardinal(whole)} `}point ${spellDigits(fraction)}`
}

const IRREGULAR: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
}

/** 21 is `twenty-first`. */
export const spellOrdinal = (digits: string): string =>
  spellCardinal(digits.replace(/^0+(?=\d)/, '')).replace(
    /[a-z]+$/,
    (last) => IRREGULAR[last] ?? `${last.replace(/y$/, 'ie')}th`,
  )

/** 1988 is `nineteen eighty-eight`, 2005 `two thousand and five`. @param digits four of them */
export const spellYear = (digits: string): string => {
  const [century, rest] = [Number(digits.slice(0, 2)), Number(digits.slice(2))]
  if (century % 10 === 0 && rest < 10) return spellCardinal(digits)
  if (rest === 0) return `${belowHundred(century)} hundred`
  return `${belowHundred(century)} ${rest < 10 ? `oh ${SMALL[rest]}` : belowHundred(rest)}`
}

/** A room, a flight, a model as it is called: 101 is `one oh one`, 370 `three seventy`. @param digits three or four of them */
export const spellCode = (digits: string): string => {
  if (digits.length === 4) return spellYear(digits)
  const [first, rest] = [SMALL[Number(digits[0])] ?? '', Number(digits.slice(1))]
  if (rest === 0) return `${first} hundred`
  return `${first} ${rest < 10 ? `oh ${SMALL[rest]}` : belowHundred(rest)}`
}

const pluralOf = (word: string): string =>
  word.endsWith('y') ? `${word.slice(0, -1)}ies` : word.endsWith('x') ? `${word}es` : `${word}s`

/** 1990 of `1990s` is `nineteen nineties`. @param digits four of them, or the last two */
export const spellDecade = (digits: string): string =>
  (digits.length === 4 ? spellYear(digits) : belowHundred(Number(digits))).replace(/[a-z]+$/, pluralOf)

/** One and a half, one and a quarter; else as without a whole. */
export const spellMixed = (whole: string | undefined, numerator: string, denominator: string): string => {
  const fraction = spellFraction(numerator, denominator)
  return whole === undefined
    ? fraction
    : `${spellCardinal(whole)} and ${fraction.replace(/^one (?=half|quarter)/, 'a ')}`
}

/** 3 and 4 are `three quarters`. */
export const spellFraction = (numerator: string, denominator: string): string => {
  const part =
    denominator === '2'
      ? numerator === '1'
        ? 'half'
        : 'halves'
      : denominator === '4'
        ? 'quarter'
        : spellOrdinal(denominator)
  const isOne = numerator === '1' || denominator === '2'
  return `${spellCardinal(numerator)} ${isOne ? part : `${part}s`}`
}
