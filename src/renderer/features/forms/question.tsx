import type { ReactNode } from 'react'
import { useT } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import styles from './question.module.css'

type QuestionProps = {
  text: string
  confirm: ReactNode
  onConfirm(): void
  onCancel(): void
  /** Other answers than these two. */
  children?: ReactNode
}

/** Asks once, in place. Begins at the way back, and Esc is it too. */
export const Question = ({ text, confirm, onConfirm, onCancel, children }: QuestionProps) => {
  const t = useT()
  return (
    <div
      className={styles.question}
      role="alertdialog"
      aria-label={text}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        // Esc answers the question; the page stays.
        event.preventDefault()
        event.stopPropagation()
        onCancel()
      }}
    >
      <p>{text}</p>
      <div className={styles.answers}>
        <Button onClick={onConfirm}>{confirm}</Button>
        {children}
        <Button look="quiet" autoFocus onClick={onCancel}>
          {t('common.cancel')}
        </Button>
      </div>
    </div>
  )
}
