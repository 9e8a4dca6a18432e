import { useEffect, useRef, useState } from 'react'
import type { ModelListingView } from '../../../shared/model/index.ts'
import { useStudio, useTranslator } from '../../state/index.ts'
import { Button } from '../../ui/index.ts'
import { Question } from '../forms/index.ts'
import { ModelSection } from './model-section.tsx'
import { formatSize } from './model-view.ts'
import styles from './models-disk.module.css'

/** Where models lie, how much room there is, and what work that was not finished has left. */
export const ModelsDisk = ({
  listing,
  attempt,
}: {
  listing: ModelListingView
  attempt(work: Promise<unknown>): void
}) => {
  const { t, language } = useTranslator()
  const { models } = useStudio()
  const [isAsking, setIsAsking] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const wasAsking = useRef(false)
  useEffect(() => {
    if (!isAsking && wasAsking.current) button.current?.focus()
    wasAsking.current = isAsking
  }, [isAsking])
  const { directory, freeBytes, unfinishedBytes } = listing
  const size = formatSize(language, unfinishedBytes)
  return (
    <ModelSection title={t('model.disk')}>
      <dl className={styles.facts}>
        <dt>{t('model.disk.folder')}</dt>
        <dd className={styles.path}>{directory}</dd>
        <dt>{t('model.disk.free')}</dt>
        <dd>{freeBytes === null ? t('model.disk.free.unknown') : formatSize(language, freeBytes)}</dd>
        <dt>{t('model.disk.unfinished')}</dt>
        <dd className={styles.unfinished}>
          {unfinishedBytes === 0 ? t('model.disk.unfinished.none') : size}
          {unfinishedBytes > 0 && (
            <Button ref={button} look="link" onClick={() => setIsAsking(true)}>
              {t('model.disk.clean')}
            </Button>
          )}
        </dd>
      </dl>
      {isAsking && (
        <Question
          text={t('model.disk.clean.question', { size })}
          confirm={t('model.disk.clean.confirm')}
          onConfirm={() => {
            setIsAsking(false)
            attempt(models.removeUnfinished())
          }}
          onCancel={() => setIsAsking(false)}
        />
      )}
    </ModelSection>
  )
}
