import { useEffect, useState } from 'react'
import { type ModelNews as News, useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { Button, Icon, IconButton } from '../../ui/index.ts'
import styles from './model-news.module.css'
import { taskTitle } from './model-tasks.tsx'
import { progressWords } from './model-view.ts'
import { useFocusIfLost } from './use-focus-if-lost.ts'

/** Screen readers hear how far work is at most this often. */
const SAY_EVERY_MS = 10_000

/** Tells progress to those who cannot see it: politely, and rarely. */
const SaidProgress = () => {
  const translator = useTranslator()
  const { t } = translator
  const { models } = useStudio()
  const [said, setSaid] = useState('')
  useEffect(() => {
    const say = (): void => {
      const task = models.store.getState().tasks.find(({ status }) => status === 'running')
      if (!task?.progress) {
        setSaid('')
        return
      }
      const { stage } = progressWords(translator, task, performance.now())
      setSaid(t('model.task.said', { task: taskTitle(translator, task), stage, share: task.progress.fraction }))
    }
    const timer = setInterval(say, SAY_EVERY_MS)
    return () => clearInterval(timer)
  }, [models, translator, t])
  return (
    <div className={styles.said} role="status" aria-live="polite" data-testid="model-said">
      {said}
    </div>
  )
}

const NewsCard = ({ news, attempt }: { news: News; attempt(work: Promise<unknown>): void }) => {
  const { t } = useTranslator()
  const { models, bridge } = useStudio()
  const dismiss = useFocusIfLost<HTMLButtonElement>()
  const { path } = news
  return (
    <div className={styles.news}>
      <Icon name="check" />
      <p>{t(news.textKey, news.params)}</p>
      {path !== null && (
        <Button look="link" onClick={() => attempt(bridge.call('app.reveal-file', { path }))}>
          {t('export.result.reveal')}
        </Button>
      )}
      <IconButton ref={dismiss} label={t('common.dismiss')} icon="close" onClick={models.forgetNews} />
    </div>
  )
}

/** How the last work ended. */
export const ModelNews = ({ attempt }: { attempt(work: Promise<unknown>): void }) => {
  const { models } = useStudio()
  const news = useSlice(models.store, (state) => state.news)
  return (
    <>
      <SaidProgress />
      {/* Always there: a live region that appears together with its text is not read by all. */}
      <div role="status" aria-live="polite" data-testid="model-news">
        {news && <NewsCard news={news} attempt={attempt} />}
      </div>
    </>
  )
}
