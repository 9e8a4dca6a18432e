import { useEffect } from 'react'
import { findAction } from '../../../shared/actions/index.ts'
import { type Notice, useSlice, useStudio, useT } from '../../state/index.ts'
import { Button, IconButton } from '../../ui/index.ts'
import { useRunAction } from '../actions/index.ts'
import { ErrorNotice } from './error-notice.tsx'
import styles from './notice-region.module.css'

const SHOWN_MS = 8000

const NoticeCard = ({ notice }: { notice: Notice }) => {
  const t = useT()
  const { notices, document } = useStudio()
  const runAction = useRunAction()
  const dismiss = (): void => notices.dismiss(notice.noticeId)
  useEffect(() => {
    if (notice.kind === 'error') return
    const timer = setTimeout(() => notices.dismiss(notice.noticeId), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [notice, notices])
  const offer = notice.kind === 'done' && notice.offer ? findAction(notice.offer) : undefined
  const reload = (): void => {
    dismiss()
    document.reload().catch(notices.tellError)
  }
  return (
    <li className={styles.card} data-kind={notice.kind}>
      {notice.kind === 'error' ? (
        <ErrorNotice error={notice.error} remedies={{ 'reload-project': reload }} />
      ) : (
        <p>{t(notice.textKey, notice.params)}</p>
      )}
      {offer && (
        <Button
          look="link"
          onClick={() => {
            dismiss()
            runAction(offer.id)
          }}
        >
          {t(offer.labelKey, offer.labelParams)}
        </Button>
      )}
      <IconButton label={t('common.dismiss')} icon="close" onClick={dismiss} />
    </li>
  )
}

/** Messages that have no place of their own. */
export const NoticeRegion = () => {
  const t = useT()
  const { notices } = useStudio()
  const shown = useSlice(notices.store, (known) => known)
  return (
    <section aria-label={t('notices.label')} aria-live="polite">
      <ul className={styles.region}>
        {shown.map((notice) => (
          <NoticeCard key={notice.noticeId} notice={notice} />
        ))}
      </ul>
    </section>
  )
}
