import type { InstructOption } from '../render/index.ts'
import type { DashscopeRegion } from './dashscope-addresses.ts'
import {
  DASHSCOPE_EMOTIONS,
  dashscopeInstruction,
  INSTRUCTION_BLANKS,
  type InstructionBlank,
  type InstructionRule,
} from './dashscope-instructions.ts'
import { dashscopeCapabilities } from './dashscope-models.ts'

/** What fills the blanks of instructions, by the names that the app's own catalogue has for them. */
const VALUE_IDS: Readonly<Record<InstructionBlank, Readonly<Record<string, string>>>> = {
  dialect: {
    普通话: 'mandarin',
    广东话: 'cantonese',
    东北话: 'northeastern',
    安徽话: 'anhui',
    甘肃话: 'gansu',
    贵州话: 'guizhou',
    河南话: 'henan',
    湖北话: 'hubei',
    湖南话: 'hunan',
    江西话: 'jiangxi',
    闽南话: 'minnan',
    宁夏话: 'ningxia',
    山西话: 'shanxi',
    陕西话: 'shaanxi',
    山东话: 'shandong',
    上海话: 'shanghai',
    四川话: 'sichuan',
    天津话: 'tianjin',
    云南话: 'yunnan',
  },
  language: { 法语: 'french', 德语: 'german', 日语: 'japanese', 韩语: 'korean', 俄语: 'russian' },
  emotion: Object.fromEntries(DASHSCOPE_EMOTIONS.map((emotion) => [emotion, emotion])),
  role: {
    一个旁白: 'narrator',
    温和客服: 'gentle-agent',
    傲娇公主: 'proud-princess',
    元气少女: 'lively-girl',
    可爱孩童: 'cute-child',
    机器人: 'robot',
    小猪佩奇: 'peppa-pig',
  },
  identity: { 故事机: 'story-machine', 儿童玩具: 'toy' },
  scene: {
    闲聊互动: 'chatting',
    闲聊对话: 'small-talk',
    自由对话: 'conversation',
    新闻播报: 'news',
    广告促销: 'advertising',
    产品推广: 'product-promotion',
    比赛解说: 'match-commentary',
    剧情解说: 'plot-commentary',
    一些儿童内容解说: 'for-children',
    课堂教学: 'teaching',
    科普知识推广: 'popular-science',
    诗歌朗诵: 'poetry',
    深夜电台广播: 'late-night-radio',
    脱口秀表演: 'stand-up',
    语音导航: 'navigation',
  },
}
const SENTENCE_IDS: Readonly<Record<string, string>> = {
  '请尽可能非常大声地说一句话。': 'loudness.loud',
  '请非常轻声地说一句话。': 'loudness.soft',
  '请用尽可能慢地语速说一句话。': 'pace.slow',
  你可以非常慢一点说吗: 'pace.much-slower',
  你可以慢一点说吗: 'pace.slower',
  你可以快一点说吗: 'pace.faster',
  你可以非常快一点说吗: 'pace.much-faster',
  '请用尽可能快地语速说一句话。': 'pace.fast',
  '请非常生气地说一句话。': 'emotion.very-angry',
  '请非常开心地说一句话。': 'emotion.very-happy',
  '请非常恐惧地说一句话。': 'emotion.very-fearful',
  '请非常伤心地说一句话。': 'emotion.very-sad',
  '请非常惊讶地说一句话。': 'emotion.very-surprised',
  '请尽可能表现出愤怒的感觉。': 'emotion.furious',
  '请尽可能表现出坚定的感觉。': 'tone.firm',
  '请尝试一下亲和的语调。': 'tone.friendly',
  '请用冷酷的语调讲话。': 'tone.cold',
  '请用威严的语调讲话。': 'tone.stern',
  '我想体验一下自然的语气。': 'tone.natural',
  '我想听听用活泼的方式说话。': 'tone.lively',
  '能用冷静的语调和我谈谈吗？': 'tone.calm',
  '能用深沉的方法回答我吗？': 'tone.deep',
  '你能用兴奋的感觉和我交流吗？': 'tone.excited',
  '你可以做一个温柔的情感演示吗？': 'tone.gentle',
  '用自然亲切的闲聊风格叙述。': 'tone.chatty',
  '用广播剧博客主的语气讲话。': 'tone.radio-drama',
}

type Direction = Pick<InstructOption, 'id' | 'kind' | 'text' | 'feelings'>

const sentences = (examples: readonly string[]): Direction[] =>
  examples.flatMap((text) => {
    const id = SENTENCE_IDS[text]
    const kind = (['loudness', 'pace', 'emotion', 'tone'] as const).find((one) => id?.startsWith(`${one}.`))
    return id !== undefined && kind ? [{ id, kind, text }] : []
  })

/** The same with a feeling, where it may be said with one. */
const feelingsOf = (rule: InstructionRule, blank: InstructionBlank, value: string, neutral: string) =>
  DASHSCOPE_EMOTIONS.flatMap((emotion) => {
    const text = dashscopeInstruction(rule, { [blank]: value, emotion })
    return text === undefined || text === neutral ? [] : [{ id: `emotion.${emotion}`, text }]
  })

/** What a voice is known to follow, by name. */
const directionsOf = (rule: InstructionRule): Direction[] => {
  if (rule.kind === 'none') return []
  const filled = INSTRUCTION_BLANKS.flatMap((blank) =>
    Object.entries(VALUE_IDS[blank]).flatMap(([value, name]): Direction[] => {
      const text = dashscopeInstruction(rule, { [blank]: value })
      if (text === undefined) return []
      const feelings = blank === 'emotion' ? [] : feelingsOf(rule, blank, value, text)
      return [{ id: `${blank}.${name}`, kind: blank, text, ...(feelings.length > 0 && { feelings }) }]
    }),
  )
  return [...filled, ...(rule.kind === 'free' ? sentences(rule.examples) : [])]
}

/** Who of an engine follows which directions. */
export type DashscopeDirections = {
  readonly instructs: readonly InstructOption[]
  /** Speakers that follow any. */
  readonly instructSpeakers: readonly string[]
  /** Those of them that follow no others than the ones listed. */
  readonly listedOnlySpeakers: readonly string[]
}

/**
 * @param speakers of the model, those that were made there among them
 */
export const dashscopeDirections = (
  model: string,
  region: DashscopeRegion,
  speakers: readonly string[],
): DashscopeDirections => {
  const ruleOf = (voice: string): InstructionRule => dashscopeCapabilities(model, voice, region).instruction
  const copied = directionsOf(ruleOf(`${model}-x-y`))
  const rules = speakers
    .map((speaker) => ({ speaker, rule: ruleOf(speaker) }))
    .filter(({ rule }) => rule.kind !== 'none')
  const options = new Map<string, InstructOption & { takenBy: { speakers: string[]; recordings: boolean } }>(
    copied.map((direction) => [direction.text, { ...direction, takenBy: { speakers: [], recordings: true } }]),
  )
  for (const { speaker, rule } of rules)
    for (const direction of rule.kind === 'free' ? copied : directionsOf(rule)) {
      const option = options.get(direction.text) ?? { ...direction, takenBy: { speakers: [], recordings: false } }
      option.takenBy.speakers.push(speaker)
      options.set(direction.text, option)
    }
  return {
    instructs: [...options.values()],
    instructSpeakers: rules.map(({ speaker }) => speaker),
    listedOnlySpeakers: rules.filter(({ rule }) => rule.kind === 'templates').map(({ speaker }) => speaker),
  }
}
