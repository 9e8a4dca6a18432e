import { AppError, type OrderKey, orderKeysBetween, type ProjectId } from '../../../src/shared/kernel/index.ts'
import { type Character, INHERIT, type ProjectRecord, type Track } from '../../../src/shared/project/index.ts'
import { type RenderWorld, trainedInstructs } from '../../../src/shared/render/index.ts'
import type { Voice } from '../../../src/shared/voice/index.ts'
import { aChapterId, aCharacterId, aLine, anEngine, anEngineId, aTrackId, aVoice, theSettings } from '../a-project.ts'

const CAST = [
  ['narrator', '旁白'],
  ['lin', '林晚'],
  ['zhou', '老周'],
  ['anna', 'Anna'],
] as const
const TEXTS: readonly (readonly [string, string])[] = [
  ['narrator', '夜色渐深，城里的灯一盏盏亮起来，雨也跟着落下来。'],
  ['lin', '你怎么才来？我在这儿等了你整整两个小时！'],
  ['zhou', '路上堵得厉害，重庆那边又塌了一段。'],
  ['anna', 'Then we leave tonight. Whatever the weather.'],
  ['narrator', '三个人谁也没有再说话，只听见雨打在铁皮棚顶上。'],
  [
    'narrator',
    'The harbour lay quiet under the rain; somewhere a bell counted the waves, and nobody on the pier could have said how long they had been standing there, listening to it.',
  ],
]

export const HARNESS_PROJECT = 'project_p' as ProjectId

/** Records of a project of so many lines, over so many chapters. */
export const harnessRecords = (lineCount: number, chapterCount: number): ProjectRecord[] => {
  const castKeys = orderKeysBetween(null, null, CAST.length)
  const chapterKeys = orderKeysBetween(null, null, chapterCount)
  const lineKeys = orderKeysBetween(null, null, lineCount)
  const characters = CAST.map(
    ([id, name], index): Character => ({
      kind: 'character',
      characterId: aCharacterId(id),
      order: castKeys[index] ?? ('a0' as OrderKey),
      name,
      colorIndex: index,
      direction: INHERIT,
    }),
  )
  const tracks = characters.map(
    ({ characterId, order, name }, index): Track => ({
      kind: 'track',
      trackId: aTrackId(CAST[index]?.[0] ?? 'x'),
      order,
      name,
      characterId,
      gainDb: 0,
      pan: 0,
      isMuted: false,
      isSolo: false,
    }),
  )
  const titles = ['码头', '雨夜', '信']
  return [
    theSettings({ title: '夜航', author: '第一季 · 第 3 集' }),
    ...characters,
    ...tracks,
    ...chapterKeys.map((order, index) => ({
      kind: 'chapter' as const,
      chapterId: aChapterId(index),
      order,
      title: `${index + 1}　${titles[index % titles.length]}`,
      direction: INHERIT,
      layout: null,
    })),
    ...lineKeys.map((order, index) => {
      const [character, text] = TEXTS[index % TEXTS.length] ?? ['narrator', '']
      const instruct = index % 9 === 1 ? { ...INHERIT, speed: 1.1 } : INHERIT
      return aLine(index, order, {
        chapterId: aChapterId(Math.floor((index * chapterCount) / Math.max(1, lineCount))),
        characterId: aCharacterId(character),
        text: lineCount > 100 ? `${text} ${index + 1}` : text,
        direction: instruct,
      })
    }),
  ]
}

/** `?model=none` in the page's address: the local engine has no model. */
const hasModel = new URLSearchParams(globalThis.location?.search ?? '').get('model') !== 'none'

const LOCAL_ENGINE = anEngine({
  engineId: anEngineId('local-cosyvoice'),
  name: 'Local CosyVoice',
  modes: ['zeroShot', 'crossLingual', 'instruct'],
  languages: ['zh', 'yue', 'en', 'ja', 'ko', 'de', 'es', 'fr', 'it', 'ru'],
  honoursInstruct: true,
  instructs: [...trainedInstructs('cosyvoice3')],
  honoursSeed: true,
  unavailable: hasModel ? null : new AppError('engine.no-model', { remedies: ['open-models'] }).toData(),
})
const RECORDED_VOICE: Voice = {
  ...aVoice('recorded'),
  name: '林晚（录音）',
  source: { kind: 'promptAudio', audioSha256: 'a'.repeat(64), promptText: '你好。' },
  language: 'zh',
}

export const harnessWorld = (): RenderWorld => {
  const draft = anEngine({
    engineId: anEngineId('draft'),
    name: 'Draft voice',
    isDraft: true,
    languages: ['zh', 'yue', 'en', 'ja', 'de', 'fr'],
    speaksForAnyVoice: true,
    pitchSemitones: { min: -6, max: 6 },
  })
  const voices = ['Aurora', 'Basil', '晚晴', '砚之'].map((name, index) => ({
    ...aVoice(`v${index}`),
    name,
    source: { kind: 'presetSpeaker' as const, engineId: draft.engineId, speaker: name },
  }))
  return {
    engines: new Map([
      [draft.engineId, draft],
      [anEngineId('tone'), anEngine({ name: 'Tone' })],
      [LOCAL_ENGINE.engineId, LOCAL_ENGINE],
    ]),
    voices: new Map([...voices, RECORDED_VOICE].map((voice) => [voice.voiceId, voice])),
    enrolments: new Map(),
    defaultEngineId: draft.engineId,
    defaultVoiceId: voices[0]?.voiceId ?? aVoice('x').voiceId,
  }
}
