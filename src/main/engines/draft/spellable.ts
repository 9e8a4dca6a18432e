/** Wide letters and digits, half-wide kana, and letters of mathematical alphabets: the same to a reader, not to espeak. */
const WIDTH_VARIANTS = /[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A\uFF65-\uFF9F\u{1D400}-\u{1D7FF}]+/gu
const LONE_SURROGATE = /\p{Surrogate}/gu
/** Invisible characters that would end a word in the middle. */
const INVISIBLE = /[\u00AD\u200B\u2060\uFEFF]/gu
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for; a NUL would end the text
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/gu

/** Text in the forms that espeak has readings for. */
export const spellable = (text: string): string =>
  text
    .replace(LONE_SURROGATE, ' ')
    .replace(CONTROL, ' ')
    .replace(INVISIBLE, '')
    .replace(WIDTH_VARIANTS, (wide) => wide.normalize('NFKC'))
    .replace(/[.．]{2,}/gu, '…')
