import { expect, test } from 'vitest'
import { aChapterId, aCharacterId, aLineId, aProject, aVoiceId } from '../../../../test/support/a-project.ts'
import { applyEdit, type Direction, INHERIT, type Project, type ProjectRecord } from '../../../shared/project/index.ts'
import { directionView } from './direction-view.ts'

const directed = (project: Project, record: ProjectRecord | undefined, change: Partial<Direction>): Project => {
  if (!record || record.kind === 'track' || record.kind === 'clip') throw new Error('has no direction')
  return applyEdit(project, { put: [{ ...record, direction: { ...INHERIT, ...change } }], remove: [] }).project
}
const lines = (...names: number[]) => ({ kind: 'lines' as const, lineIds: names.map(aLineId) })

test('a line shows what it would inherit, from the nearest level that says something', () => {
  let project = aProject()
  project = directed(project, project.settings, { speed: 0.9, voiceId: aVoiceId('low') })
  project = directed(project, project.chapters.get(aChapterId(1)), { speed: 1.1 })
  expect(directionView(project, lines(1)).speed.inherited).toEqual({ value: 1.1, from: 'chapter' })
  project = directed(project, project.characters.get(aCharacterId('narrator')), { speed: 1.2 })
  project = directed(project, project.lines.get(aLineId(1)), { speed: 1.5 })
  expect(directionView(project, lines(1)).speed).toEqual({
    own: 1.5,
    isMixed: false,
    inherited: { value: 1.2, from: 'character' },
  })
  expect(directionView(project, lines(1)).voiceId.inherited).toEqual({ value: aVoiceId('low'), from: 'project' })
})

test('several lines that differ are mixed, those that agree are not', () => {
  const project = directed(aProject(), aProject().lines.get(aLineId(1)), { speed: 1.5 })
  expect(directionView(project, lines(1, 2)).speed).toMatchObject({ own: null, isMixed: true })
  expect(directionView(project, lines(2, 3)).speed).toMatchObject({ own: null, isMixed: false })
})

test('chapter and character inherit from the project, the project from nobody', () => {
  const project = directed(aProject(), aProject().settings, { language: 'yue' })
  const expected = { own: null, isMixed: false, inherited: { value: 'yue', from: 'project' } }
  expect(directionView(project, { kind: 'chapter', chapterId: aChapterId(1) }).language).toEqual(expected)
  expect(directionView(project, { kind: 'character', characterId: aCharacterId('narrator') }).language).toEqual(
    expected,
  )
  expect(directionView(project, { kind: 'project' }).language).toEqual({
    own: 'yue',
    isMixed: false,
    inherited: { value: null, from: 'default' },
  })
})
