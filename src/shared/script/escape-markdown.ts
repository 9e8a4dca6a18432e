/** Characters that mean something within a row of Markdown. */
const INLINE_MARK = /[\\`*_[\]<>&~]/g
/** What would make a row a heading, a list, a quotation, a rule or a fence. */
const ROW_MARK = /^(?:[#+=|-]|\d{1,9}(?=[.)]))/

/** Text as a row of Markdown that reads as that very text. */
export const escapeMarkdown = (text: string, startsRow: boolean): string => {
  const escaped = text.replace(INLINE_MARK, '\\$&')
  if (!startsRow) return escaped
  return escaped
    .replace(ROW_MARK, (mark) => (/\d/.test(mark) ? mark : `\\${mark}`))
    .replace(/^(\d{1,9})([.)])/, '$1\\$2')
}
