/**
 * Characters that make up most of any Chinese or Japanese text. In the wrong encoding a text turns into rare ones, so their
 * share tells which encoding is the right one.
 */
const SIMPLIFIED =
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笑灯夜船雨风亮晚站城码'
const TRADITIONAL =
  '這個們來為國說時會對後裡麼學現當沒動還進樣開從實無與長機經過發業將兩間問應戰頭體見產種關點話給門處義氣題爾變總電數報結場許統區決書則聽達強難權設記類據該萬覺術領確傳師觀讓識帶導爭運燈風誰請歡嗎邊東車愛聲語親錢歲幾遠認號'
const JAPANESE = 'のにはをたがでてとしれさいなるあるもするからなこっんだまりうおくけそよねわせつえみひ駅今何私気帰雪夜'
const PUNCTUATION = '，。、：；？！“”‘’「」『』（）《》〈〉【】…—～·　'

const COMMON: ReadonlySet<string> = new Set(SIMPLIFIED + TRADITIONAL + JAPANESE + PUNCTUATION)

/** Weight of a character that is no ASCII: what true text consists of counts most, what it never has counts against. */
const weightOf = (character: string): number => {
  if (COMMON.has(character)) return 1
  const code = character.codePointAt(0) ?? 0
  if (code === 0xfffd || (code >= 0x80 && code < 0xa0) || (code >= 0xe000 && code < 0xf900)) return -3
  if (code >= 0x3040 && code < 0x3100) return 0.5
  if (code >= 0x4e00 && code < 0xa000) return 0.2
  if (code >= 0xac00 && code < 0xd7a4) return 0.2
  if ((code >= 0x2010 && code < 0x2060) || (code >= 0xff01 && code < 0xff61)) return 0.6
  if (code >= 0xa0 && code < 0x180) return 0.3
  return -0.3
}

/** Latin letters with marks stand alone among ASCII; rows of them are another script in disguise. */
const LATIN_PAIRS = /[\u0080-\u024F]{2,}/g
const LATIN_PAIR_PENALTY = 0.2
const isControl = (code: number): boolean => (code < 0x20 && !(code >= 9 && code <= 13)) || code === 0x7f

/**
 * How much a decoded text looks like writing: the mean weight of its characters. ASCII counts only where it costs more than
 * a byte, since every other encoding agrees on it.
 */
export const likeness = (text: string, asciiCounts: boolean): number => {
  let sum = 0
  let count = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code >= 0x80) sum += weightOf(character)
    else if (isControl(code)) sum -= 3
    else if (asciiCounts) sum += 1
    else continue
    count += 1
  }
  const paired = (text.match(LATIN_PAIRS) ?? []).reduce((total, { length }) => total + length, 0)
  return count === 0 ? 0 : (sum - paired * LATIN_PAIR_PENALTY) / count
}
