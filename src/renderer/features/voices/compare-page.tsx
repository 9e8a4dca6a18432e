import { useState } from 'react'
import type { ListedVoice, MemberVoices, RemoteEngine } from '../../../shared/endpoint/index.ts'
import { remoteFacts } from '../../../shared/endpoint/index.ts'
import { type AppErrorData, toAppError, type VoiceId, voiceIdSchema } from '../../../shared/kernel/index.ts'
import { type SyncJob, useSlice, useStudio, useT } from '../../state/index.ts'
import { hasWords, type RecordedVoice, recordedVoices } from '../../state/voices.ts'
import { Button, Card, Icon, Progress, Select, TextInput } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import { Question } from '../forms/index.ts'
import styles from './compare-page.module.css'
import { Subpage } from './subpage.tsx'

/** More than this many rows are found by their name. */
const MOST_ROWS = 60
const FILTER_FROM = 12
const NOBODY = ''

type AdoptRowProps = {
  engineName: string
  there: ListedVoice
  voices: readonly RecordedVoice[]
  onAdopt(voiceId: VoiceId): Promise<void>
  onRemove(): Promise<void>
}

/** A voice of the endpoint, and the voice of the library that a person says it is a copy of; or it is removed there. */
const AdoptRow = ({ engineName, there, voices, onAdopt, onRemove }: AdoptRowProps) => {
  const t = useT()
  const { remoteVoice, name, isRejected } = there
  const [asking, setAsking] = useState<'whose' | 'remove' | null>(null)
  const [chosen, setChosen] = useState(NOBODY)
  const [isBusy, setIsBusy] = useState(false)
  const [failure, setFailure] = useState<AppErrorData | null>(null)
  const run = async (act: () => Promise<void>): Promise<void> => {
    if (isBusy) return
    setIsBusy(true)
    setFailure(null)
    try {
      await act()
    } catch (error) {
      setFailure(toAppError(error).toData())
      setIsBusy(false)
    }
  }
  const adopt = (): void => {
    const voiceId = voiceIdSchema.safeParse(chosen)
    if (voiceId.success) void run(() => onAdopt(voiceId.data))
  }
  const remove = (): void => {
    setAsking(null)
    void run(onRemove)
  }
  return (
    <li className={styles.row} data-testid="adoptable">
      <div className={styles.line}>
        <span className={styles.name}>
          {name}
          {name !== remoteVoice && <small>{remoteVoice}</small>}
          {isRejected && <span className={styles.quiet}>{t('voices.compare.rejected')}</span>}
        </span>
        {asking === 'whose' ? (
          <>
            <Select
              aria-label={t('voices.compare.adopt.whose', { name })}
              autoFocus
              className={styles.whose}
              value={chosen}
              options={[
                { value: NOBODY, label: t('voices.compare.adopt.choose'), isDisabled: true },
                ...voices.map((voice) => ({ value: voice.voiceId as string, label: voice.name })),
              ]}
              onChoose={setChosen}
            />
            <Button look="primary" disabled={chosen === NOBODY} aria-disabled={isBusy} onClick={adopt}>
              {t('voices.compare.adopt.confirm')}
            </Button>
            <Button look="quiet" onClick={() => setAsking(null)}>
              {t('common.cancel')}
            </Button>
          </>
        ) : (
          <>
            {!isRejected && (
              <Button
                aria-label={t('voices.compare.adopt.label', { name })}
                disabled={voices.length === 0}
                onClick={() => setAsking('whose')}
              >
                {t('voices.compare.adopt')}
              </Button>
            )}
            <Button
              look="quiet"
              aria-label={t('voices.compare.remove.label', { name })}
              aria-disabled={isBusy}
              onClick={() => setAsking('remove')}
            >
              {t('voices.compare.remove')}
            </Button>
          </>
        )}
      </div>
      {asking === 'remove' && (
        <Question
          text={t('voices.compare.remove.question', { name, engine: engineName })}
          confirm={t('voices.compare.remove.confirm')}
          onConfirm={remove}
          onCancel={() => setAsking(null)}
        />
      )}
      {failure && <ErrorNotice error={failure} />}
    </li>
  )
}

type MemberResultProps = { engine: RemoteEngine; of: MemberVoices; onTryAgain(): void }

const MemberResult = ({
  engine: { engineId, name: engineName },
  of: { memberId, baseUrl, adoptable, mayHaveMore, gone, error },
  onTryAgain,
}: MemberResultProps) => {
  const t = useT()
  const { bridge, library } = useStudio()
  const voices = useSlice(library.store, (state) => state.world.voices)
  const twins = useSlice(library.store, (state) => state.twins)
  const [filter, setFilter] = useState('')
  const [said, setSaid] = useState('')
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set())
  const known = new Set(twins.flatMap((twin) => (twin.memberId === memberId ? [twin.remoteVoice] : [])))
  const taken = new Set(twins.flatMap((twin) => (twin.memberId === memberId ? [twin.voiceId] : [])))
  const left = adoptable?.filter(({ remoteVoice }) => !known.has(remoteVoice) && !removed.has(remoteVoice)) ?? []
  const matching = left.filter(({ name, remoteVoice }) => hasWords(`${name} ${remoteVoice}`, filter.trim()))
  const recorded = recordedVoices(voices.values())
  const free = recorded.filter(({ voiceId }) => !taken.has(voiceId))
  const remove = async ({ remoteVoice, name }: ListedVoice): Promise<void> => {
    await bridge.call('twin.remove-there', { engineId, memberId, remoteVoice })
    setRemoved((before) => new Set(before).add(remoteVoice))
    setSaid(t('voices.compare.removed', { name, engine: engineName }))
  }
  const adopt = async (there: ListedVoice, voiceId: VoiceId): Promise<void> => {
    await bridge.call('twin.adopt', { voiceId, engineId, memberId, remoteVoice: there.remoteVoice })
    setSaid(t('voices.compare.adopted', { there: there.name, name: voices.get(voiceId)?.name ?? '' }))
  }
  return (
    <section className={styles.member} aria-label={baseUrl} data-testid="compared-member">
      <h5 className={styles.address}>{baseUrl}</h5>
      {error && (
        <ErrorNotice
          error={{ ...error, remedies: error.remedies.filter((remedy) => remedy !== 'choose-another-engine') }}
          remedies={{ 'try-again': onTryAgain }}
        />
      )}
      {gone.length > 0 && (
        <p className={styles.gone}>
          <Icon name="alert" />
          {t('voices.compare.gone', {
            names: gone.map((voiceId) => voices.get(voiceId)?.name ?? voiceId).join(', '),
            count: gone.length,
          })}
        </p>
      )}
      {said !== '' && (
        <p className={styles.good} role="status">
          <Icon name="check" />
          {said}
        </p>
      )}
      {!error && adoptable === null && <p className={styles.quiet}>{t('voices.compare.unlisted')}</p>}
      {!error && adoptable !== null && left.length === 0 && (
        <p className={styles.quiet}>{t('voices.compare.same', { engine: engineName })}</p>
      )}
      {mayHaveMore && <p className={styles.quiet}>{t('voices.compare.cut')}</p>}
      {left.length > 0 && (
        <>
          <p className={styles.quiet}>{t('voices.compare.unknown', { count: left.length })}</p>
          {free.length === 0 && (
            <p className={styles.quiet}>
              {t(recorded.length === 0 ? 'voices.compare.noRecorded' : 'voices.compare.allCopied')}
            </p>
          )}
          {left.length > FILTER_FROM && (
            <TextInput
              type="search"
              aria-label={t('voices.filter')}
              placeholder={t('voices.filter')}
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
          )}
          <ul className={styles.rows}>
            {matching.slice(0, MOST_ROWS).map((there) => (
              <AdoptRow
                key={there.remoteVoice}
                engineName={engineName}
                there={there}
                voices={free}
                onAdopt={(voiceId) => adopt(there, voiceId)}
                onRemove={() => remove(there)}
              />
            ))}
          </ul>
          {matching.length > MOST_ROWS && (
            <p className={styles.quiet}>{t('voices.compare.more', { count: matching.length - MOST_ROWS })}</p>
          )}
        </>
      )}
    </section>
  )
}

const NOT_ASKED: SyncJob = { isRunning: false, progress: null, members: [], error: null }

const EngineResult = ({ engine }: { engine: RemoteEngine }) => {
  const t = useT()
  const { twins } = useStudio()
  const { engineId, name, members } = engine
  const job = useSlice(twins.syncs, (syncs) => syncs.get(engineId)) ?? NOT_ASKED
  const { isRunning, progress } = job
  const start = (): void => twins.sync(engineId)
  return (
    <Card as="li" data-testid={`compare-${engineId}`}>
      <div className={styles.head}>
        <h4>{name}</h4>
        {isRunning ? (
          <span className={styles.running} role="status">
            <Progress
              share={progress && members.length > 1 ? progress.doneMembers / progress.totalMembers : null}
              label={t('voices.compare.running', { engine: name })}
            />
            <Button look="quiet" onClick={() => twins.cancelSync(engineId)}>
              {t('voices.copies.stop')}
            </Button>
          </span>
        ) : (
          <Button aria-label={t('voices.compare.start.label', { engine: name })} onClick={start}>
            {t(job.members.length > 0 ? 'voices.compare.again' : 'voices.compare.start')}
          </Button>
        )}
      </div>
      {job.error && <ErrorNotice error={job.error} remedies={{ 'try-again': start }} />}
      {job.members.map((member) => (
        <MemberResult key={member.memberId} engine={engine} of={member} onTryAgain={start} />
      ))}
    </Card>
  )
}

/** What services have and the library does not know, and the other way round. */
export const ComparePage = ({ onBack }: { onBack(): void }) => {
  const t = useT()
  const { remote } = useStudio()
  const listings = useSlice(remote.store, ({ engines }) => engines)
  const engines = listings.map(({ engine }) => engine).filter(({ connection }) => remoteFacts(connection).mayEnrol)
  return (
    <Subpage title={t('voices.compare.title')} onBack={onBack}>
      <p className={styles.quiet}>{t('voices.compare.intro')}</p>
      <ul className={styles.engines}>
        {engines.map((engine) => (
          <EngineResult key={engine.engineId} engine={engine} />
        ))}
      </ul>
    </Subpage>
  )
}
