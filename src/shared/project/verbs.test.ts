import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aProject, aVoice, countingMint } from '../../../test/support/a-project.ts'
import { AppError } from '../kernel/index.ts'
import { parseScript, serialiseScript } from '../script/index.ts'
import {
  addCharacter,
  applyEdit,
  duplicateLines,
  importScriptEdit,
  insertChapter,
  insertChapterAt,
  insertLine,
  joinChapter,
  mergeWithNext,
  moveChapter,
  moveLines,
  orderedChapters,
  orderedLines,
  type Project,
  type ProjectEdit,
  projectFromRecords,
  projectRecordSchema,
  recordsOfProject,
  removeChapter,
  removeCharacter,
  removeLines,
  renameChapter,
  renameCharacter,
  scriptOfProject,
  setChapterDirection,
  setCharacterColor,
  setCharacterDirection,
  setClipAdjustment,
  setLineCharacter,
  setLineDirection,
  setLineText,
  setLineTexts,
  setPauseAfter,
  setProjectSettings,
  setSpokenText,
  setStartsParagraph,
  setTrack,
  splitLine,
} from './index.ts'

const SCRIPT = `第一章 码头

雾来了。
林晚：走吧，别回头。
Anna: Wait, please! I am coming.

　　他走了。
${'长长的一句话，没有完。'.repeat(400)}
第二章

周舟（低声）：到了。`

/** A project with two characters, chapters with and without titles, and lines cut from one row. */
const started = (): Project => {
  const mint = countingMint('i')
  const parsed = parseScript(SCRIPT, { splitLongLines: true })
  const edit = importScriptEdit(aProject({ lines: 2, chapters: 2 }), parsed, { placing: 'append', voices: [], mint })
  if (!edit) throw new Error('nothing imported')
  return applyEdit(aProject({ lines: 2, chapters: 2 }), edit).project
}

type Verb = (project: Project, seed: (bound: number) => number, mint: () => string) => ProjectEdit | null

const unlessTooLong = (act: () => ProjectEdit | null): ProjectEdit | null => {
  try {
    return act()
  } catch (error) {
    if (error instanceof AppError && error.code === 'script.line-too-long') return null
    throw error
  }
}

const VERBS: Record<string, Verb> = {
  insertLine: (p, seed, mint) => insertLine(p, pickLine(p, seed), mint),
  insertAtChapter: (p, seed, mint) => insertLine(p, pickChapter(p, seed), mint),
  insertAtEnd: (p, _, mint) => insertLine(p, null, mint),
  splitLine: (p, seed, mint) => withLine(p, seed, (id) => splitLine(p, id, seed(12), mint)),
  mergeWithNext: (p, seed) => withLine(p, seed, (id) => unlessTooLong(() => mergeWithNext(p, id))),
  duplicateLines: (p, seed, mint) => duplicateLines(p, someLines(p, seed), mint),
  removeLines: (p, seed) => removeLines(p, someLines(p, seed)),
  moveUp: (p, seed) => moveLines(p, someLines(p, seed), 'up'),
  moveDown: (p, seed) => moveLines(p, someLines(p, seed), 'down'),
  moveBefore: (p, seed) => withLine(p, seed, (beforeLineId) => moveLines(p, someLines(p, seed), { beforeLineId })),
  moveAfter: (p, seed) =>
    withLine(p, seed, (afterLineId) => {
      const chapterId = p.lines.get(afterLineId)?.chapterId
      return chapterId ? moveLines(p, someLines(p, seed), { chapterId, afterLineId }) : null
    }),
  moveToChapter: (p, seed) => {
    const chapterId = pickChapter(p, seed)
    return chapterId ? moveLines(p, someLines(p, seed), { chapterId, afterLineId: null }) : null
  },
  setLineText: (p, seed) => withLine(p, seed, (id) => setLineText(p, id, `New text ${seed(9)}.`)),
  setLineTexts: (p, seed, mint) => withLine(p, seed, (id) => setLineTexts(p, id, ['一。', '二。', '三。'], mint)),
  setSpokenText: (p, seed) => withLine(p, seed, (id) => setSpokenText(p, id, seed(2) ? 'spoken' : null)),
  setLineCharacter: (p, seed) => {
    const characterId = pickCharacter(p, seed)
    return characterId ? setLineCharacter(p, someLines(p, seed), characterId) : null
  },
  setLineDirection: (p, seed) => setLineDirection(p, someLines(p, seed), { speed: 1 + seed(2) / 2 }),
  setPauseAfter: (p, seed) => setPauseAfter(p, someLines(p, seed), seed(3)),
  setStartsParagraph: (p, seed) => setStartsParagraph(p, someLines(p, seed), seed(2) === 1),
  setClip: (p, seed, mint) =>
    withLine(p, seed, (id) => setClipAdjustment(p, id, { gainDb: seed(3), fadeOutSamples: seed(2) * 100 }, mint)),
  insertChapter: (p, seed, mint) => insertChapter(p, pickChapter(p, seed), `Chapter ${seed(5)}`, mint),
  insertChapterAt: (p, seed, mint) => withLine(p, seed, (id) => insertChapterAt(p, id, mint, 'Here')),
  joinChapter: (p, seed) => withChapter(p, seed, (id) => joinChapter(p, id)),
  renameChapter: (p, seed) => withChapter(p, seed, (id) => renameChapter(p, id, ` Named ${seed(3)} `)),
  removeChapter: (p, seed) => withChapter(p, seed, (id) => removeChapter(p, id)),
  moveChapter: (p, seed) => withChapter(p, seed, (id) => moveChapter(p, id, seed(2) ? null : pickChapter(p, seed))),
  directChapter: (p, seed) => withChapter(p, seed, (id) => setChapterDirection(p, id, { instruct: 'calm' })),
  addCharacter: (p, _, mint) => addCharacter(p, `Somebody ${p.characters.size} ${mint()}`, mint),
  renameCharacter: (p, seed, mint) => {
    const id = pickCharacter(p, seed)
    return id ? renameCharacter(p, id, `Named ${mint()}`) : null
  },
  removeCharacter: (p, seed) => {
    const id = pickCharacter(p, seed)
    return id && id !== p.settings.narratorId ? removeCharacter(p, id) : null
  },
  directCharacter: (p, seed) => {
    const id = pickCharacter(p, seed)
    return id ? setCharacterDirection(p, id, { pitchSemitones: seed(3) }) : null
  },
  colorCharacter: (p, seed) => {
    const id = pickCharacter(p, seed)
    return id ? setCharacterColor(p, id, seed(12)) : null
  },
  setTrack: (p, seed) => {
    const id = [...p.tracks.keys()][seed(p.tracks.size)]
    return id ? setTrack(p, id, { pan: seed(2) }) : null
  },
  setSettings: (p, seed) => setProjectSettings(p, { author: `Author ${seed(3)}` }),
  append: (p, _, mint) =>
    importScriptEdit(p, parseScript('One.\nBen: Two.\n\nChapter 9\n\nThree.'), { placing: 'append', voices: [], mint }),
  replace: (p, seed, mint) =>
    importScriptEdit(p, parseScript(seed(2) ? SCRIPT : 'One.\nBen: Two.', { splitLongLines: true }), {
      placing: 'replace',
      voices: [aVoice('low')],
      mint,
    }),
}

const pickLine = (p: Project, seed: (bound: number) => number) =>
  orderedLines(p)[seed(Math.max(1, p.lines.size))]?.lineId ?? null
const pickChapter = (p: Project, seed: (bound: number) => number) =>
  orderedChapters(p)[seed(Math.max(1, p.chapters.size))]?.chapterId ?? null
const pickCharacter = (p: Project, seed: (bound: number) => number) =>
  [...p.characters.keys()][seed(p.characters.size)] ?? null
type Id<Picked> = NonNullable<Picked>
const withLine = (
  p: Project,
  seed: (bound: number) => number,
  act: (id: Id<ReturnType<typeof pickLine>>) => ProjectEdit | null,
) => {
  const id = pickLine(p, seed)
  return id ? act(id) : null
}
const withChapter = (
  p: Project,
  seed: (bound: number) => number,
  act: (id: Id<ReturnType<typeof pickChapter>>) => ProjectEdit | null,
) => {
  const id = pickChapter(p, seed)
  return id ? act(id) : null
}
const someLines = (p: Project, seed: (bound: number) => number) =>
  Array.from({ length: 1 + seed(3) }, () => pickLine(p, seed)).filter((id) => id !== null)

const expectConsistent = (project: Project): void => {
  for (const record of recordsOfProject(project)) projectRecordSchema.parse(record)
  const { lines, chapters, characters, tracks, clips, settings } = project
  expect(characters.has(settings.narratorId)).toBe(true)
  for (const line of lines.values()) {
    expect(chapters.has(line.chapterId)).toBe(true)
    expect(characters.has(line.characterId)).toBe(true)
  }
  for (const track of tracks.values()) expect(characters.has(track.characterId)).toBe(true)
  for (const clip of clips.values()) expect(lines.has(clip.lineId)).toBe(true)
  const unique = (keys: readonly string[]): void => expect(new Set(keys).size).toBe(keys.length)
  unique([...lines.values()].map(({ chapterId, order }) => `${chapterId} ${order}`))
  unique([...clips.values()].map(({ lineId }) => lineId))
  for (const siblings of [chapters, characters, tracks]) unique([...siblings.values()].map(({ order }) => order))
  expect(chapters.size).toBeGreaterThan(0)
}

const byId = (project: Project) => ({
  settings: project.settings,
  records: [chaptersOf(project), project.characters, project.lines, project.tracks, project.clips].map((records) =>
    Object.fromEntries(records),
  ),
})
const chaptersOf = (project: Project) => project.chapters

/** Numbers below a bound, out of a list that a failing run can shrink. */
const seedOf = (numbers: readonly number[]) => {
  let index = 0
  return (bound: number): number => (numbers[index++ % numbers.length] ?? 0) % Math.max(1, bound)
}

test('after any verbs the project is consistent, and their inverses restore it', () => {
  const step = fc.record({
    verb: fc.constantFrom(...Object.keys(VERBS)),
    numbers: fc.array(fc.nat(1000), { minLength: 4, maxLength: 6 }),
  })
  const seen = new Set<string>()
  const start = started()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
      const mint = countingMint('v')
      const inverses: ProjectEdit[] = []
      let project = start
      for (const { verb, numbers } of steps) {
        const edit = VERBS[verb]?.(project, seedOf(numbers), mint)
        if (!edit) continue
        seen.add(verb)
        expect(edit.put.length + edit.remove.length).toBeGreaterThan(0)
        const applied = applyEdit(project, edit)
        project = applied.project
        inverses.push(applied.inverse)
        expectConsistent(project)
      }
      for (const inverse of inverses.reverse()) project = applyEdit(project, inverse).project
      expect(byId(project)).toEqual(byId(start))
    }),
    { numRuns: 150 },
  )
  expect([...seen].sort()).toEqual(Object.keys(VERBS).sort())
})

test('whatever was edited can be written as text, and the text holds every line in order', () => {
  const verbs = [
    'splitLine',
    'mergeWithNext',
    'moveUp',
    'moveDown',
    'moveToChapter',
    'duplicateLines',
    'removeLines',
    'insertChapterAt',
    'joinChapter',
    'setLineCharacter',
    'renameCharacter',
    'setStartsParagraph',
    'setLineTexts',
  ]
  const step = fc.record({
    verb: fc.constantFrom(...verbs),
    numbers: fc.array(fc.nat(1000), { minLength: 4, maxLength: 6 }),
  })
  const start = started()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
      const mint = countingMint('w')
      let project = start
      for (const { verb, numbers } of steps) {
        const edit = VERBS[verb]?.(project, seedOf(numbers), mint)
        if (edit) project = applyEdit(project, edit).project
      }
      const text = serialiseScript(scriptOfProject(project))
      let at = 0
      for (const line of orderedLines(project)) {
        const found = text.indexOf(line.text, at)
        expect(found, line.text).toBeGreaterThanOrEqual(at)
        at = found + line.text.length
      }
    }),
    { numRuns: 200 },
  )
})

test('merging after a split restores the text, wherever the cut went', () => {
  const text = fc
    .array(
      fc.constantFrom('你好', '。', '“嗯”', 'word', ' ', '  ', '　', '.', '…', '-', '3', 'é', '👩‍👩‍👧', '\u00a0'),
      { minLength: 2, maxLength: 10 },
    )
    .map((parts) => parts.join('').trim())
  fc.assert(
    fc.property(text, fc.nat(30), fc.boolean(), (content, caret, isImported) => {
      const mint = countingMint('s')
      let project = aProject({ lines: 2 })
      const imported = importScriptEdit(project, parseScript(`  ${content}  \nlast`, { detectDialogue: false }), {
        placing: 'replace',
        voices: [],
        mint,
      })
      if (isImported && imported) project = applyEdit(project, imported).project
      const [line] = orderedLines(project)
      if (!line) return
      const typed = isImported ? null : setLineText(project, line.lineId, content)
      if (typed) project = applyEdit(project, typed).project
      const before = project.lines.get(line.lineId)?.text
      const split = splitLine(project, line.lineId, caret, mint)
      if (!split) return
      project = applyEdit(project, split).project
      expect(project.lines.size).toBe(orderedLines(project).length)
      const merge = mergeWithNext(project, line.lineId)
      if (!merge) throw new Error('nothing to merge')
      expect(applyEdit(project, merge).project.lines.get(line.lineId)?.text).toBe(before)
    }),
    { numRuns: 1000 },
  )
})

test('a text that is too long for a line is refused by name', () => {
  const project = aProject({ lines: 2 })
  const [line, next] = orderedLines(project)
  if (!line || !next) throw new Error('no lines')
  const refusal = expect.objectContaining({
    code: 'script.line-too-long',
    params: { characters: 4001, limit: 4000 },
    remedies: ['split-long-lines'],
  })
  const long = 'x'.repeat(4001)
  expect(() => setLineText(project, line.lineId, long)).toThrow(refusal)
  expect(() => setSpokenText(project, line.lineId, long)).toThrow(refusal)
  expect(() => setLineTexts(project, line.lineId, ['a', long], countingMint())).toThrow(refusal)
  const full = setLineText(project, line.lineId, 'x'.repeat(3993))
  if (!full) throw new Error('nothing set')
  expect(() => mergeWithNext(applyEdit(project, full).project, line.lineId)).toThrow(refusal)
  expect(() =>
    importScriptEdit(project, parseScript(long), { placing: 'append', voices: [], mint: countingMint() }),
  ).toThrow(AppError)
})

test('1,200 lines inserted at one place keep short keys', () => {
  const mint = countingMint('n')
  let project = aProject({ lines: 3 })
  let after = orderedLines(project)[0]?.lineId ?? null
  const texts: string[] = []
  for (let index = 0; index < 1200; index += 1) {
    const edit = insertLine(project, after, mint)
    const added = edit?.put.find((record) => record.kind === 'line' && !project.lines.has(record.lineId))
    if (!edit || added?.kind !== 'line') throw new Error('nothing inserted')
    project = applyEdit(project, edit).project
    // Now after the new line, now before it: the keys between two neighbours grow fastest so.
    after = index % 2 === 0 ? added.lineId : after
    texts.push(added.lineId)
  }
  expect(project.lines.size).toBe(1203)
  expectConsistent(project)
  expect(Math.max(...[...project.lines.values()].map(({ order }) => order.length))).toBeLessThanOrEqual(100)
})

test('on 10,000 lines a verb takes milliseconds and an import less than a second', () => {
  const mint = countingMint('p')
  const text = Array.from({ length: 10_000 }, (_, index) =>
    index % 500 === 0
      ? `Chapter ${index / 500 + 1}\n\nAnna: Line ${index}.`
      : index % 3
        ? `Line ${index}.`
        : `林晚：第${index}句。`,
  ).join('\n')
  const parsed = parseScript(text)
  const empty = projectFromRecords(recordsOfProject(aProject({ lines: 0 })))
  const importStart = performance.now()
  const imported = importScriptEdit(empty, parsed, { placing: 'replace', voices: [aVoice('a'), aVoice('b')], mint })
  expect(performance.now() - importStart).toBeLessThan(1000)
  if (!imported) throw new Error('nothing imported')
  let project = applyEdit(empty, imported).project
  expect(project.lines.size).toBe(10_000)
  for (const [name, verb] of Object.entries(VERBS)) {
    if (name === 'append' || name === 'replace') continue
    const durationsMs = Array.from({ length: 5 }, (_, run) => {
      const seed = seedOf([5003 + run * 17, 4, 7, 1, 2])
      orderedLines(project)
      const start = performance.now()
      verb(project, seed, mint)
      return performance.now() - start
    })
    expect(Math.min(...durationsMs), name).toBeLessThan(5)
    const edit = verb(project, seedOf([5003, 4, 7]), mint)
    if (edit && name !== 'removeChapter') project = applyEdit(project, edit).project
  }
})
