/** So much of what was sent in a row is no accident. */
const RUN_CHARACTERS = 12

const maskOf = (key: string): string => `sk-***${key.slice(-4)}`

/** A text of a few Latin letters stands in any sentence; two ideographs do not. */
const isTelling = (text: string): boolean => text.length >= 4 || /\P{ASCII}/u.test(text)

const withoutText = (message: string, text: string): string => {
  if (!isTelling(text)) return message
  const run = Math.min(RUN_CHARACTERS, text.length)
  let kept = ''
  for (let at = 0; at < message.length; ) {
    if (at + run > message.length || !text.includes(message.slice(at, at + run))) {
      kept += message[at]
      at += 1
      continue
    }
    let end = at + run
    while (end < message.length && text.includes(message.slice(at, end + 1))) end += 1
    kept += '…'
    at = end
  }
  return kept
}

export type Unsayable = { readonly apiKey?: string | undefined; readonly texts: readonly string[] }

const inOneLine = (text: string): string => text.replace(/\s+/gu, ' ').trim()

/** What a server said, without the key and the texts that it was sent, in one line. */
export const unsaid = (message: string, { apiKey, texts }: Unsayable): string => {
  const withoutKey = apiKey ? message.replaceAll(apiKey, maskOf(apiKey)) : message
  return texts.map(inOneLine).reduce(withoutText, inOneLine(withoutKey))
}
