import {
  spellCardinal,
  spellDecade,
  spellDigits,
  spellFraction,
  spellNumber,
  spellOrdinal,
  spellYear,
} from './english-numbers.ts'
import { NUMBER, type SpokenRule } from './spoken-rules.ts'
import { findUnit, UNIT_PATTERN } from './units.ts'

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const MONTH_NAME = `(?<month>${MONTHS.join('|')}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\\b\\.?)`
const DASH = '[-–—~−]'

type Money = { one: string; many: string; cents?: { one: string; many: string } }
const CENTS = { one: 'cent', many: 'cents' }
const dollars = (of = ''): Money => ({ one: `${of}dollar`, many: `${of}dollars`, cents: CENTS })
const MONEY: Readonly<Record<string, Money>> = {
  US$: dollars('US '),
  HK$: dollars('Hong Kong '),
  A$: dollars('Australian '),
  C$: dollars('Canadian '),
  $: dollars(),
  '€': { one: 'euro', many: 'euros', cents: CENTS },
  '£': { one: 'pound', many: 'pounds', cents: { one: 'penny', many: 'pence' } },
  '¥': { one: 'yen', many: 'yen' },
  '￥': { one: 'yuan', many: 'yuan' },
  '₹': { one: 'rupee', many: 'rupees' },
  '₩': { one: 'won', many: 'won' },
  USD: dollars('US '),
  EUR: { one: 'euro', many: 'euros', cents: CENTS },
  GBP: { one: 'pound', many: 'pounds', cents: { one: 'penny', many: 'pence' } },
  CNY: { one: 'yuan', many: 'yuan' },
  RMB: { one: 'yuan', many: 'yuan' },
  JPY: { one: 'yen', many: 'yen' },
}
const CURRENCY = `(?<currency>${Object.keys(MONEY)
  .map((sign) => sign.replaceAll('$', '\\$'))
  .join('|')})`
const SCALES: Readonly<Record<string, string>> = {
  k: 'thousand',
  m: 'million',
  bn: 'billion',
  b: 'billion',
  tn: 'trillion',
}
const SCALE = '(?<scale>thousand|million|billion|trillion|bn|tn|[kKmMbB])'

/** Titles and the like, whose full stop would end the sentence. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  'Mr.': 'Mister',
  'Mrs.': 'Missus',
  'Ms.': 'Miz',
  'Dr.': 'Doctor',
  'Prof.': 'Professor',
  'Jr.': 'Junior',
  'Sr.': 'Senior',
  'vs.': 'versus',
  'etc.': 'et cetera',
  'e.g.': 'for example',
  'i.e.': 'that is',
  'approx.': 'approximately',
  'a.k.a.': 'also known as',
}

const monthName = (written = ''): string => MONTHS.find((name) => name.startsWith(written.slice(0, 3))) ?? written
const plain = (number: string | undefined): string => String(Number(number))
/** @returns undefined where there is no such month */
const dateOf = (year: string | undefined, month: string | undefined, day: string | undefined): string | undefined => {
  const name = MONTHS[Number(month) - 1]
  if (name === undefined) return undefined
  return `${name} ${spellOrdinal(plain(day))}${year === undefined ? '' : `, ${spellYear(year)}`}`
}

const clock = ({ hour = '', minute, second, half }: Readonly<Record<string, string | undefined>>): string => {
  const noon = half === undefined ? '' : ` ${half.toUpperCase()}M`
  const count = (value: string, unit: string): string =>
    `${spellCardinal(plain(value))} ${unit}${Number(value) === 1 ? '' : 's'}`
  if (second !== undefined)
    return `${count(hour, 'hour')} ${count(minute ?? '0', 'minute')} and ${count(second, 'second')}${noon}`
  const isWhole = minute === undefined || minute === '00'
  if (isWhole && noon === '' && Number(hour) === 0) return 'midnight'
  const spokenHour = spellCardinal(plain(hour))
  if (isWhole) return spokenHour + (noon !== '' ? noon : Number(hour) > 12 ? ' hundred' : " o'clock")
  return `${spokenHour} ${minute.startsWith('0') ? `oh ${spellDigits(minute.slice(1))}` : spellCardinal(minute)}${noon}`
}

/** Whether the full stop of `p.m.` ends its sentence: no small letter follows. */
const endsWithStop = (matched: string, next: string | undefined): boolean => matched.endsWith('.') && next === undefined

const money = ({
  sign,
  currency = '',
  amount = '',
  scale,
}: Readonly<Record<string, string | undefined>>): string | undefined => {
  const unit = MONEY[currency]
  if (!unit) return undefined
  const minus = sign === undefined ? '' : 'minus '
  if (scale !== undefined)
    return `${minus}${spellNumber(amount)} ${SCALES[scale.toLowerCase()] ?? scale.toLowerCase()} ${unit.many}`
  const [whole = '', fraction = ''] = amount.replaceAll(',', '').split('.')
  const named = (value: string, { one, many }: { one: string; many: string }): string =>
    `${spellCardinal(plain(value))} ${Number(value) === 1 ? one : many}`
  if (unit.cents && fraction.length === 2) {
    const parts = [
      Number(whole) > 0 || Number(fraction) === 0 ? named(whole, unit) : '',
      Number(fraction) > 0 ? named(fraction, unit.cents) : '',
    ]
    return minus + parts.filter((part) => part !== '').join(' and ')
  }
  return fraction === '' ? minus + named(whole, unit) : `${minus}${spellNumber(amount)} ${unit.many}`
}

const measure = ({
  sign,
  number = '',
  unit = '',
  per,
}: Readonly<Record<string, string | undefined>>): string | undefined => {
  const found = findUnit(unit, per)
  if (!found) return undefined
  const { one, many } = found.unit.english
  return `${sign === undefined ? '' : 'minus '}${spellNumber(number)} ${number === '1' ? one : many}${found.per ? ` per ${found.per.english.one}` : ''}`
}

const ROMAN: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50 }
const romanValue = (numeral: string): number => {
  const values = Array.from(numeral, (letter) => ROMAN[letter] ?? 0)
  return values.reduce((sum, value, index) => sum + (value < (values[index + 1] ?? 0) ? -value : value), 0)
}

const address = (written: string): string =>
  written
    .replace(/^https?:\/\//, '')
    .replace(/\/$/, '')
    .replaceAll('@', ' at ')
    .replaceAll('.', ' dot ')
    .replaceAll('/', ' slash ')
    .replace(/\d+/g, (digits) => ` ${spellDigits(digits)} `)
    .replace(/ +/g, ' ')
    .trim()

/** After these, four digits are a year. */
const BEFORE_YEAR =
  '(?:[Ii]n|[Ss]ince|[Bb]y|[Ff]rom|[Uu]ntil|[Tt]ill|[Bb]efore|[Aa]fter|[Cc]irca|[Yy]ear|[Oo]f|[Tt]o|[Dd]uring|[Aa]round)'

/**
 * Numbers and signs in English, most particular first.
 * @source wenet-e2e/WeTextProcessing tn/english/test/data, for what is read; jaraco/inflect number_to_words, for how
 */
export const ENGLISH_RULES: readonly SpokenRule[] = [
  {
    pattern:
      /(?<![\w.@])(?:[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}|https?:\/\/[\w.-]+(?:\/[\w./-]*[\w/])?|(?:[\w-]+\.)+(?:com|org|net|io|dev|edu|gov|ai|app|info|co\.uk)(?:\/[\w./-]*[\w/])?)(?!\w)/g,
    say: (_, matched) => address(matched),
  },
  {
    pattern: new RegExp(
      `(?<![\\w.])(?:${Object.keys(ABBREVIATIONS)
        .map((word) => word.replaceAll('.', '\\.'))
        .join('|')})(?<end>\\s*$|\\s+(?=[A-Z]))?`,
      'g',
    ),
    say: ({ end }, matched) => {
      const word = matched.trimEnd()
      // Its full stop ends the sentence as well.
      const isEnd = end === '' || (end !== undefined && word === 'etc.')
      return `${ABBREVIATIONS[word] ?? word}${isEnd ? '.' : ''}${end ?? ''}`
    },
  },
  {
    pattern: /\b(?:No\.|№|#)\s?(?<number>\d+)|#(?<tag>\d+)\b/g,
    say: ({ number, tag }) => `number ${spellCardinal(number ?? tag ?? '')}`,
  },
  {
    pattern:
      /\b(?<of>World War|Chapter|Part|Act|Scene|Volume|Book|Section|Phase|Type)\s(?<numeral>(?:X{0,3}|XL|L)(?:IX|IV|V?I{0,3}))(?![\w])/g,
    say: ({ of, numeral = '' }) => (numeral === '' ? undefined : `${of} ${spellCardinal(String(romanValue(numeral)))}`),
  },
  // Dates.
  {
    pattern:
      /(?<![\d.])(?<year>[12]\d{3})(?<mark>[-/.])(?<month>0?[1-9]|1[0-2])\k<mark>(?<day>0?[1-9]|[12]\d|3[01])(?![\d.]*\d)/g,
    say: ({ year, month, day }) => dateOf(year, month, day),
  },
  {
    pattern: /(?<![\d/.])(?<a>0?[1-9]|[12]\d|3[01])\/(?<b>0?[1-9]|[12]\d|3[01])\/(?<year>[12]\d{3})(?![\d/])/g,
    // The month comes first, as in the United States, unless it cannot.
    say: ({ a, b, year }) => (Number(a) <= 12 ? dateOf(year, a, b) : dateOf(year, b, a)),
  },
  {
    pattern: new RegExp(
      `\\b${MONTH_NAME}\\s(?<day>0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?(?:,?\\s(?<year>[12]\\d{3}))?(?![\\d:%])`,
      'g',
    ),
    say: ({ month, day, year }) =>
      `${monthName(month)} ${spellOrdinal(plain(day))}${year === undefined ? '' : `, ${spellYear(year)}`}`,
  },
  {
    pattern: new RegExp(
      `(?<!\\d)(?<day>0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?\\s(?:of\\s)?${MONTH_NAME}(?:,?\\s(?<year>[12]\\d{3}))?(?![\\d\\w])`,
      'g',
    ),
    say: ({ day, month, year }) =>
      `the ${spellOrdinal(plain(day))} of ${monthName(month)}${year === undefined ? '' : `, ${spellYear(year)}`}`,
  },
  {
    pattern: new RegExp(`\\b${MONTH_NAME},?\\s(?<year>[12]\\d{3})(?!\\d)`, 'g'),
    say: ({ month, year = '' }) => `${monthName(month)} ${spellYear(year)}`,
  },
  { pattern: /(?<!\d)(?<decade>[12]\d\d0)'?s\b/g, say: ({ decade = '' }) => spellDecade(decade) },
  { pattern: /(?:(?<=\s|^)['’]|\b)(?<decade>[2-9]0)s\b/g, say: ({ decade = '' }) => spellDecade(decade) },
  // Times.
  {
    pattern:
      /(?<![\d:])(?<hour>[01]?\d|2[0-3]):(?<minute>[0-5]\d)(?::(?<second>[0-5]\d))?(?:\s?(?<half>[aApP])\.?\s?[mM]\b\.?(?=(?<next>\s+[a-z])?))?(?![\d:])/g,
    say: (groups, matched) => clock(groups) + (endsWithStop(matched, groups.next) ? '.' : ''),
  },
  {
    pattern:
      /(?<![\d:.])(?<hour>0?[1-9]|1[0-2])(?:\.(?<minute>[0-5]\d))?\s?(?<half>[aApP])\.?[mM]\b\.?(?=(?<next>\s+[a-z])?)/g,
    say: (groups, matched) => clock(groups) + (endsWithStop(matched, groups.next) ? '.' : ''),
  },
  // Telephone numbers, versions and addresses: digit by digit.
  {
    pattern:
      /(?<![\d.-])(?:\+?(?<country>\d{1,3})[ .-])?\(?(?<a>\d{3})\)?[ .-](?<b>\d{3})[ .-](?<c>\d{4})(?:-(?<d>\d{1,5}))?(?![\d-])/g,
    say: ({ country, a, b, c, d }, matched) =>
      (matched.startsWith('+') ? 'plus ' : '') +
      [country, a, b, c, d]
        .filter((part) => part !== undefined)
        .map(spellDigits)
        .join(', '),
  },
  {
    pattern: /(?<![\w.-])(?<a>\d{3})-(?<b>\d{4})(?![\w-])/g,
    say: ({ a = '', b = '' }) => `${spellDigits(a)}, ${spellDigits(b)}`,
  },
  { pattern: /\d+(?:\.\d+){2,}/g, say: (_, matched) => matched.split('.').map(spellCardinal).join(' point ') },
  // Money.
  {
    pattern: new RegExp(
      `(?<sign>(?<![\\w])[-−])?(?<![A-Za-z])${CURRENCY}\\s?(?<amount>${NUMBER})(?:\\s?${SCALE}\\b)?`,
      'g',
    ),
    say: money,
  },
  {
    pattern: new RegExp(
      `(?<![\\w.])(?<amount>${NUMBER})\\s?(?:(?<scale>thousand|million|billion|trillion)\\s)?${CURRENCY}(?![\\w])`,
      'g',
    ),
    say: money,
  },
  // Ranges keep their numbers for the rules below.
  {
    pattern: new RegExp(`(?<![\\w.:/-])(?<a>${NUMBER}%?)\\s?${DASH}\\s?(?<b>${NUMBER})(?![\\d.]*[-/:]|\\d|\\s?=)`, 'g'),
    say: ({ a, b }, matched) => (/\s/.test(matched) && matched.includes('-') ? undefined : `${a} to ${b}`),
  },
  {
    pattern: new RegExp(`(?<sign>(?<![\\w])[-−])?(?<number>${NUMBER}|\\.\\d+)\\s?[%％]`, 'g'),
    say: ({ sign, number = '' }) => `${sign === undefined ? '' : 'minus '}${spellNumber(number)} percent`,
  },
  {
    pattern: /(?<number>\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)\b/g,
    say: ({ number = '' }) => spellOrdinal(number.replaceAll(',', '')),
  },
  {
    pattern: new RegExp(
      `(?<sign>(?<![\\w])[-−])?(?<![A-Za-z\\d.])(?<number>${NUMBER}|\\.\\d+)(?<gap>\\s?)${UNIT_PATTERN}`,
      'g',
    ),
    say: measure,
  },
  // Fractions.
  {
    pattern: /(?:(?<whole>\d+)\s?)?(?<fraction>[¼½¾⅐-⅞])/g,
    say: ({ whole, fraction = '' }) => {
      const [a = '', b = ''] = fraction.normalize('NFKD').split('\u2044')
      return `${whole === undefined ? '' : `${spellCardinal(whole)} and `}${spellFraction(a, b)}`
    },
  },
  {
    pattern: /(?<![\d/.\w])(?:(?<whole>\d+)\s)?(?<a>\d{1,2})\/(?<b>[2-9]|\d{2})(?![\d/.]*[\d/])(?!\w)/g,
    say: ({ whole, a = '', b = '' }) =>
      Number(a) < Number(b)
        ? `${whole === undefined ? '' : `${spellCardinal(whole)} and `}${spellFraction(plain(a), plain(b))}`
        : undefined,
  },
  {
    pattern: /(?<![\d/.])(?<a>\d+)\/(?<b>\d+)(?![\d/])/g,
    say: ({ a = '', b = '' }) => `${spellCardinal(a)} ${spellCardinal(b)}`,
  },
  // Years.
  {
    pattern: new RegExp(`(?<=\\b${BEFORE_YEAR}\\s)(?<year>1[1-9]\\d\\d|20\\d\\d)(?![\\d,.]*\\d|\\w)`, 'g'),
    say: ({ year = '' }) => spellYear(year),
  },
  { pattern: /(?<![\d.,$-])(?<year>19\d\d|20[0-9]\d)(?![\d,.]*\d|\w)/g, say: ({ year = '' }) => spellYear(year) },
  // Arithmetic and numbers.
  { pattern: /(?<=\d)\s?[×✕*x]\s?(?=\d)/g, say: () => ' times ' },
  { pattern: /(?<=\d)\s?÷\s?(?=\d)/g, say: () => ' divided by ' },
  { pattern: /(?<=\d)\s?\+\s?(?=\d)/g, say: () => ' plus ' },
  { pattern: /(?<=\d)\s?(?:−|-(?=[^,.!?]*=))\s?(?=\d)/g, say: () => ' minus ' },
  { pattern: /(?<=\w)\s?=\s?(?=[-\w])/g, say: () => ' equals ' },
  { pattern: /±\s?(?=\d)/g, say: () => 'plus or minus ' },
  { pattern: /(?<![\w.-])[-−](?=\.?\d)/g, say: () => 'minus ' },
  { pattern: /(?<!\w)\+(?=\d)/g, say: () => 'plus ' },
  { pattern: /\s?≈\s?/g, say: () => ' is about ' },
  { pattern: /\s?≠\s?/g, say: () => ' is not ' },
  { pattern: /\s?(?:≥|>=)\s?(?=\d)/g, say: () => ' at least ' },
  { pattern: /\s?(?:≤|<=)\s?(?=\d)/g, say: () => ' at most ' },
  { pattern: /\s?>\s?(?=\d)/g, say: () => ' more than ' },
  { pattern: /\s?<\s?(?=\d)/g, say: () => ' less than ' },
  {
    pattern: /(?<![\w.])(?<feet>\d)['’′](?<inches>\d{1,2})(?:["”″])?(?!\d)/g,
    say: ({ feet = '', inches = '' }) => `${spellCardinal(feet)} foot ${spellCardinal(inches)}`,
  },
  { pattern: /(?<=[A-Za-z])-?(?=\d)|(?<=\d)(?=[A-Za-z])/g, say: () => ' ' },
  { pattern: new RegExp(`${NUMBER}|\\.\\d+`, 'g'), say: (_, matched) => spellNumber(matched) },
  // Signs.
  { pattern: /℃/g, say: () => ' degrees Celsius' },
  { pattern: /℉/g, say: () => ' degrees Fahrenheit' },
  { pattern: /\s?[&＆]\s?/g, say: () => ' and ' },
  { pattern: /(?<=\w)@(?=\w)|(?<=\s)@(?=\s)/g, say: () => ' at ' },
  { pattern: / {2,}/g, say: () => ' ' },
]
