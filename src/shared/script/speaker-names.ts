/** Keys of a sentence or of a form, which look like a speaker before a colon. */
const KEYS = new Set(
  (
    '注意 备注 備註 注 附 附注 提示 说明 說明 时间 時間 地点 地點 人物 角色 场景 場景 场次 内景 外景 标题 標題 题目 作者 编剧 导演 译者 来源 出处 日期 ' +
    '版权 声明 摘要 简介 目录 关键词 通知 公告 重要 警告 音效 音乐 配乐 背景音乐 字幕 字数 链接 网址 电话 邮箱 地址 价格 例如 比如 例 如下 结果 结论 原因 问题 ' +
    '答案 总之 另外 此外 首先 其次 最后 同时 因此 所以 但是 然而 于是 接着 突然 据说 总结 ' +
    'note notes warning caution tip hint date time place location setting scene title subtitle author by source copyright ' +
    'summary abstract contents keywords ps todo example examples sfx fx bgm music sound url http https ftp file mailto tel ' +
    'email phone address price cast characters isbn language version updated figure table chapter part act result conclusion'
  ).split(' '),
)
/** May well be speakers, but only where they come again: words that open a sentence. */
const DOUBTFUL = new Set(
  (
    '我 你 您 他 她 它 咱 问 答 問 ' +
    'i remember listen look wait however but and so yes no well ok okay answer question first second finally then again'
  ).split(' '),
)
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
/** `他说`, `林晚低声问道`: the row tells that somebody speaks, it does not name a speaker. */
const CJK_SPEECH_VERB_END =
  /(?:[说說道问問答喊叫嚷吼骂罵]|告诉[我你他她它]?们?|表示|认为|觉得|解释|回应|补充|强调|言った|言う|は|が)$/u
/** Ends of sentences that also end names: 李想, 康有为. */
const CJK_DOUBTFUL_END = /[想写寫念唱讲講回哭笑叹嘆是为為即如有着了过過吗呢吧啊的得地等]$|(?:如下|包括|以下)$/u
const CJK_DOUBTFUL_START =
  /^(?:[我你您他她它咱这這那]|但是?|因为|如果|虽然|只要|只有|有人?|没有|还有|就是|不是|可是|最|每|所|要|请)/u
/** Shorter ones may be names after all: 那英, 他们. */
const MAX_DOUBTFUL_CJK_NAME_CHARACTERS = 3
/** Words that tie a sentence together and are rare in names. */
const CJK_TIE = /[的了是不在就都把被会會着吗呢吧啊]/u
const LATIN_SPEECH_VERB =
  /(?:^|\s)(?:said|says|say|saying|asked|asks|replied|replies|answered|answers|shouted|cried|called|whispered|muttered|murmured|yelled|screamed|exclaimed|added|continued|began|thought|wrote|writes|read|reads|told|declared|announced|explained|sang|is|are|was|were|follows|following|this|that|these|those)$/iu
const LATIN_SENTENCE_START =
  /^(?:i|he|she|it|we|they|you|there|this|that|these|those|the|my|his|her|its|our|their|your|if|when|what|why|how|one)\s/iu
/** Small words within a name: Captain de Vries, Keeper of Keys. */
const PARTICLE = /^(?:de|da|di|du|del|la|le|van|von|der|den|of|the|and|bin|al)$/u
const NAME_CHARACTERS = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}·・•‧.'’&#\- \u3000]*$/u

export const MAX_NAME_CHARACTERS = 20
const MAX_NAME_WORDS = 3
/** Chinese and Japanese names are this long at most, save those of foreigners, which have dots between. */
const MAX_PLAIN_CJK_NAME_CHARACTERS = 6

/** `never`: no name. `doubtful`: a name where more than one row has it. `likely`: a name at first sight. */
export type NameLikelihood = 'never' | 'doubtful' | 'likely'

const cjkLikelihood = (name: string): NameLikelihood => {
  const characters = [...name].length
  if (CJK_SPEECH_VERB_END.test(name)) return 'never'
  if (CJK_DOUBTFUL_END.test(name) || CJK_DOUBTFUL_START.test(name))
    return characters > MAX_DOUBTFUL_CJK_NAME_CHARACTERS ? 'never' : 'doubtful'
  if (/[·・•‧]/u.test(name)) return 'likely'
  return characters > MAX_PLAIN_CJK_NAME_CHARACTERS || CJK_TIE.test(name) ? 'doubtful' : 'likely'
}

const latinLikelihood = (name: string, words: readonly string[]): NameLikelihood => {
  if (LATIN_SPEECH_VERB.test(name)) return 'never'
  if (words.length > 1 && LATIN_SENTENCE_START.test(name) && !/^The\s\p{Lu}/u.test(name)) return 'never'
  const [first = ''] = words
  if (!/^\p{Lu}/u.test(first) && /^\p{Ll}/u.test(first)) return 'doubtful'
  return words.every((word) => !/^\p{Ll}/u.test(word) || PARTICLE.test(word)) ? 'likely' : 'doubtful'
}

/** How likely a few characters before a colon, without blanks around them, name a speaker. */
export const nameLikelihood = (name: string): NameLikelihood => {
  const words = name.split(/[ \u3000]+/u)
  if ([...name].length > MAX_NAME_CHARACTERS || words.length > MAX_NAME_WORDS) return 'never'
  if (!NAME_CHARACTERS.test(name) || !/\p{L}/u.test(name) || /\.\S*\p{Ll}{4}/u.test(name)) return 'never'
  const key = name.toLowerCase().replace(/\.$/u, '')
  if (KEYS.has(key)) return 'never'
  if (DOUBTFUL.has(key)) return 'doubtful'
  return CJK.test(name) ? cjkLikelihood(name) : latinLikelihood(name, words)
}
