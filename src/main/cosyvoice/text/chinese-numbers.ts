const DIGITS = '零一二三四五六七八九'
const PLACES = ['', '十', '百', '千']
const GROUPS = ['', '万', '亿', '万亿']
/** Longer numbers are read digit by digit. */
const MAX_DIGITS = 16

/** @param digits ASCII. @param one how 1 is said: 幺 where digits are dictated */
export const readDigits = (digits: string, one: '一' | '幺' = '一'): string =>
  Array.from(digits, (digit) => (digit === '1' ? one : (DIGITS[Number(digit)] ?? ''))).join('')

const readGroup = (group: string): string => {
  let text = ''
  for (const [index, digit] of Array.from(group).entries()) {
    if (digit === '0') {
      if (text !== '' && !text.endsWith('零')) text += '零'
      continue
    }
    text += (DIGITS[Number(digit)] ?? '') + (PLACES[group.length - 1 - index] ?? '')
  }
  return text.replace(/零$/, '')
}

const groupsOf = (digits: string): string[] => {
  const groups: string[] = []
  for (let end = digits.length; end > 0; end -= 4) groups.unshift(digits.slice(Math.max(0, end - 4), end))
  return groups
}

/**
 * A whole number as it is counted: 12306 is 一万两千三百零六. Numbers with a leading zero and those of more than 16 digits
 * are read digit by digit.
 */
export const readCardinal = (digits: string): string => {
  if ((digits.length > 1 && digits.startsWith('0')) || digits.length > MAX_DIGITS) return readDigits(digits)
  if (digits === '0') return '零'
  let text = ''
  const groups = groupsOf(digits)
  for (const [index, group] of groups.entries()) {
    if (/^0+$/.test(group)) continue
    const needsZero = text !== '' && (group.startsWith('0') || groups[index - 1]?.endsWith('0') === true)
    text += (needsZero ? '零' : '') + readGroup(group.replace(/^0+/, '')) + (GROUPS[groups.length - 1 - index] ?? '')
  }
  return text.replace(/^一十/, '十').replace(/^二(?=[千万亿])/, '两')
}

/** A number as people write it: commas between thousands, a decimal point. */
export const readNumber = (written: string): string => {
  const [whole = '', fraction] = written.replaceAll(',', '').split('.')
  return readCardinal(whole === '' ? '0' : whole) + (fraction === undefined ? '' : `点${readDigits(fraction)}`)
}

/** The same before what is counted: 2 is 两. */
export const readCount = (written = ''): string => (written === '2' ? '两' : readNumber(written))

/** Whether one number as people write it is smaller than another. */
export const isBelow = (a = '', b = ''): boolean => Number(a.replaceAll(',', '')) < Number(b.replaceAll(',', ''))

/** A number in the numerals that a Japanese reader reads: 百 and 千 without 一, no 零 inside. */
export const writeJapaneseNumber = (written: string): string => {
  const [whole = '', fraction] = written.replaceAll(',', '').split('.')
  const counted = readCardinal(whole)
  const isDigits = whole.length > 1 && (whole.startsWith('0') || whole.length > MAX_DIGITS)
  const numeral =
    isDigits || whole === '0'
      ? counted
      : counted
          .replaceAll('零', '')
          .replaceAll('两', '二')
          .replace(/一(?=[十百千])/g, '')
  return numeral + (fraction === undefined ? '' : `点${readDigits(fraction)}`)
}
