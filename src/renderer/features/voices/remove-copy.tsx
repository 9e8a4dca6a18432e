import { useT } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import styles from './remove-copy.module.css'

type RemoveCopyProps = { engine: string; onRemove(alsoThere: boolean): void; onCancel(): void }

/** Asks in place how far a copy is to be removed. Begins at the way back, and Esc is it too. */
export const RemoveCopy = ({ engine, onRemove, onCancel }: RemoveCopyProps) => {
  const t = useT()
  const text = t('voices.copies.remove.question', { engine })
  return (
    <div
      className={styles.question}
      role="alertdialog"
      aria-label={text}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        event.stopPropagation()
        onCancel()
      }}
    >
      <p>{text}</p>
      <div className={styles.buttons}>
        <Button onClick={() => onRemove(true)}>{t('voices.copies.remove.there')}</Button>
        <Button onClick={() => onRemove(false)}>{t('voices.copies.remove.here')}</Button>
        <Button look="quiet" autoFocus onClick={onCancel}>
          {t('common.cancel')}
        </Button>
      </div>
    </div>
  )
}
