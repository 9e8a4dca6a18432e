import { writeJapaneseNumber } from './chinese-numbers.ts'
import { DASH, NUMBER, type SpokenRule } from './spoken-rules.ts'

const MONEY: Readonly<Record<string, string>> = {
  '¥': '円',
  '￥': '円',
  $: 'ドル',
  '＄': 'ドル',
  '€': 'ユーロ',
  '£': 'ポンド',
}
const UNITS: Readonly<Record<string, string>> = {
  ...{ km: 'キロメートル', m: 'メートル', cm: 'センチメートル', mm: 'ミリメートル', 'km/h': 'キロメートル毎時' },
  ...{ kg: 'キログラム', g: 'グラム', mg: 'ミリグラム', L: 'リットル', ml: 'ミリリットル', mL: 'ミリリットル' },
  ...{ 'm²': '平方メートル', '㎡': '平方メートル', 'm³': '立方メートル', Hz: 'ヘルツ', W: 'ワット', kW: 'キロワット' },
  ...{ '℃': '度', '°C': '度', '°': '度', '%': 'パーセント', '％': 'パーセント' },
}
const UNIT = Object.keys(UNITS)
  .sort((a, b) => b.length - a.length)
  .join('|')

const plain = (digits = ''): string => String(Number(digits))

/**
 * Numbers and signs as Japanese writes what it says, in the numerals that a reader reads. No full set: what is not among
 * them reaches the reader as it is.
 */
export const JAPANESE_RULES: readonly SpokenRule[] = [
  {
    pattern:
      /(?<![\d.])(?<year>[12]\d{3})(?<mark>[-/.])(?<month>0?[1-9]|1[0-2])\k<mark>(?<day>0?[1-9]|[12]\d|3[01])(?![\d.]*\d)/g,
    say: ({ year, month, day }) => `${year}年${plain(month)}月${plain(day)}日`,
  },
  { pattern: new RegExp(`(?<=\\d(?:${UNIT})?\\s?)${DASH}(?=\\s?\\d)`, 'g'), say: () => 'から' },
  {
    pattern: /(?<![\d:])(?<hour>[01]?\d|2[0-4]):(?<minute>[0-5]\d)(?::(?<second>[0-5]\d))?(?![\d:])/g,
    say: ({ hour, minute, second }) =>
      `${plain(hour)}時${minute === '00' && second === undefined ? '' : `${plain(minute)}分`}${second === undefined ? '' : `${plain(second)}秒`}`,
  },
  {
    pattern: /(?<![\d/.A-Za-z])(?<a>\d+)\/(?<b>[1-9]\d*)(?![\d/.A-Za-z])/g,
    say: ({ a, b }) => `${b}分の${a}`,
  },
  { pattern: /(?<![\dA-Za-z])[-−](?=\d)/g, say: () => 'マイナス' },
  {
    pattern: new RegExp(`(?<sign>[¥￥$＄€£])\\s?(?<amount>${NUMBER}[万億]?)`, 'g'),
    say: ({ sign = '', amount = '' }) => amount + (MONEY[sign] ?? ''),
  },
  {
    pattern: new RegExp(`(?<![A-Za-z\\d.])(?<number>${NUMBER})\\s?(?<unit>${UNIT})(?![A-Za-z])`, 'g'),
    say: ({ number = '', unit = '' }) => number + (UNITS[unit] ?? ''),
  },
  { pattern: new RegExp(NUMBER, 'g'), say: (_, matched) => writeJapaneseNumber(matched) },
  { pattern: /[%％]/g, say: () => 'パーセント' },
]
