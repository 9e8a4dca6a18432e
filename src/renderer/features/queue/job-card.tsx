import { type RenderJob, useSlice, useStudio, useT } from '../../state/index.ts'
import { Button, IconButton, Progress } from '../../ui/index.ts'
import styles from './queue-panel.module.css'

const useJobState = (job: RenderJob): string => {
  const t = useT()
  const { queue } = useStudio()
  const isPaused = useSlice(queue.store, (state) => state.isPaused)
  if (job.status === 'queued') return t('queue.job.queued')
  if (job.status !== 'running') return t(`queue.job.${job.status}`)
  if (isPaused) return t('queue.job.paused')
  return t(job.isLoadingEngine ? 'queue.job.loading' : 'queue.job.speaking')
}

/** One request to render, with honest progress: loading is not speaking, and what remains is only said when known. */
export const JobCard = ({ job }: { job: RenderJob }) => {
  const t = useT()
  const { bridge, notices, sending } = useStudio()
  const state = useJobState(job)
  const { jobId, totalLines, doneLines, failedLines, cancelledLines, remainingSec } = job
  const isActive = job.status === 'queued' || job.status === 'running'
  const settled = doneLines + failedLines + cancelledLines
  const attempt = (work: Promise<unknown>): void => {
    work.catch(notices.tellError)
  }
  return (
    <li className={styles.job} data-testid="queue-job" data-status={job.status}>
      <div className={styles.head}>
        <span className={styles.title}>{job.projectTitle}</span>
        {!isActive && failedLines > 0 && (
          <Button onClick={() => attempt(sending.orAsk(() => bridge.call('queue.retry', { jobId })))}>
            {t('queue.retry')}
          </Button>
        )}
        {isActive && (
          <IconButton
            label={t('queue.cancel')}
            icon="close"
            onClick={() => attempt(bridge.call('queue.cancel', { jobId }))}
          />
        )}
      </div>
      {isActive && (
        <Progress
          share={job.isLoadingEngine ? null : settled / Math.max(1, totalLines)}
          label={t('queue.job.progress', { title: job.projectTitle })}
        />
      )}
      <div className={styles.facts}>
        <span>{state}</span>
        <span>{t('queue.job.lines', { done: doneLines, total: totalLines })}</span>
        {failedLines > 0 && <span className={styles.failed}>{t('queue.job.failedLines', { count: failedLines })}</span>}
        {isActive && remainingSec !== null && <span>{t('queue.remaining', { seconds: Math.ceil(remainingSec) })}</span>}
      </div>
    </li>
  )
}
