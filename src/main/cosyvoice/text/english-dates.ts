import { spellCardinal, spellDecade, spellDigits, spellOrdinal, spellYear, withoutZeros } from './english-numbers.ts'
import { DASH, type SpokenRule } from './spoken-rules.ts'

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const MONTH_NAME = `(?<month>${MONTHS.join('|')}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\\b\\.?)`

const monthName = (written = ''): string => MONTHS.find((name) => name.startsWith(written.slice(0, 3))) ?? written
/** @returns undefined where there is no such month */
const dateOf = (year: string | undefined, month: string | undefined, day: string | undefined): string | undefined => {
  const name = MONTHS[Number(month) - 1]
  if (name === undefined) return undefined
  return `${name} ${spellOrdinal(withoutZeros(day))}${year === undefined ? '' : `, ${spellYear(year)}`}`
}

const clock = ({ hour = '', minute, second, half }: Readonly<Record<string, string | undefined>>): string => {
  const noon = half === undefined ? '' : ` ${half.toUpperCase()}M`
  const count = (value: string, unit: string): string =>
    `${spellCardinal(withoutZeros(value))} ${unit}${Number(value) === 1 ? '' : 's'}`
  if (second !== undefined)
    return `${count(hour, 'hour')} ${count(minute ?? '0', 'minute')} and ${count(second, 'second')}${noon}`
  const isWhole = minute === undefined || minute === '00'
  if (isWhole && noon === '' && Number(hour) % 24 === 0) return 'midnight'
  const spokenHour = spellCardinal(withoutZeros(hour))
  if (isWhole) return spokenHour + (noon !== '' ? noon : Number(hour) > 12 ? ' hundred' : " o'clock")
  return `${spokenHour} ${minute.startsWith('0') ? `oh ${spellDigits(minute.slice(1))}` : spellCardinal(minute)}${noon}`
}

/** What goes on behind `p.m.`: small letters, a mark, a day, a zone. */
const GOES_ON = `(?=(?<next>\\s+(?:[a-z\\d(]|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|${MONTHS.join('|')}|[ECMP][SD]?T\\b|GMT|UTC)|["”’')]*[,;:!?…—-])?)`

/** Whether the full stop of `p.m.` ends its sentence. */
const endsWithStop = (matched: string, next: string | undefined): boolean => matched.endsWith('.') && next === undefined

/** After these, four digits are a year. */
const BEFORE_YEAR =
  '(?:[Ii]n|[Ss]ince|[Bb]y|[Ff]rom|[Uu]ntil|[Tt]ill|[Bb]efore|[Aa]fter|[Cc]irca|[Yy]ear|[Oo]f|[Tt]o|[Dd]uring|[Aa]round)'

/** Books of verses: John 3:16. */
const SCRIPTURES =
  '(?:Genesis|Exodus|Leviticus|Deuteronomy|Joshua|Judges|Ruth|Samuel|Kings|Chronicles|Job|Psalms?|Proverbs|Ecclesiastes|Isaiah|Jeremiah|Ezekiel|Daniel|Matthew|Mark|Luke|John|Acts|Romans|Corinthians|Galatians|Ephesians|Philippians|Colossians|Timothy|Titus|Hebrews|James|Peter|Jude|Revelation)'

/** Dates, times, and verses, which are written like times. */
export const ENGLISH_DATES: readonly SpokenRule[] = [
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
    say: ({ month, from, to }) =>
      `${monthName(month)} ${spellOrdinal(withoutZeros(from))} to ${spellOrdinal(withoutZeros(to))}`,
  },
  {
    pattern: new RegExp(
      `\\b${MONTH_NAME}\\s(?<day>0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?(?:,?\\s(?<year>[12]\\d{3}))?(?![\\d:%])`,
      'g',
    ),
    say: ({ month, day, year }) =>
      `${monthName(month)} ${spellOrdinal(withoutZeros(day))}${year === undefined ? '' : `, ${spellYear(year)}`}`,
  },
  {
    pattern: new RegExp(
      `(?<the>\\b[Tt]he\\s)?(?<!\\d)(?<day>0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?\\s(?:of\\s)?${MONTH_NAME}(?:,?\\s(?<year>[12]\\d{3}))?(?![\\d\\w])`,
      'g',
    ),
    say: ({ the = 'the ', day, month, year }) =>
      `${the}${spellOrdinal(withoutZeros(day))} of ${monthName(month)}${year === undefined ? '' : `, ${spellYear(year)}`}`,
  },
  {
    pattern: new RegExp(`\\b${MONTH_NAME},?\\s(?<year>[12]\\d{3})(?!\\d)`, 'g'),
    say: ({ month, year = '' }) => `${monthName(month)} ${spellYear(year)}`,
  },
  { pattern: /(?<!\d)(?<decade>[12]\d\d0)'?s\b/g, say: ({ decade = '' }) => spellDecade(decade) },
  { pattern: /(?:(?<=\s|^)['’]|\b)(?<decade>[2-9]0)s\b/g, say: ({ decade = '' }) => spellDecade(decade) },
  // Jan.–Mar., in Dec. he
  { pattern: new RegExp(`\\b${MONTH_NAME}(?<=\\.)(?=[-–—,]|\\s+[a-z])`, 'g'), say: ({ month }) => monthName(month) },
  // Times. What stands between them goes first: 4:30-5:30, 9am-5pm, 5th-7th.
  {
    pattern: new RegExp(`(?<=\\d:\\d\\d|\\d\\s?[aApP]\\.?[mM]\\.?|\\d(?:st|nd|rd|th))\\s?${DASH}\\s?(?=\\d)`, 'g'),
    say: () => ' to ',
  },
  {
    pattern: new RegExp(`(?<![\\w.:/-])(?<from>\\d{1,2})\\s?${DASH}\\s?(?=\\d{1,2}\\s?[aApP]\\.?[mM]\\b)`, 'g'),
    say: ({ from = '' }) => `${spellCardinal(from)} to `,
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
]

/** Numbers of four digits that are years: when fractions, money and measures have been read. */
export const ENGLISH_YEARS: readonly SpokenRule[] = [
  // Years.
  { pattern: /(?<=[A-Za-z])(?=(?:19|20)\d\d(?![\w]))/g, say: () => ' ' },
  {
    pattern: new RegExp(`(?<=\\b${BEFORE_YEAR}\\s)(?<year>1[1-9]\\d\\d)(?![\\d,.]*\\d|\\w)`, 'g'),
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
]
