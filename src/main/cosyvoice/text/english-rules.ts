import { addressRule } from './addresses.ts'
import { ENGLISH_ABBREVIATIONS } from './english-abbreviations.ts'
import { ENGLISH_DATES, ENGLISH_YEARS } from './english-dates.ts'
import {
  spellCardinal,
  spellCode,
  spellDigits,
  spellMixed,
  spellNumber,
  spellOrdinal,
  withoutZeros,
} from './english-numbers.ts'
import { ENGLISH_ROMAN } from './english-roman.ts'
import { DASH, NUMBER, type SpokenRule } from './spoken-rules.ts'
import { findUnit, UNIT_NAME, UNIT_PATTERN } from './units.ts'

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
    `${spellCardinal(withoutZeros(value))} ${Number(value) === 1 ? one : many}`
  if (unit.cents && fraction.length === 2) {
    const parts = [
      Number(whole) > 0 || Number(fraction) === 0 ? named(whole, { ...unit, many }) : '',
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

/** Before numbers of three digits that are said in parts. */
const BEFORE_CODE =
  '(?:[Rr]oom|[Ff]light|[Rr]oute|[Hh]ighway|Hwy|Interstate|Boeing|Airbus|[Ss]uite|[Aa]partment|[Aa]pt|[Bb]us|[Cc]hannel|Area|RTX|GTX)'

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
  ...ENGLISH_DATES,
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
    pattern: /(?<![\w-])1-(?<free>8\d\d)-(?=[A-Z])/g,
    say: ({ free = '' }) => `one, ${spellDigits(free)}, `,
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
  { pattern: /(?<=[A-Za-z])(?=\d+(?:\.\d+){2,})/g, say: () => ' ' },
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
  {
    pattern: /(?<![\w.,])(?:(?<ten>10)|(?<hundred>100)|1,?000)s(?=\sof\b)/g,
    say: ({ ten, hundred }) => (ten !== undefined ? 'tens' : hundred !== undefined ? 'hundreds' : 'thousands'),
  },
  // Units written short: 5 min. or
  { pattern: /(?<=\d\s?(?:min|mins|sec|secs|hr|hrs|lbs?|oz|ft|mi|yd))\.(?=\s+[a-z]|,)/g, say: () => '' },
  // Ranges keep their numbers for the rules below.
  {
    pattern: new RegExp(`(?<![\\w.:/-])(?<a>${NUMBER}%?)\\s?${DASH}\\s?(?<b>${NUMBER})(?![\\d.]*[-/:]|\\d|\\s?=)`, 'g'),
    say: ({ a = '', b = '' }, matched) => {
      const isFalling = Number.parseFloat(a.replaceAll(',', '')) >= Number.parseFloat(b.replaceAll(',', ''))
      // 50-50
      if (a === b && !/[\s%]/.test(matched)) return `${a} ${b}`
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
        ? spellMixed(whole, withoutZeros(a), withoutZeros(b))
        : undefined,
  },
  {
    // 24/7, 9/11, 50/50, but 120/80 is one over the other.
    pattern: /(?<![\d/.])(?<a>\d+)\/(?<b>\d+)(?![\d/])/g,
    say: ({ a = '', b = '' }) =>
      ['24/7', '9/11', '80/20', '90/10'].includes(`${a}/${b}`) || a === b
        ? `${spellCardinal(a)} ${spellCardinal(b)}`
        : `${spellNumber(a)} over ${spellNumber(b)}`,
  },
  ...ENGLISH_YEARS,
  // Arithmetic and numbers.
  { pattern: /(?<=\d)\s?[×✕*x]\s?(?=\d)/g, say: () => ' times ' },
  { pattern: /(?<=\d)\s\/\s(?=\d)/g, say: () => ' divided by ' },
  { pattern: /(?<=\d)\s?÷\s?(?=\d)/g, say: () => ' divided by ' },
  { pattern: /(?<=\d)\s?\+\s?(?=\d)/g, say: () => ' plus ' },
  { pattern: /(?<=\d)\s?(?:−|-(?=[^,.!?]*=))\s?(?=\d)/g, say: () => ' minus ' },
  { pattern: /(?<=\w)\s?=\s?(?=[-\w])/g, say: () => ' equals ' },
  { pattern: /±\s?(?=\d)/g, say: () => 'plus or minus ' },
  { pattern: /(?<![\w.-])[-−](?=\.?\d)/g, say: () => 'minus ' },
  { pattern: /(?<=^|\s)–(?=\.?\d)/g, say: () => 'minus ' },
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
  { pattern: new RegExp(`${NUMBER}|(?<!\\.)\\.\\d+`, 'g'), say: (_, matched) => spellNumber(matched) },
  // Signs.
  {
    pattern: /(?<=[a-z])\/(?=(?:hour|day|week|month|year|person|night|minute|second|mile|kg|lb)\b)/g,
    say: () => ' per ',
  },
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
