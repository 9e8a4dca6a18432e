import { useState } from 'react'
import { otherModelOfTwin, type RemoteEngine } from '../../../shared/endpoint/index.ts'
import { warningText } from '../../../shared/i18n/index.ts'
import { type AppErrorData, type MemberId, toAppError } from '../../../shared/kernel/index.ts'
import { type CopyDeed, copyKeyOf, useSlice, useStudio, useTranslator } from '../../state/index.ts'
import type { RecordedVoice } from '../../state/voices.ts'
import { Button, Card, Icon, type IconName, Progress } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import { Question } from '../forms/index.ts'
import { engineKind } from '../remote/engine-kind.ts'
import { CopyDialog } from './copy-dialog.tsx'
import styles from './engine-copies.module.css'
import { useKeepFocus } from './use-keep-focus.ts'
import { type CopyState, changeSince, type EngineCopies, type EngineCopyState } from './voice-copies.ts'

const ICONS: Readonly<Record<EngineCopyState, IconName>> = {
  none: 'minus',
  pending: 'queue',
  ready: 'check',
  stale: 'alert',
  partial: 'alert',
  failed: 'close',
  'other-model': 'alert',
}

/** How a copy stands, in a sign and in words. */
export const CopyStateSign = ({ state }: { state: EngineCopyState }) => {
  const { t } = useTranslator()
  return (
    <span className={styles.state} data-state={state}>
      <Icon name={ICONS[state]} />
      {t(`voices.copies.state.${state}`)}
    </span>
  )
}

/** About a voice, a line has nothing to say. */
const forVoice = (error: AppErrorData): AppErrorData => ({
  ...error,
  remedies: error.remedies.filter((remedy) => remedy !== 'choose-another-voice' && remedy !== 'choose-another-engine'),
})

/** Making it anew has a button of its own, for all endpoints. */
const inRow = (error: AppErrorData): AppErrorData => {
  const { remedies, ...rest } = forVoice(error)
  return { ...rest, remedies: remedies.filter((remedy) => remedy !== 'try-again') }
}

type CopyRowProps = {
  voice: RecordedVoice
  engine: RemoteEngine
  copy: EngineCopies['copies'][number]
  /** Copies of the voice are being made at this engine. */
  isRunning: boolean
  onLook(): void
  onRemove(alsoThere: boolean): void
}

/** The copy at one endpoint; removing it asks once, in place. */
const CopyRow = ({ voice, engine, copy, isRunning, onLook, onRemove }: CopyRowProps) => {
  const { t } = useTranslator()
  const [isAsking, setIsAsking] = useState(false)
  /** Whether the question was there, from which the focus comes back. */
  const [wasAsked, setWasAsked] = useState(false)
  const { member, twin, state } = copy
  const ask = (): void => {
    setIsAsking(true)
    setWasAsked(true)
  }
  const remove = (alsoThere: boolean) => (): void => {
    setIsAsking(false)
    onRemove(alsoThere)
  }
  return (
    <li data-testid="copy" data-state={state}>
      <div className={styles.member}>
        <span className={styles.place}>
          <span className={styles.address}>{member.baseUrl}</span>
          {twin && <small>{t('voices.copies.name', { name: twin.remoteVoice })}</small>}
        </span>
        <CopyStateSign state={state} />
        {twin && !isAsking && (
          <Button
            look="quiet"
            disabled={isRunning}
            autoFocus={wasAsked}
            aria-label={t('voices.copies.remove.label', { place: member.baseUrl })}
            onClick={ask}
          >
            {t('voices.copies.remove')}
          </Button>
        )}
      </div>
      {state === 'stale' && twin && (
        <p className={styles.note}>{t('voices.copies.stale', { what: changeSince(twin, voice, engine.connection) })}</p>
      )}
      {state === 'other-model' && twin && (
        <p className={styles.note}>
          {t('voices.copies.otherModel', { model: otherModelOfTwin(engine.connection, twin.remoteVoice) ?? '' })}
        </p>
      )}
      {state === 'pending' && !isRunning && (
        <div className={styles.pending}>
          {twin?.error ? (
            <ErrorNotice error={inRow(twin.error)} look="line" />
          ) : (
            <p className={styles.note}>{t('voices.copies.pending')}</p>
          )}
          <Button look="quiet" aria-label={t('voices.copies.look.label', { place: member.baseUrl })} onClick={onLook}>
            {t('voices.copies.look')}
          </Button>
        </div>
      )}
      {state === 'failed' && twin?.error && !isRunning && <ErrorNotice error={inRow(twin.error)} look="line" />}
      {isAsking && (
        <Question
          text={t('voices.copies.remove.question', { engine: engine.name })}
          confirm={t('voices.copies.remove.there')}
          onConfirm={remove(true)}
          onCancel={() => setIsAsking(false)}
        >
          <Button onClick={remove(false)}>{t('voices.copies.remove.here')}</Button>
        </Question>
      )}
    </li>
  )
}

type EngineCopiesCardProps = { voice: RecordedVoice; of: EngineCopies }

/** A voice at one engine elsewhere: where it has copies, how those stand, and what can be done about them. */
export const EngineCopiesCard = ({ voice, of: { engine, way, mayEnrol, copies, state } }: EngineCopiesCardProps) => {
  const { t } = useTranslator()
  const { twins, bridge } = useStudio()
  const { voiceId } = voice
  const { engineId, name } = engine
  const job = useSlice(twins.copies, (jobs) => jobs.get(copyKeyOf(voiceId, engineId)))
  const [asked, setAsked] = useState<{ deed: CopyDeed; wantsAddress: boolean } | null>(null)
  const [failure, setFailure] = useState<AppErrorData | null>(null)
  const isRunning = job?.kind === 'running'
  const head = useKeepFocus<HTMLHeadingElement>(`${asked?.deed} ${isRunning} ${state}`)
  const ask =
    (deed: CopyDeed, { wantsAddress = false } = {}) =>
    (): void => {
      setFailure(null)
      twins.forgetCopy(voiceId, engineId)
      setAsked({ deed, wantsAddress })
    }
  const look = async (): Promise<void> => {
    setFailure(null)
    try {
      await bridge.call('twin.follow')
    } catch (error) {
      setFailure(toAppError(error).toData())
    }
  }
  const remove = async (memberId: MemberId, alsoThere: boolean): Promise<void> => {
    setFailure(null)
    try {
      await bridge.call('twin.remove', { voiceId, memberId, alsoThere })
    } catch (error) {
      setFailure(toAppError(error).toData())
    }
  }
  const has = (wanted: CopyState): boolean =>
    copies.some(({ state: known, member }) => known === wanted && (wanted !== 'none' || !member.isDraining))
  const mayCopy = mayEnrol && (has('none') || has('other-model'))
  const isFirst = !copies.some(({ state: known }) => known !== 'none' && known !== 'other-model')
  const mayRenew = mayEnrol && (has('stale') || has('failed'))
  const told = (error: AppErrorData, deed: CopyDeed) => (
    <ErrorNotice
      error={forVoice(error)}
      remedies={{
        'try-again': ask(deed),
        'allow-sending': ask(deed),
        'give-address': ask(deed, { wantsAddress: true }),
      }}
    />
  )
  return (
    <Card as="li" data-testid={`copies-${engineId}`} data-state={state}>
      <div className={styles.head}>
        <h4 ref={head} tabIndex={-1}>
          {name}
        </h4>
        <span className={styles.kind}>{engineKind(t, engine)}</span>
        {mayEnrol && (way === 'enrolled' || state !== 'none') && (
          <CopyStateSign state={isRunning ? 'pending' : state} />
        )}
      </div>
      {way === 'sent-along' && (
        <p className={styles.note}>{t(mayEnrol ? 'voices.copies.sentAlong.orCopied' : 'voices.copies.sentAlong')}</p>
      )}
      {mayEnrol && copies.some(({ twin }) => twin !== null) && (
        <ul className={styles.members} aria-label={t('voices.copies.endpoints', { engine: name })}>
          {copies.map((copy) => (
            <CopyRow
              key={copy.member.memberId}
              voice={voice}
              engine={engine}
              copy={copy}
              isRunning={isRunning}
              onLook={() => void look()}
              onRemove={(alsoThere) => void remove(copy.member.memberId, alsoThere)}
            />
          ))}
        </ul>
      )}
      {failure && <ErrorNotice error={forVoice(failure)} />}
      {job?.kind === 'failed' && !has('failed') && told(job.error, job.deed)}
      {job?.kind === 'incomplete' &&
        job.outcomes.map(({ memberId, baseUrl, error, warnings }) => {
          const isShown = copies.some(
            ({ member, state: at }) => member.memberId === memberId && (at === 'failed' || at === 'pending'),
          )
          const left = isShown ? null : error
          if (!left && warnings.length === 0) return null
          return (
            <div key={memberId}>
              <span className={styles.address}>{baseUrl}</span>
              {warnings.map((warning) => (
                <p key={warning.reason} className={styles.note}>
                  {warningText(t, warning)}
                </p>
              ))}
              {left && told(left, copies.some(({ twin }) => twin?.memberId === memberId) ? 'renew' : 'enrol')}
            </div>
          )
        })}
      {isRunning ? (
        <div className={styles.running} role="status" data-testid="copy-running">
          <Progress
            share={
              job.progress && job.progress.totalMembers > 1
                ? job.progress.doneMembers / job.progress.totalMembers
                : null
            }
            label={t(`voices.copies.running.${job.deed}`, { engine: name })}
          />
          <span>{t(`voices.copies.running.${job.deed}`, { engine: name })}</span>
          <Button look="quiet" onClick={() => twins.cancelCopy(voiceId, engineId)}>
            {t('voices.copies.stop')}
          </Button>
        </div>
      ) : (
        (mayCopy || mayRenew) && (
          <div className={styles.buttons}>
            {mayCopy && (
              <Button look={way === 'enrolled' && isFirst ? 'primary' : 'plain'} onClick={ask('enrol')}>
                {t(isFirst ? 'voices.copies.copy' : 'voices.copies.copy.rest', { engine: name })}
              </Button>
            )}
            {mayRenew && <Button onClick={ask('renew')}>{t('voices.copies.renew')}</Button>}
          </div>
        )
      )}
      {asked && <CopyDialog voice={voice} engine={engine} {...asked} onClose={() => setAsked(null)} />}
    </Card>
  )
}
