import { errorTexts, sentenceGap, type Translator } from '../../../shared/i18n/index.ts'
import type { AppErrorData, Remedy } from '../../../shared/kernel/index.ts'
import { useStudio, useTranslator } from '../../state/index.ts'
import { Button, Icon } from '../../ui/index.ts'
import { isAboutALine, remediesHere } from './engine-facts.ts'
import styles from './trouble.module.css'

/** What is wrong and why, less the sentence about a line where there is one. */
const textsOf = (translator: Translator, error: AppErrorData): string => {
  const { what, why } = errorTexts(translator, error)
  return isAboutALine(error) ? why : what + sentenceGap(translator.language) + why
}

type TroubleProps = {
  error: AppErrorData
  onTryAgain?: (() => void) | undefined
  onDownloadAgain?: (() => void) | undefined
  onEnterKey?: (() => void) | undefined
  /** Instead of the error's own first sentence, where that speaks of something else. */
  what?: string
  /** `reason`: in a row that says already what is wrong. */
  look?: 'framed' | 'plain' | 'reason'
}

/** A failure on this page, where nobody spoke of a line: why, and what to do. */
export const Trouble = ({ error, onTryAgain, onDownloadAgain, onEnterKey, what, look = 'plain' }: TroubleProps) => {
  const translator = useTranslator()
  const { t, language } = translator
  const { dialogs } = useStudio()
  const runs: { readonly [Name in Remedy]?: (() => void) | undefined } = {
    report: () => void navigator.clipboard.writeText(JSON.stringify(error, null, 2)),
    'open-models': () => dialogs.open({ kind: 'pages', page: 'models' }),
    'choose-another-precision': () => dialogs.open({ kind: 'pages', page: 'models' }),
    'try-again': onTryAgain,
    'download-again': onDownloadAgain,
    'enter-key': onEnterKey,
    'enrol-voice': () => dialogs.open({ kind: 'pages', page: 'voices' }),
    'renew-copy': () => dialogs.open({ kind: 'pages', page: 'voices' }),
  }
  const remedies = remediesHere(error)
  const text =
    what === undefined ? textsOf(translator, error) : what + sentenceGap(language) + errorTexts(translator, error).why
  const acting = remedies.filter((remedy) => runs[remedy])
  return (
    <div
      className={styles.trouble}
      data-look={look}
      data-error={error.code}
      role={look === 'framed' ? 'alert' : undefined}
    >
      {look === 'framed' && <Icon name="alert" />}
      <p className={styles.text}>
        {look === 'reason' ? errorTexts(translator, error).why : text}
        {remedies
          .filter((remedy) => !runs[remedy])
          .map((remedy) => (
            <span key={remedy}>
              {sentenceGap(language)}
              {t(`remedy.${remedy}.advice`)}
            </span>
          ))}
      </p>
      {acting.map((remedy) => (
        <Button key={remedy} onClick={runs[remedy]}>
          {t(`remedy.${remedy}.label`)}
        </Button>
      ))}
    </div>
  )
}
