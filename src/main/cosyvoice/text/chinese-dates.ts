import { MEASURE_WORDS } from './chinese-measure-words.ts'
import { readCardinal, readCount, readDigits, readNumber } from './chinese-numbers.ts'
import { DASH, type SpokenRule } from './spoken-rules.ts'

const MONTH = '(?<month>0?[1-9]|1[0-2])'
const DAY = '(?<day>0?[1-9]|[12]\\d|3[01])'
/** Words that a year stands before without 年. */
const AFTER_YEAR =
  '(?=\\s?(?:赛季|賽季|奥运|奧運|世界杯|世界盃|财年|財年|年度|[届屆级級款版]|春晚|高考|中考)(?!台[阶階]|别|別))'
const SCORED = '(?:比分|比例|比率|配比|赔率|賠率)[^\\d，。！？；]{0,6}'
const LOST = '(?=\\s?(?:[落惜惨完]败|告负|不敌|落后|负于|输给|平局|战平|闷平))'

const date = (year?: string, month?: string, day?: string): string =>
  (year === undefined ? '' : `${readDigits(year)}年`) +
  (month === undefined ? '' : `${readCardinal(String(Number(month)))}月`) +
  (day === undefined ? '' : `${readCardinal(String(Number(day)))}日`)

const clock = ({ hour = '', minute = '', second, half }: Readonly<Record<string, string | undefined>>): string => {
  const noon = half === undefined ? '' : half.toLowerCase() === 'a' ? '上午' : '下午'
  const two = (value: string, unit: string): string =>
    (value.startsWith('0') && value !== '00' ? '零' : '') + readCardinal(String(Number(value))) + unit
  const minutes = minute === '00' && second === undefined ? '' : two(minute, '分')
  return `${noon}${readCount(String(Number(hour)))}点${minutes}${second === undefined ? '' : two(second, '秒')}`
}

/** Dates, years, times, and what is written like them: ratios and scores. */
export const CHINESE_DATES: readonly SpokenRule[] = [
  // Days that events are named after.
  {
    pattern:
      /(?<![\d./·])(?<month>\d{1,2})[./·](?<day>\d{1,2})(?=妇女节|婦女節|劳动节|勞動節|儿童节|兒童節|建军节|事件|事变|事變|运动|運動|惨案|慘案|大?地震|晚会|晚會|阅兵|大促|购物节)/g,
    say: ({ month = '', day = '' }) => readDigits(month + day),
  },
  { pattern: /(?<![\d.·])\d{1,2}·\d{1,2}(?![\d.·])/g, say: (_, matched) => readDigits(matched.replace('·', '')) },
  { pattern: /(?<![\d.])\d{3}(?=事件|事变|事變|晚会|晚會|大促|购物节)/g, say: (_, matched) => readDigits(matched) },
  { pattern: /(?<![\d/.])24\/7(?![\d/.])/g, say: () => '二十四七' },
  {
    pattern: new RegExp(`(?<=\\d[:：]\\d\\d)\\s?${DASH}\\s?(?=\\d{1,2}[:：]\\d\\d)`, 'g'),
    say: () => '到',
  },
  // Before dates: 图3-2, 第12-15章.
  {
    pattern: /(?<=[图圖表式]\s?)(?<chapter>\d+)-(?<number>\d+)(?![-\d])/g,
    say: ({ chapter = '', number = '' }) => `${readCardinal(chapter)}杠${readCardinal(number)}`,
  },
  {
    pattern: new RegExp(`(?<=第\\s?)(?<from>\\d+)\\s?${DASH}\\s?(?<to>\\d+)`, 'g'),
    say: ({ from = '', to = '' }) => `${readCardinal(from)}到${readCardinal(to)}`,
  },
  // Dates.
  {
    pattern: new RegExp(`(?<![\\d.])(?<year>[12]\\d{3})(?<mark>[-/.])${MONTH}\\k<mark>${DAY}(?![\\d.]*\\d)`, 'g'),
    say: ({ year, month, day }) => date(year, month, day),
  },
  {
    pattern: new RegExp(`(?<![\\d.])${DAY}(?<mark>[-/.])${MONTH}\\k<mark>(?<year>[12]\\d{3})(?![\\d.]*\\d)`, 'g'),
    say: ({ year, month, day }) => date(year, month, day),
  },
  {
    pattern: new RegExp(
      `(?<!\\d)(?<from>[12]\\d{3})\\s?(?:${DASH}|[至到/])\\s?(?<to>[12]\\d{3})(?:(?=年)|${AFTER_YEAR})`,
      'g',
    ),
    say: ({ from = '', to = '' }) => `${readDigits(from)}到${readDigits(to)}`,
  },
  {
    // Years, unless something is counted.
    pattern: new RegExp(
      `(?<![\\d.,/A-Za-z$¥￥€£-])(?<from>1[89]\\d\\d|20[0-4]\\d)\\s?${DASH}\\s?(?<to>1[89]\\d\\d|20[0-4]\\d)(?![\\d.,%％A-Za-z/-]|\\s?[=${MEASURE_WORDS}多余餘页頁字])`,
      'g',
    ),
    say: ({ from = '', to = '' }) => (from < to ? `${readDigits(from)}到${readDigits(to)}` : undefined),
  },
  {
    pattern: /(?<![\d.])(?<year>[12]\d{3})[-/](?<month>0[1-9]|1[0-2])(?![-/\d])/g,
    say: ({ year, month }) => date(year, month),
  },
  {
    // 10-15 is a range far more often.
    pattern: /(?<![-/.\d])(?:(?<month>0[1-9])[-/]|(?<late>1[0-2])\/)(?<day>0[1-9]|[12]\d|3[01])(?![-/.\d])/g,
    say: ({ month, late, day }) => date(undefined, month ?? late, day),
  },
  {
    // 1500年前 is counted; 2000年后 is a year.
    pattern: /(?<![\d.,])(?!1000|(?:1[1-7]|2[1-9])00年(?:以?前|以?[后後来來]|的?[历歷]史|以上|多))[12]\d{3}(?=年)/g,
    say: (_, matched) => readDigits(matched),
  },
  { pattern: new RegExp(`(?<![\\d.,])(?:19|20)\\d{2}${AFTER_YEAR}`, 'g'), say: (_, matched) => readDigits(matched) },
  { pattern: /(?<!\d)(?:1[89]|20)\d0['’]?s\b/g, say: (_, matched) => `${readDigits(matched.replace(/\D/g, ''))}年代` },
  {
    pattern: /(?<![\d.])\d{2}(?=年(?:\d{1,2}月|[初底末春夏秋冬]|出生|毕业|畢業))/g,
    say: (_, matched) => readDigits(matched),
  },
  {
    pattern: /(?<![\d.点點:：])(?:\d0|[06-9]5)(?=[后後](?![面来來天续續]))/g,
    say: (_, matched) => readDigits(matched),
  },
  // Ratios and times.
  {
    pattern: new RegExp(`(?<=${SCORED})(?<a>\\d+)\\s?[:：-]\\s?(?<b>\\d+)(?!\\d)`, 'g'),
    say: ({ a = '', b = '' }) => `${readCardinal(a)}比${readCardinal(b)}`,
  },
  {
    pattern: new RegExp(`(?<![\\d.:：-])(?<a>\\d+)\\s?[:：-]\\s?(?<b>\\d+)${LOST}`, 'g'),
    say: ({ a = '', b = '' }) => `${readCardinal(a)}比${readCardinal(b)}`,
  },
  {
    pattern:
      /(?<!\d[:：]?)(?<hour>[01]?\d|2[0-4])[:：](?<minute>[0-5]\d)(?:[:：](?<second>[0-5]\d))?(?:\s?(?<half>[aApP])\.?[mM]\b\.?)?(?![\d:：])/g,
    say: clock,
  },
  {
    pattern: /(?<![\d.]|\d[:：])(?<a>\d+)[:：](?<b>\d+(?:\.\d+)?)(?![\d:：])/g,
    say: ({ a = '', b = '' }) => `${readCardinal(a)}比${readNumber(b)}`,
  },
]
