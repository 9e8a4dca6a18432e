import { expect, test } from 'vitest'
import type { EngineId, JobId, ProjectId } from '../../shared/kernel/index.ts'
import type { JobFacts, JobTally } from '../library/index.ts'
import { jobsInProgress } from './job-progress.ts'

const [draft, slow] = ['draft' as EngineId, 'slow' as EngineId]
const aJob = (name: string, ...tallies: JobTally[]): JobFacts => ({
  jobId: `job_${name}` as JobId,
  projectId: 'project_p' as ProjectId,
  projectTitle: 'P',
  createdAtEpochMs: 0,
  tallies,
})
const tally = (status: JobTally['status'], lines: number, engineId = draft, characters = lines * 100): JobTally => ({
  status,
  engineId,
  lines,
  characters,
})
const pace = {
  secPerCharacter: (engineId: EngineId) => (engineId === draft ? 0.01 : engineId === slow ? 1 : undefined),
  concurrency: (engineId: EngineId) => (engineId === draft ? 2 : 1),
}
const show = (...jobs: JobFacts[]) => jobsInProgress(jobs, pace, () => false)

test('what remains of a job includes the jobs before it, and lines spoken side by side', () => {
  const shown = show(
    aJob('a', tally('done', 5), tally('running', 2), tally('queued', 8)),
    aJob('b', tally('queued', 10)),
    aJob('c', tally('done', 3)),
  )
  expect(shown.map(({ remainingSec }) => remainingSec)).toEqual([5, 10, null])
})

test('engines work side by side, and the slowest decides', () => {
  expect(show(aJob('a', tally('queued', 10), tally('queued', 1, slow)))[0]?.remainingSec).toBe(100)
})

test('nothing is promised while the pace of one engine is unknown', () => {
  const unknown = 'unknown' as EngineId
  expect(show(aJob('a', tally('queued', 10), tally('queued', 1, unknown)))[0]?.remainingSec).toBeNull()
})

test('a job has the status of what matters most in it', () => {
  const statusOf = (...tallies: JobTally[]) => show(aJob('a', ...tallies))[0]?.status
  expect(statusOf(tally('queued', 1), tally('running', 1), tally('failed', 1))).toBe('running')
  expect(statusOf(tally('waiting', 1), tally('done', 1))).toBe('running')
  expect(statusOf(tally('queued', 1), tally('failed', 1))).toBe('queued')
  expect(statusOf(tally('done', 1), tally('failed', 1), tally('cancelled', 1))).toBe('failed')
  expect(statusOf(tally('done', 1), tally('cancelled', 1))).toBe('cancelled')
  expect(statusOf(tally('done', 1))).toBe('done')
})

test('lines are counted by what became of them', () => {
  expect(
    show(aJob('a', tally('done', 3), tally('done', 1, slow), tally('failed', 2), tally('cancelled', 4)))[0],
  ).toMatchObject({ totalLines: 10, doneLines: 4, failedLines: 2, cancelledLines: 4 })
})
