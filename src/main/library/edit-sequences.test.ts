import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aLibrary, type TestLibrary } from '../../../test/support/a-library.ts'
import { aChapterId, aLine, aProject, theSettings } from '../../../test/support/a-project.ts'
import { AppError, type ClipId, type OrderKey } from '../../shared/kernel/index.ts'
import {
  applyEdit,
  type Clip,
  orderedLines,
  type Project,
  type ProjectEdit,
  projectFromRecords,
  recordsOfProject,
} from '../../shared/project/index.ts'
import { createProject, editProject, loadProject, redoEdit, undoEdit } from './projects.ts'

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
const withProject = (test: TestLibrary, project = aProject({ lines: 3, chapters: 2 })): Project => {
  createProject(test.library.db, recordsOfProject(project))
  return project
}
const edit = (test: TestLibrary, change: ProjectEdit, coalesceKey: string | null = null, label = 'line.edit') =>
  editProject(test.library.db, { projectId, edit: change, label, coalesceKey })

/** What a person may do next, chosen by numbers so that it always fits the document as it is. */
type Doing =
  | { do: 'text' | 'add' | 'remove' | 'clip' | 'chapter' | 'title'; pick: number; key: number; afterMs: number }
  | { do: 'undo' | 'redo' | 'reopen' }
const doing: fc.Arbitrary<Doing> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'text' as const,
        'add' as const,
        'remove' as const,
        'clip' as const,
        'chapter' as const,
        'title' as const,
      ),
      pick: fc.nat(1_000),
      key: fc.nat(2),
      afterMs: fc.constantFrom(0, 4_999, 5_000, 5_001),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom({ do: 'undo' as const }, { do: 'redo' as const }, { do: 'reopen' as const }),
  },
)

const editFor = (project: Project, what: Extract<Doing, { pick: number }>, serial: number): ProjectEdit => {
  const lines = orderedLines(project)
  const line = lines[what.pick % Math.max(1, lines.length)]
  const chapters = [...project.chapters.values()]
  const chapter = chapters[what.pick % chapters.length]
  if (!chapter || what.do === 'title') return putting({ ...project.settings, title: `title ${serial}` })
  if (what.do === 'chapter')
    return putting({ ...chapter, chapterId: aChapterId(`c${serial}`), title: `chapter ${serial}` })
  if (what.do === 'add' || !line)
    return putting(aLine(`n${what.pick % 5}`, ORDER, { chapterId: chapter.chapterId, text: `${serial}` }))
  if (what.do === 'text') return putting({ ...line, text: `text ${serial}` })
  const clips = [...project.clips.values()].filter((clip) => clip.lineId === line.lineId)
  if (what.do === 'remove')
    return {
      put: [],
      remove: [{ kind: 'line', id: line.lineId }, ...clips.map((clip) => ({ kind: 'clip' as const, id: clip.clipId }))],
    }
  const clip: Clip = clips[0] ?? {
    kind: 'clip',
    clipId: `clip_${line.lineId.slice(5)}` as ClipId,
    lineId: line.lineId,
    gainDb: 0,
    fadeInSamples: 0,
    fadeOutSamples: 0,
  }
  return putting({ ...clip, fadeInSamples: serial })
}

test('any sequence of edits, undos, redos and restarts leaves what applying them in memory leaves', () => {
  fc.assert(
    fc.property(fc.array(doing, { maxLength: 40 }), (script) => {
      using test = aLibrary()
      /** The window's copy: follows by applyEdit alone. */
      let window = withProject(test)
      type Step = { before: Project; key: string }
      /** What undo should lead to: the documents themselves. */
      const done: Step[] = []
      const undone: { project: Project; step: Step }[] = []
      for (const [serial, what] of script.entries()) {
        if ('pick' in what) {
          test.nowEpochMs += what.afterMs
          const change = editFor(window, what, serial)
          const key = what.key === 0 ? null : `key ${what.key}`
          const history = edit(test, change, key)
          const joins = key !== null && done.at(-1)?.key === key && undone.length === 0 && what.afterMs <= 5_000
          if (!joins) done.push({ before: window, key: key ?? '' })
          undone.length = 0
          window = applyEdit(window, change).project
          expect(history.redoLabel).toBeNull()
        } else if (what.do === 'reopen') {
          test.reopen()
        } else if (what.do === 'undo') {
          const step = done.pop()
          if (!step) {
            expect(codeOf(() => undoEdit(test.library.db, projectId))).toBe('project.nothing-to-undo')
            continue
          }
          undone.push({ project: window, step: { ...step, key: '' } })
          window = applyEdit(window, undoEdit(test.library.db, projectId).edit).project
          expect(window).toEqual(step.before)
        } else {
          const next = undone.pop()
          if (!next) {
            expect(codeOf(() => redoEdit(test.library.db, projectId))).toBe('project.nothing-to-redo')
            continue
          }
          done.push(next.step)
          window = applyEdit(window, redoEdit(test.library.db, projectId).edit).project
          expect(window).toEqual(next.project)
        }
        expect(stored(test)).toEqual(window)
      }
      test.reopen()
      expect(stored(test)).toEqual(window)
    }),
    { numRuns: 60 },
  )
})
