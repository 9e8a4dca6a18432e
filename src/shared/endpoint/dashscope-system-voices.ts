import type { DashscopeRegion } from './dashscope-addresses.ts'

/** A voice that the service has, with one of its models; the same name with another model is another voice. */
export type DashscopeVoice = {
  readonly voice: string
  readonly model: string
  /** What it was made for, as its list groups it; null where it does not. */
  readonly theme: DashscopeVoiceTheme | null
  /** BCP 47; null where the list does not say. */
  readonly language: string | null
  readonly regions: readonly DashscopeRegion[]
  readonly hasSsml: boolean
  readonly hasInstruction: boolean
  readonly hasWordTimes: boolean
}

export type DashscopeVoiceTheme =
  | 'children'
  | 'dialect'
  | 'poetry'
  | 'sales'
  | 'service'
  | 'assistant'
  | 'companion'
  | 'audiobook'
  | 'short-video'
  | 'live-sale'
  | 'news'
  | 'foreign'

type Group = {
  readonly model: string
  /** S: SSML. I: instructions. T: times of words. */
  readonly marks: string
  readonly theme: DashscopeVoiceTheme | null
  readonly language: string | null
  readonly region?: DashscopeRegion
  readonly voices: string
}

const GROUPS: readonly Group[] = [
  {
    model: 'cosyvoice-v3-plus',
    marks: 'SIT',
    theme: null,
    language: 'zh',
    voices: 'longanyang longanhuan',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'SIT',
    theme: null,
    language: 'zh',
    voices: 'longanyang longanhuan longanhuan_v3 longhuhu_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'children',
    language: 'zh',
    voices: 'longpaopao_v3 longjielidou_v3 longxian_v3 longling_v3 longshanshan_v3 longniuniu_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'dialect',
    language: 'yue',
    voices: 'longjiaxin_v3 longjiayi_v3 longanyue_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'dialect',
    language: 'zh',
    voices: 'longlaotie_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'dialect',
    language: 'zh',
    voices: 'longshange_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'dialect',
    language: 'nan',
    voices: 'longanmin_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'poetry',
    language: 'zh',
    voices: 'longfei_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'sales',
    language: 'zh',
    voices: 'longyingxiao_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'service',
    language: 'zh',
    voices: 'longyingxun_v3 longyingjing_v3 longyingling_v3 longyingtao_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'assistant',
    language: 'zh',
    voices: `
      longxiaochun_v3 longxiaoxia_v3 longyumi_v3 longanyun_v3 longanwen_v3 longanli_v3 longanlang_v3
      longyingmu_v3
    `,
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'companion',
    language: 'zh',
    voices: `
      longantai_v3 longhua_v3 longcheng_v3 longze_v3 longzhe_v3 longyan_v3 longxing_v3 longtian_v3 longwan_v3
      longqiang_v3 longfeifei_v3 longhao_v3 longanrou_v3 longhan_v3 longanzhi_v3 longanling_v3 longanya_v3
      longanqin_v3
    `,
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'audiobook',
    language: 'zh',
    voices: `
      longmiao_v3 longsanshu_v3 longyuan_v3 longyue_v3 longxiu_v3 longnan_v3 longwanjun_v3 longyichen_v3
      longlaobo_v3 longlaoyi_v3
    `,
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'short-video',
    language: 'zh',
    voices: 'longjiqi_v3 longhouge_v3 longdaiyu_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'live-sale',
    language: 'zh',
    voices: 'longanran_v3 longanxuan_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: 'ST',
    theme: 'news',
    language: 'zh',
    voices: 'longshuo_v3 longshu_v3 loongbella_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: '',
    theme: 'foreign',
    language: 'en-US',
    region: 'cn',
    voices: `
      loongabby_v3 loongandy_v3 loongannie_v3 loongava_v3 loongbeth_v3 loongbetty_v3 loongcally_v3
      loongcindy_v3 loongdavid_v3 loongdonna_v3
    `,
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: '',
    theme: 'foreign',
    language: 'en-GB',
    region: 'cn',
    voices: 'loongemily_v3 loongeric_v3 loongluna_v3 loongluca_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: '',
    theme: 'foreign',
    language: 'ja',
    region: 'cn',
    voices: 'loongriko_v3 loongtomoka_v3 loongtomoya_v3 loongyuuna_v3 loongyuuma_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: '',
    theme: 'foreign',
    language: 'ko',
    region: 'cn',
    voices: 'loongkyong_v3 loongjihun_v3',
  },
  {
    model: 'cosyvoice-v3-flash',
    marks: '',
    theme: 'foreign',
    language: 'id',
    region: 'cn',
    voices: 'loongindah_v3',
  },
  {
    model: 'cosyvoice-v2',
    marks: 'ST',
    theme: null,
    language: 'zh',
    voices: `
      longyingxiao longjiqi longhouge longjixin longanyue longshange longanmin longdaiyu longgaoseng longanli
      longanlang longanwen longanyun longyichen longwanjun longlaobo longlaoyi longbaizhi longsanshu longanqin
      longanya longanshuo longanling longanzhi longanrou longhuhu longanpei longwangwang longpaopao
      longshanshan longniuniu longyingmu longyingxun longyingcui longyingda longyingjing longyingyan
      longyingtian longyingbing longyingtao longyingling longanran longanxuan longanchong longanping
    `,
  },
  {
    model: 'cosyvoice-v2',
    marks: 'ST',
    theme: null,
    language: 'zh',
    voices: `
      longyumi_v2 longxiaochun_v2 longxiaoxia_v2 longxiu_v2 longmiao_v2 longyue_v2 longnan_v2 longyuan_v2
      longqiang_v2 longhan_v2 longxing_v2 longhua_v2 longwan_v2 longcheng_v2 longfeifei_v2 longxiaocheng_v2
      longzhe_v2 longyan_v2 longtian_v2 longze_v2 longshao_v2 longhao_v2 kabuleshen_v2 longjielidou_v2
      longling_v2 longke_v2 longxian_v2 longlaotie_v2 longjiayi_v2 longtao_v2 longfei_v2 libai_v2 longjin_v2
      longshu_v2 loongbella_v2 longshuo_v2 longxiaobai_v2 longjing_v2 loongstella_v2
    `,
  },
  {
    model: 'cosyvoice-v2',
    marks: '',
    theme: 'foreign',
    language: null,
    voices: `
      loongeva_v2 loongbrian_v2 loongluna_v2 loongluca_v2 loongemily_v2 loongeric_v2 loongabby_v2
      loongannie_v2 loongandy_v2 loongava_v2 loongbeth_v2 loongbetty_v2 loongcindy_v2 loongcally_v2
      loongdavid_v2 loongdonna_v2
    `,
  },
  {
    model: 'cosyvoice-v2',
    marks: '',
    theme: 'foreign',
    language: 'ja',
    voices: 'loongtomoka_v2 loongtomoya_v2',
  },
  {
    model: 'cosyvoice-v2',
    marks: '',
    theme: 'foreign',
    language: 'ko',
    voices: 'loongkyong_v2',
  },
  {
    model: 'cosyvoice-v2',
    marks: 'S',
    theme: 'foreign',
    language: 'ja',
    voices: 'loongyuuna_v2 loongyuuma_v2',
  },
  {
    model: 'cosyvoice-v2',
    marks: 'S',
    theme: 'foreign',
    language: 'ko',
    voices: 'loongjihun_v2',
  },
  {
    model: 'cosyvoice-v1',
    marks: '',
    theme: null,
    language: 'zh',
    voices: `
      longwan longcheng longhua longxiaochun longxiaoxia longxiaocheng longxiaobai longlaotie longshu longshuo
      longjing longmiao longyue longyuan longfei longjielidou longtong longxiang loongstella loongbella
    `,
  },
]

/**
 * There is no listing of them to ask for.
 * @source Alibaba Cloud Model Studio, CosyVoice voice list
 */
export const DASHSCOPE_VOICES: readonly DashscopeVoice[] = GROUPS.flatMap(
  ({ model, marks, theme, language, region, voices }) =>
    voices
      .trim()
      .split(/\s+/)
      .map((voice) => ({
        voice,
        model,
        theme,
        language,
        regions: region ? [region] : model.startsWith('cosyvoice-v3-') ? ['cn', 'intl'] : ['cn'],
        hasSsml: marks.includes('S'),
        hasInstruction: marks.includes('I'),
        hasWordTimes: marks.includes('T'),
      })),
)
