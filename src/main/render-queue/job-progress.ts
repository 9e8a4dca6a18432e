import type { EngineId, JobId } from '../../shared/kernel/index.ts'
import type { QueueLineStatus, RenderJob } from '../../shared/render/index.ts'
import type { JobFacts, JobTally } from '../library/index.ts'

/** What is known about an engine beside the rows. */
export type EnginePace = {
  /** undefined while nothing is known. */
  secPerCharacter(engineId: EngineId): number | undefined
  /** Lines it speaks at the same time. */
  concurrency(engineId: EngineId): number
}

const OPEN: readonly QueueLineStatus[] = ['queued', 'running', 'waiting']
const isOpen = ({ status }: JobTally): boolean => OPEN.includes(status)

const linesOf = (tallies: readonly JobTally[], ...statuses: QueueLineStatus[]): number =>
  tallies.filter(({ status }) => statuses.includes(status)).reduce((sum, { lines }) => sum + lines, 0)

const statusOf = (tallies: readonly JobTally[]): RenderJob['status'] => {
  if (linesOf(tallies, 'running', 'waiting') > 0) return 'running'
  if (linesOf(tallies, 'queued') > 0) return 'queued'
  if (linesOf(tallies, 'failed') > 0) return 'failed'
  return linesOf(tallies, 'cancelled') > 0 ? 'cancelled' : 'done'
}

/**
 * Jobs as a person sees them. An engine speaks jobs in order, so what remains of a job includes what is before it; engines
 * work side by side, so the slowest decides.
 */
export const jobsInProgress = (
  jobs: readonly JobFacts[],
  pace: EnginePace,
  isLoading: (jobId: JobId) => boolean,
): RenderJob[] => {
  const ahead = new Map<EngineId, number>()
  return jobs.map(({ tallies, ...job }) => {
    const open = tallies.filter(isOpen)
    for (const { engineId, characters } of open) ahead.set(engineId, (ahead.get(engineId) ?? 0) + characters)
    const engines = [...new Set(open.map(({ engineId }) => engineId))]
    const remaining = engines.map((engineId) => {
      const secPerCharacter = pace.secPerCharacter(engineId)
      return secPerCharacter === undefined
        ? undefined
        : ((ahead.get(engineId) ?? 0) * secPerCharacter) / pace.concurrency(engineId)
    })
    const known = remaining.filter((sec) => sec !== undefined)
    return {
      ...job,
      status: statusOf(tallies),
      totalLines: tallies.reduce((sum, { lines }) => sum + lines, 0),
      doneLines: linesOf(tallies, 'done'),
      failedLines: linesOf(tallies, 'failed'),
      cancelledLines: linesOf(tallies, 'cancelled'),
      remainingSec: known.length === remaining.length && known.length > 0 ? Math.max(...known) : null,
      isLoadingEngine: isLoading(job.jobId),
    }
  })
}
