import type { TextArchitecture } from './special-tokens.ts'

type InstructKind = 'dialect' | 'emotion' | 'pace' | 'loudness' | 'role'

/** A direction that a model knows, as a picker offers it. */
type Instruct = {
  /** Stable: `dialect.sichuan`. */
  id: string
  kind: InstructKind
  architecture: TextArchitecture
  /** What the model is told, without the prompt's frame. */
  core: string
}

/** Places by whose name the model knows a dialect. Shanxi is 山西, Shaanxi 陕西. */
const DIALECTS: Readonly<Record<string, string>> = {
  cantonese: '广东',
  northeastern: '东北',
  gansu: '甘肃',
  guizhou: '贵州',
  henan: '河南',
  hubei: '湖北',
  hunan: '湖南',
  jiangxi: '江西',
  minnan: '闽南',
  ningxia: '宁夏',
  shanxi: '山西',
  shaanxi: '陕西',
  shandong: '山东',
  shanghai: '上海',
  sichuan: '四川',
  tianjin: '天津',
  yunnan: '云南',
}

const OTHERS: readonly (readonly [id: string, kind: InstructKind, core: string])[] = [
  ['loud', 'loudness', 'Please say a sentence as loudly as possible.'],
  ['soft', 'loudness', 'Please say a sentence in a very soft voice.'],
  // The grammar of 地语速 is the original's.
  ['slow', 'pace', '请用尽可能慢地语速说一句话。'],
  ['fast', 'pace', '请用尽可能快地语速说一句话。'],
  ['happy', 'emotion', '请非常开心地说一句话。'],
  ['sad', 'emotion', '请非常伤心地说一句话。'],
  ['angry', 'emotion', '请非常生气地说一句话。'],
  ['peppa-pig', 'role', '我想体验一下小猪佩奇风格，可以吗？'],
  ['robot', 'role', '你可以尝试用机器人的方式解答吗？'],
]

/**
 * Exactly the strings that the models were trained with: all 26 of CosyVoice 3; of CosyVoice 2 the one its authors publish.
 * Other instructs work less reliably.
 * @source FunAudioLLM/CosyVoice cosyvoice/utils/common.py instruct_list; example.py (CosyVoice 2)
 */
export const INSTRUCTS: readonly Instruct[] = [
  ...Object.entries(DIALECTS).map(
    ([id, place]): Instruct => ({
      id: `dialect.${id}`,
      kind: 'dialect',
      architecture: 'cosyvoice3',
      core: `请用${place}话表达。`,
    }),
  ),
  ...OTHERS.map(([id, kind, core]): Instruct => ({ id: `${kind}.${id}`, kind, architecture: 'cosyvoice3', core })),
  { id: 'dialect.sichuan', kind: 'dialect', architecture: 'cosyvoice2', core: '用四川话说这句话' },
]

/** The instructs of a model. */
export const instructsOf = (architecture: TextArchitecture): Instruct[] =>
  INSTRUCTS.filter((instruct) => instruct.architecture === architecture)
