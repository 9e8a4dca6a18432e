/**
 * Languages that espeak-ng reads well enough to be followed, by script: BCP 47 tag -> espeak voice. The first of each
 * script speaks for text in that script that nobody named the language of.
 * The espeak names are file names: `set_voice` silently keeps its voice for some of the others (`en-gb`, `fr-fr`, `zh`).
 */
export const LANGUAGES_BY_SCRIPT = {
  Latin: {
    en: 'en-us',
    'en-US': 'en-us',
    'en-GB': 'en',
    'en-AU': 'en',
    'en-IE': 'en',
    'en-NZ': 'en',
    'en-ZA': 'en',
    'en-029': 'en-029',
    'en-scotland': 'en-gb-scotland',
    'en-GB-scotland': 'en-gb-scotland',
    af: 'af',
    an: 'an',
    az: 'az',
    bs: 'bs',
    ca: 'ca',
    cs: 'cs',
    cy: 'cy',
    da: 'da',
    de: 'de',
    eo: 'eo',
    es: 'es',
    'es-ES': 'es',
    'es-419': 'es-419',
    'es-AR': 'es-419',
    'es-CO': 'es-419',
    'es-MX': 'es-419',
    'es-US': 'es-419',
    et: 'et',
    eu: 'eu',
    fi: 'fi',
    fo: 'fo',
    fr: 'fr',
    'fr-BE': 'fr-be',
    'fr-CH': 'fr-ch',
    ga: 'ga',
    gd: 'gd',
    gn: 'gn',
    hak: 'hak',
    haw: 'haw',
    hr: 'hr',
    ht: 'ht',
    hu: 'hu',
    ia: 'ia',
    id: 'id',
    io: 'io',
    is: 'is',
    it: 'it',
    jbo: 'jbo',
    kaa: 'kaa',
    kl: 'kl',
    ku: 'ku',
    la: 'la',
    lb: 'lb',
    lfn: 'lfn',
    lt: 'lt',
    ltg: 'ltg',
    lv: 'lv',
    mi: 'mi',
    ms: 'ms',
    mt: 'mt',
    nb: 'nb',
    nl: 'nl',
    no: 'nb',
    om: 'om',
    pap: 'pap',
    pl: 'pl',
    pt: 'pt-br',
    'pt-BR': 'pt-br',
    'pt-PT': 'pt',
    qu: 'qu',
    quc: 'quc',
    ro: 'ro',
    sk: 'sk',
    sl: 'sl',
    smj: 'smj',
    sq: 'sq',
    sr: 'sr',
    sv: 'sv',
    sw: 'sw',
    tk: 'tk',
    tn: 'tn',
    tr: 'tr',
    uz: 'uz',
    vi: 'vi',
  },
  Han: { zh: 'cmn', cmn: 'cmn', yue: 'yue', 'zh-HK': 'yue', 'zh-Hant-HK': 'yue', ja: 'ja' },
  Bopomofo: { zh: 'cmn', cmn: 'cmn' },
  Hiragana: { ja: 'ja' },
  Katakana: { ja: 'ja' },
  Hangul: { ko: 'ko' },
  Cyrillic: {
    ru: 'ru',
    ba: 'ba',
    be: 'be',
    bg: 'bg',
    bs: 'bs',
    kaa: 'kaa',
    kk: 'kk',
    ky: 'ky',
    mk: 'mk',
    nog: 'nog',
    sr: 'sr',
    tt: 'tt',
    uk: 'uk',
  },
  Greek: { el: 'el', grc: 'grc' },
  Arabic: { ar: 'ar', fa: 'fa', sd: 'sd', ug: 'ug', ur: 'ur' },
  Hebrew: { he: 'he' },
  Devanagari: { hi: 'hi', mr: 'mr', ne: 'ne' },
  Bengali: { bn: 'bn', as: 'as', bpy: 'bpy' },
  Gurmukhi: { pa: 'pa' },
  Gujarati: { gu: 'gu' },
  Oriya: { or: 'or' },
  Tamil: { ta: 'ta' },
  Telugu: { te: 'te' },
  Kannada: { kn: 'kn' },
  Malayalam: { ml: 'ml' },
  Sinhala: { si: 'si' },
  Thai: { th: 'th' },
  Georgian: { ka: 'ka' },
  Armenian: { hy: 'hy', hyw: 'hyw' },
  Ethiopic: { am: 'am', ti: 'ti' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

export type ReadableScript = keyof typeof LANGUAGES_BY_SCRIPT

const voicesIn = (script: ReadableScript): Readonly<Record<string, string>> => LANGUAGES_BY_SCRIPT[script]

export const READABLE_SCRIPTS = Object.keys(LANGUAGES_BY_SCRIPT) as readonly ReadableScript[]

/** BCP 47, without repeats. */
export const DRAFT_LANGUAGES: readonly string[] = [
  ...new Set(READABLE_SCRIPTS.flatMap((script) => Object.keys(voicesIn(script)))),
]

/** The longest beginning of a tag that a script has a voice for: `zh-Hans-CN` is spoken as `zh`. */
export const espeakVoiceFor = (script: ReadableScript, language: string): string | undefined => {
  const voices = voicesIn(script)
  const wanted = language.toLowerCase()
  let [bestTag, bestVoice]: [string, string | undefined] = ['', undefined]
  for (const [tag, voice] of Object.entries(voices)) {
    const isCovered = wanted === tag.toLowerCase() || wanted.startsWith(`${tag.toLowerCase()}-`)
    if (isCovered && tag.length > bestTag.length) [bestTag, bestVoice] = [tag, voice]
  }
  return bestVoice
}

export const espeakVoiceAtHome = (script: ReadableScript): string => Object.values(voicesIn(script))[0] ?? ''

export const isDraftLanguage = (language: string): boolean =>
  READABLE_SCRIPTS.some((script) => espeakVoiceFor(script, language) !== undefined)
