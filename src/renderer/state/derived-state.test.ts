import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import {
  aChapterId,
  aCharacterId,
  aLine,
  aLineId,
  aProject,
  aTakeId,
  aTakeOf,
  aWorld,
} from '../../../test/support/a-project.ts'
import { AppError, type OrderKey } from '../../shared/kernel/index.ts'
import { applyEdit, type Line, type Project } from '../../shared/project/index.ts'
import { createLineRequests, type QueueLine, requestForLine, type Take } from '../../shared/render/index.ts'
import { takeOfLine } from './arrangement.ts'
import { isDue, lineStatus } from './line-status.ts'
import { mergeQueueLines } from './queue.ts'
import { placeBefore } from './script-commands.ts'
import { scriptRows } from './script-rows.ts'
import { createScriptScan } from './script-scan.ts'
import { createSelection, rowsBetween } from './selection.ts'
import { withoutTakes, withTakes } from './takes.ts'

const world = aWorld()
const lineOf = (project: Project, name: number): Line => {
  const line = project.lines.get(aLineId(name))
  if (!line) throw new Error(`no line ${name}`)
  return line
}
const queued = (name: number, patch: Partial<QueueLine> = {}): QueueLine => ({
  lineId: aLineId(name),
  status: 'queued',
  attempts: 0,
  retryAtEpochMs: null,
  error: null,
  ...patch,
})
const noTakes = { projectId: null, byId: new Map(), byLine: new Map() }
const retext = (project: Project, name: number, text: string): Project =>
  applyEdit(project, { put: [{ ...lineOf(project, name), text }], remove: [] }).project

test('a line goes from never to ready, to stale when its text changes, and back when the text comes back', () => {
  const project = aProject()
  const line = lineOf(project, 1)
  const take = aTakeOf(project, line, world, 24_000)
  const markOf = (current: Project, takes: readonly Take[]) =>
    lineStatus(lineOf(current, 1), requestForLine(current, lineOf(current, 1), world), takes, undefined).mark
  expect(markOf(project, [])).toBe('never')
  expect(markOf(project, [take])).toBe('ready')
  const edited = retext(project, 1, 'Something else.')
  expect(markOf(edited, [take])).toBe('stale')
  expect(markOf(retext(edited, 1, line.text), [take])).toBe('ready')
})

test('the queue speaks before the takes do, and a failure stays until the line is ready', () => {
  const project = aProject()
  const line = lineOf(project, 1)
  const request = requestForLine(project, line, world)
  const take = aTakeOf(project, line, world, 24_000)
  const error = new AppError('engine.crashed').toData()
  expect(lineStatus(line, request, [take], queued(1)).mark).toBe('queued')
  expect(lineStatus(line, request, [], queued(1, { status: 'running' })).mark).toBe('running')
  expect(lineStatus(line, request, [], queued(1, { status: 'failed', error }))).toMatchObject({ mark: 'failed', error })
  expect(lineStatus(line, request, [take], queued(1, { status: 'failed', error })).mark).toBe('ready')
  expect(lineStatus(line, request, [], queued(1, { status: 'done' })).mark).toBe('never')
})

test('a line that cannot be asked for is failed, one with nothing to say is silent and not due', () => {
  const project = aProject()
  const line = lineOf(project, 1)
  const nobody = { ...world, voices: new Map() }
  expect(lineStatus(line, requestForLine(project, line, nobody), [], undefined)).toMatchObject({
    mark: 'failed',
    error: { code: 'voice.not-found' },
  })
  const silent = { ...line, text: ' … ' }
  expect(lineStatus(silent, requestForLine(project, silent, world), [], undefined).mark).toBe('silent')
  expect(isDue('silent')).toBe(false)
})

test('one edit recomputes one request', () => {
  const project = aProject({ lines: 200, chapters: 4 })
  const requests = createLineRequests()
  const before = new Map([...project.lines.values()].map((line) => [line.lineId, requests(project, line, world)]))
  const edited = retext(project, 7, 'Another text.')
  const changed = [...edited.lines.values()].filter((line) => requests(edited, line, world) !== before.get(line.lineId))
  expect(changed.map((line) => line.lineId)).toEqual([aLineId(7)])
})

test('arranging asks for a request only where several takes compete', () => {
  const project = aProject()
  const line = lineOf(project, 1)
  const take = aTakeOf(project, line, world, 24_000)
  const other = { ...take, takeId: aTakeId('other'), takeKey: 'f'.repeat(64) as Take['takeKey'] }
  const requestOf = vi.fn((each: Line) => requestForLine(project, each, world))
  expect(takeOfLine(line, new Map([[line.lineId, [take]]]), requestOf)).toBe(take)
  expect(requestOf).not.toHaveBeenCalled()
  expect(takeOfLine(line, new Map([[line.lineId, [take, other]]]), requestOf)).toBe(take)
  expect(takeOfLine({ ...line, takeId: other.takeId }, new Map([[line.lineId, [take, other]]]), requestOf)).toBe(other)
  expect(requestOf).toHaveBeenCalledTimes(1)
})

test('rows list chapters with their lines and number the lines through the whole script', () => {
  const rows = scriptRows(aProject({ lines: 4, chapters: 2 }), null, new Map(), [])
  expect(rows.map((row) => [row.id, row.number])).toEqual([
    [aChapterId(1), null],
    [aLineId(1), 1],
    [aLineId(2), 2],
    [aChapterId(2), null],
    [aLineId(3), 3],
    [aLineId(4), 4],
  ])
})

test('typing leaves the rows as they are, inserting does not', () => {
  const project = aProject({ lines: 4, chapters: 2 })
  const rows = scriptRows(project, null, new Map(), [])
  expect(scriptRows(retext(project, 2, 'New.'), null, new Map(), rows)).toBe(rows)
  const longer = applyEdit(project, { put: [aLine('x', 'a1V' as OrderKey)], remove: [] }).project
  expect(scriptRows(longer, null, new Map(), rows)).not.toBe(rows)
})

test('a filter keeps the numbers and drops chapters without a fitting line', () => {
  const project = aProject({ lines: 4, chapters: 2 })
  const rows = scriptRows(project, { kind: 'mark', mark: 'stale' }, new Map([[aLineId(4), 'stale' as const]]), [])
  expect(rows.map((row) => [row.id, row.number])).toEqual([
    [aChapterId(2), null],
    [aLineId(4), 4],
  ])
  expect(scriptRows(project, { kind: 'character', characterId: aCharacterId('nobody') }, new Map(), [])).toEqual([])
})

test('untitled text before the first heading has no heading row', () => {
  const project = aProject({ lines: 2 })
  const [chapter] = project.chapters.values()
  if (!chapter) throw new Error('a project has a chapter')
  const untitled = applyEdit(project, { put: [{ ...chapter, title: '' }], remove: [] }).project
  expect(scriptRows(untitled, null, new Map(), []).map((row) => row.kind)).toEqual(['line', 'line'])
})

test('lines dropped before a row go after the last row above it that stays', () => {
  const rows = scriptRows(aProject({ lines: 4, chapters: 2 }), null, new Map(), [])
  const [first, second, third] = [aChapterId(1), aLineId(1), aLineId(2)]
  expect(placeBefore(rows, new Set(), 2)).toEqual({ chapterId: first, afterLineId: second })
  expect(placeBefore(rows, new Set([second]), 2)).toEqual({ chapterId: first, afterLineId: null })
  expect(placeBefore(rows, new Set(), 3)).toEqual({ chapterId: first, afterLineId: third })
  expect(placeBefore(rows, new Set(), 4)).toEqual({ chapterId: aChapterId(2), afterLineId: null })
  expect(placeBefore(rows, new Set(), 0)).toBeUndefined()
})

test('a range holds the rows between anchor and row, in either direction', () => {
  const rows = scriptRows(aProject({ lines: 6, chapters: 2 }), null, new Map(), [])
  const selection = createSelection()
  const at = (index: number) => {
    const row = rows[index]
    if (!row) throw new Error(`no row ${index}`)
    return row
  }
  selection.choose(at(5))
  selection.extendTo(at(2), rows)
  expect([...selection.store.getState().lineIds]).toEqual([aLineId(2), aLineId(3), aLineId(4)])
  expect(rowsBetween(rows, at(2).id, at(5).id)).toEqual(rowsBetween(rows, at(5).id, at(2).id))
  selection.toggle(at(3))
  expect(selection.store.getState().lineIds.has(aLineId(3))).toBe(false)
})

test('takes are added and removed by line, newest last, and other lines keep their lists', () => {
  const project = aProject()
  const take = (name: number, id: string, createdAtEpochMs: number): Take => ({
    ...aTakeOf(project, lineOf(project, name), world, 1000),
    takeId: aTakeId(id),
    createdAtEpochMs,
  })
  const first = withTakes(noTakes, [take(1, 'new', 20), take(2, 'other', 5)])
  const second = withTakes(first, [take(1, 'old', 10)])
  expect(second.byLine.get(aLineId(1))?.map(({ takeId }) => takeId)).toEqual(['take_old', 'take_new'])
  expect(second.byLine.get(aLineId(2))).toBe(first.byLine.get(aLineId(2)))
  const third = withoutTakes(second, [aTakeId('old')])
  expect(third.byLine.get(aLineId(1))?.map(({ takeId }) => takeId)).toEqual(['take_new'])
  expect(third.byId.has(aTakeId('old'))).toBe(false)
})

test('queue lines without news keep their identity, and so does the whole where there is no news at all', () => {
  const known = mergeQueueLines(new Map(), [queued(1), queued(2)])
  expect(mergeQueueLines(known, [queued(1), queued(2)])).toBe(known)
  const next = mergeQueueLines(known, [queued(1), queued(2, { status: 'running' })])
  expect(next).not.toBe(known)
  expect(next.get(aLineId(1))).toBe(known.get(aLineId(1)))
  expect(mergeQueueLines(next, [queued(1)]).size).toBe(1)
})

test('a line that failed again for another reason says the newer one', () => {
  const failed = (code: 'cloud.offline' | 'cloud.limit-reached', spent: string) =>
    queued(1, { status: 'failed', attempts: 1, error: { code, params: { spent }, remedies: [], retryable: false } })
  const known = mergeQueueLines(new Map(), [failed('cloud.limit-reached', '1')])
  expect(mergeQueueLines(known, [failed('cloud.limit-reached', '1')])).toBe(known)
  for (const other of [failed('cloud.limit-reached', '2'), failed('cloud.offline', '1')])
    expect(mergeQueueLines(known, [other]).get(aLineId(1))).toBe(other)
})

test('a scan looks at every line, in slices no longer than their budget', () => {
  const project = aProject({ lines: 1000, chapters: 3 })
  const slices: ((budgetMs: number) => void)[] = []
  let clockMs = 0
  const scan = createScriptScan(
    (work) => {
      slices.push(work)
      return () => slices.splice(slices.indexOf(work), 1)
    },
    () => clockMs,
  )
  scan.restart(project, (line) => {
    clockMs += 0.1
    return line.lineId === aLineId(5) ? 'stale' : 'ready'
  })
  let sliceCount = 0
  for (let work = slices.shift(); work; work = slices.shift()) {
    const startedMs = clockMs
    work(8)
    sliceCount += 1
    expect(clockMs - startedMs).toBeLessThan(8 + 3.2 + 0.1)
  }
  expect(sliceCount).toBeGreaterThan(8)
  expect(scan.store.getState().isComplete).toBe(true)
  expect(scan.store.getState().counts).toMatchObject({ stale: 1, ready: 999 })
})

test('news that come faster than a scan do not keep it from ending', () => {
  const project = aProject({ lines: 500 })
  const works: ((budgetMs: number) => void)[] = []
  let clockMs = 0
  const scan = createScriptScan(
    (work) => {
      works.push(work)
      return () => works.splice(works.indexOf(work), 1)
    },
    () => clockMs,
  )
  const markOf = (): 'ready' => {
    clockMs += 1
    return 'ready'
  }
  scan.restart(project, markOf)
  for (let slices = 0; slices < 40 && !scan.store.getState().isComplete; slices += 1) {
    works.shift()?.(30)
    scan.restart(project, markOf)
  }
  expect(scan.store.getState().counts.ready).toBe(500)
})

test('the newest project is scanned last, and closing it forgets everything', () => {
  const works: (() => void)[] = []
  const scan = createScriptScan(
    (work) => {
      const run = (): void => work(1000)
      works.push(run)
      return () => works.splice(works.indexOf(run), 1)
    },
    () => 0,
  )
  scan.restart(aProject(), () => 'never')
  scan.restart(aProject({ lines: 5 }), () => 'ready')
  for (let work = works.shift(); work; work = works.shift()) work()
  expect(scan.store.getState().counts).toMatchObject({ ready: 5, never: 0 })
  scan.restart(aProject({ lines: 5 }), () => 'ready')
  scan.restart(null, () => 'ready')
  expect(works).toEqual([])
  expect(scan.store.getState()).toMatchObject({ isComplete: false, counts: { ready: 0 } })
})

test('moving to any place keeps every line in exactly one row', () => {
  fc.assert(
    fc.property(fc.nat(11), fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (index, names) => {
      const project = aProject({ lines: 9, chapters: 3 })
      const rows = scriptRows(project, null, new Map(), [])
      const place = placeBefore(rows, new Set(names.map(aLineId)), index)
      if (!place) return
      expect(project.chapters.has(place.chapterId)).toBe(true)
      if (place.afterLineId) {
        expect(names.map(aLineId)).not.toContain(place.afterLineId)
        expect(project.lines.get(place.afterLineId)?.chapterId).toBe(place.chapterId)
      }
    }),
  )
})
