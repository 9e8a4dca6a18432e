import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { Button, IconButton } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import styles from './voice-list.module.css'

type VoiceRowProps = {
  voice: Voice
  facts: readonly string[]
  speaksFor: string | null
  /** Left out where a voice comes with its engine: it can be neither changed nor deleted. */
  onEdit?: () => void
  onDeleted?: () => void
}

/** One voice in the list; deleting asks once, in place. */
export const VoiceRow = ({ voice, facts, speaksFor, onEdit, onDeleted }: VoiceRowProps) => {
  const t = useT()
  const { bridge } = useStudio()
  const [isAsking, setIsAsking] = useState(false)
  const [failure, setFailure] = useState<AppErrorData | null>(null)
  const { voiceId, name, notes } = voice
  const noButton = useRef<HTMLButtonElement>(null)
  const deleteButton = useRef<HTMLButtonElement>(null)
  const wasAsking = useRef(false)
  useEffect(() => {
    // The button that had the focus is gone.
    if (isAsking !== wasAsking.current) (isAsking ? noButton : deleteButton).current?.focus()
    wasAsking.current = isAsking
  }, [isAsking])
  const ask = (): void => {
    setFailure(null)
    setIsAsking(true)
  }
  const remove = async (): Promise<void> => {
    setFailure(null)
    try {
      await bridge.call('voice.delete', { voiceId })
      onDeleted?.()
    } catch (error) {
      setIsAsking(false)
      setFailure(toAppError(error).toData())
    }
  }
  const leaveQuestion = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    setIsAsking(false)
  }
  return (
    <li className={styles.row} data-testid="voice-row">
      <div className={styles.line}>
        <div className={styles.words}>
          <span className={styles.name}>{name}</span>
          <span className={styles.facts}>
            {[...facts, ...(notes === '' ? [] : [notes])].join(' · ')}
            {speaksFor !== null && <span className={styles.speaksFor}>{speaksFor}</span>}
          </span>
        </div>
        {onEdit &&
          (isAsking ? (
            <span
              className={styles.question}
              role="alertdialog"
              aria-label={t('voices.delete.question')}
              onKeyDown={leaveQuestion}
            >
              {t('voices.delete.question')}
              <Button onClick={() => void remove()}>{t('voices.delete.confirm')}</Button>
              <Button ref={noButton} look="quiet" onClick={() => setIsAsking(false)}>
                {t('common.cancel')}
              </Button>
            </span>
          ) : (
            <span className={styles.actions}>
              <IconButton label={t('voices.edit', { name })} icon="edit" onClick={onEdit} />
              <IconButton label={t('voices.delete', { name })} icon="trash" ref={deleteButton} onClick={ask} />
            </span>
          ))}
      </div>
      {failure && <ErrorNotice error={failure} remedies={{ 'try-again': () => void remove() }} />}
    </li>
  )
}
