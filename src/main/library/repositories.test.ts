import { expect, test } from 'vitest'
import { aLibrary } from '../../../test/support/a-library.ts'
import { aLineId, anEngineId, aProject, aVoice, theSettings } from '../../../test/support/a-project.ts'
import { recordsOfProject } from '../../shared/project/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'
import { explainPlan } from './db.ts'
import { deleteStepsOutside, selectStep } from './edit-history.ts'
import { selectNext } from './job-lines.ts'
import { selectOpenLine, selectQueuedRequest, selectQueueLines, selectTallies } from './jobs.ts'
import { selectProject } from './project-rows.ts'
import { createProject, editProject, selectSpokenSamples } from './projects.ts'
import { chapterTable, characterTable, clipTable, lineTable, trackTable } from './record-tables.ts'
import {
  addTake,
  findTake,
  findTakeByKey,
  findTakeOfLine,
  listSpokenWords,
  listTakes,
  removeTakesByKey,
  selectTake,
  selectTakeOfLine,
  selectTakesById,
  selectTakesByKey,
  selectTakesOfProject,
  selectWords,
  takeKeysInUse,
} from './takes.ts'
import { findVoice, listVoices, putVoices } from './voices.ts'

const projectId = theSettings().projectId
const aKey = (digit: string): TakeKey => digit.repeat(64) as TakeKey
const aNewTake = (line: number, digit: string, durationSamples = 100) => ({
  takeKey: aKey(digit),
  projectId,
  lineId: aLineId(line),
  engineId: anEngineId('tone'),
  voiceId: null,
  sampleRateHz: 24_000 as const,
  durationSamples,
  warnings: [{ field: 'seed', reason: 'not honoured' }],
})
const withProject = () => {
  const test = aLibrary()
  createProject(test.library.db, recordsOfProject(aProject({ lines: 3 })))
  return test
}

test('voices are listed by name, found by id, and replaced by a voice of the same id', () => {
  using test = aLibrary()
  const { db } = test.library
  const low = aVoice('low', { name: 'B', language: 'zh', notes: 'calm' })
  putVoices(db, [low, aVoice('high', { name: 'A', gender: 'female' })])
  expect(listVoices(db).map(({ name }) => name)).toEqual(['A', 'B'])
  expect(findVoice(db, low.voiceId)).toEqual(low)
  const other = { ...low, source: { ...low.source, speaker: 'another' } }
  putVoices(db, [other])
  expect(findVoice(db, low.voiceId)).toEqual(other)
  expect(listVoices(db)).toHaveLength(2)
  expect(findVoice(db, 'voice_no' as typeof low.voiceId)).toBeUndefined()
})

test('takes are listed oldest first, also when the clock goes back', () => {
  using test = withProject()
  const { db } = test.library
  const first = addTake(db, aNewTake(2, 'a'))
  test.nowEpochMs -= 60_000
  const second = addTake(db, aNewTake(1, 'b'))
  expect(listTakes(db, projectId, null)).toEqual([first, second])
  expect(listTakes(db, projectId, [second.takeId])).toEqual([second])
  expect(listTakes(db, projectId, [])).toEqual([])
  expect(listTakes(db, 'project_other' as typeof projectId, [second.takeId])).toEqual([])
  expect(findTake(db, first.takeId)).toEqual(first)
  expect(first).toEqual({ ...aNewTake(2, 'a'), takeId: first.takeId, createdAtEpochMs: 1_700_000_000_000 })
})

test('a second take of the same sound for the same line is the one that is there', () => {
  using test = withProject()
  const { db } = test.library
  const take = addTake(db, aNewTake(1, 'a'))
  test.nowEpochMs += 1_000
  expect(addTake(db, aNewTake(1, 'a'))).toEqual(take)
  const ofOther = addTake(db, aNewTake(2, 'a'))
  expect(ofOther.takeId).not.toBe(take.takeId)
  expect(findTakeByKey(db, aKey('a'))).toEqual(take)
  expect(findTakeByKey(db, aKey('a'), 'project_other' as typeof projectId)).toBeUndefined()
  expect(findTakeOfLine(db, projectId, aLineId(2), aKey('a'))).toEqual(ofOther)
})

test('a take keeps the words that its engine told, beside what is listed', () => {
  using test = withProject()
  const { db } = test.library
  const words = [{ text: '水', beginMs: 0, endMs: 120.5 }]
  const take = addTake(db, aNewTake(1, 'a'), words)
  const other = addTake(db, aNewTake(2, 'b'))
  expect(listSpokenWords(db, take.takeId)).toEqual(words)
  expect(listSpokenWords(db, other.takeId)).toEqual([])
  expect(listSpokenWords(db, 'take_gone' as typeof take.takeId)).toEqual([])
  expect(take).not.toHaveProperty('words')
})

test('takes whose file is gone are forgotten by key, and told', () => {
  using test = withProject()
  const { db } = test.library
  const gone = [addTake(db, aNewTake(1, 'a')), addTake(db, aNewTake(2, 'a'))]
  const stays = addTake(db, aNewTake(1, 'b'))
  expect(takeKeysInUse(db)).toEqual(new Set([aKey('a'), aKey('b')]))
  expect(removeTakesByKey(db, [aKey('a'), aKey('c')])).toEqual(gone)
  expect(listTakes(db, projectId, null)).toEqual([stays])
})

test('hot statements look rows up by an index', () => {
  using test = aLibrary()
  const { db } = test.library
  const tables = [chapterTable, characterTable, lineTable, trackTable, clipTable]
  const hot = [
    ...tables.flatMap(({ statements }) => [statements.find, statements.list, statements.remove]),
    selectProject,
    selectStep,
    deleteStepsOutside,
    selectSpokenSamples,
    selectTake,
    selectTakeOfLine,
    selectTakesById,
    selectTakesByKey,
    selectTakesOfProject,
    selectWords,
    selectNext,
    selectOpenLine,
    selectQueuedRequest,
    selectQueueLines,
    selectTallies,
  ]
  for (const statement of hot) {
    const plan = explainPlan(db, statement)
    // What a statement itself made (the list of ids it was given, its own subquery) may be walked through; a table may not.
    const scans = plan.filter((step) => /^SCAN (?!json_each|newest)/.test(step))
    expect(scans, statement.sql).toEqual([])
    expect(plan.join(), statement.sql).toContain('SEARCH')
  }
  expect(explainPlan(db, selectTakesById).join()).toContain('(take_id=?)')
  for (const statement of [selectTakesOfProject, selectTakesByKey, selectNext, selectQueuedRequest, selectQueueLines])
    expect(explainPlan(db, statement).join(), statement.sql).not.toContain('TEMP B-TREE')
})

test('editing one of 10,000 lines takes milliseconds', () => {
  using test = aLibrary()
  const { db } = test.library
  const project = aProject({ lines: 10_000, chapters: 100 })
  createProject(db, recordsOfProject(project))
  const [line] = [...project.lines.values()].slice(5_000)
  const tookMs = Array.from({ length: 50 }, (_, count) => {
    const startedMs = performance.now()
    const put = line ? [{ ...line, text: `changed ${count}` }] : []
    editProject(db, { projectId, edit: { put, remove: [] }, label: 'x', coalesceKey: null })
    return performance.now() - startedMs
  }).sort((a, b) => a - b)
  expect(tookMs[25]).toBeLessThan(10)
})
