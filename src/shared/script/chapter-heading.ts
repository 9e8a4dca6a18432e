/** Counter of a Chinese or Japanese chapter: 第十二章, 第3话. */
const COUNTED = /^第[零〇一二三四五六七八九十百千两0-9０-９]{1,7}[章节節回卷巻幕场場集部篇话話]/
/** Openings and endings that carry no number. */
const NAMED = /^(?:序章|序幕|序言|前言|楔子|引子|引言|尾声|尾聲|终章|終章|后记|後記|番外|プロローグ|エピローグ)/
const NUMBER_WORD =
  'one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty'
const LATIN_COUNTED = new RegExp(
  `^(?:chapter|part|book|act|scene|episode)\\s+(?:\\d{1,4}|[ivxlc]{1,8}|${NUMBER_WORD})(?![\\p{L}\\p{N}])`,
  'iu',
)
const LATIN_NAMED =
  /^(?:prologue|epilogue|interlude|preface|foreword|afterword|introduction|conclusion)(?![\p{L}\p{N}])/iu
const SENTENCE_END = /[。！？!?.,，；;…]$/
/** Sets a title off from the counter before it. */
const SEPARATOR = /^[\s:：.、·・\-–—]/
const CAPITALISED = /^\s+[\p{Lu}\p{N}"“‘']/u

const MAX_HEADING_CHARACTERS = 60
const MAX_UNSEPARATED_TITLE_CHARACTERS = 10

/**
 * Whether a row of plain text, without blanks around it, announces a chapter: `第一章 码头`, `CHAPTER III: The Sea`,
 * `Epilogue`. Rather too strict: a missed heading is a line more, a false one loses its words.
 *
 * @param standsAlone whether a blank row, or the start of the text, is before it
 */
export const isChapterHeading = (row: string, standsAlone: boolean): boolean => {
  if (row.length > MAX_HEADING_CHARACTERS || SENTENCE_END.test(row)) return false
  const counted = row.match(COUNTED) ?? row.match(NAMED)
  if (counted) {
    const rest = row.slice(counted[0].length)
    if (rest === '' || SEPARATOR.test(rest)) return true
    return standsAlone && rest.length <= MAX_UNSEPARATED_TITLE_CHARACTERS && !/[\p{P}\s]/u.test(rest)
  }
  const latin = row.match(LATIN_COUNTED) ?? row.match(LATIN_NAMED)
  if (!latin) return false
  const rest = row.slice(latin[0].length)
  if (rest === '' || /^\s*[:：.–—]\s*\S/.test(rest) || /^\s+-\s+\S/.test(rest)) return true
  return standsAlone && CAPITALISED.test(rest)
}
