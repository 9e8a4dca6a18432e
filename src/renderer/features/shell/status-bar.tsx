import { errorTexts } from '../../../shared/i18n/index.ts'
import { activeJobs, useOpened, useSlice, useStudio, useT, useTranslator } from '../../state/index.ts'
import { classes, Icon, Progress } from '../../ui/index.ts'
import { ModelStatus } from '../models/model-status.tsx'
import styles from './status-bar.module.css'

const QueueStatus = () => {
  const t = useT()
  const { queue } = useStudio()
  const jobs = useSlice(queue.store, (state) => state.jobs)
  const isPaused = useSlice(queue.store, (state) => state.isPaused)
  const active = activeJobs(jobs)
  if (active.length === 0) return <span>{t('status.queue.idle')}</span>
  const totalLines = active.reduce((count, job) => count + job.totalLines, 0)
  const doneLines = active.reduce((count, job) => count + job.doneLines + job.failedLines + job.cancelledLines, 0)
  const remaining = active.every((job) => job.remainingSec !== null)
    ? active.reduce((seconds, job) => seconds + (job.remainingSec ?? 0), 0)
    : null
  const isLoading = active.some((job) => job.isLoadingEngine)
  const text = isPaused ? 'status.queue.paused' : isLoading ? 'status.queue.loading' : 'status.queue.speaking'
  return (
    <>
      <span>{t(text, { done: doneLines, total: totalLines })}</span>
      <span className={styles.progress}>
        <Progress share={isLoading && !isPaused ? null : doneLines / totalLines} label={t('status.queue.progress')} />
      </span>
      {remaining !== null && !isPaused && <span>{t('queue.remaining', { seconds: Math.ceil(remaining) })}</span>}
    </>
  )
}

export const StatusBar = () => {
  const translator = useTranslator()
  const { t } = translator
  const { transport, library, drafts } = useStudio()
  const unsavedTexts = useSlice(drafts, (texts) => texts.size)
  const isSaved = useOpened((opened) => (opened?.unsavedEdits ?? 0) === 0)
  const output = useSlice(transport.store, (state) => state.output)
  const failure = useSlice(transport.store, (state) => state.failure)
  const libraryPath = useSlice(library.store, (state) => state.info.libraryPath)
  const shown = failure ?? output.fallback
  return (
    <footer className={styles.bar} data-testid="status-bar">
      <span className={classes(styles.saved, unsavedTexts > 0 && styles.unsaved)} data-testid="saved-state">
        {unsavedTexts > 0
          ? t('status.unsavedTexts', { count: unsavedTexts })
          : t(isSaved ? 'status.saved' : 'status.saving')}
      </span>
      <QueueStatus />
      <ModelStatus />
      <span
        className={styles.end}
        data-testid="output-state"
        title={shown ? errorTexts(translator, shown).why : undefined}
      >
        {shown && <Icon name="alert" />}
        {t(output.fallback ? 'status.output.fallback' : 'status.output', {
          device: output.deviceName || t('status.output.system'),
          kind: output.kind,
        })}
      </span>
      <span className={styles.path} title={libraryPath}>
        {t('status.library', { path: libraryPath })}
      </span>
    </footer>
  )
}
