import { spellCardinal, spellOrdinal } from './english-numbers.ts'
import type { SpokenRule } from './spoken-rules.ts'

const VALUES: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50, C: 100 }
const romanValue = (numeral: string): string => {
  const values = Array.from(numeral, (letter) => VALUES[letter] ?? 0)
  return String(values.reduce((sum, value, index) => sum + (value < (values[index + 1] ?? 0) ? -value : value), 0))
}

/** Numerals that are written as they should be; never empty. */
const NUMERAL = "(?=[IVX]|[LC][IVXLC])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?!\\w|['’](?!s\\b))"
/** Of two letters or more that are no word: XL and XX are sizes. */
const LONG = "(?:X{0,3}(?:IX|IV|VI{1,3}|I{2,3})|X{1,2}V)(?!\\w|['’](?!s\\b))"

const PARTS =
  'World War|Super Bowl|Chapter|Part|Act|Scene|Volume|Book|Section|Phase|Type|Article|Appendix|Level|CHAPTER|PART|ACT|SCENE|VOLUME|BOOK'
const RULERS = 'King|Queen|Pope|Emperor|Empress|Tsar|Czar|Kaiser|Prince|Sultan|Pharaoh'
const NAMES =
  'Albert|Alexander|Alfonso|Benedict|Boniface|Carlos|Catherine|Charles|Christian|Clement|Constantine|Darius|David|Edmund|Edward|Elizabeth|Felipe|Ferdinand|Francis|Frederick|Friedrich|George|Gregory|Gustav|Haakon|Harald|Harold|Henri|Henry|Innocent|Isabella|Ivan|James|John|Joseph|Juan|Julius|Justinian|Leo|Leopold|Louis|Margaret|Mary|Maximilian|Napoleon|Nicholas|Olav|Otto|Paul|Peter|Philip|Philippe|Pius|Ptolemy|Ramesses|Ramses|Richard|Robert|Sixtus|Theodosius|Umberto|Urban|Victor|Wilhelm|William|Xerxes'

const ordinal = (numeral = ''): string => `the ${spellOrdinal(romanValue(numeral))}`

/** Roman numerals: of rulers in order, of parts and other names as numbers. Single letters only where nothing else fits. */
export const ENGLISH_ROMAN: readonly SpokenRule[] = [
  {
    pattern: new RegExp(`\\b(?<of>${PARTS})\\s(?<numeral>${NUMERAL})`, 'g'),
    say: ({ of, numeral = '' }) => `${of} ${spellCardinal(romanValue(numeral))}`,
  },
  { pattern: /\bWW(?<numeral>II?)\b/g, say: ({ numeral = '' }) => `World War ${spellCardinal(romanValue(numeral))}` },
  {
    pattern: new RegExp(`\\b(?<ruler>(?:${RULERS})\\s[A-Z][a-z]+)\\s(?<numeral>${NUMERAL})`, 'g'),
    say: ({ ruler, numeral }) => `${ruler} ${ordinal(numeral)}`,
  },
  {
    pattern: new RegExp(`\\b(?<name>${NAMES})\\s(?<numeral>${LONG}|[VX](?!\\w|['’](?!s\\b)|\\.))`, 'g'),
    say: ({ name, numeral }) => `${name} ${ordinal(numeral)}`,
  },
  {
    pattern: new RegExp(`(?<=\\b[A-Z][\\w']+\\s)(?<numeral>${LONG})`, 'g'),
    say: ({ numeral = '' }) => spellCardinal(romanValue(numeral)),
  },
]
