import { useEffect, useRef } from 'react'
import type { MemberTrial, RemoteVoice } from '../../../shared/endpoint/index.ts'
import { warningText } from '../../../shared/i18n/index.ts'
import { useTranslator } from '../../state/index.ts'
import { Button, Card, Fact, Facts, Icon } from '../../ui/index.ts'
import { Trouble } from '../engines/trouble.tsx'
import styles from './trial-view.module.css'

const QUIET_DB = -60

type TrialViewProps = {
  trial: MemberTrial
  /** Voices that the draft has already. */
  voices: readonly RemoteVoice[]
  onAdopt(voices: readonly RemoteVoice[]): void
  /** The model that the draft names; undefined where its kind has none to choose. */
  model: string | undefined
  onChooseModel(model: string): void
  onEnterKey(): void
  onTryAgain(): void
}

const Listed = ({
  listed,
  voices,
  onAdopt,
}: { listed: readonly RemoteVoice[] } & Pick<TrialViewProps, 'voices' | 'onAdopt'>) => {
  const { t } = useTranslator()
  const known = new Set(voices.map(({ remoteVoice }) => remoteVoice))
  const fresh = listed.filter(({ remoteVoice }) => !known.has(remoteVoice))
  if (listed.length === 0) return <p className={styles.quiet}>{t('remote.trial.voices.none')}</p>
  return (
    <details className={styles.listed} open={fresh.length > 0}>
      <summary>{t('remote.trial.voices', { count: listed.length })}</summary>
      <ul>
        {listed.map((voice) => (
          <li key={voice.remoteVoice}>
            <span className={styles.voice}>
              {voice.name}
              {voice.name !== voice.remoteVoice && <small>{voice.remoteVoice}</small>}
            </span>
            {known.has(voice.remoteVoice) ? (
              <span className={styles.quiet}>{t('remote.trial.voices.taken')}</span>
            ) : (
              <Button
                look="link"
                aria-label={t('remote.trial.voices.take.label', { name: voice.name })}
                onClick={() => onAdopt([voice])}
              >
                {t('remote.trial.voices.take')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {fresh.length > 1 && (
        <Button onClick={() => onAdopt(fresh)}>{t('remote.trial.voices.takeAll', { count: fresh.length })}</Button>
      )}
    </details>
  )
}

const Models = ({
  listed,
  model,
  onChooseModel,
}: { listed: readonly string[] } & Pick<TrialViewProps, 'model' | 'onChooseModel'>) => {
  const { t } = useTranslator()
  const isThere = model !== undefined && listed.includes(model)
  return (
    <details className={styles.listed} open={!isThere}>
      <summary>{t('remote.trial.models', { count: listed.length })}</summary>
      <ul>
        {listed.map((name) => (
          <li key={name}>
            <span className={styles.voice}>{name}</span>
            {name === model ? (
              <span className={styles.quiet}>{t('remote.trial.models.chosen')}</span>
            ) : (
              <Button
                look="link"
                aria-label={t('remote.trial.models.choose.label', { name })}
                onClick={() => onChooseModel(name)}
              >
                {t('remote.trial.models.choose')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** How an endpoint spoke the sentence, or why it did not. */
export const TrialView = ({ trial, voices, model, onAdopt, onChooseModel, onEnterKey, onTryAgain }: TrialViewProps) => {
  const { t } = useTranslator()
  const { baseUrl, spoken, error, warnings, queue, models, voices: listed } = trial
  const head = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Browsers may answer with a promise, which is nothing to clean up with.
    head.current?.closest('li')?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <Card as="li" data-testid="member-trial" data-result={error ? 'failed' : 'spoken'}>
      <div ref={head} className={styles.head}>
        <h4>{baseUrl}</h4>
        <span className={styles.state} data-state={error ? 'failed' : 'spoken'}>
          <Icon name={error ? 'close' : 'check'} />
          {t(error ? 'remote.trial.failed' : 'remote.trial.spoken')}
        </span>
      </div>
      {error && <Trouble error={error} look="reason" onEnterKey={onEnterKey} onTryAgain={onTryAgain} />}
      {spoken && (
        <Facts>
          <Fact term={t('remote.trial.first')}>{t('remote.trial.milliseconds', { ms: spoken.firstSoundMs })}</Fact>
          <Fact term={t('remote.trial.took')}>{t('remote.trial.milliseconds', { ms: spoken.tookMs })}</Fact>
          <Fact term={t('remote.trial.length')}>{t('format.seconds', { seconds: spoken.durationSec })}</Fact>
          <Fact term={t('remote.trial.level')}>{t('unit.decibels', { level: spoken.levelDb })}</Fact>
          {queue && (
            <Fact term={t('remote.trial.queue')}>
              {t('remote.trial.queue.lines', { count: queue.waitingLines })}
              {queue.secPerLine !== null && t('remote.trial.queue.pace', { seconds: queue.secPerLine })}
            </Fact>
          )}
        </Facts>
      )}
      {spoken && spoken.levelDb < QUIET_DB && <p className={styles.warning}>{t('remote.trial.silent')}</p>}
      {warnings.map((warning) => (
        <p key={`${warning.field} ${warning.reason}`} className={styles.warning}>
          <Icon name="alert" />
          {warningText(t, warning)}
        </p>
      ))}
      {models && models.length > 0 && <Models listed={models} model={model} onChooseModel={onChooseModel} />}
      {listed && <Listed listed={listed} voices={voices} onAdopt={onAdopt} />}
    </Card>
  )
}
