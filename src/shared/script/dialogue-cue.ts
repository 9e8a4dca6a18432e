import { MAX_NAME_CHARACTERS, type NameLikelihood, nameLikelihood } from './speaker-names.ts'

/** The start of a row that may name who speaks the rest of it. */
export type CueCandidate = {
  name: string
  /** Place of the name in the row, and of the text after the cue. */
  nameStart: number
  textStart: number
  likelihood: Exclude<NameLikelihood, 'never'>
}

/** Cues that say more than a name are longer, but not much. */
const MAX_CUE_CHARACTERS = 60
const BLANKS = '[ \\t\\u00A0\\u3000]{0,8}'
/** A few words on how it is said, which stay in the cue: 林晚（低声）： */
const ASIDE = '(?:[（(][^（）()\\n]{1,20}[）)])?'
const COLON_CUE = new RegExp(
  `^([^:：（(]{1,${2 * MAX_NAME_CHARACTERS}}?)${BLANKS}${ASIDE}${BLANKS}([:：])${BLANKS}(?=\\S)`,
  'u',
)
const BRACKET_CUE = new RegExp(
  `^【${BLANKS}([^【】]{1,${2 * MAX_NAME_CHARACTERS}}?)${BLANKS}】${ASIDE}${BLANKS}[:：]?${BLANKS}(?=\\S)`,
  'u',
)
const SQUARE_CUE = new RegExp(
  `^\\[([^[\\]]{1,${2 * MAX_NAME_CHARACTERS}})\\]${BLANKS}([:：]?)${BLANKS}(?=[^\\s([])`,
  'u',
)
/** What an ASCII colon may be followed by in a cue: not by 12:30, C:\\, https:// or key:value. */
const AFTER_ASCII_COLON =
  /^[\s"“”‘’'「『（(【[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}—…]/u
/** Verbs that end names as well. */
const MAY_INTRODUCE_QUOTE = /[想写寫念唱讲講回哭笑叹嘆]$/u
/** Marks for sounds that some engines know; they are spoken text, not speakers. */
const SOUND_MARK =
  /^\/?(?:laughter|laugh|laughing|breath|quick_breath|sigh|cough|noise|vocalized-noise|clucking|accent|hissing|lipsmack|mn|strong|pause|silence|music|applause|笑声?|大笑|笑|叹气|叹息|呼吸|咳嗽|停顿|静音|音乐|掌声|哭|哭泣)$/iu

const colonCue = (row: string): CueCandidate | null => {
  const found = row.match(COLON_CUE)
  if (!found) return null
  const [cue, name = '', colon] = found
  const afterColon = row.slice(cue.lastIndexOf(colon ?? ':') + 1)
  if (colon === ':' && !AFTER_ASCII_COLON.test(afterColon)) return null
  // 比分 3：2 and John 3：16 are ratios.
  if (/\p{N}$/u.test(name) && /^\s*\p{N}/u.test(afterColon)) return null
  const likelihood = nameLikelihood(name)
  // 林晚想：“……” tells of a thought; 李想 may also be a name.
  if (likelihood === 'doubtful' && MAY_INTRODUCE_QUOTE.test(name) && /^\s*[“「『"‘]/u.test(afterColon)) return null
  return likelihood === 'never' ? null : { name, nameStart: 0, textStart: cue.length, likelihood }
}

/** A row in such brackets is a cue at once, save where what they hold can be no name. */
const bracketCue = (row: string): CueCandidate | null => {
  const found = row.match(BRACKET_CUE)
  const name = found?.[1] ?? ''
  if (!found || SOUND_MARK.test(name) || nameLikelihood(name) === 'never') return null
  return { name, nameStart: row.indexOf(name), textStart: found[0].length, likelihood: 'likely' }
}

const squareCue = (row: string): CueCandidate | null => {
  const found = row.match(SQUARE_CUE)
  if (!found) return null
  const [cue, name = '', colon] = found
  const likelihood = nameLikelihood(name)
  if (SOUND_MARK.test(name) || likelihood === 'never') return null
  return { name, nameStart: 1, textStart: cue.length, likelihood: colon ? likelihood : 'doubtful' }
}

/**
 * Who a row, without blanks around it, may name as its speaker: `林晚：……`, `Anna: ...`, `【林晚】……`, `[Anna] ...`.
 * Conservative: rather a speaker missed, which is assigned in a moment, than a sentence torn apart.
 */
export const findCue = (row: string): CueCandidate | null => {
  const first = row.charAt(0)
  const cue = first === '【' ? bracketCue(row) : first === '[' ? squareCue(row) : colonCue(row)
  return cue && cue.textStart <= MAX_CUE_CHARACTERS ? cue : null
}

/** Where the name goes in a cue. */
const PLACEHOLDER = '{name}'

export const hasPlaceholder = (cue: string): boolean => cue.includes(PLACEHOLDER)
export const fillCue = (cue: string, name: string): string => cue.replace(PLACEHOLDER, () => name)
export const cueOf = (beforeName: string, afterName: string): string => `${beforeName}${PLACEHOLDER}${afterName}`
/** A cue that says no more than a name, and so may serve another line. */
export const isPlainCue = (cue: string): boolean =>
  hasPlaceholder(cue) && !/[\p{L}\p{N}]/u.test(cue.replace(PLACEHOLDER, ''))
