import { addressRule } from './addresses.ts'
import { CHINESE_DATES } from './chinese-dates.ts'
import { CHINESE_DICTATED } from './chinese-dictated.ts'
import { MEASURE_WORDS, NO_MEASURE } from './chinese-measure-words.ts'
import { isBelow, readCardinal, readCount, readDigits, readNumber } from './chinese-numbers.ts'
import { DASH, NUMBER, type SpokenRule } from './spoken-rules.ts'
import { findUnit, UNIT_NAME, UNIT_PATTERN } from './units.ts'

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

/** 1.5k and 3w, as people write thousands and 万. */
const multiplied = (number = '', by = 1): string => String(Math.round(Number(number.replaceAll(',', '')) * by))
const money = (amount = '', scale = '', currency = ''): string =>
  `${scale === '' && currency !== 'RMB' ? readCount(amount) : readNumber(amount)}${scale}${MONEY[currency] ?? ''}`

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
  return `${found.per ? `每${found.per.chinese}` : ''}${minus}${readCount(number)}${found.unit.chinese}`
}

/**
 * Numbers and signs in Chinese, most particular first. Readings follow WeTextProcessing; where it differs from what people
 * say (两千, 零下五摄氏度, 幺 in telephone numbers) people are followed.
 * @source wenet-e2e/WeTextProcessing tn/chinese/rules, tn/chinese/test/data
 */
export const CHINESE_RULES: readonly SpokenRule[] = [
  addressRule({
    signs: {
      ...{ '@': '艾特', '.': '点', '/': '斜杠', '?': '问号', '=': '等于', '&': '和', '#': '井号', '%': '百分号' },
      ...{ '+': '加', '~': '波浪号', ':': '冒号', _: '下划线', '-': '杠' },
    },
    readDigits,
    gap: '',
  }),
  ...CHINESE_DICTATED,
  ...CHINESE_DATES,
  // Versions and addresses: digit by digit.
  {
    pattern: /\d+(?:\.\d+){2,}/g,
    say: (_, matched) =>
      matched
        .split('.')
        .map((part) => readDigits(part))
        .join('点'),
  },
  // 1）首先
  {
    pattern: /(?<![\p{L}\p{N}（(.-])(?<item>\d{1,2})[)）]\s?(?=\p{L})/gu,
    say: ({ item = '' }) => `${readCardinal(item)}、`,
  },
  // Thousands and 万 in letters; 4k屏 is a name.
  {
    pattern: new RegExp(
      `(?<![A-Za-z\\d.,])(?<number>${NUMBER})(?<by>[kw])(?![A-Za-z\\d]|\\s?(?:视频|視頻|画质|畫質|电视|電視|屏|分辨率|高清|超清))`,
      'g',
    ),
    say: ({ number, by }) => multiplied(number, by === 'k' ? 1000 : 10_000),
  },
  // Ranges keep their numbers for the rules below; what falls is a score.
  {
    pattern: new RegExp(
      `(?<![\\dA-Za-z])[-−](?<a>${NUMBER})(?:°C|℃)?\\s?${DASH}\\s?(?=[-−]?${NUMBER}\\s?(?:°C|℃))`,
      'g',
    ),
    say: ({ a = '' }) => `零下${readNumber(a)}到`,
  },
  {
    pattern: new RegExp(
      `${CURRENCY}\\s?(?<a>${NUMBER})(?<scale>[万亿])?\\s?${DASH}\\s?(?:\\k<currency>)?\\s?(?=${NUMBER})`,
      'g',
    ),
    say: ({ a = '', scale = '', currency = '' }) => `${readNumber(a)}${scale}到${currency}`,
  },
  {
    pattern: new RegExp(`(?<=\\d\\s?${UNIT_NAME})\\s?${DASH}\\s?(?=${NUMBER}\\s?${UNIT_NAME}(?![A-Za-z]))`, 'g'),
    say: () => '到',
  },
  {
    pattern: new RegExp(
      `(?<![\\d.:/A-Za-z-])(?<a>-?(?!0\\d)${NUMBER})(?<unit>%|‰)?\\s?(?<dash>${DASH})\\s?(?<b>${NUMBER})(?![\\d.]*[-/:=]|\\d)(?!\\s?=)`,
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
    pattern: /(?<![\d/.A-Za-z])(?:(?<whole>\d+)\s)?(?<a>\d+)\s?\/\s?(?<b>[1-9]\d*)(?![\d/.]*[\d/])(?![A-Za-z])/g,
    say: ({ whole, a = '', b = '' }) =>
      `${whole === undefined ? '' : `${readCardinal(whole)}又`}${readCardinal(b)}分之${readCardinal(a)}`,
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
    pattern: /(?<![\d.])(?<degrees>\d+)°\s?(?<minutes>\d+)[′'’](?:\s?(?<seconds>\d+)[″"”])?/g,
    say: ({ degrees = '', minutes = '', seconds }) =>
      `${readCardinal(degrees)}度${readCardinal(minutes)}分${seconds === undefined ? '' : `${readCardinal(seconds)}秒`}`,
  },
  {
    // iPhone 6s is no time.
    pattern: new RegExp(
      `(?<sign>(?<![\\dA-Za-z])[-−])?(?<![A-Za-z\\d.]|[A-Za-z]\\s(?=\\d+[A-Za-z](?![A-Za-z])))(?<number>${NUMBER})\\s?${UNIT_PATTERN}`,
      'g',
    ),
    say: measure,
  },
  {
    pattern: /(?<=[元币幣块塊]\s?)\/\s?(?=[\p{Script=Han}㎡a-z])|(?<=[克米里升瓦])\/(?=\p{Script=Han})/gu,
    say: () => '每',
  },
  // Ordinals.
  {
    pattern: /(?<![A-Za-z\d.])(?<number>\d+)(?:st|nd|rd|th)\b/g,
    say: ({ number = '' }) => `第${readCardinal(number)}`,
  },
  {
    pattern: /#(?<before>\d+)(?!\d)|(?<![\d.])(?<after>\d+)#/g,
    say: ({ before, after = '' }) => `${readCardinal(before ?? after)}号`,
  },
  { pattern: /(?<=第\s?)\d+(?:\.\d+)?/g, say: (_, matched) => readNumber(matched) },
  { pattern: /(?<![A-Za-z])(?:№|N[oO]\.)\s?(?<number>\d+)/g, say: ({ number = '' }) => `第${readCardinal(number)}` },
  // 25日-31日, 八点-9点.
  {
    pattern: new RegExp(
      `(?<=[\\d${NUMERAL}][年月日号號点點分秒元块塊时時度万萬亿億千百个個人天岁歲层層楼樓级級名次条條章节節回页頁周米])\\s?${DASH}\\s?(?=[\\d${NUMERAL}])`,
      'g',
    ),
    say: () => '到',
  },
  {
    pattern: new RegExp(
      `(?<=(?:[周週]|星期|[礼禮]拜)[一二三四五六])\\s?${DASH}\\s?(?=(?:[周週]|星期|[礼禮]拜)?[一二三四五六日天])`,
      'g',
    ),
    say: () => '到',
  },
  // 歼-20 is a name.
  {
    pattern: /(?<=[歼殲轰轟运運苏蘇图圖]|米格|[东東][风風]|[长長]征|神舟|嫦娥|天[宫宮]|波音|空客|新冠)-(?=\d)/g,
    say: () => '',
  },
  // Arithmetic.
  { pattern: /(?<=\d\s?)[×✕*x](?=\s?\d)/g, say: () => '乘' },
  { pattern: /(?<=\d\s?)÷(?=\s?\d)/g, say: () => '除以' },
  { pattern: /(?<=\d\s?)\+(?=\s?\d)|(?<=[A-Za-z\d²³)]\s?)\+(?=\s?[A-Za-z\d(])/g, say: () => '加' },
  { pattern: /(?<=\d)\+(?!\+)/g, say: () => '加' },
  { pattern: /(?<=[A-Za-z])\+\+(?![\d+])/g, say: () => '加加' },
  { pattern: /(?<![A-Za-z])(?<note>[CF])#(?![A-Za-z\d])/g, say: ({ note }) => `${note} sharp` },
  { pattern: /(?<=\d\s?)(?:−|-(?=[^，。！？]*=))(?=\s?\d)/g, say: () => '减' },
  { pattern: /(?<=[\dA-Za-z²³⁰-⁹)]\s?)=(?=\s?[-−\dA-Za-z(])/g, say: () => '等于' },
  { pattern: /±(?=\s?\d)/g, say: () => '正负' },
  { pattern: /(?<![\dA-Za-z\s-])[-−](?=\d)|(?<=^|\s)[-−](?=\d)/g, say: () => '负' },
  { pattern: /(?<![\dA-Za-z])\+(?=\d)/g, say: () => '正' },
  { pattern: /[≈≃]/g, say: () => '约等于' },
  { pattern: /≠/g, say: () => '不等于' },
  { pattern: /(?:≥(?=\s?[-−负\dA-Za-z])|>=(?=\s?[-−负\d]))/g, say: () => '大于等于' },
  { pattern: /(?:≤(?=\s?[-−负\dA-Za-z])|<=(?=\s?[-−负\d]))/g, say: () => '小于等于' },
  {
    pattern: /(?<=[\dA-Za-z]\s?)(?<!<\/?[a-zA-Z]+)>(?=\s?[-−负\dA-Za-z])|(?<!<\/?[a-zA-Z]+|[|=-])>(?=\s?[-−负\d])/g,
    say: () => '大于',
  },
  { pattern: /(?<=[\dA-Za-z]\s?)<(?=\s?[A-Za-z](?![^<>]*>))|<(?!\|)(?=\s?[-−负\d])/g, say: () => '小于' },
  { pattern: /(?<![\d\p{L}]\s?)[~～](?=\d)/gu, say: () => '约' },
  // Numbers. 2、3个 and 1米75 are said in one.
  {
    pattern: new RegExp(`(?<![\\d.、])(?<a>[1-8])、(?<b>[2-9])(?=\\s?${NO_MEASURE}[${MEASURE_WORDS}])`, 'g'),
    say: ({ a = '', b = '' }) => (Number(a) + 1 === Number(b) ? `${readCount(a)}${readCount(b)}` : undefined),
  },
  { pattern: /(?<=\d米)\d{2}(?![\d.])/g, say: (_, matched) => readDigits(matched) },
  { pattern: /(?<=[A-Za-z])-(?=\d)/g, say: () => '' },
  { pattern: /(?<=[A-Za-z])\d{3,}(?![\d.])/g, say: (_, matched) => readDigits(matched) },
  {
    pattern: new RegExp(`(?<![\\d.A-Za-z])2(?=(?:[到至]\\d+)?\\s?${NO_MEASURE}[${MEASURE_WORDS}])`, 'g'),
    say: () => '两',
  },
  { pattern: /(?<=\d)\^(?<power>\d+)/g, say: ({ power = '' }) => `的${readCardinal(power)}次方` },
  {
    pattern: /(?<=[\dA-Za-z)])(?:[⁰¹²³⁴-⁹]{2,}|[⁰¹⁴-⁹])/g,
    say: (_, matched) => `的${readCardinal(matched.normalize('NFKC'))}次方`,
  },
  { pattern: /(?<![\w.])\.\d+/g, say: (_, matched) => readNumber(matched) },
  { pattern: new RegExp(NUMBER, 'g'), say: (_, matched) => readNumber(matched) },
  // Signs.
  { pattern: /℃/g, say: () => '摄氏度' },
  { pattern: /℉/g, say: () => '华氏度' },
  { pattern: /㎡/g, say: () => '平方米' },
  { pattern: /㎥/g, say: () => '立方米' },
  { pattern: /\s?[&＆]\s?/g, say: () => '和' },
  { pattern: /@(?=\p{L})/gu, say: () => '艾特' },
  { pattern: /(?<=[A-Za-z0-9])\.(?=[a-z]{2,})/g, say: () => '点' },
  { pattern: /(?<=\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs))\./g, say: () => '' },
  { pattern: /(?<![A-Za-z])(?:[A-Z]\.){2,}/g, say: (_, matched) => matched.replaceAll('.', '') },
]
