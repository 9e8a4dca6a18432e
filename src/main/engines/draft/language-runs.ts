import { AppError } from '../../../shared/kernel/index.ts'
import { espeakVoiceAtHome, espeakVoiceFor, READABLE_SCRIPTS, type ReadableScript } from './languages.ts'

/** Part of a line that one espeak voice reads. */
export type LanguageRun = { espeakVoice: string; text: string }

const SCRIPT_PATTERNS = READABLE_SCRIPTS.map((script) => ({
  script,
  pattern: new RegExp(`\\p{Script=${script}}`, 'u'),
}))

/** Languages that give themselves away by a letter that their neighbours in the same script do not have. */
const TELLING_LETTERS: Readonly<Partial<Record<ReadableScript, readonly { pattern: RegExp; language: string }[]>>> = {
  Cyrillic: [
    { pattern: /[ўЎ]/u, language: 'be' },
    { pattern: /[іїєґІЇЄҐ]/u, language: 'uk' },
    { pattern: /[ѓќѕЃЌЅ]/u, language: 'mk' },
    { pattern: /[ђћјљњџЂЋЈЉЊЏ]/u, language: 'sr' },
    { pattern: /[ұқҰҚ]/u, language: 'kk' },
  ],
  Arabic: [
    { pattern: /[ٹڈڑںے]/u, language: 'ur' },
    { pattern: /[پچژگ]/u, language: 'fa' },
  ],
}

/** Scripts of living languages that nothing here reads, by the language most people write in them. */
const UNREADABLE_SCRIPTS: Readonly<Record<string, string>> = {
  Tibetan: 'bo',
  Mongolian: 'mn',
  Khmer: 'km',
  Lao: 'lo',
  Myanmar: 'my',
  Thaana: 'dv',
  Syriac: 'syr',
  Tifinagh: 'zgh',
  Nko: 'nqo',
  Yi: 'ii',
  Cherokee: 'chr',
  Canadian_Aboriginal: 'iu',
  Javanese: 'jv',
  Balinese: 'ban',
  Sundanese: 'su',
  Ol_Chiki: 'sat',
  Adlam: 'ff',
}

type Letter = { script: ReadableScript } | { script: null } | { unreadableLanguage: string }

/** Signs, digits and marks are of no script: they belong to the letters around them. */
const isOfNoScript = (character: string): boolean =>
  /[\p{Script=Common}\p{Script=Inherited}]/u.test(character) || !/[\p{L}\p{N}\p{M}]/u.test(character)

const letterOf = (character: string): Letter => {
  if (isOfNoScript(character)) return { script: null }
  const known = SCRIPT_PATTERNS.find(({ pattern }) => pattern.test(character))
  if (known) return { script: known.script }
  const unreadable = Object.entries(UNREADABLE_SCRIPTS).find(([script]) =>
    new RegExp(`\\p{Script=${script}}`, 'u').test(character),
  )
  return { unreadableLanguage: unreadable?.[1] ?? 'und' }
}

const unsupported = (engineName: string, language: string): AppError =>
  new AppError('engine.unsupported-language', {
    params: { engine: engineName, language },
    remedies: ['choose-another-language', 'choose-another-engine'],
  })

/** Kana in a line makes its Han characters Japanese, unless the person said otherwise. */
const languageOf = (script: ReadableScript, line: string, language: string | null): string => {
  const asked = language === null ? undefined : espeakVoiceFor(script, language)
  if (asked !== undefined) return asked
  if (script === 'Han' && language === null && /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(line)) return 'ja'
  const telling = TELLING_LETTERS[script]?.find(({ pattern }) => pattern.test(line))
  return (telling && espeakVoiceFor(script, telling.language)) ?? espeakVoiceAtHome(script)
}

/**
 * Cuts a line where the language of its letters changes. Letters of the language asked for are read in it; letters of
 * other scripts in the language their script is at home in.
 * @param language a BCP 47 language that `isDraftLanguage` knows, or null
 * @throws AppError `engine.unsupported-language` naming the language of letters that cannot be read
 */
export const languageRuns = (line: string, language: string | null, engineName: string): LanguageRun[] => {
  const runs: LanguageRun[] = []
  const voices = new Map<ReadableScript, string>()
  let leading = ''
  for (const character of line) {
    const letter = letterOf(character)
    if ('unreadableLanguage' in letter) throw unsupported(engineName, letter.unreadableLanguage)
    const last = runs.at(-1)
    if (letter.script === null) {
      if (last) last.text += character
      else leading += character
      continue
    }
    const espeakVoice = voices.get(letter.script) ?? languageOf(letter.script, line, language)
    voices.set(letter.script, espeakVoice)
    if (last?.espeakVoice === espeakVoice) last.text += character
    else {
      runs.push({ espeakVoice, text: leading + character })
      leading = ''
    }
  }
  if (runs.length === 0) runs.push({ espeakVoice: numberVoice(language), text: leading })
  return runs
}

/** Digits alone are read in the language asked for, else in English. */
const numberVoice = (language: string | null): string => {
  if (language !== null)
    for (const script of READABLE_SCRIPTS) {
      const voice = espeakVoiceFor(script, language)
      if (voice !== undefined) return voice
    }
  return espeakVoiceAtHome('Latin')
}
