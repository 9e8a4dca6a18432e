import type { SpokenRule } from './spoken-rules.ts'

const DOMAIN = '(?:[A-Za-z0-9-]+\\.)+'
const ENDINGS = '(?:com|org|net|io|dev|edu|gov|ai|app|info|cn|co\\.uk)'
/** A full stop or a question mark at its end is the sentence's. */
const TAIL = '(?:[/?#][\\w./?=&#%+~:@-]*[\\w/]|/)?'
const ADDRESS = new RegExp(
  `(?<![\\w.@])(?:[\\w.+-]+@${DOMAIN}[A-Za-z]{2,}|(?:https?://|www\\.)${DOMAIN}[A-Za-z]{2,}(?::\\d+)?${TAIL}|${DOMAIN}${ENDINGS}${TAIL})(?!\\w)`,
  'g',
)

type AddressWords = {
  /** Every sign that stands in addresses: `@`, `.`, `/` and the like. */
  signs: Readonly<Record<string, string>>
  readDigits: (digits: string) => string
  /** Between a word and the next. */
  gap: string
}

/** Addresses of pages and of mail, sign for sign; `https://` is not said. */
export const addressRule = ({ signs, readDigits, gap }: AddressWords): SpokenRule => ({
  pattern: ADDRESS,
  say: (_, written) =>
    written
      .replace(/^https?:\/\//, '')
      .replace(/\/$/, '')
      .replace(/\d+|[^\dA-Za-z]/g, (part) => `${gap}${signs[part] ?? readDigits(part)}${gap}`)
      .replaceAll(gap + gap, gap)
      .trim(),
})
