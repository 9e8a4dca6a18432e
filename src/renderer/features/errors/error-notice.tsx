import { errorTexts, sentenceGap } from '../../../shared/i18n/index.ts'
import type { AppErrorData, Remedy } from '../../../shared/kernel/index.ts'
import { consentOfError, engineOfError, useStudio, useTranslator } from '../../state/index.ts'
import { Button, Icon } from '../../ui/index.ts'
import { useRunAction } from '../actions/index.ts'
import styles from './error-notice.module.css'

/** What a button does for a remedy; a remedy without one is shown as a sentence. */
export type RemedyRuns = { readonly [Name in Remedy]?: (() => void) | undefined }

type ErrorNoticeProps = {
  error: AppErrorData
  remedies?: RemedyRuns
  /** `line`: in a row of the script, without a frame. */
  look?: 'framed' | 'line'
}

/** The one way a failure shows: what did not happen, why, and what to do. */
export const ErrorNotice = ({ error, remedies = {}, look = 'framed' }: ErrorNoticeProps) => {
  const translator = useTranslator()
  const { t, language } = translator
  const gap = sentenceGap(language)
  const runAction = useRunAction()
  const { dialogs, remote, sending } = useStudio()
  const { what, why } = errorTexts(translator, error)
  const copyDetails = (): void => {
    void navigator.clipboard.writeText(JSON.stringify(error, null, 2))
  }
  const openEngine = (field: 'key' | 'limit') => (): void => {
    const engineId = engineOfError(remote.store.getState().engines, error)?.engine.engineId
    dialogs.open({ kind: 'pages', page: 'engines', ...(engineId && { engineForm: { engineId, field } }) })
  }
  /** What was asked for is asked for again, where this notice knows how. */
  const again = remedies['try-again']
  const allow = (): void => {
    sending.ask(error, async () => again?.())
  }
  const runs: RemedyRuns = {
    report: copyDetails,
    'open-models': () => runAction('models.open'),
    'open-engines': () => runAction('engines.open'),
    'open-settings': () =>
      error.code === 'cloud.offline'
        ? dialogs.open({ kind: 'settings', field: 'offline' })
        : runAction('settings.open'),
    'enter-key': openEngine('key'),
    'raise-limit': openEngine('limit'),
    'enrol-voice': () => runAction('voices.open'),
    'renew-copy': () => runAction('voices.open'),
    ...(consentOfError(error) && { 'allow-sending': allow }),
    ...remedies,
  }
  const acting = error.remedies.filter((remedy) => runs[remedy])
  const advised = error.remedies.filter((remedy) => !runs[remedy])
  return (
    <div
      className={styles.notice}
      data-look={look}
      role={look === 'framed' ? 'alert' : undefined}
      data-error={error.code}
    >
      {look === 'framed' && <Icon name="alert" />}
      <p className={styles.text}>
        {look === 'framed' ? <strong>{what}</strong> : <span>{what}</span>}
        {gap}
        {why}
        {advised.map((remedy) => (
          <span key={remedy}>
            {gap}
            {t(`remedy.${remedy}.advice`)}
          </span>
        ))}
      </p>
      {acting.length > 0 && (
        <div className={styles.remedies}>
          {acting.map((remedy) => (
            <Button key={remedy} look={look === 'line' ? 'link' : 'plain'} onClick={runs[remedy]}>
              {t(`remedy.${remedy}.label`)}
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}
