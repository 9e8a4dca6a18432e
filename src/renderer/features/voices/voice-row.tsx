import { useState } from 'react'
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
}

/** One voice in the list; deleting asks once, in place. */
export const VoiceRow = ({ voice, facts, speaksFor, onEdit }: VoiceRowProps) => {
  const t = useT()
  const { bridge } = useStudio()
  const [isAsking, setIsAsking] = useState(false)
  const [failure, setFailure] = useState<AppErrorData | null>(null)
  const { voiceId, name, notes } = voice
  const remove = (): void => {
    setFailure(null)
    bridge.call('voice.delete', { voiceId }).catch((error: unknown) => {
      setIsAsking(false)
      setFailure(toAppError(error).toData())
    })
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
            <span className={styles.question} role="alertdialog" aria-label={t('voices.delete.question')}>
              {t('voices.delete.question')}
              <Button onClick={remove}>{t('voices.delete.confirm')}</Button>
              <Button look="quiet" onClick={() => setIsAsking(false)}>
                {t('common.cancel')}
              </Button>
            </span>
          ) : (
            <span className={styles.actions}>
              <IconButton label={t('voices.edit', { name })} icon="edit" onClick={onEdit} />
              <IconButton label={t('voices.delete', { name })} icon="trash" onClick={() => setIsAsking(true)} />
            </span>
          ))}
      </div>
      {failure && <ErrorNotice error={failure} remedies={{ 'try-again': remove }} />}
    </li>
  )
}
