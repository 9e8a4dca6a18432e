/** Han ideographs, those kept for compatibility with older encodings included. */
const IDEOGRAPH = /[\p{Unified_Ideograph}\u{F900}-\u{FAFF}\u{2F800}-\u{2FA1F}]/u
const TAG = /<[^>]*>/gu

/** SSML without what services do not count of it. */
export const withoutTags = (ssml: string): string => ssml.replace(TAG, '')

/**
 * Characters as DashScope limits and bills them: a Han ideograph counts two, every other code point one; tags of SSML count
 * nothing.
 * @source Alibaba Cloud Model Studio, CosyVoice API reference (character calculation)
 */
export const countCharacters = (text: string, { isSsml = false }: { isSsml?: boolean } = {}): number => {
  let count = 0
  for (const character of isSsml ? withoutTags(text) : text) count += IDEOGRAPH.test(character) ? 2 : 1
  return count
}
