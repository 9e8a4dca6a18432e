/** Rows of pasted text that say something, without the space around them. */
export const pastedLines = (text: string): string[] =>
  text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((row) => row.trim())
    .filter((row) => row !== '')
