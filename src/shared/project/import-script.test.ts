import { expect, test } from 'vitest'
import { aProject, aTakeId, aVoice, countingMint } from '../../../test/support/a-project.ts'
import { parseScript, serialiseScript } from '../script/index.ts'
import type { Voice } from '../voice/index.ts'
import {
  applyEdit,
  castVoices,
  importScriptEdit,
  languageOfText,
  newProjectRecords,
  orderedChapters,
  orderedLines,
  type Project,
  projectFromRecords,
  projectRecordSchema,
  scriptOfProject,
  setLineDirection,
  setLineTake,
} from './index.ts'

const mint = countingMint('t')
const aNewProject = (): Project =>
  projectFromRecords(
    newProjectRecords({ title: 'Night boat', narratorName: '旁白', sampleRateHz: 24_000, mint, nowEpochMs: 5 }),
  )
const importInto = (project: Project, text: string, placing: 'append' | 'replace', voices: Voice[] = []): Project => {
  const edit = importScriptEdit(project, parseScript(text), { placing, voices, mint })
  return edit ? applyEdit(project, edit).project : project
}
const saidIn = (project: Project): string[] =>
  orderedLines(project).map(({ characterId, text }) => `${project.characters.get(characterId)?.name}|${text}`)
const written = (project: Project): string => serialiseScript(scriptOfProject(project))
const castOf = (project: Project) =>
  [...project.characters.values()].map(({ name, colorIndex, direction }) => ({
    name,
    colorIndex,
    voice: direction.voiceId,
  }))

test('a new project is a narrator with a track and a chapter to write in', () => {
  const project = aNewProject()
  for (const record of [
    project.settings,
    ...project.characters.values(),
    ...project.tracks.values(),
    ...project.chapters.values(),
  ])
    projectRecordSchema.parse(record)
  expect(project.settings).toMatchObject({
    title: 'Night boat',
    sampleRateHz: 24_000,
    createdAtEpochMs: 5,
    pauses: { linePauseSec: 0.35, paragraphPauseSec: 0.7, chapterPauseSec: 1.5 },
  })
  expect([...project.tracks.values()]).toMatchObject([{ name: '旁白', characterId: project.settings.narratorId }])
  expect(project.chapters.size).toBe(1)
})

const TEXT =
  '第一章 码头\r\n\r\n　　雾来了。\r\n林晚：走。\r\nAnna: Wait!\r\n\r\n第二章\r\n\r\n周舟（低声）：到了。  \r\n'

test('an imported script is written back byte for byte', () => {
  for (const placing of ['append', 'replace'] as const) {
    const project = importInto(aNewProject(), TEXT, placing)
    expect(written(project)).toBe(TEXT)
    expect(orderedChapters(project).map(({ title }) => title)).toEqual(['第一章 码头', '第二章'])
    expect(saidIn(project)).toEqual(['旁白|雾来了。', '林晚|走。', 'Anna|Wait!', '周舟|到了。'])
  }
})

test('new characters get colours, tracks and voices of their own', () => {
  const voices = ['low', 'high', 'third'].map((name) => aVoice(name))
  const project = importInto(aNewProject(), 'A: x y.\nB: x y.\nC: x y.\nA: x z.', 'append', voices)
  expect(castOf(project)).toEqual([
    { name: '旁白', colorIndex: 0, voice: null },
    { name: 'A', colorIndex: 1, voice: 'voice_high' },
    { name: 'B', colorIndex: 2, voice: 'voice_third' },
    { name: 'C', colorIndex: 3, voice: 'voice_low' },
  ])
  expect([...project.tracks.values()].map(({ name }) => name)).toEqual(['旁白', 'A', 'B', 'C'])
})

test('characters are found by name, the narrator among them', () => {
  const first = importInto(aNewProject(), '林晚：走。\n旁白：雾来了。', 'append')
  const second = importInto(first, '林晚：好。\n周舟：来。', 'append')
  expect([...second.characters.values()].map(({ name }) => name)).toEqual(['旁白', '林晚', '周舟'])
  expect(written(second)).toBe('林晚：走。\n旁白：雾来了。\n\n林晚：好。\n周舟：来。')
})

test('voices are those at home in what the character says', () => {
  const voices = [
    aVoice('mei', { language: 'cmn' }),
    aVoice('amy', { language: 'en-GB' }),
    aVoice('lan', { language: 'zh' }),
    aVoice('joe', { language: 'en' }),
  ]
  const project = importInto(aNewProject(), '雾来了。\n林晚：走吧。\nAnna: Wait!\nBen: Hello.', 'append', voices)
  expect(castOf(project).map(({ voice }) => voice)).toEqual([null, 'voice_lan', 'voice_amy', 'voice_joe'])
  const english = importInto(aNewProject(), 'The fog came in.\n林晚：走吧。', 'append', voices)
  expect(castOf(english).map(({ voice }) => voice)).toEqual(['voice_amy', 'voice_mei'])
})

test('more characters than voices share them evenly', () => {
  const voices = [aVoice('a'), aVoice('b')]
  expect(
    castVoices(
      Array.from({ length: 5 }, () => null),
      voices,
      ['voice_a' as Voice['voiceId']],
    ),
  ).toEqual(['b', 'a', 'b', 'a', 'b'].map((name) => `voice_${name}`))
  expect(castVoices([null], [], [])).toEqual([null])
})

test.each([
  ['雾来了，她说 OK。', 'zh'],
  ['She said 你好 and left the room.', 'en'],
  ['もう帰るよ、東京へ。', 'ja'],
  ['배가 떠납니다.', 'ko'],
  ['12:30 …', null],
])('%s is taken for %s', (text, language) => {
  expect(languageOfText([text])).toBe(language)
})

test('an appended script follows the one before, and both texts stand in the whole', () => {
  const project = importInto(importInto(aNewProject(), TEXT, 'replace'), '第三章\n\n完。', 'append')
  expect(written(project)).toBe(`${TEXT}第三章\n\n完。`)
  expect(orderedChapters(project)).toHaveLength(3)
})

test('appended text without a heading goes on with the last chapter', () => {
  const project = importInto(importInto(aNewProject(), '第一章\n一。', 'replace'), '二。\n三。', 'append')
  expect(orderedChapters(project)).toHaveLength(1)
  expect(saidIn(project)).toEqual(['旁白|一。', '旁白|二。', '旁白|三。'])
  expect(written(project)).toBe('第一章\n一。\n\n二。\n三。')
})

test('a script imported again changes nothing, and an edited one only what was edited', () => {
  const voices = [aVoice('a'), aVoice('b')]
  let project = importInto(aNewProject(), TEXT, 'replace', voices)
  expect(importScriptEdit(project, parseScript(TEXT), { placing: 'replace', voices, mint })).toBeNull()
  const [, second] = orderedLines(project)
  if (!second) throw new Error('no line')
  const chosen = setLineTake(project, second.lineId, aTakeId('kept'))
  if (chosen) project = applyEdit(project, chosen).project
  const directed = setLineDirection(project, [second.lineId], { speed: 1.5 })
  if (directed) project = applyEdit(project, directed).project
  const edited = TEXT.replace('雾来了。', '雾又来了。')
  const edit = importScriptEdit(project, parseScript(edited), { placing: 'replace', voices, mint })
  if (!edit) throw new Error('nothing changed')
  const changed = applyEdit(project, edit).project
  expect(written(changed)).toBe(edited)
  expect(changed.lines.get(second.lineId)).toMatchObject({
    takeId: 'take_kept',
    direction: { speed: 1.5 },
    text: '走。',
  })
  expect(edit.remove).toHaveLength(1)
  expect([...changed.characters.keys()]).toEqual([...project.characters.keys()])
})

test('characters who have nothing left to say go with the script that is replaced', () => {
  const project = importInto(importInto(aNewProject(), TEXT, 'replace'), '林晚：走。', 'replace')
  expect([...project.characters.values()].map(({ name }) => name)).toEqual(['旁白', '林晚'])
  expect(project.tracks.size).toBe(2)
  expect(project.chapters.size).toBe(1)
})

test('10,000 lines are imported, and imported again, in less than a second each', () => {
  const text = Array.from({ length: 10_000 }, (_, index) =>
    index % 2 ? `Anna: Line ${index}.` : `第${index}句。`,
  ).join('\n')
  const parsed = parseScript(text)
  let project = aProject({ lines: 0 })
  for (const change of ['', '!']) {
    const [row] = parsed.script.chapters[0]?.rows ?? []
    if (row) row.text += change
    const start = performance.now()
    const edit = importScriptEdit(project, parsed, { placing: 'replace', voices: [aVoice('a')], mint })
    expect(performance.now() - start).toBeLessThan(1000)
    if (edit) project = applyEdit(project, edit).project
  }
  expect(project.lines.size).toBe(10_000)
})
