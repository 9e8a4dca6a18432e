import type { InstructOption } from './engine-capabilities.ts'

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

const OTHERS: readonly (readonly [id: string, kind: InstructOption['kind'], text: string])[] = [
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
 * Exactly the strings that the models were trained with, without a prompt's frame: all 26 of CosyVoice 3; of CosyVoice 2 the one
 * that its authors publish. Other directions work less reliably.
 * @source FunAudioLLM/CosyVoice cosyvoice/utils/common.py instruct_list; example.py (CosyVoice 2)
 */
const TRAINED = {
  cosyvoice2: [{ id: 'dialect.sichuan', kind: 'dialect', text: '用四川话说这句话' }],
  cosyvoice3: [
    ...Object.entries(DIALECTS).map(
      ([id, place]): InstructOption => ({ id: `dialect.${id}`, kind: 'dialect', text: `请用${place}话表达。` }),
    ),
    ...OTHERS.map(([id, kind, text]): InstructOption => ({ id: `${kind}.${id}`, kind, text })),
  ],
} as const satisfies Readonly<Record<string, readonly InstructOption[]>>

/** The directions that a model was trained on, wherever it runs. */
export const trainedInstructs = (model: keyof typeof TRAINED): readonly InstructOption[] => TRAINED[model]
