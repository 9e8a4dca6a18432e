import { readCardinal, readDigits, readNumber } from './chinese-numbers.ts'
import { NUMBER, type SpokenRule } from './spoken-rules.ts'
import { findUnit, UNIT_PATTERN } from './units.ts'

const DASH = '[-~～–—−]'
const MONTH = '(?<month>0?[1-9]|1[0-2])'
const DAY = '(?<day>0?[1-9]|[12]\\d|3[01])'
const NUMERAL = '零一二两三四五六七八九十百千万亿'

/** Symbols and codes of money that stand before or after an amount. The longest come first. */
const MONEY: Readonly<Record<string, string>> = {
  US$: '美元',
  HK$: '港元',
  NT$: '新台币',
  A$: '澳元',
  C$: '加元',
  S$: '新加坡元',
  R$: '巴西雷亚尔',
  RMB: '元人民币',
  CNY: '元',
  USD: '美元',
  HKD: '港元',
  TWD: '新台币',
  AUD: '澳元',
  CAD: '加元',
  SGD: '新加坡元',
  EUR: '欧元',
  GBP: '英镑',
  JPY: '日元',
  KRW: '韩元',
  CHF: '瑞士法郎',
  $: '美元',
  '＄': '美元',
  '¥': '元',
  '￥': '元',
  '€': '欧元',
  '£': '英镑',
  '￡': '英镑',
  '₩': '韩元',
  '₹': '印度卢比',
  '₽': '卢布',
  '฿': '泰铢',
}
const CURRENCY = `(?<currency>${Object.keys(MONEY)
  .map((sign) => sign.replaceAll('$', '\\$'))
  .join('|')})`

/** Words that 2 is said 两 before; months, days and floors are counted 二. */
const MEASURE_WORDS =
  '个只条张本件位名人年天周秒次种倍层家间辆台座棵头匹双对套份杯瓶碗盘块片段篇首句声场届期把支枝颗粒滴组批项点米公里千克吨升元美欧岁小分钟英平立毫厘刻亿万千'

/** Words after which digits are dictated, one for one. */
const DICTATED =
  '(?:拨打|致电|热线|客服|电话|手机|尾号|编号|号码|邮编|密码|验证码|卡号|账号|车次|航班|学号|工号|房号)(?:是|为|号|：|:|\\s)*'
const SCORED = '(?:比分|比例|比率|配比|赔率)[^\\d，。！？；]{0,6}'

const spelt = (text: string): string => readDigits(text.replace(/\D/g, ''), '幺')
const isBelow = (a = '', b = ''): boolean => Number(a.replaceAll(',', '')) < Number(b.replaceAll(',', ''))
const counted = (number = ''): string => (number === '2' ? '两' : readNumber(number))
const date = (year?: string, month?: string, day?: string): string =>
  (year === undefined ? '' : `${readDigits(year)}年`) +
  (month === undefined ? '' : `${readCardinal(String(Number(month)))}月`) +
  (day === undefined ? '' : `${readCardinal(String(Number(day)))}日`)

const clock = ({ hour = '', minute = '', second, half }: Readonly<Record<string, string | undefined>>): string => {
  const noon = half === undefined ? '' : half.toLowerCase() === 'a' ? '上午' : '下午'
  const two = (value: string, unit: string): string =>
    (value.startsWith('0') && value !== '00' ? '零' : '') + readCardinal(String(Number(value))) + unit
  const minutes = minute === '00' && second === undefined ? '' : two(minute, '分')
  return `${noon}${counted(String(Number(hour)))}点${minutes}${second === undefined ? '' : two(second, '秒')}`
}

const money = (amount = '', scale = '', currency = ''): string =>
  `${scale === '' && currency !== 'RMB' ? counted(amount) : readNumber(amount)}${scale}${MONEY[currency] ?? ''}`

const measure = ({
  sign,
  number,
  unit = '',
  per,
}: Readonly<Record<string, string | undefined>>): string | undefined => {
  const found = findUnit(unit, per)
  if (!found) return undefined
  const isTemperature = found.unit.chinese.endsWith('氏度')
  const minus = sign === undefined ? '' : isTemperature ? '零下' : '负'
  return `${found.per ? `每${found.per.chinese}` : ''}${minus}${counted(number)}${found.unit.chinese}`
}

/**
 * Numbers and signs in Chinese, most particular first. Readings follow WeTextProcessing; where it differs from what people
 * say (两千, 零下五摄氏度, 幺 in telephone numbers) people are followed.
 * @source wenet-e2e/WeTextProcessing tn/chinese/rules, tn/chinese/test/data
 */
export const CHINESE_RULES: readonly SpokenRule[] = [
  // Telephone numbers, and digits that are dictated.
  {
    pattern: /(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\d.]*\d)/g,
    say: (_, matched) => (matched.startsWith('+') ? '加' : '') + spelt(matched),
  },
  { pattern: /(?<![\d.-])(?:0\d{2,3}-\d{7,8}|[48]00-?\d{3}-?\d{4})(?![\d-])/g, say: (_, matched) => spelt(matched) },
  { pattern: new RegExp(`(?<=${DICTATED})\\d{3,}(?![\\d.%])`, 'g'), say: (_, matched) => spelt(matched) },
  { pattern: /(?<![\d.])1(?:10|19|20|22)(?=报警|急救|火警|热线|电话)/g, say: (_, matched) => spelt(matched) },
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
    pattern: /(?<!\d)(?<from>[12]\d{3})\s?[-~～–—至到]\s?(?<to>[12]\d{3})(?=年)/g,
    say: ({ from = '', to = '' }) => `${readDigits(from)}到${readDigits(to)}`,
  },
  {
    pattern: /(?<![\d.])(?<year>[12]\d{3})[-/](?<month>0[1-9]|1[0-2])(?![-/\d])/g,
    say: ({ year, month }) => date(year, month),
  },
  {
    pattern: /(?<![-/.\d])(?<month>0[1-9]|1[0-2])[-/](?<day>0[1-9]|[12]\d|3[01])(?![-/.\d])/g,
    say: ({ month, day }) => date(undefined, month, day),
  },
  { pattern: /(?<![\d.,])(?!1000)[12]\d{3}(?=年)/g, say: (_, matched) => readDigits(matched) },
  { pattern: /(?<![\d.])\d0(?=后(?![面来天续]))/g, say: (_, matched) => readDigits(matched) },
  // Ratios and times.
  {
    pattern: new RegExp(`(?<=${SCORED})(?<a>\\d+)\\s?[:：-]\\s?(?<b>\\d+)(?!\\d)`, 'g'),
    say: ({ a = '', b = '' }) => `${readCardinal(a)}比${readCardinal(b)}`,
  },
  {
    pattern:
      /(?<![\d:：])(?<hour>[01]?\d|2[0-4])[:：](?<minute>[0-5]\d)(?:[:：](?<second>[0-5]\d))?(?:\s?(?<half>[aApP])\.?[mM]\b\.?)?(?![\d:：])/g,
    say: clock,
  },
  {
    pattern: /(?<![\d.:：])(?<a>\d+)[:：](?<b>\d+)(?![\d:：])/g,
    say: ({ a = '', b = '' }) => `${readCardinal(a)}比${readCardinal(b)}`,
  },
  // Versions and addresses: digit by digit.
  {
    pattern: /\d+(?:\.\d+){2,}/g,
    say: (_, matched) =>
      matched
        .split('.')
        .map((part) => readDigits(part))
        .join('点'),
  },
  // Ranges keep their numbers for the rules below; what falls is a score.
  {
    pattern: new RegExp(
      `(?<![\\d.:/A-Za-z-])(?<a>-?${NUMBER})(?<unit>%|‰)?\\s?(?<dash>${DASH})\\s?(?<b>${NUMBER})(?![\\d.]*[-/:=]|\\d)(?!\\s?=)`,
      'g',
    ),
    say: ({ a, unit = '', dash, b }) =>
      dash !== '-' || isBelow(a, b) ? `${a}${unit}到${b}` : unit === '' ? `${a}比${b}` : undefined,
  },
  {
    pattern: new RegExp(`(?<![\\d.])(?<a>${NUMBER})%?到(?<b>${NUMBER})\\s?[%％]`, 'g'),
    say: ({ a = '', b = '' }) => `百分之${readNumber(a)}到百分之${readNumber(b)}`,
  },
  // Parts of a hundred, fractions.
  {
    pattern: new RegExp(`(?<sign>(?<![\\dA-Za-z])[-−])?(?<number>${NUMBER})\\s?(?<part>[%％‰])`, 'g'),
    say: ({ sign, number = '', part }) =>
      `${sign === undefined ? '' : '负'}${part === '‰' ? '千' : '百'}分之${readNumber(number)}`,
  },
  {
    pattern: /(?:(?<whole>\d+)\s?)?(?<fraction>[¼½¾⅐-⅞])/g,
    say: ({ whole, fraction = '' }) => {
      const [a = '', b = ''] = fraction.normalize('NFKD').split('\u2044')
      return `${whole === undefined ? '' : `${readCardinal(whole)}又`}${readCardinal(b)}分之${readCardinal(a)}`
    },
  },
  {
    pattern: /(?<![\d/.A-Za-z])(?<a>\d+)\s?\/\s?(?<b>[1-9]\d*)(?![\d/.]*[\d/])(?![A-Za-z])/g,
    say: ({ a = '', b = '' }) => `${readCardinal(b)}分之${readCardinal(a)}`,
  },
  // Money and measures.
  {
    pattern: new RegExp(
      `(?<![A-Za-z])${CURRENCY}\\s?(?<amount>${NUMBER})\\s?(?<scale>万亿|千万|百万|[百千万亿])?`,
      'g',
    ),
    say: ({ amount, scale, currency }) => money(amount, scale, currency),
  },
  {
    pattern: new RegExp(
      `(?<![\\d.A-Za-z])(?<amount>${NUMBER})\\s?(?<scale>万亿|千万|百万|[百千万亿])?\\s?${CURRENCY}(?![A-Za-z\\d])`,
      'g',
    ),
    say: ({ amount, scale, currency }) => money(amount, scale, currency),
  },
  {
    pattern: new RegExp(`(?<sign>(?<![\\dA-Za-z])[-−])?(?<![A-Za-z\\d.])(?<number>${NUMBER})\\s?${UNIT_PATTERN}`, 'g'),
    say: measure,
  },
  // Ordinals.
  { pattern: /(?<=第\s?)\d+/g, say: (_, matched) => readCardinal(matched) },
  { pattern: /(?<![A-Za-z])(?:№|N[oO]\.)\s?(?<number>\d+)/g, say: ({ number = '' }) => `第${readCardinal(number)}` },
  // 25日-31日, 八点-9点.
  {
    pattern: new RegExp(`(?<=[\\d${NUMERAL}][年月日号点分秒元])\\s?${DASH}\\s?(?=[\\d${NUMERAL}])`, 'g'),
    say: () => '到',
  },
  // Arithmetic.
  { pattern: /(?<=\d\s?)[×✕*x](?=\s?\d)/g, say: () => '乘' },
  { pattern: /(?<=\d\s?)÷(?=\s?\d)/g, say: () => '除以' },
  { pattern: /(?<=\d\s?)\+(?=\s?\d)/g, say: () => '加' },
  { pattern: /(?<=\d\s?)(?:−|-(?=[^，。！？]*=))(?=\s?\d)/g, say: () => '减' },
  { pattern: /(?<=[\dA-Za-z]\s?)=(?=\s?[-−\dA-Za-z])/g, say: () => '等于' },
  { pattern: /±(?=\s?\d)/g, say: () => '正负' },
  { pattern: /(?<![\dA-Za-z\s-])[-−](?=\d)|(?<=^|\s)[-−](?=\d)/g, say: () => '负' },
  { pattern: /(?<![\dA-Za-z])\+(?=\d)/g, say: () => '正' },
  { pattern: /[≈≃]/g, say: () => '约等于' },
  { pattern: /≠/g, say: () => '不等于' },
  { pattern: /(?:≥|>=)(?=\s?[-−\d])/g, say: () => '大于等于' },
  { pattern: /(?:≤|<=)(?=\s?[-−\d])/g, say: () => '小于等于' },
  { pattern: /(?<![|=-])>(?=\s?[-−\d])/g, say: () => '大于' },
  { pattern: /<(?!\|)(?=\s?[-−\d])/g, say: () => '小于' },
  // Numbers.
  { pattern: /(?<=[A-Za-z])-(?=\d)/g, say: () => '' },
  { pattern: /(?<=[A-Za-z])\d{3,}(?![\d.])/g, say: (_, matched) => readDigits(matched) },
  {
    pattern: new RegExp(`(?<![\\d.])2(?=\\s?[${MEASURE_WORDS}])(?!\\s?千克力)`, 'g'),
    say: () => '两',
  },
  { pattern: new RegExp(NUMBER, 'g'), say: (_, matched) => readNumber(matched) },
  // Signs.
  { pattern: /℃/g, say: () => '摄氏度' },
  { pattern: /℉/g, say: () => '华氏度' },
  { pattern: /\s?[&＆]\s?/g, say: () => '和' },
  { pattern: /(?<=[A-Za-z0-9])@(?=[A-Za-z])/g, say: () => '艾特' },
  { pattern: /(?<=[A-Za-z0-9])\.(?=[a-z]{2,})/g, say: () => '点' },
  { pattern: /(?<=\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs))\./g, say: () => '' },
  { pattern: /(?<![A-Za-z])(?:[A-Z]\.){2,}/g, say: (_, matched) => matched.replaceAll('.', '') },
]
