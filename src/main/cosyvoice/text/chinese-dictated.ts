import { readDigits } from './chinese-numbers.ts'
import { DASH, type SpokenRule } from './spoken-rules.ts'

/** Words after which digits are dictated, one for one. */
const DICTATED =
  '(?:[拨撥]打|致[电電]|[热熱][线線]|客服|[电電][话話]|手[机機]|尾[号號]|[编編][号號]|[号號][码碼]|[邮郵][编編]|密[码碼]|[验驗][证證][码碼]|卡[号號]|[账帳賬][号號]|[车車]次|航班|[学學][号號]|工[号號]|房[号號]|房[间間][号號]|身份[证證]|[车車]牌|QQ|微信|分[机機]|\\d[，,\\s]*[转轉])(?:是|为|為|号|號|码|碼|：|:|\\s)*'
/** Behind dictated digits; others are an amount. */
const NO_AMOUNT = '(?!\\d|\\.\\d|\\s?[%％元块塊台臺部个個多余餘人次万萬亿億美年月款家秒分条條通张張名天小])'
/** Before codes that are read digit by digit. */
const CODES = '(?<![A-Za-z])(?:RTX|GTX|ISO|IEC|IEEE|GB|GB\\/T)\\s?'

const spelt = (text: string): string => readDigits(text.replace(/\D/g, ''), '幺')

/** Numbers that are dialled and typed, rooms, codes and models: digit for digit. */
export const CHINESE_DICTATED: readonly SpokenRule[] = [
  // Telephone numbers, and digits that are dictated.
  {
    pattern: /(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\d.]*\d)/g,
    say: (_, matched) => (matched.startsWith('+') ? '加' : '') + spelt(matched),
  },
  {
    pattern: /\+\d{1,3}(?:[- ]\d{2,4}){2,4}(?![-\d])|(?<![\d.-])00\d{2}-\d{2,3}-\d{7,8}(?!\d)/g,
    say: (_, matched) => (matched.startsWith('+') ? '加' : '') + spelt(matched),
  },
  {
    pattern: /(?<![\d.-])(?:0\d{2,3}-\d{7,8}|[(（]0\d{2,3}[)）]\s?\d{7,8}|[48]00-?\d{3}-?\d{4})(?![\d-])/g,
    say: (_, matched) => spelt(matched),
  },
  {
    pattern: new RegExp(`(?<=${DICTATED})\\d{3,}(?:-\\d+| \\d{2,})*${NO_AMOUNT}`, 'g'),
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
  { pattern: /(?<=[A-Za-z]\d{1,2})-(?<model>\d{3,})/g, say: ({ model = '' }) => readDigits(model) },
  {
    pattern: /(?<![\d.])\d{3,4}(?=[室房](?![东東]))|(?<=单元|單元)\d{3,4}(?!\d)/g,
    say: (_, matched) => readDigits(matched),
  },
]
