import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aLine, aProject } from '../../../test/support/a-project.ts'
import type { OrderKey } from '../kernel/index.ts'
import { applyEdit } from './apply-edit.ts'
import { orderedLines } from './order.ts'
import type { ProjectEdit } from './project.ts'

const anEdit: fc.Arbitrary<ProjectEdit> = fc
  .record({
    put: fc.uniqueArray(fc.record({ name: fc.integer({ min: 1, max: 12 }), text: fc.string() }), {
      selector: ({ name }) => name,
    }),
    remove: fc.uniqueArray(fc.integer({ min: 13, max: 20 })),
  })
  .map(({ put, remove }) => ({
    put: put.map(({ name, text }) => aLine(name, `a${name}` as OrderKey, { text })),
    remove: remove.map((name) => ({ kind: 'line', id: aLine(name, 'a0' as OrderKey).lineId })),
  }))

test('applying the inverse of an edit restores the document', () => {
  fc.assert(
    fc.property(fc.array(anEdit, { maxLength: 6 }), (edits) => {
      const start = aProject({ lines: 18 })
      const inverses: ProjectEdit[] = []
      let project = start
      for (const edit of edits) {
        const applied = applyEdit(project, edit)
        project = applied.project
        inverses.push(applied.inverse)
      }
      for (const inverse of inverses.reverse()) project = applyEdit(project, inverse).project
      expect(new Map([...project.lines].sort())).toEqual(new Map([...start.lines].sort()))
      expect(project.settings).toEqual(start.settings)
    }),
  )
})

test('an edit of one line leaves the other collections and the old document as they were', () => {
  const start = aProject({ lines: 3 })
  const { project } = applyEdit(start, { put: [aLine(2, 'a1' as OrderKey, { text: 'Changed.' })], remove: [] })
  expect(project.chapters).toBe(start.chapters)
  expect(project.characters).toBe(start.characters)
  expect(project.lines).not.toBe(start.lines)
  expect(start.lines.get(aLine(2, 'a1' as OrderKey).lineId)?.text).toBe('Line 2.')
})

test('lines come in the order of their chapters, then of their own keys', () => {
  const project = aProject({ lines: 6, chapters: 3 })
  const shuffled = { ...project, lines: new Map([...project.lines].reverse()) }
  expect(orderedLines(shuffled).map((line) => line.text)).toEqual([1, 2, 3, 4, 5, 6].map((n) => `Line ${n}.`))
  expect(orderedLines(shuffled)).toBe(orderedLines(shuffled))
})
