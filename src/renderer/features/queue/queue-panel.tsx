import { activeJobs, useSlice, useStudio, useT } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import { FailedLines } from './failed-lines.tsx'
import { JobCard } from './job-card.tsx'
import styles from './queue-panel.module.css'

/** What is being rendered, what waits, and what went wrong. */
export const QueuePanel = () => {
  const t = useT()
  const { queue, bridge, notices } = useStudio()
  const jobs = useSlice(queue.store, (state) => state.jobs)
  const isPaused = useSlice(queue.store, (state) => state.isPaused)
  const pauseReason = useSlice(queue.store, (state) => state.pauseReason)
  const hasFinished = activeJobs(jobs).length < jobs.length
  const attempt = (work: Promise<unknown>): void => {
    work.catch(notices.tellError)
  }
  const setPaused = (next: boolean): void => attempt(bridge.call('queue.set-paused', { isPaused: next }))
  return (
    <div className={styles.panel} data-testid="queue-panel">
      <div className={styles.tools}>
        <Button icon={isPaused ? 'play' : 'pause'} onClick={() => setPaused(!isPaused)}>
          {t(isPaused ? 'queue.resume' : 'queue.pause')}
        </Button>
        <Button disabled={!hasFinished} onClick={() => attempt(bridge.call('queue.clear-finished'))}>
          {t('queue.clear')}
        </Button>
      </div>
      {pauseReason ? (
        <ErrorNotice error={pauseReason} remedies={{ 'try-again': () => setPaused(false) }} />
      ) : (
        isPaused && <p className={styles.paused}>{t('queue.paused')}</p>
      )}
      {jobs.length === 0 && <p className={styles.empty}>{t('queue.empty')}</p>}
      <ul className={styles.jobs}>
        {jobs.map((job) => (
          <JobCard key={job.jobId} job={job} />
        ))}
      </ul>
      <FailedLines />
    </div>
  )
}
