import { addressRule } from './addresses.ts'
import { readCardinal, readDigits, readNumber } from './chinese-numbers.ts'
import { DASH, NUMBER, type SpokenRule } from './spoken-rules.ts'
import { findUnit, UNIT_NAME, UNIT_PATTERN } from './units.ts'

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

/** Words that 2 is said 两 before; months, days and storeys are counted 二. */
const MEASURE_WORDS =
  '个只条张本件位名人年天周秒次种倍层家间辆台座棵头匹双对套份杯瓶碗盘块片段篇首句声场届把支枝颗粒滴组批项点米公里千克吨升元美欧岁小分钟英平立毫厘刻亿万千' +
  '個隻條張種層間輛臺頭雙對塊聲場屆顆組項點噸歲鐘釐億萬'
/** Words that are counted in other ways though they begin with a measure word. */
const NO_MEASURE = '(?!年[级級]|分之|[点點]\\d(?![\\d分]))'

/** Words after which digits are dictated, one for one. */
const DICTATED =
  '(?:[拨撥]打|致[电電]|[热熱][线線]|客服|[电電][话話]|手[机機]|尾[号號]|[编編][号號]|[号號][码碼]|[邮郵][编編]|密[码碼]|[验驗][证證][码碼]|卡[号號]|[账帳賬][号號]|[车車]次|航班|[学學][号號]|工[号號]|房[号號]|房[间間][号號]|身份[证證][号號]?|[车車]牌|QQ|微信|分[机機]|\\d[，,\\s]*[转轉])(?:是|为|為|号|號|码|碼|：|:|\\s)*'
/** Behind dictated digits; others are an amount. */
const NO_AMOUNT = '(?!\\d|[.,]\\d|\\s?[%％元块塊台臺部个個多余餘人次万萬亿億美年月款家秒分条條通张張名天小])'
/** Before codes that are read digit by digit. */
const CODES = '(?<![A-Za-z])(?:RTX|GTX|ISO|IEC|IEEE|GB|GB\\/T)\\s?'
/** Words that a year stands before without 年. */
const AFTER_YEAR =
  '(?=\\s?(?:赛季|賽季|奥运|奧運|世界杯|世界盃|财年|財年|年度|[届屆级級款版]|春晚|高考|中考)(?!台[阶階]|别|別))'
const SCORED = '(?:比分|比例|比率|配比|赔率|賠率)[^\\d，。！？；]{0,6}'
const LOST = '(?=\\s?(?:[落惜惨完]败|告负|不敌|落后|负于|输给|平局|战平|闷平))'

const spelt = (text: string): string => readDigits(text.replace(/\D/g, ''), '幺')
const isBelow = (a = '', b = ''): boolean => Number(a.replaceAll(',', '')) < Number(b.replaceAll(',', ''))
const counted = (number = ''): string => (number === '2' ? '两' : readNumber(number))
/** 1.5k and 3w, as people write thousands and 万. */
const multiplied = (number = '', by = 1): string => String(Math.round(Number(number.replaceAll(',', '')) * by))
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
  addressRule({
    signs: {
      ...{ '@': '艾特', '.': '点', '/': '斜杠', '?': '问号', '=': '等于', '&': '和', '#': '井号', '%': '百分号' },
      ...{ '+': '加', '~': '波浪号', ':': '冒号', _: '下划线', '-': '杠' },
    },
    readDigits,
    gap: '',
  }),
  // Telephone numbers, and digits that are dictated.
  {
    pattern: /(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\d.]*\d)/g,
    say: (_, matched) => (matched.startsWith('+') ? '加' : '') + spelt(matched),
  },
  {
    pattern: /(?<![\d.-])(?:0\d{2,3}-\d{7,8}|[(（]0\d{2,3}[)）]\s?\d{7,8}|[48]00-?\d{3}-?\d{4})(?![\d-])/g,
    say: (_, matched) => spelt(matched),
  },
  {
    pattern: new RegExp(`(?<=${DICTATED})\\d{3,}(?:[ -]\\d{2,})*${NO_AMOUNT}`, 'g'),
    say: (_, matched) => spelt(matched),
  },
  {
    pattern: /(?<![\d.])1(?:10|19|20|22)(?=报警|報警|急救|火警|热线|熱線|电话|電話)/g,
    say: (_, matched) => spelt(matched),
  },
  {
    pattern: /(?<=[打拨撥][^，。！？；\d]{0,10})1(?:10|19|20|22)(?![\d.]|\s?[元块塊个個人次米分])/g,
    say: (_, matched) => spelt(matched),
  },
  {
    // Hotlines: 拨打12345 above, 打12315 here.
    pattern: new RegExp(`(?<=[打拨撥])\\d{5}${NO_AMOUNT}`, 'g'),
    say: (_, matched) => spelt(matched),
  },
  {
    pattern: new RegExp(`(?<=${CODES})(?<code>\\d{3,})(?:${DASH}(?<year>\\d{4}))?(?![\\d.])`, 'g'),
    say: ({ code = '', year }) => readDigits(code) + (year === undefined ? '' : `杠${readDigits(year)}`),
  },
  { pattern: /(?<=[A-Za-z]\d{1,2})-(?<model>\d{3,})(?!\d)/g, say: ({ model = '' }) => readDigits(model) },
  {
    pattern: /(?<![\d.])\d{3,4}(?=[室房](?![一-龥]?[东東]))|(?<=单元|單元)\d{3,4}(?!\d)/g,
    say: (_, matched) => readDigits(matched),
  },
  // Days that events are named after.
  {
    pattern:
      /(?<![\d.·])(?<month>\d{1,2})[.·](?<day>\d{1,2})(?=事件|事变|事變|运动|運動|惨案|慘案|大?地震|晚会|晚會|阅兵|大促|购物节)/g,
    say: ({ month = '', day = '' }) => readDigits(month + day),
  },
  { pattern: /(?<![\d.·])\d{1,2}·\d{1,2}(?![\d.·])/g, say: (_, matched) => readDigits(matched.replace('·', '')) },
  { pattern: /(?<![\d.])\d{3}(?=事件|事变|事變|晚会|晚會|大促|购物节)/g, say: (_, matched) => readDigits(matched) },
  { pattern: /(?<![\d/.])24\/7(?![\d/.])/g, say: () => '二十四七' },
  // Before dates: 第12-15章.
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
  // Versions and addresses: digit by digit.
  {
    pattern: /\d+(?:\.\d+){2,}/g,
    say: (_, matched) =>
      matched
        .split('.')
        .map((part) => readDigits(part))
        .join('点'),
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
    pattern: new RegExp(`${CURRENCY}\\s?(?<a>${NUMBER})\\s?${DASH}\\s?(?:\\k<currency>)?\\s?(?=${NUMBER})`, 'g'),
    say: ({ a = '', currency = '' }) => `${readNumber(a)}到${currency}`,
  },
  {
    pattern: new RegExp(`(?<=\\d\\s?${UNIT_NAME})\\s?${DASH}\\s?(?=${NUMBER}\\s?${UNIT_NAME}(?![A-Za-z]))`, 'g'),
    say: () => '到',
  },
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
  { pattern: /(?<=[元币幣块塊]\s?)\/\s?(?=[\p{Script=Han}㎡a-z])/gu, say: () => '每' },
  // Ordinals.
  {
    pattern: /(?<![A-Za-z\d.])(?<number>\d+)(?:st|nd|rd|th)\b/g,
    say: ({ number = '' }) => `第${readCardinal(number)}`,
  },
  {
    pattern: /#(?<before>\d+)(?!\d)|(?<![\d.])(?<after>\d+)#/g,
    say: ({ before, after = '' }) => `${readCardinal(before ?? after)}号`,
  },
  { pattern: /(?<=第\s?)\d+/g, say: (_, matched) => readCardinal(matched) },
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
  { pattern: /(?:≥|>=)(?=\s?[-−负\d])/g, say: () => '大于等于' },
  { pattern: /(?:≤|<=)(?=\s?[-−负\d])/g, say: () => '小于等于' },
  {
    pattern: /(?<=[\dA-Za-z]\s?)(?<!<\/?[a-zA-Z]+)>(?=\s?[-−负\dA-Za-z])|(?<!<\/?[a-zA-Z]+|[|=-])>(?=\s?[-−负\d])/g,
    say: () => '大于',
  },
  { pattern: /(?<=[\dA-Za-z]\s?)<(?=\s?[A-Za-z](?![^<>]*>))|<(?!\|)(?=\s?[-−负\d])/g, say: () => '小于' },
  { pattern: /(?<![\d\p{L}]\s?)[~～](?=\d)/gu, say: () => '约' },
  // Numbers. 2、3个 and 1米75 are said in one.
  {
    pattern: new RegExp(`(?<![\\d.、])(?<a>[1-8])、(?<b>[2-9])(?=\\s?${NO_MEASURE}[${MEASURE_WORDS}])`, 'g'),
    say: ({ a = '', b = '' }) => (Number(a) + 1 === Number(b) ? `${counted(a)}${readDigits(b)}` : undefined),
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
