import { expect, test } from 'vitest'
import { aLibrary, type TestLibrary } from '../../../test/support/a-library.ts'
import { aChapterId, aCharacterId, aLine, aLineId, aProject, theSettings } from '../../../test/support/a-project.ts'
import { AppError, type ClipId, type OrderKey, type ProjectId } from '../../shared/kernel/index.ts'
import {
  applyEdit,
  type Chapter,
  type Character,
  INHERIT,
  type Line,
  orderedLines,
  type Project,
  type ProjectEdit,
  projectFromRecords,
  recordsOfProject,
} from '../../shared/project/index.ts'
import { MAX_STEPS } from './edit-history.ts'
import { createProject, deleteProject, editProject, listProjects, loadProject, redoEdit, undoEdit } from './projects.ts'
import { addTake, listTakes } from './takes.ts'

const projectId = theSettings().projectId
const ORDER = 'a0' as OrderKey
const putting = (...put: ProjectEdit['put']): ProjectEdit => ({ put, remove: [] })
const codeOf = (action: () => unknown): string => {
  try {
    action()
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
  return 'ok'
}
const stored = (test: TestLibrary): Project => projectFromRecords(loadProject(test.library.db, projectId).records)
const lineOf = (project: Project, index: number): Line => {
  const line = orderedLines(project)[index]
  if (!line) throw new Error(`no line ${index}`)
  return line
}
const withProject = (test: TestLibrary, project = aProject({ lines: 3, chapters: 2 })): Project => {
  createProject(test.library.db, recordsOfProject(project))
  return project
}
const edit = (test: TestLibrary, change: ProjectEdit, coalesceKey: string | null = null, label = 'line.edit') =>
  editProject(test.library.db, { projectId, edit: change, label, coalesceKey })

test('every field of every record comes back as it was written', () => {
  using test = aLibrary()
  const direction = { ...INHERIT, instruct: '慢一点', speed: 1.25, seed: 0xffffffff, pitchSemitones: -2 }
  const layout = { before: '\r\n　', cue: '【{name}】', after: ' ', markup: { raw: '**a**', plain: 'a' } }
  const plain = aProject({ lines: 2, settings: { direction, author: '佚名', album: 'Al', scriptTail: '' } })
  const { project } = applyEdit(
    plain,
    putting(
      { ...lineOf(plain, 0), spokenText: 'spoken', startsParagraph: true, direction, pauseAfterSec: 0.25, layout },
      {
        kind: 'clip',
        clipId: 'clip_1' as ClipId,
        lineId: aLineId(1),
        gainDb: -3.5,
        fadeInSamples: 7,
        fadeOutSamples: 9,
      },
      { kind: 'character', characterId: aCharacterId('x'), order: ORDER, name: 'X', colorIndex: 11, direction },
      { kind: 'chapter', chapterId: aChapterId('x'), order: ORDER, title: '', direction, layout },
    ),
  )
  withProject(test, project)
  expect(stored(test)).toEqual(project)
})

test('projects are listed by their newest change, with counts and the length of the newest takes', () => {
  using test = aLibrary()
  const project = withProject(test)
  test.nowEpochMs += 10
  const other = theSettings({
    projectId: 'project_q' as ProjectId,
    title: 'Other',
    narratorId: aCharacterId('other'),
  })
  const narrator: Character = {
    kind: 'character',
    characterId: aCharacterId('other'),
    order: ORDER,
    name: 'N',
    colorIndex: 0,
    direction: INHERIT,
  }
  createProject(test.library.db, [other, narrator])
  expect(listProjects(test.library.db).map(({ title }) => title)).toEqual(['Other', 'Night boat'])
  test.nowEpochMs += 10
  edit(test, putting({ ...lineOf(project, 0), text: 'changed' }))
  const take = (lineId: Line['lineId'], key: string, durationSamples: number) =>
    addTake(test.library.db, {
      takeKey: key.padStart(64, '0') as never,
      projectId,
      lineId,
      engineId: 'tone' as never,
      voiceId: null,
      sampleRateHz: 24_000,
      durationSamples,
      warnings: [],
    })
  take(aLineId(1), 'a', 99_000)
  take(aLineId(1), 'b', 24_000)
  take(aLineId(2), 'a', 12_000)
  take(aLineId('gone'), 'c', 777_777)
  expect(listProjects(test.library.db)).toEqual([
    {
      projectId,
      title: 'Night boat',
      author: '',
      lineCount: 3,
      chapterCount: 2,
      characterCount: 1,
      spokenSec: 1.5,
      sampleRateHz: 24_000,
      changedAtEpochMs: test.nowEpochMs,
    },
    expect.objectContaining({ title: 'Other', lineCount: 0, spokenSec: 0 }),
  ])
})

test('a project is deleted with everything that is its own, and nothing else', () => {
  using test = aLibrary()
  withProject(test)
  edit(test, putting({ ...aLine(9, ORDER) }))
  deleteProject(test.library.db, projectId)
  expect(listProjects(test.library.db)).toEqual([])
  expect(codeOf(() => loadProject(test.library.db, projectId))).toBe('project.not-found')
  expect(codeOf(() => deleteProject(test.library.db, projectId))).toBe('project.not-found')
  expect(codeOf(() => edit(test, putting()))).toBe('project.not-found')
  withProject(test)
  expect(stored(test).lines.size).toBe(3)
})

test('an edit, its undo and its redo tell what comes next and count the changes', () => {
  using test = aLibrary()
  const project = withProject(test)
  const line = lineOf(project, 1)
  expect(loadProject(test.library.db, projectId).history).toEqual({ revision: 0, undoLabel: null, redoLabel: null })
  expect(codeOf(() => undoEdit(test.library.db, projectId))).toBe('project.nothing-to-undo')
  const changed = { ...line, text: 'changed' }
  expect(edit(test, putting(changed))).toEqual({ revision: 1, undoLabel: 'line.edit', redoLabel: null })
  expect(undoEdit(test.library.db, projectId)).toEqual({
    edit: putting(line),
    history: { revision: 2, undoLabel: null, redoLabel: 'line.edit' },
  })
  expect(stored(test)).toEqual(project)
  test.reopen()
  expect(redoEdit(test.library.db, projectId)).toEqual({
    edit: putting(changed),
    history: { revision: 3, undoLabel: 'line.edit', redoLabel: null },
  })
  expect(codeOf(() => redoEdit(test.library.db, projectId))).toBe('project.nothing-to-redo')
  undoEdit(test.library.db, projectId)
  edit(test, putting({ ...line, text: 'another way' }), null, 'another')
  expect(codeOf(() => redoEdit(test.library.db, projectId))).toBe('project.nothing-to-redo')
})

test('an empty edit is no step', () => {
  using test = aLibrary()
  withProject(test)
  expect(edit(test, putting())).toEqual({ revision: 0, undoLabel: null, redoLabel: null })
})

test('typing in one line becomes one step, until a rest, another key, or an undo comes between', () => {
  using test = aLibrary()
  const line = lineOf(withProject(test), 0)
  const type = (text: string, coalesceKey: string | null = 'text line_1') =>
    edit(test, putting({ ...line, text }), coalesceKey)
  const text = (): string => lineOf(stored(test), 0).text
  const undo = () => undoEdit(test.library.db, projectId)
  type('N')
  test.nowEpochMs += 4_000
  type('Ni')
  test.nowEpochMs += 4_000
  type('Nig')
  test.nowEpochMs += 5_001
  type('Night')
  type('Night boat', 'other')
  undo()
  expect(text()).toBe('Night')
  undo()
  expect(text()).toBe('Nig')
  undo()
  expect(text()).toBe(line.text)
  type('N')
  undo()
  redoEdit(test.library.db, projectId)
  expect(text()).toBe('N')
  type('Ni')
  undo()
  expect(text()).toBe('N')
  type('Nig')
  test.nowEpochMs += 5_001
  type('Nigh')
  undo()
  expect(text()).toBe('Nig')
  undo()
  expect(text()).toBe('N')
  undo()
  expect(text()).toBe(line.text)
})

test('a step that joins edits of different records, among them a new one that is removed again, undoes and redoes whole', () => {
  using test = aLibrary()
  const project = withProject(test)
  const added = aLine('added', ORDER)
  edit(test, putting(added, { ...lineOf(project, 0), text: 'first' }), 'k')
  edit(test, putting({ ...lineOf(project, 1), text: 'second' }), 'k')
  edit(test, { put: [{ ...lineOf(project, 0), text: 'third' }], remove: [{ kind: 'line', id: added.lineId }] }, 'k')
  const after = stored(test)
  undoEdit(test.library.db, projectId)
  expect(stored(test)).toEqual(project)
  redoEdit(test.library.db, projectId)
  expect(stored(test)).toEqual(after)
  expect(lineOf(after, 0).text).toBe('third')
})

test('history keeps the newest thousand steps', () => {
  using test = aLibrary()
  const line = lineOf(withProject(test), 0)
  for (let count = 1; count <= MAX_STEPS + 5; count++) edit(test, putting({ ...line, text: `${count}` }))
  for (let count = 0; count < MAX_STEPS; count++) undoEdit(test.library.db, projectId)
  expect(codeOf(() => undoEdit(test.library.db, projectId))).toBe('project.nothing-to-undo')
  expect(lineOf(stored(test), 0).text).toBe('5')
})

test('steps that rewrite a whole book are kept up to a size, and the newest always', () => {
  using test = aLibrary()
  const project = withProject(test, aProject({ lines: 1_000 }))
  const rewrite = (letter: string) =>
    edit(test, putting(...orderedLines(project).map((line) => ({ ...line, text: letter.repeat(4_000) }))))
  const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']
  for (const letter of letters) rewrite(letter)
  let steps = 0
  while (codeOf(() => undoEdit(test.library.db, projectId)) === 'ok') steps++
  // Eight megabytes each: what was there, and what came instead.
  expect(steps).toBeGreaterThanOrEqual(6)
  expect(steps).toBeLessThanOrEqual(8)
  expect(lineOf(stored(test), 0).text[0]).toBe(letters[letters.length - 1 - steps])
})

test('removing a line keeps its takes, and undo brings the line back to them', () => {
  using test = aLibrary()
  const project = withProject(test)
  const { lineId } = lineOf(project, 0)
  const take = addTake(test.library.db, {
    takeKey: 'a'.repeat(64) as never,
    projectId,
    lineId,
    engineId: 'tone' as never,
    voiceId: null,
    sampleRateHz: 24_000,
    durationSamples: 10,
    warnings: [],
  })
  edit(test, { put: [], remove: [{ kind: 'line', id: lineId }] })
  expect(listTakes(test.library.db, projectId, null)).toEqual([take])
  undoEdit(test.library.db, projectId)
  expect(stored(test)).toEqual(project)
})

test('an edit that cannot hold is a conflict and changes nothing', () => {
  using test = aLibrary()
  const project = withProject(test)
  const otherSettings = theSettings({ projectId: 'project_q' as ProjectId, narratorId: aCharacterId('q') })
  const otherNarrator: Character = {
    kind: 'character',
    characterId: aCharacterId('q'),
    order: ORDER,
    name: 'Q',
    colorIndex: 0,
    direction: INHERIT,
  }
  createProject(test.library.db, [otherSettings, otherNarrator])
  const fine = { ...lineOf(project, 0), text: 'fine by itself' }
  const conflicts: Record<string, ProjectEdit> = {
    'a line in a chapter that is not there': putting(fine, aLine('new', ORDER, { chapterId: aChapterId('nowhere') })),
    'a line of somebody in another project': putting(fine, { ...lineOf(project, 1), characterId: aCharacterId('q') }),
    'a record of another project': putting(fine, { ...otherNarrator, name: 'taken over' }),
    'removing a record of another project': {
      put: [fine],
      remove: [{ kind: 'character', id: otherNarrator.characterId }],
    },
    'settings of another project': putting(fine, otherSettings),
    'removing a chapter that has lines': { put: [fine], remove: [{ kind: 'chapter', id: aChapterId(1) }] },
    'removing the narrator': { put: [fine], remove: [{ kind: 'character', id: aCharacterId('narrator') }] },
    'another sample rate': putting(fine, { ...project.settings, sampleRateHz: 48_000 }),
  }
  for (const [name, change] of Object.entries(conflicts)) {
    expect(
      codeOf(() => edit(test, change)),
      name,
    ).toBe('project.edit-conflict')
    expect(stored(test), name).toEqual(project)
  }
  expect(loadProject(test.library.db, projectId).history).toEqual({ revision: 0, undoLabel: null, redoLabel: null })
  expect(codeOf(() => withProject(test, project))).toBe('project.edit-conflict')
  expect(loadProject(test.library.db, otherSettings.projectId).records).toEqual([otherSettings, otherNarrator])
})

test('records of one edit may come in any order, and removing what is not there changes nothing', () => {
  using test = aLibrary()
  const project = withProject(test)
  const chapter: Chapter = {
    kind: 'chapter',
    chapterId: aChapterId('n'),
    order: ORDER,
    title: '',
    direction: INHERIT,
    layout: null,
  }
  edit(test, {
    put: [aLine('n', ORDER, { chapterId: chapter.chapterId }), chapter],
    remove: [{ kind: 'line', id: aLineId('no') }],
  })
  expect(stored(test).lines.size).toBe(4)
  edit(test, {
    put: [],
    remove: [
      { kind: 'chapter', id: chapter.chapterId },
      { kind: 'line', id: aLineId('n') },
    ],
  })
  expect(stored(test)).toEqual(project)
})
