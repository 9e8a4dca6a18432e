import { useEffect, useState } from 'react'
import type { Translator } from '../../../shared/i18n/index.ts'
import { type ModelTask, useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button, Card, IconButton, Progress } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import { ModelSection } from './model-section.tsx'
import styles from './model-tasks.module.css'
import { progressWords } from './model-view.ts'
import { useFocusIfLost } from './use-focus-if-lost.ts'

const TASK_KEYS = {
  'model.install': 'model.task.install',
  'model.import': 'model.task.import',
  'model.repair': 'model.task.repair',
  'model.export-pack': 'model.task.export-pack',
} as const satisfies Record<ModelTask['channel'], string>

export const taskTitle = ({ t }: Translator, { channel, label }: Pick<ModelTask, 'channel' | 'label'>): string =>
  t(TASK_KEYS[channel], { known: label === null ? 'no' : 'yes', name: label ?? '' })

/** The clock that speed is measured by, once a second. */
const useNowMs = (): number => {
  const [nowMs, setNowMs] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return nowMs
}

const RunningTask = ({ task }: { task: ModelTask }) => {
  const translator = useTranslator()
  const { t } = translator
  const { models } = useStudio()
  const nowMs = useNowMs()
  const stop = useFocusIfLost<HTMLButtonElement>()
  const title = taskTitle(translator, task)
  const { stage, amount, speed, left } = progressWords(translator, task, nowMs)
  const keepsDownload = task.channel === 'model.install' || task.channel === 'model.repair'
  return (
    <>
      <div className={styles.head}>
        <h5>{title}</h5>
        <Button ref={stop} aria-disabled={task.status === 'stopping'} onClick={() => models.stop(task.jobId)}>
          {t('model.task.stop')}
        </Button>
      </div>
      <Progress share={task.progress?.fraction ?? null} label={t('model.task.progress', { task: title })} />
      <p className={styles.words}>
        <span>{[stage, amount].filter(Boolean).join(' · ')}</span>
        <span className={styles.end}>{[speed, left].filter(Boolean).join(' · ')}</span>
      </p>
      {keepsDownload && <p className={styles.note}>{t('model.task.keeps')}</p>}
    </>
  )
}

type FailedTaskProps = { task: ModelTask; onChooseAgain(): void }

const FailedTask = ({ task, onChooseAgain }: FailedTaskProps) => {
  const translator = useTranslator()
  const { t } = translator
  const { models } = useStudio()
  const { error, jobId } = task
  if (!error) return null
  const retry = task.order ? () => models.retry(jobId) : undefined
  const chooseAgain =
    task.channel === 'model.import'
      ? () => {
          models.dismiss(jobId)
          onChooseAgain()
        }
      : undefined
  return (
    <>
      <div className={styles.head}>
        <h5>{task.label ?? taskTitle(translator, task)}</h5>
        <IconButton label={t('common.dismiss')} icon="close" onClick={() => models.dismiss(jobId)} />
      </div>
      <ErrorNotice
        error={error}
        remedies={{
          'try-again': retry,
          'download-again': retry,
          'convert-again': retry,
          'choose-another-folder': chooseAgain,
          'choose-another-file': chooseAgain,
        }}
      />
    </>
  )
}

/** What is being done with models now, and what has failed and waits to be seen. */
export const ModelTasks = ({ onChooseAgain }: { onChooseAgain(): void }) => {
  const { t } = useTranslator()
  const { models } = useStudio()
  const tasks = useSlice(models.store, (state) => state.tasks)
  if (tasks.length === 0) return null
  return (
    <ModelSection title={t(tasks.every(({ status }) => status === 'failed') ? 'model.tasks.failed' : 'model.tasks')}>
      <ul className={styles.tasks}>
        {tasks.map((task) => (
          <Card
            key={task.jobId}
            as="li"
            look={task.status === 'failed' ? 'plain' : 'current'}
            data-testid="model-task"
            data-status={task.status}
          >
            {task.status === 'failed' ? (
              <FailedTask task={task} onChooseAgain={onChooseAgain} />
            ) : (
              <RunningTask task={task} />
            )}
          </Card>
        ))}
      </ul>
    </ModelSection>
  )
}
