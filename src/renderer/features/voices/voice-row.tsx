import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { type AppErrorData, toAppError } from '../../../shared/kernel/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { Button, IconButton } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import { CopyStateSign } from './engine-copies.tsx'
import type { EngineCopies } from './voice-copies.ts'
import styles from './voice-list.module.css'

type VoiceRowProps = {
  voice: Voice
  facts: readonly string[]
  speaksFor: string | null
  /** How it stands at engines elsewhere. */
  copies?: readonly EngineCopies[]
  /** The name of the engine that would speak with it if it had a copy there. */
  lacksCopyAt?: string | null
  onCopies?: () => void
  /** Left out where a voice comes with its engine: it cannot be changed. */
  onEdit?: () => void
  /** Left out where a voice comes with its engine: it cannot be deleted. */
  onDeleted?: () => void
}

/** One voice in the list; deleting asks once, in place. */
export const VoiceRow = ({
  voice,
  facts,
  speaksFor,
  copies = [],
  lacksCopyAt = null,
  onCopies,
  onEdit,
  onDeleted,
}: VoiceRowProps) => {
  const t = useT()
  const { bridge } = useStudio()
  const [isAsking, setIsAsking] = useState(false)
  const [failure, setFailure] = useState<AppErrorData | null>(null)
  const { voiceId, name, notes, source } = voice
  const isRecorded = source.kind === 'promptAudio'
  const question = t(isRecorded ? 'voices.delete.question' : 'voices.discard.question')
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
      await bridge.call(isRecorded ? 'voice.delete' : 'voice.discard', { voiceId })
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
  const shown = copies.filter(({ state }) => state !== 'none')
  return (
    <li className={styles.row} data-testid="voice-row">
      <div className={styles.line}>
        <div className={styles.words}>
          <span className={styles.name}>{name}</span>
          <span className={styles.facts}>
            {[...facts, ...(notes === '' ? [] : [notes])].join(' · ')}
            {speaksFor !== null && <span className={styles.speaksFor}>{speaksFor}</span>}
          </span>
          {(shown.length > 0 || lacksCopyAt !== null) && (
            <span className={styles.copies}>
              {lacksCopyAt !== null && !shown.some(({ engine }) => engine.name === lacksCopyAt) && (
                <span>
                  {t('voices.ability.one.not-enrolled', { engine: lacksCopyAt })}
                  {onCopies && (
                    <Button
                      look="link"
                      className={styles.copyLink}
                      aria-label={t('voices.copies.open', { name })}
                      onClick={onCopies}
                    >
                      {t('voices.copies.copy', { engine: lacksCopyAt })}
                    </Button>
                  )}
                </span>
              )}
              {shown.map(({ engine, state }) => (
                <span key={engine.engineId} className={styles.copy}>
                  {engine.name}
                  <CopyStateSign state={state} />
                </span>
              ))}
            </span>
          )}
        </div>
        {onDeleted &&
          (isAsking ? (
            <span className={styles.question} role="alertdialog" aria-label={question} onKeyDown={leaveQuestion}>
              {question}
              <Button onClick={() => void remove()}>{t('voices.delete.confirm')}</Button>
              <Button ref={noButton} look="quiet" onClick={() => setIsAsking(false)}>
                {t('common.cancel')}
              </Button>
            </span>
          ) : (
            <span className={styles.actions}>
              {onEdit && (
                <IconButton
                  label={t('voices.edit', { name })}
                  icon="edit"
                  data-way={`edit ${voiceId}`}
                  onClick={onEdit}
                />
              )}
              {onCopies && (
                <IconButton
                  label={t('voices.copies.open', { name })}
                  icon="cloud"
                  data-way={`copies ${voiceId}`}
                  onClick={onCopies}
                />
              )}
              <IconButton label={t('voices.delete', { name })} icon="trash" ref={deleteButton} onClick={ask} />
            </span>
          ))}
      </div>
      {failure && <ErrorNotice error={failure} remedies={{ 'try-again': () => void remove() }} />}
    </li>
  )
}
