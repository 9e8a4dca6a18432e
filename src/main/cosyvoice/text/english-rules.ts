import { addressRule } from './addresses.ts'
import { ENGLISH_ABBREVIATIONS } from './english-abbreviations.ts'
import {
  spellCardinal,
  spellCode,
  spellDecade,
  spellDigits,
  spellMixed,
  spellNumber,
  spellOrdinal,
  spellYear,
} from './english-numbers.ts'
import { ENGLISH_ROMAN } from './english-roman.ts'
import { DASH, NUMBER, type SpokenRule } from './spoken-rules.ts'
import { findUnit, UNIT_NAME, UNIT_PATTERN } from './units.ts'

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const MONTH_NAME = `(?<month>${MONTHS.join('|')}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\\b\\.?)`

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
  if (isWhole && noon === '' && Number(hour) % 24 === 0) return 'midnight'
  const spokenHour = spellCardinal(plain(hour))
  if (isWhole) return spokenHour + (noon !== '' ? noon : Number(hour) > 12 ? ' hundred' : " o'clock")
  return `${spokenHour} ${minute.startsWith('0') ? `oh ${spellDigits(minute.slice(1))}` : spellCardinal(minute)}${noon}`
}

/** What goes on behind `p.m.`: small letters, a mark, a day, a zone. */
const GOES_ON = `(?=(?<next>\\s+(?:[a-z\\d(]|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|${MONTHS.join('|')}|[ECMP][SD]?T\\b|GMT|UTC)|["”’')]*[,;:!?…—-])?)`

/** Whether the full stop of `p.m.` ends its sentence. */
const endsWithStop = (matched: string, next: string | undefined): boolean => matched.endsWith('.') && next === undefined

const money = ({
  article,
  sign,
  currency = '',
  amount = '',
  scale,
}: Readonly<Record<string, string | undefined>>): string | undefined => {
  const unit = MONEY[currency]
  if (!unit) return undefined
  const minus = (article ?? '') + (sign === undefined ? '' : 'minus ')
  // A five dollar bill, a two million dollar deal.
  const many = article === undefined ? unit.many : unit.one
  if (scale !== undefined)
    return `${minus}${spellNumber(amount)} ${SCALES[scale.toLowerCase()] ?? scale.toLowerCase()} ${many}`
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
  return minus + (fraction === '' ? named(whole, { ...unit, many }) : `${spellNumber(amount)} ${many}`)
}

const power = (digits: string): string =>
  digits === '2' ? ' squared' : digits === '3' ? ' cubed' : ` to the power of ${spellCardinal(digits)}`

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

/** After these, four digits are a year. */
const BEFORE_YEAR =
  '(?:[Ii]n|[Ss]ince|[Bb]y|[Ff]rom|[Uu]ntil|[Tt]ill|[Bb]efore|[Aa]fter|[Cc]irca|[Yy]ear|[Oo]f|[Tt]o|[Dd]uring|[Aa]round)'

/** Before numbers of three digits that are said in parts. */
const BEFORE_CODE =
  '(?:[Rr]oom|[Ff]light|[Rr]oute|[Hh]ighway|Hwy|Interstate|Boeing|Airbus|[Ss]uite|[Aa]partment|[Aa]pt|[Bb]us|[Cc]hannel|Area|RTX|GTX)'

/** Books of verses: John 3:16. */
const SCRIPTURES =
  '(?:Genesis|Exodus|Leviticus|Deuteronomy|Joshua|Judges|Ruth|Samuel|Kings|Chronicles|Job|Psalms?|Proverbs|Ecclesiastes|Isaiah|Jeremiah|Ezekiel|Daniel|Matthew|Mark|Luke|John|Acts|Romans|Corinthians|Galatians|Ephesians|Philippians|Colossians|Timothy|Titus|Hebrews|James|Peter|Jude|Revelation)'

/**
 * Numbers and signs in English, most particular first.
 * @source wenet-e2e/WeTextProcessing tn/english/test/data, for what is read; jaraco/inflect number_to_words, for how
 */
export const ENGLISH_RULES: readonly SpokenRule[] = [
  addressRule({
    signs: {
      ...{ '@': 'at', '.': 'dot', '/': 'slash', '?': 'question mark', '=': 'equals', '&': 'and', '#': 'hash' },
      ...{ '%': 'percent', '+': 'plus', '~': 'tilde', ':': 'colon', _: 'underscore', '-': 'dash' },
    },
    readDigits: spellDigits,
    gap: ' ',
  }),
  ...ENGLISH_ABBREVIATIONS,
  {
    pattern: /\b(?:No\.|№|#)\s?(?<number>\d+)|#(?<tag>\d+)\b/g,
    say: ({ number, tag }) => `number ${spellCardinal(number ?? tag ?? '')}`,
  },
  ...ENGLISH_ROMAN,
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
    pattern: /(?<![\d/.])(?<a>0?[1-9]|[12]\d|3[01])\/(?<b>0?[1-9]|[12]\d|3[01])\/(?<year>\d{2})(?![\d/])/g,
    say: ({ a, b, year = '' }) => {
      const full = `${Number(year) < 50 ? '20' : '19'}${year}`
      return Number(a) <= 12 ? dateOf(full, a, b) : dateOf(full, b, a)
    },
  },
  {
    pattern:
      /(?<=\b(?:[Oo]n|[Bb]y|[Uu]ntil|[Ss]ince|[Dd]ated)\s)(?<month>0?[1-9]|1[0-2])\/(?<day>0?[1-9]|[12]\d|3[01])(?![\d/])/g,
    say: ({ month, day }) => dateOf(undefined, month, day),
  },
  {
    pattern: new RegExp(
      `\\b${MONTH_NAME}\\s(?<from>\\d{1,2})(?:st|nd|rd|th)?\\s?${DASH}\\s?(?<to>\\d{1,2})(?:st|nd|rd|th)?(?!\\d)`,
      'g',
    ),
    say: ({ month, from, to }) => `${monthName(month)} ${spellOrdinal(plain(from))} to ${spellOrdinal(plain(to))}`,
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
      `(?<the>\\b[Tt]he\\s)?(?<!\\d)(?<day>0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?\\s(?:of\\s)?${MONTH_NAME}(?:,?\\s(?<year>[12]\\d{3}))?(?![\\d\\w])`,
      'g',
    ),
    say: ({ the = 'the ', day, month, year }) =>
      `${the}${spellOrdinal(plain(day))} of ${monthName(month)}${year === undefined ? '' : `, ${spellYear(year)}`}`,
  },
  {
    pattern: new RegExp(`\\b${MONTH_NAME},?\\s(?<year>[12]\\d{3})(?!\\d)`, 'g'),
    say: ({ month, year = '' }) => `${monthName(month)} ${spellYear(year)}`,
  },
  { pattern: /(?<!\d)(?<decade>[12]\d\d0)'?s\b/g, say: ({ decade = '' }) => spellDecade(decade) },
  { pattern: /(?:(?<=\s|^)['’]|\b)(?<decade>[2-9]0)s\b/g, say: ({ decade = '' }) => spellDecade(decade) },
  // Times. What stands between them goes first: 4:30-5:30, 9am-5pm, 5th-7th.
  {
    pattern: new RegExp(
      `(?<=\\d:\\d\\d|\\d\\s?[aApP]\\.?[mM]\\.?|\\d:\\d\\d\\s?[aApP]\\.?[mM]\\.?|\\d(?:st|nd|rd|th))\\s?${DASH}\\s?(?=\\d)`,
      'g',
    ),
    say: () => ' to ',
  },
  {
    pattern: new RegExp(`(?<=\\b${SCRIPTURES}\\s)(?<chapter>\\d+):(?<verse>\\d+)(?:${DASH}(?<last>\\d+))?`, 'g'),
    say: ({ chapter = '', verse = '', last }) =>
      `${spellCardinal(chapter)} ${spellCardinal(verse)}${last === undefined ? '' : ` to ${spellCardinal(last)}`}`,
  },
  {
    pattern: new RegExp(
      `(?<![\\d:])(?<hour>[01]?\\d|2[0-3]|24(?=:00)):(?<minute>[0-5]\\d)(?::(?<second>[0-5]\\d))?(?:\\s?(?<half>[aApP])\\.?\\s?[mM]\\b\\.?${GOES_ON})?(?![\\d:])`,
      'g',
    ),
    say: (groups, matched) => clock(groups) + (endsWithStop(matched, groups.next) ? '.' : ''),
  },
  {
    pattern: new RegExp(
      `(?<![\\d:.])(?<hour>0?[1-9]|1[0-2])(?:\\.(?<minute>[0-5]\\d))?\\s?(?<half>[aApP])\\.?[mM]\\b\\.?${GOES_ON}`,
      'g',
    ),
    say: (groups, matched) => clock(groups) + (endsWithStop(matched, groups.next) ? '.' : ''),
  },
  {
    pattern: /(?<![\d:.])(?<a>\d+):(?<b>\d+)(?![\d:])/g,
    say: ({ a = '', b = '' }) => `${spellCardinal(a)} to ${spellCardinal(b)}`,
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
  {
    pattern: /(?<![\w.])\+\d{1,3}(?:[ .-]\(?\d{2,5}\)?){1,5}(?!\d)|(?<![\d.,-])0\d{2,4}(?:[ -]\d{3,4}){1,3}(?![\d-])/g,
    say: (_, matched) =>
      (matched.startsWith('+') ? 'plus ' : '') + (matched.match(/\d+/g) ?? []).map(spellDigits).join(', '),
  },
  {
    pattern:
      /(?<=\b(?:[Cc]all(?:ed|ing)?|[Dd]ial(?:ed|ing)?|[Pp]hone[ds]?)\s)911(?!\w|[.,]\d)|911(?=\s(?:call|operator|dispatcher))/g,
    say: (_, matched) => spellDigits(matched),
  },
  {
    pattern: new RegExp(`(?<=\\b${BEFORE_CODE}\\s)\\d{3,4}(?!\\d|[.,:%]\\d|%)`, 'g'),
    say: (_, matched) => spellCode(matched),
  },
  { pattern: /(?<=\b[A-Z]{1,4})-?(?<code>\d{3})(?![\w.,-]*\d)/g, say: ({ code = '' }) => ` ${spellCode(code)}` },
  { pattern: /(?<![\w.])\d{3,4}(?=[pi]\b)/g, say: (_, matched) => `${spellCode(matched)} ` },
  { pattern: /\d+(?:\.\d+){2,}/g, say: (_, matched) => matched.split('.').map(spellCardinal).join(' point ') },
  { pattern: /(?<=\b(?:about|around|roughly|approximately)\s)[≈~～]\s?/gi, say: () => '' },
  // About: ~50, ~$5, ≈ 3; 10~20 is a range.
  { pattern: /(?<![\w%)]\s?|[≈~～])[≈~～]\s?(?=[\d$€£¥])|(?<=[A-Za-z]\s)[~～]\s?(?=[\d$€£¥])/g, say: () => 'about ' },
  // Money.
  {
    pattern: new RegExp(`${CURRENCY}\\s?(?<a>${NUMBER})\\s?${DASH}\\s?(?:\\k<currency>)?(?=\\d)`, 'g'),
    say: ({ a = '', currency = '' }) => `${spellNumber(a)} to ${currency}`,
  },
  {
    pattern: new RegExp(
      `(?<article>\\b[Aa]n?\\s(?=[^\\s\\d]+[\\d.,]+\\s?(?:${Object.keys(SCALES).join('|')}|[kmb]illion|thousand|trillion)?\\s[a-z]))?(?<sign>(?<![\\w])[-−])?(?<![A-Za-z])${CURRENCY}\\s?(?<amount>${NUMBER})(?:\\s?${SCALE}\\b)?`,
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
  {
    pattern: /(?<![\w.,])(?<cents>\d+)\s?¢/g,
    say: ({ cents = '' }) => `${spellCardinal(cents)} ${cents === '1' ? 'cent' : 'cents'}`,
  },
  // Millions and billions in letters.
  {
    pattern: new RegExp(`(?<![\\w.,])(?<number>${NUMBER})(?<scale>M(?=\\s[a-z])|(?<=\\.\\d+)[MB]\\b)`, 'g'),
    say: ({ number, scale }) => `${number} ${scale === 'M' ? 'million' : 'billion'}`,
  },
  {
    pattern: new RegExp(`(?<=\\d\\s?${UNIT_NAME})\\s?${DASH}\\s?(?=${NUMBER}\\s?${UNIT_NAME}(?![A-Za-z]))`, 'g'),
    say: () => ' to ',
  },
  // Ranges keep their numbers for the rules below.
  {
    pattern: new RegExp(`(?<![\\w.:/-])(?<a>${NUMBER}%?)\\s?${DASH}\\s?(?<b>${NUMBER})(?![\\d.]*[-/:]|\\d|\\s?=)`, 'g'),
    say: ({ a = '', b = '' }, matched) => {
      const isFalling = Number.parseFloat(a.replaceAll(',', '')) >= Number.parseFloat(b.replaceAll(',', ''))
      return `${a} ${/\s-\s/.test(matched) && isFalling ? 'minus' : 'to'} ${b}`
    },
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
      `(?<sign>(?<![\\w])[-−])?(?<![A-Za-z\\d.]|[a-z][A-Z]\\w*\\s(?=\\d+[a-z](?![A-Za-z])))(?<number>${NUMBER}|\\.\\d+)(?<gap>\\s?)${UNIT_PATTERN}`,
      'g',
    ),
    say: measure,
  },
  {
    pattern:
      /(?<![\w.])(?<number>\d+(?:\.\d+)?)\s?(?:in(?=\s(?:tall|long|wide|high|deep|thick|by|x)\b)|in\.(?=\s+[a-z]|,))/g,
    say: ({ number = '' }) => `${spellNumber(number)} ${number === '1' ? 'inch' : 'inches'}`,
  },
  {
    pattern: /(?<![\d.])(?<degrees>\d+)°\s?(?<minutes>\d+)[′'’](?:\s?(?<seconds>\d+)[″"”])?/g,
    say: ({ degrees = '', minutes = '', seconds }) =>
      `${spellCardinal(degrees)} degrees ${spellCardinal(minutes)} minutes${seconds === undefined ? '' : ` ${spellCardinal(seconds)} seconds`}`,
  },
  // Fractions.
  {
    pattern: /(?:(?<whole>\d+)\s?)?(?<fraction>[¼½¾⅐-⅞])/g,
    say: ({ whole, fraction = '' }) => {
      const [a = '', b = ''] = fraction.normalize('NFKD').split('\u2044')
      return spellMixed(whole, a, b)
    },
  },
  {
    pattern: /(?<![\d/.\w])(?:(?<whole>\d+)\s)?(?<a>\d{1,2})\/(?<b>[2-9]|\d{2})(?![\d/.]*[\d/])(?!\w)/g,
    say: ({ whole, a = '', b = '' }) =>
      Number(a) < Number(b) && Number(b) <= 20 && `${a}/${b}` !== '9/11'
        ? spellMixed(whole, plain(a), plain(b))
        : undefined,
  },
  {
    // 24/7, 9/11, 50/50, but 120/80 is one over the other.
    pattern: /(?<![\d/.])(?<a>\d+)\/(?<b>\d+)(?![\d/])/g,
    say: ({ a = '', b = '' }) =>
      ['24/7', '9/11'].includes(`${a}/${b}`) || a === b
        ? `${spellCardinal(a)} ${spellCardinal(b)}`
        : `${spellNumber(a)} over ${spellNumber(b)}`,
  },
  // Years.
  { pattern: /(?<=[A-Za-z])(?=(?:19|20)\d\d(?![\w]))/g, say: () => ' ' },
  {
    pattern: new RegExp(`(?<=\\b${BEFORE_YEAR}\\s)(?<year>1[1-9]\\d\\d|20\\d\\d)(?![\\d,.]*\\d|\\w)`, 'g'),
    say: ({ year = '' }) => spellYear(year),
  },
  {
    pattern: /(?<=\b(?:[Ii]n|[Ss]ince|[Cc]irca|[Yy]ear|[Uu]ntil|[Tt]ill)\s)10\d\d(?![\d,.]*\d|\w)/g,
    say: (_, matched) => spellYear(matched),
  },
  {
    // Nobody counts 1,776 without a comma and a noun.
    pattern: /(?<![\d.,$£€-])1[4-8](?!00)\d\d(?=[,.;:!?)]|$|\s(?:was|is|and|to|saw|marked)\b)(?![,.]\d)/g,
    say: (_, matched) => spellYear(matched),
  },
  { pattern: /(?<![\d.,$-])(?<year>19\d\d|20[0-9]\d)(?![\d,.]*\d|\w)/g, say: ({ year = '' }) => spellYear(year) },
  // Arithmetic and numbers.
  { pattern: /(?<=\d)\s?[×✕*x]\s?(?=\d)/g, say: () => ' times ' },
  { pattern: /(?<=\d)\s\/\s(?=\d)/g, say: () => ' divided by ' },
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
  { pattern: /(?<=\w)\s>\s(?=[A-Za-z])/g, say: () => ' is greater than ' },
  { pattern: /(?<=\w)\s<\s(?=[A-Za-z])/g, say: () => ' is less than ' },
  { pattern: /(?<!<\/?[a-zA-Z]+)\s?>\s?(?=\d)/g, say: () => ' more than ' },
  { pattern: /\s?<\s?(?=\d)/g, say: () => ' less than ' },
  {
    pattern: /(?<![\w.])(?<feet>\d)(?:['’′](?<inches>\d{1,2})(?:["”″])?|['’′]\s(?<more>\d{1,2})["”″])(?!\d)/g,
    say: ({ feet = '', inches, more = '' }) => `${spellCardinal(feet)} foot ${spellCardinal(inches ?? more)}`,
  },
  { pattern: /(?<=\d)\^(?<power>\d+)/g, say: ({ power = '' }) => ` to the power of ${spellCardinal(power)}` },
  { pattern: /(?<=\b[A-Za-z]{1,2}|\d)[⁰¹²³⁴-⁹]+/g, say: (_, matched) => power(matched.normalize('NFKC')) },
  { pattern: /(?<=[A-Za-z])-?(?=\d)|(?<=\d)(?=[A-Za-z])/g, say: () => ' ' },
  { pattern: new RegExp(`${NUMBER}|\\.\\d+`, 'g'), say: (_, matched) => spellNumber(matched) },
  // Signs.
  { pattern: /℃/g, say: () => ' degrees Celsius' },
  { pattern: /℉/g, say: () => ' degrees Fahrenheit' },
  { pattern: /\s?[&＆]\s?/g, say: () => ' and ' },
  { pattern: /(?<=\w)@(?=\w)|(?<=\s)@(?=\s)/g, say: () => ' at ' },
  { pattern: /(?<!\w)@(?=\w)/g, say: () => 'at ' },
  { pattern: /(?<!\w)#(?=[A-Za-z])/g, say: () => 'hashtag ' },
  { pattern: /(?<=\b[A-G])#(?!\w)/g, say: () => ' sharp' },
  { pattern: /(?<=\b[A-Za-z])\+\+/g, say: () => ' plus plus' },
  {
    pattern: /(?<=\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\w+ty|\w+teen|hundred|thousand))\+(?!\w)/g,
    say: () => ' plus',
  },
  { pattern: /(?<!\S)\.(?=[A-Z]{2,})/g, say: () => 'dot ' },
  { pattern: / {2,}/g, say: () => ' ' },
]
