import type { SpokenRule } from './spoken-rules.ts'

/** Words that begin a sentence and hardly ever a name. */
const OPENERS =
  'The|An|He|She|It|They|We|You|This|That|These|Those|There|Then|But|And|So|In|On|At|When|Where|If|What|Why|How|My|His|Her|Our|Their|Its|As|After|Before|Now|No|Yes|Not|For'
const OPENER = `(?:(?:${OPENERS})(?!\\w)|[AI](?![\\w.]))`
/** Behind a full stop that ends its sentence as well. */
const SENTENCE_END = `(?:(?<end>(?=\\s*["”’'»)\\]]*\\s*$)|(?=["”]\\s+[A-Z])|(?=\\s+${OPENER}))|)`
const stop = (end: string | undefined): string => (end === undefined ? '' : '.')

const alternatives = (words: Readonly<Record<string, string>>): string =>
  Object.keys(words)
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replaceAll('.', '\\.'))
    .join('|')

/** Short words, without the last full stop. */
const WORDS: Readonly<Record<string, string>> = {
  ...{ Mr: 'Mister', Mrs: 'Missus', Ms: 'Miz', Prof: 'Professor', Jr: 'Junior', Sr: 'Senior' },
  ...{ vs: 'versus', etc: 'et cetera', 'e.g': 'for example', 'i.e': 'that is', approx: 'approximately' },
  ...{ 'a.k.a': 'also known as', Inc: 'Incorporated', Ltd: 'Limited', Corp: 'Corporation', Co: 'Company' },
  ...{ Ave: 'Avenue', Blvd: 'Boulevard', Rd: 'Road', 'Ph.D': 'PhD', dept: 'department', Dept: 'Department' },
}

/** Before a name. */
const TITLES: Readonly<Record<string, string>> = {
  ...{ Dr: 'Doctor', St: 'Saint', Mt: 'Mount', Ft: 'Fort', Lt: 'Lieutenant', Col: 'Colonel', Gen: 'General' },
  ...{ Sgt: 'Sergeant', Capt: 'Captain', Maj: 'Major', Rev: 'Reverend', Hon: 'Honorable', Gov: 'Governor' },
  ...{ Sen: 'Senator', Rep: 'Representative', Pres: 'President' },
}

/** Behind a name. */
const STREETS: Readonly<Record<string, string>> = { Dr: 'Drive', St: 'Street', Ln: 'Lane', Sq: 'Square' }

/** Before a number. */
const PARTS: Readonly<Record<string, string>> = {
  ...{ Fig: 'Figure', Figs: 'Figures', fig: 'figure', p: 'page', pp: 'pages', Vol: 'Volume', vol: 'volume' },
  ...{ Ch: 'Chapter', ch: 'chapter', Sec: 'Section', sec: 'section', est: 'established', Est: 'Established' },
  ...{ ca: 'circa', c: 'circa', Apt: 'Apartment', Nos: 'numbers', Rm: 'Room', Ste: 'Suite', ext: 'extension' },
}

const DAYS: Readonly<Record<string, string>> = {
  ...{ Mon: 'Monday', Tue: 'Tuesday', Tues: 'Tuesday', Wed: 'Wednesday', Thu: 'Thursday', Thur: 'Thursday' },
  ...{ Thurs: 'Thursday', Fri: 'Friday', Sat: 'Saturday', Sun: 'Sunday' },
}

/** Words that a letter stands behind as a number would. */
const LETTERED =
  '(?:Plan|Vitamin|Type|Group|Grade|Class|Section|Part|Chapter|Act|Scene|Book|Volume|Appendix|Team|Option|Exhibit|War)'

/** Words written short; a full stop stays where it ends the sentence. */
export const ENGLISH_ABBREVIATIONS: readonly SpokenRule[] = [
  {
    pattern: new RegExp(
      `(?<![\\w.])(?<word>${alternatives(WORDS)})\\.${SENTENCE_END}(?:(?<next>(?=\\s+[A-Z]))|)(?:(?<tight>(?=[A-Z]))|)`,
      'g',
    ),
    // A list ends with its sentence, a name goes on.
    say: ({ word = '', end, next, tight }) =>
      (WORDS[word] ?? word) + stop(word === 'etc' ? (end ?? next) : end) + (tight === undefined ? '' : ' '),
  },
  {
    pattern: new RegExp(`(?<![\\w.])(?<part>${alternatives(PARTS)})\\.\\s?(?=\\d|[IVXL]+\\b)`, 'g'),
    say: ({ part = '' }) => `${PARTS[part] ?? part} `,
  },
  {
    pattern: new RegExp(`(?<![\\w.])(?<title>${alternatives(TITLES)})\\.(?=\\s+[A-Z])(?!\\s+${OPENER})`, 'g'),
    say: ({ title = '' }) => TITLES[title],
  },
  {
    pattern: new RegExp(`(?<=[A-Z\\d][\\w']*\\s)(?<street>${alternatives(STREETS)})\\.${SENTENCE_END}`, 'g'),
    say: ({ street = '', end }) => (STREETS[street] ?? street) + stop(end),
  },
  {
    pattern: new RegExp(
      `(?<![\\w.])(?<day>${alternatives(DAYS)})\\.(?=[-–,]|\\s+(?:[a-z\\d]|[A-Z][a-z]{2,8}\\.?\\s\\d))`,
      'g',
    ),
    say: ({ day = '' }) => DAYS[day],
  },
  // U.S., A.I.
  {
    pattern: new RegExp(`(?<![\\w.])(?<letters>(?:[A-Z]\\.)+[A-Z])\\.(?!\\w)${SENTENCE_END}`, 'g'),
    say: ({ letters, end }) => letters + stop(end),
  },
  // J. K. Rowling, not vitamin C. Then
  {
    pattern: new RegExp(
      `(?<=^|["“(]|(?<!\\b${LETTERED}\\s)(?<=(?:[A-Z][\\w'.]*|\\b(?:by|of|and|with|to|from|for|the|said))\\s))(?<letter>[A-Z])\\.\\s(?=[A-Z](?:\\.|[a-z]))(?!${OPENER})`,
      'g',
    ),
    say: ({ letter }) => `${letter} `,
  },
  { pattern: /(?<![\w/])w\/o(?![\w/])/g, say: () => 'without' },
  { pattern: /(?<![\w/])w\/(?=\s)/g, say: () => 'with' },
]
