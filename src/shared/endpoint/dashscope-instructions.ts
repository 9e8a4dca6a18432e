/** What the blanks of instructions are about. */
export const INSTRUCTION_BLANKS = ['role', 'identity', 'scene', 'dialect', 'language', 'emotion'] as const
export type InstructionBlank = (typeof INSTRUCTION_BLANKS)[number]

/** An instruction with blanks, `<scene>` for example, and what each of them takes. */
export type InstructionTemplate = {
  readonly text: string
  readonly values: Readonly<Partial<Record<InstructionBlank, readonly string[]>>>
}

/** Which instructions a voice takes with a model. */
export type InstructionRule =
  | { readonly kind: 'none' }
  /** These alone, to the letter. */
  | { readonly kind: 'templates'; readonly templates: readonly InstructionTemplate[] }
  /** Any words; those named are known to work. */
  | {
      readonly kind: 'free'
      /** Its documents disagree on whether the model honours it. */
      readonly isUncertain: boolean
      readonly templates: readonly InstructionTemplate[]
      readonly examples: readonly string[]
    }

export const NO_INSTRUCTION: InstructionRule = { kind: 'none' }

export const DASHSCOPE_EMOTIONS = ['neutral', 'fearful', 'angry', 'sad', 'surprised', 'happy', 'disgusted'] as const

const dialect = (dialects: readonly string[]): InstructionTemplate => ({
  text: '请用<dialect>表达。',
  values: { dialect: dialects },
})
const emotion: InstructionTemplate = { text: '你说话的情感是<emotion>。', values: { emotion: DASHSCOPE_EMOTIONS } }
const scene = (scenes: readonly string[]): InstructionTemplate => ({
  text: '你正在进行<scene>，你说话的情感是<emotion>。',
  values: { scene: scenes, emotion: DASHSCOPE_EMOTIONS },
})
const role = (roles: readonly string[]): InstructionTemplate => ({
  text: '你说话的角色是<role>，你说话的情感是<emotion>。',
  values: { role: roles, emotion: DASHSCOPE_EMOTIONS },
})
const identity = (identities: readonly string[]): InstructionTemplate => ({
  text: '你正在以一个<identity>的身份说话，你说话的情感是<emotion>。',
  values: { identity: identities, emotion: DASHSCOPE_EMOTIONS },
})

/** Of voices that were cloned for v3-flash or v3-plus. */
export const clonedTemplates = (dialects: readonly string[]): readonly InstructionTemplate[] => [
  dialect(dialects),
  { text: '你会用<language>说出来。', values: { language: ['法语', '德语', '日语', '韩语', '俄语'] } },
]

const LONGANYANG = [
  {
    text: '你现在说话的角色是<role>，你说话的情感是<emotion>。',
    values: { role: ['一个旁白'], emotion: DASHSCOPE_EMOTIONS },
  },
  identity(['故事机']),
  scene(['闲聊互动', '新闻播报', '广告促销', '比赛解说', '一些儿童内容解说', '语音导航', '脱口秀表演']),
  emotion,
]

/** What system voices take, by model and voice. */
export const SYSTEM_TEMPLATES: Readonly<Record<string, Readonly<Record<string, readonly InstructionTemplate[]>>>> = {
  'cosyvoice-v3-flash': {
    longanyang: LONGANYANG,
    longanhuan: [
      role(['温和客服']),
      scene([
        ...['闲聊对话', '课堂教学', '比赛解说', '深夜电台广播', '剧情解说'],
        ...['诗歌朗诵', '科普知识推广', '产品推广', '脱口秀表演'],
      ]),
      emotion,
    ],
    longanhuan_v3: [
      dialect(['普通话', '广东话', '东北话', '河南话', '湖南话', '陕西话', '山东话', '四川话', '安徽话']),
      emotion,
    ],
    longhuhu_v3: [
      role(['傲娇公主', '元气少女', '可爱孩童', '机器人', '小猪佩奇']),
      identity(['故事机', '儿童玩具']),
      scene(['自由对话', '广告促销']),
      emotion,
    ],
  },
  'cosyvoice-v3-plus': {
    longanyang: LONGANYANG,
    longanhuan: [
      role(['温和客服']),
      scene(['闲聊对话', '比赛解说', '深夜电台广播', '诗歌朗诵', '科普知识推广', '产品推广', '脱口秀表演']),
      emotion,
    ],
  },
}

/** Sentences for cloned voices with v3-flash, marks as they are wanted. */
export const STYLE_SENTENCES = [
  '请尽可能非常大声地说一句话。',
  '请用尽可能慢地语速说一句话。',
  '请用尽可能快地语速说一句话。',
  '请非常轻声地说一句话。',
  '你可以慢一点说吗',
  '你可以非常慢一点说吗',
  '你可以快一点说吗',
  '你可以非常快一点说吗',
  ...['生气', '开心', '恐惧', '伤心', '惊讶'].map((feeling) => `请非常${feeling}地说一句话。`),
  ...['坚定', '愤怒'].map((feeling) => `请尽可能表现出${feeling}的感觉。`),
  '请尝试一下亲和的语调。',
  ...['冷酷', '威严'].map((tone) => `请用${tone}的语调讲话。`),
  '我想体验一下自然的语气。',
  '我想听听用活泼的方式说话。',
  '能用冷静的语调和我谈谈吗？',
  '能用深沉的方法回答我吗？',
  '你能用兴奋的感觉和我交流吗？',
  '你可以做一个温柔的情感演示吗？',
  '用自然亲切的闲聊风格叙述。',
  '用广播剧博客主的语气讲话。',
] as const

const isBlank = (name: string): name is InstructionBlank => INSTRUCTION_BLANKS.some((blank) => blank === name)

/** An instruction with its blanks filled; undefined where one has no such value. */
const filled = (
  { text, values }: InstructionTemplate,
  chosen: Readonly<Partial<Record<InstructionBlank, string>>>,
): string | undefined => {
  let isWhole = true
  const words = text.replace(/<(\w+)>/g, (_, name: string) => {
    if (!isBlank(name)) return ''
    const value = chosen[name] ?? (name === 'emotion' ? 'neutral' : '')
    isWhole &&= values[name]?.includes(value) === true
    return value
  })
  return isWhole ? words : undefined
}

/**
 * The one instruction for what a person chose: a role or an identity before a scene, a scene before a dialect, a language or an
 * emotion. Where a template has a blank for the emotion as well, it is neutral unless it was chosen.
 * @returns undefined where the voice takes nothing of it
 */
export const dashscopeInstruction = (
  rule: InstructionRule,
  chosen: Readonly<Partial<Record<InstructionBlank, string>>>,
): string | undefined => {
  if (rule.kind === 'none') return undefined
  for (const blank of INSTRUCTION_BLANKS) {
    if (chosen[blank] === undefined) continue
    for (const template of rule.templates) {
      if (!template.values[blank]) continue
      const words = filled(template, chosen)
      if (words !== undefined) return words
    }
  }
  return undefined
}

const valuesMatch = ({ text, values }: InstructionTemplate, instruction: string): boolean => {
  const pattern = text.replace(/<(\w+)>/g, (_, name: string) => (isBlank(name) ? `(?:${values[name]?.join('|')})` : ''))
  return new RegExp(`^${pattern}$`, 'u').test(instruction)
}

/** Whether a voice takes an instruction, to the letter where it must be. */
export const takesInstruction = (rule: InstructionRule, instruction: string): boolean =>
  rule.kind === 'free' ||
  (rule.kind === 'templates' && rule.templates.some((template) => valuesMatch(template, instruction)))
