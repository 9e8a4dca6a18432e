import { expect, test } from 'vitest'
import { aChapterId, aLineId, aProject, aTakeId, countingMint } from '../../../test/support/a-project.ts'
import { parseScript, serialiseScript } from '../script/index.ts'
import {
  applyEdit,
  clipsByLine,
  duplicateLines,
  importScriptEdit,
  insertChapterAt,
  insertLine,
  joinChapter,
  type MoveTarget,
  mergeWithNext,
  moveChapter,
  moveLines,
  orderedChapters,
  orderedLines,
  type Project,
  type ProjectEdit,
  removeChapter,
  removeCharacter,
  removeLines,
  renameCharacter,
  scriptOfProject,
  setClipAdjustment,
  setLineCharacter,
  setLineTake,
  setLineText,
  setLineTexts,
  setPauseAfter,
  setSpokenText,
  splitLine,
} from './index.ts'

const mint = countingMint('t')
const after = (project: Project, edit: ProjectEdit | null): Project => {
  if (!edit) throw new Error('nothing to do')
  return applyEdit(project, edit).project
}
const textsOf = (project: Project): string[] => orderedLines(project).map(({ text }) => text)
const imported = (text: string): Project =>
  after(
    aProject({ lines: 0 }),
    importScriptEdit(aProject({ lines: 0 }), parseScript(text, { splitLongLines: true }), {
      placing: 'replace',
      voices: [],
      mint,
    }),
  )
const line = (project: Project, index: number) => {
  const found = orderedLines(project)[index]
  if (!found) throw new Error('no such line')
  return found
}
const written = (project: Project): string => serialiseScript(scriptOfProject(project))

test('a line is inserted after another, by the same character, writing one record', () => {
  const project = imported('一。\n林晚：二。\n三。')
  const edit = insertLine(project, line(project, 1).lineId, mint)
  expect(edit?.put).toHaveLength(1)
  const changed = after(project, edit)
  expect(textsOf(changed)).toEqual(['一。', '二。', '', '三。'])
  expect(line(changed, 2).characterId).toBe(line(project, 1).characterId)
})

test('a line is inserted at the start of a chapter, or at the end of the script, by the narrator', () => {
  const project = aProject({ lines: 4, chapters: 2 })
  const atStart = after(project, insertLine(project, aChapterId(2), mint))
  expect(textsOf(atStart)).toEqual(['Line 1.', 'Line 2.', '', 'Line 3.', 'Line 4.'])
  const atEnd = after(project, insertLine(project, null, mint))
  expect(line(atEnd, 4)).toMatchObject({ text: '', chapterId: aChapterId(2), startsParagraph: true })
  const nowhere = aProject({ lines: 0, chapters: 0 })
  expect(after(nowhere, insertLine(nowhere, null, mint)).chapters.size).toBe(1)
})

test('between paragraphs of one line, an inserted line is one too', () => {
  const paragraphs = imported('一。\n\n二。\n\n三。')
  expect(line(after(paragraphs, insertLine(paragraphs, line(paragraphs, 0).lineId, mint)), 1).startsParagraph).toBe(
    true,
  )
  const rows = imported('一。\n二。\n三。')
  expect(line(after(rows, insertLine(rows, line(rows, 0).lineId, mint)), 1).startsParagraph).toBe(false)
})

test('a split takes the blanks at the cut away, and both halves keep character and direction', () => {
  let project = imported('Anna: Wait here, please. I am coming.')
  const [{ lineId }] = [line(project, 0)]
  project = after(project, setPauseAfter(project, [lineId], 2))
  project = after(project, setLineTake(project, lineId, aTakeId('old')))
  project = after(project, splitLine(project, lineId, 'Wait here, please.'.length, mint))
  expect(textsOf(project)).toEqual(['Wait here, please.', 'I am coming.'])
  expect(line(project, 0)).toMatchObject({ pauseAfterSec: null, takeId: null })
  expect(line(project, 1)).toMatchObject({ pauseAfterSec: 2, takeId: null, characterId: line(project, 0).characterId })
  expect(written(project)).toBe('Anna: Wait here, please.\nAnna: I am coming.')
})

test('a split with nothing on one side does nothing', () => {
  const project = imported('一二三。')
  for (const caret of [-1, 0, 4, 9]) expect(splitLine(project, line(project, 0).lineId, caret, mint)).toBeNull()
})

test('a word that was cut is written and merged as one word', () => {
  const project = imported('Anna: Goodbye.')
  const cut = after(project, splitLine(project, line(project, 0).lineId, 4, mint))
  expect(textsOf(cut)).toEqual(['Good', 'bye.'])
  expect(written(cut)).toBe('Anna: Goodbye.')
  expect(textsOf(after(cut, mergeWithNext(cut, line(cut, 0).lineId)))).toEqual(['Goodbye.'])
})

test('lines cut from one long row are one row in the text, until one of them goes elsewhere', () => {
  const text = `Anna: ${'Word and word. '.repeat(400).trim()}\nlast`
  const project = imported(text)
  expect(project.lines.size).toBe(3)
  expect(written(project)).toBe(text)
  const [first, second] = textsOf(project)
  const apart = after(project, insertLine(project, line(project, 0).lineId, mint))
  const typed = after(apart, setLineText(apart, line(apart, 1).lineId, 'between'))
  expect(written(typed)).toBe(`Anna: ${first} \nAnna: between\nAnna: ${second}\nlast`)
  const moved = after(project, moveLines(project, [line(project, 1).lineId], 'down'))
  expect(written(moved)).toBe(`Anna: ${first} \nlast\nAnna: ${second}`)
  const removed = after(project, removeLines(project, [line(project, 0).lineId]))
  expect(written(removed)).toBe(`Anna: ${second}\nlast`)
  const merged = after(
    project,
    mergeWithNext(after(project, setLineText(project, line(project, 0).lineId, 'Short.')), line(project, 0).lineId),
  )
  expect(textsOf(merged)[0]).toBe(`Short. ${second}`)
})

test('what is left of a long row does not run into the row above', () => {
  const project = imported(`Anna: One.\nAnna: ${'Word and word. '.repeat(400).trim()}`)
  const rest = textsOf(project)[2]
  const { lineId } = line(project, 1)
  const removed = after(project, removeLines(project, [lineId]))
  expect(written(removed)).toBe(`Anna: One.\nAnna: ${rest}`)
  const moved = after(project, moveLines(project, [lineId], 'up'))
  expect(written(moved)).toMatch(/\nAnna: One\.\nAnna: Word/)
  const restMoved = after(project, moveLines(project, [line(project, 2).lineId], { beforeLineId: lineId }))
  expect(written(restMoved)).toBe(`Anna: One.\nAnna: ${rest}\nAnna: ${textsOf(project)[1]} `)
})

test.each([
  ['Roses are red', 'violets are blue', 'Roses are red violets are blue'],
  ['你好。', '再见。', '你好。再见。'],
  ['“Stop!”', 'he said.', '“Stop!” he said.'],
  ['“你好。”', '“再见。”', '“你好。”“再见。”'],
  ['', 'words', 'words'],
])('%j and %j are merged as %j', (left, right, expected) => {
  let project = aProject({ lines: 2 })
  for (const [index, text] of [left, right].entries())
    project = after(project, setLineText(project, aLineId(index + 1), text))
  expect(textsOf(after(project, mergeWithNext(project, aLineId(1))))).toEqual([expected])
})

test('the last line of a chapter has nothing to merge with', () => {
  const project = aProject({ lines: 4, chapters: 2 })
  expect(mergeWithNext(project, aLineId(2))).toBeNull()
})

test('a merged line says aloud what both said', () => {
  let project = aProject({ lines: 2 })
  project = after(project, setSpokenText(project, aLineId(2), 'aloud'))
  project = after(project, mergeWithNext(project, aLineId(1)))
  expect(line(project, 0)).toMatchObject({ text: 'Line 1. Line 2.', spokenText: 'Line 1. aloud' })
})

test('gain stays on both sides of a split, fades on the outer ends, and a merge brings them together', () => {
  let project = aProject({ lines: 1 })
  const fades = { gainDb: -3, fadeInSamples: 10, fadeOutSamples: 20 }
  project = after(project, setClipAdjustment(project, aLineId(1), fades, mint))
  const split = after(project, splitLine(project, aLineId(1), 4, mint))
  expect(clipsByLine(split).get(line(split, 0).lineId)).toMatchObject({ ...fades, fadeOutSamples: 0 })
  expect(clipsByLine(split).get(line(split, 1).lineId)).toMatchObject({ ...fades, fadeInSamples: 0 })
  const merged = after(split, mergeWithNext(split, aLineId(1)))
  expect([...merged.clips.values()]).toEqual([...project.clips.values()])
  expect(
    after(merged, setClipAdjustment(merged, aLineId(1), { gainDb: 0, fadeInSamples: 0, fadeOutSamples: 0 }, mint)).clips
      .size,
  ).toBe(0)
})

test('pasted texts become lines of the same character', () => {
  const project = imported('Anna: One.\nlast')
  const changed = after(project, setLineTexts(project, line(project, 0).lineId, ['A.', 'B.\r\nC.', 'D.'], mint))
  expect(textsOf(changed)).toEqual(['A.', 'B. C.', 'D.', 'last'])
  expect(written(changed)).toBe('Anna: A.\nAnna: B. C.\nAnna: D.\nlast')
})

test('copies come after the originals, without their takes', () => {
  let project = aProject({ lines: 3 })
  project = after(project, setLineTake(project, aLineId(1), aTakeId('kept')))
  project = after(project, duplicateLines(project, [aLineId(2), aLineId(1)], mint))
  expect(textsOf(project)).toEqual(['Line 1.', 'Line 2.', 'Line 1.', 'Line 2.', 'Line 3.'])
  expect(line(project, 0).takeId).toBe('take_kept')
  expect(line(project, 2).takeId).toBeNull()
})

test.each<[string, number[], MoveTarget, number[] | null]>([
  ['up', [3], 'up', [1, 3, 2, 4, 5, 6]],
  ['up together', [3, 2], 'up', [2, 3, 1, 4, 5, 6]],
  ['up into the chapter before', [4], 'up', [1, 2, 3, 4, 5, 6]],
  ['up from the top', [1], 'up', null],
  ['down', [1], 'down', [2, 1, 3, 4, 5, 6]],
  ['down into the chapter after', [3], 'down', [1, 2, 3, 4, 5, 6]],
  ['down from the bottom', [6], 'down', null],
  ['before a line', [1, 2], { beforeLineId: aLineId(6) }, [3, 4, 5, 1, 2, 6]],
  ['before one of themselves', [1, 3], { beforeLineId: aLineId(3) }, [2, 1, 3, 4, 5, 6]],
  ['to where they are', [2], { beforeLineId: aLineId(3) }, null],
  ['into another chapter', [1, 5], { chapterId: aChapterId(2), afterLineId: aLineId(4) }, [2, 3, 4, 1, 5, 6]],
  ['to the start of a chapter', [6], { chapterId: aChapterId(1), afterLineId: null }, [6, 1, 2, 3, 4, 5]],
])('lines move %s', (_, moved, target, expected) => {
  const project = aProject({ lines: 6, chapters: 2 })
  const edit = moveLines(project, moved.map(aLineId), target)
  if (expected === null) return expect(edit).toBeNull()
  expect(edit?.put).toHaveLength(moved.length)
  expect(textsOf(after(project, edit))).toEqual(expected.map((name) => `Line ${name}.`))
})

test('a line that moves over the edge changes its chapter', () => {
  const project = aProject({ lines: 4, chapters: 2 })
  expect(after(project, moveLines(project, [aLineId(3)], 'up')).lines.get(aLineId(3))?.chapterId).toBe(aChapterId(1))
})

test('a chapter starts at a line, and joins the one before again', () => {
  const project = aProject({ lines: 4, chapters: 1 })
  const split = after(project, insertChapterAt(project, aLineId(3), mint, 'New'))
  expect(orderedChapters(split).map(({ title }) => title)).toEqual(['Chapter 1', 'New'])
  expect(textsOf(split)).toEqual(textsOf(project))
  expect(line(split, 2).chapterId).toBe(orderedChapters(split)[1]?.chapterId)
  const joined = after(split, joinChapter(split, line(split, 2).chapterId))
  expect(joined.chapters.size).toBe(1)
  expect(textsOf(joined)).toEqual(textsOf(project))
  expect(joinChapter(joined, aChapterId(1))).toBeNull()
})

test('a chapter goes with its lines, the last one stays as a place to write', () => {
  const project = aProject({ lines: 4, chapters: 2 })
  const one = after(project, removeChapter(project, aChapterId(1)))
  expect(textsOf(one)).toEqual(['Line 3.', 'Line 4.'])
  const none = after(one, removeChapter(one, aChapterId(2)))
  expect([...none.chapters.values()]).toMatchObject([{ chapterId: aChapterId(2), title: '' }])
  expect(none.lines.size).toBe(0)
  expect(removeChapter(none, aChapterId(2))).toBeNull()
})

test('chapters move with their lines by one record', () => {
  const project = aProject({ lines: 6, chapters: 3 })
  const edit = moveChapter(project, aChapterId(3), aChapterId(1))
  expect(edit?.put).toHaveLength(1)
  expect(textsOf(after(project, edit))).toEqual([5, 6, 1, 2, 3, 4].map((name) => `Line ${name}.`))
  expect(moveChapter(project, aChapterId(3), null)).toBeNull()
  expect(moveChapter(project, aChapterId(1), aChapterId(2))).toBeNull()
})

test('renaming a character renames its track and its cues', () => {
  const project = imported('林晚：走。\n【林晚】好。')
  const { characterId } = line(project, 0)
  const renamed = after(project, renameCharacter(project, characterId, ' 林夕 '))
  expect([...renamed.tracks.values()].find((track) => track.characterId === characterId)?.name).toBe('林夕')
  expect(written(renamed)).toBe('林夕：走。\n【林夕】好。')
})

test('what a removed character said goes to the narrator, and the narrator stays', () => {
  const project = imported('林晚：走。\n好。')
  const removed = after(project, removeCharacter(project, line(project, 0).characterId))
  expect(line(removed, 0).characterId).toBe(project.settings.narratorId)
  expect(removed.tracks.size).toBe(1)
  expect(() => removeCharacter(project, project.settings.narratorId)).toThrow(
    expect.objectContaining({ code: 'cast.invalid' }),
  )
})

test('a line given to somebody else is written with a cue, like those around it', () => {
  const project = imported('【林晚】走。\n雾来了。')
  const given = after(project, setLineCharacter(project, [line(project, 1).lineId], line(project, 0).characterId))
  expect(written(given)).toBe('【林晚】走。\n【林晚】雾来了。')
})

test('verbs about what is not there, or says the same already, do nothing', () => {
  const project = aProject({ lines: 2 })
  const gone = aLineId('gone')
  expect(setLineText(project, gone, 'x')).toBeNull()
  expect(setLineText(project, aLineId(1), 'Line 1.')).toBeNull()
  expect(removeLines(project, [gone])).toBeNull()
  expect(duplicateLines(project, [gone], mint)).toBeNull()
  expect(insertLine(project, gone, mint)).toBeNull()
  expect(moveLines(project, [gone], 'up')).toBeNull()
  expect(setPauseAfter(project, [aLineId(1)], null)).toBeNull()
  expect(setSpokenText(project, aLineId(1), '  ')).toBeNull()
  expect(setClipAdjustment(project, aLineId(1), { gainDb: 0 }, mint)).toBeNull()
})
