import type { VoiceId } from '../kernel/index.ts'
import type { Voice } from '../voice/index.ts'

/** Languages that a text shows by its letters; others are told apart by ear. */
const LETTERS: readonly (readonly [language: string, letter: RegExp])[] = [
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['ko', /\p{Script=Hangul}/gu],
  ['zh', /\p{Script=Han}/gu],
  ['ru', /\p{Script=Cyrillic}/gu],
  ['en', /\p{Script=Latin}+/gu],
]
/** A character's first words tell its language; more would only cost time. */
const ENOUGH_CHARACTERS = 2000
/** Japanese is written with Chinese letters too: a few of its own decide. */
const MIN_KANA_SHARE = 0.1

/** The language most of a text is in, as far as its letters tell; null where they do not. */
export const languageOfText = (texts: Iterable<string>): string | null => {
  let sample = ''
  for (const text of texts) {
    sample += text
    if (sample.length >= ENOUGH_CHARACTERS) break
  }
  const counts = new Map(LETTERS.map(([language, letter]) => [language, sample.match(letter)?.length ?? 0]))
  const kana = counts.get('ja') ?? 0
  if (kana > 0 && kana >= (counts.get('zh') ?? 0) * MIN_KANA_SHARE && kana > (counts.get('en') ?? 0)) return 'ja'
  counts.delete('ja')
  const [most] = [...counts].sort((left, right) => right[1] - left[1])
  return most && most[1] > 0 ? most[0] : null
}

/** Languages by which voices are at home in Chinese. */
const CHINESE = new Set(['zh', 'cmn'])

const isAtHome = (voice: Voice, language: string | null): boolean => {
  if (language === null || voice.language === null) return true
  const [primary = ''] = voice.language.toLowerCase().split('-')
  return primary === language || (CHINESE.has(primary) && CHINESE.has(language))
}

/**
 * A voice for each of some characters, by the language of what they say: at home in it where there is one, and one that
 * the fewest others have, in the order given.
 *
 * @param taken the voices of those that are cast already
 */
export const castVoices = (
  languages: readonly (string | null)[],
  voices: readonly Voice[],
  taken: readonly (VoiceId | null)[],
): (VoiceId | null)[] => {
  const uses = new Map(voices.map(({ voiceId }) => [voiceId, 0]))
  const use = (voiceId: VoiceId | null): void => {
    const count = voiceId === null ? undefined : uses.get(voiceId)
    if (voiceId !== null && count !== undefined) uses.set(voiceId, count + 1)
  }
  taken.forEach(use)
  return languages.map((language) => {
    const atHome = voices.filter((voice) => isAtHome(voice, language))
    const choices = (atHome.length > 0 ? atHome : voices).map(({ voiceId }) => voiceId)
    const fewest = Math.min(...choices.map((voiceId) => uses.get(voiceId) ?? 0))
    const chosen = choices.find((voiceId) => uses.get(voiceId) === fewest) ?? null
    use(chosen)
    return chosen
  })
}
