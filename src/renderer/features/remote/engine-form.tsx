import { useEffect, useRef, useState } from 'react'
import {
  type Connection,
  type ConnectionKind,
  type RemoteListing,
  remoteFacts,
} from '../../../shared/endpoint/index.ts'
import { sentenceGap, type Translator } from '../../../shared/i18n/index.ts'
import { voiceIdSchema } from '../../../shared/kernel/index.ts'
import { type EngineFormAt, useSlice, useStudio, useT, useTranslator } from '../../state/index.ts'
import { mintId } from '../../state/mint-id.ts'
import { Button, Checkbox, Field, type Option, Progress, Select, TextInput } from '../../ui/index.ts'
import { Trouble } from '../engines/trouble.tsx'
import { FormDialog, Question, useSubmit } from '../forms/index.ts'
import { ConnectionFields } from './connection-fields.tsx'
import {
  draftOfListing,
  type EngineDraft,
  hasKey,
  hasNewKey,
  isComplete,
  newConnection,
  newDraft,
  problemsOf,
  remoteDraftOf,
  withConnection,
  withVoices,
} from './engine-draft.ts'
import styles from './engine-form.module.css'
import { FixFields } from './fix-fields.tsx'
import { KindChoice } from './kind-choice.tsx'
import { MemberFields } from './member-fields.tsx'
import { PriceFields } from './price-fields.tsx'
import { TrialView } from './trial-view.tsx'
import { type Trial, useTrial } from './use-trial.ts'
import { VoiceFields } from './voice-fields.tsx'

const FIRST_VOICE = ''

/** What an engine is called where a person has not said otherwise. */
const nameOf = (t: Translator['t'], connection: Connection): string =>
  connection.kind === 'openai' && connection.profile !== 'generic'
    ? t(`remote.profile.${connection.profile}`)
    : t(`remote.kind.${connection.kind}.name`)

/** The voices that a draft can be tried with: those that it has once it is saved, and recordings where they are sent along. */
const useTrialVoices = ({ engineId, connection }: EngineDraft): readonly Option<string>[] => {
  const t = useT()
  const { library } = useStudio()
  const voices = useSlice(library.store, (state) => state.world.voices)
  const { recordings, modes } = remoteFacts(connection)
  const own = [...voices.values()].filter(({ source }) =>
    source.kind === 'presetSpeaker' ? source.engineId === engineId : recordings === 'sent-along',
  )
  return [
    ...(modes.includes('presetSpeaker') || own.length === 0
      ? [{ value: FIRST_VOICE, label: t('remote.trial.voice.first') }]
      : []),
    ...own.map(({ voiceId, name }) => ({ value: voiceId, label: name })),
  ]
}

type TrialPartProps = {
  draft: EngineDraft
  trial: Trial
  voices: readonly Option<string>[]
  voiceId: string
  onVoice(voiceId: string): void
  onTest(): void
  onChange(patch: Partial<EngineDraft>): void
  onEnterKey(): void
}

const TrialPart = ({ draft, trial, voices, voiceId, onVoice, onTest, onChange, onEnterKey }: TrialPartProps) => {
  const { t, language } = useTranslator()
  const { library } = useStudio()
  const isOffline = useSlice(library.store, ({ settings }) => settings.staysOffline)
  const recorded = useSlice(library.store, ({ world }) =>
    world.voices.get(voiceIdSchema.safeParse(voiceId).data ?? ('' as never)),
  )
  const { isRunning, trials, failure, stop } = trial
  const isSentAlong = recorded?.source.kind === 'promptAudio'
  const chooseModel = (model: string): void => {
    if (draft.connection.kind === 'openai') onChange(withConnection(draft, { ...draft.connection, model }))
  }
  return (
    <section className={styles.part} aria-labelledby="remote-trial" data-testid="remote-trial">
      <h3 id="remote-trial">{t('remote.trial')}</h3>
      <p className={styles.note}>
        {t(isOffline ? 'remote.trial.offline' : draft.price ? 'remote.trial.note.priced' : 'remote.trial.note', {
          count: draft.members.length,
        })}
        {isSentAlong && sentenceGap(language) + t('remote.trial.recording', { voice: recorded.name })}
      </p>
      <div className={styles.line}>
        {voices.length > 1 && (
          <Select
            aria-label={t('remote.trial.voice')}
            className={styles.unit}
            value={voiceId}
            options={voices}
            onChoose={onVoice}
          />
        )}
        {isRunning ? (
          <Button onClick={stop}>{t('remote.trial.stop')}</Button>
        ) : (
          <Button icon="play" disabled={isOffline} onClick={onTest}>
            {t(trials.length > 0 ? 'remote.trial.again' : 'remote.trial.test')}
          </Button>
        )}
      </div>
      {isRunning && (
        <>
          <Progress share={trials.length / draft.members.length} label={t('remote.trial.progress')} />
          <p role="status">{t('remote.trial.running', { done: trials.length, total: draft.members.length })}</p>
        </>
      )}
      {failure && <Trouble error={failure} look="framed" onTryAgain={onTest} onEnterKey={onEnterKey} />}
      {trials.length > 0 && (
        <ul className={styles.part}>
          {trials.map((one) => (
            <TrialView
              key={one.memberId}
              trial={one}
              voices={draft.voices}
              model={draft.connection.kind === 'openai' ? draft.connection.model : undefined}
              onChooseModel={chooseModel}
              onAdopt={(listed) => onChange({ voices: withVoices(draft.voices, listed) })}
              onEnterKey={onEnterKey}
              onTryAgain={onTest}
            />
          ))}
        </ul>
      )}
    </section>
  )
}

/** A way out that is asked about, and what had the focus. */
type Leaving = { go: () => void; focused: Element | null }

type FormProps = {
  initial: EngineDraft
  field: EngineFormAt['field']
  /** Back to the choice of the kind; left out where there is none. */
  onBack?: () => void
  onClose(): void
}

const Form = ({ initial, field, onBack, onClose }: FormProps) => {
  const t = useT()
  const { remote } = useStudio()
  const hasVault = useSlice(remote.store, (state) => state.hasVault)
  const [first] = useState(initial)
  const [draft, setDraft] = useState(initial)
  const [isChecked, setIsChecked] = useState(false)
  const [mayLieInFile, setMayLieInFile] = useState(false)
  const body = useRef<HTMLDivElement>(null)
  const trial = useTrial()
  const trialVoices = useTrialVoices(draft)
  const [chosenVoice, setChosenVoice] = useState<string>(FIRST_VOICE)
  const voiceId = trialVoices.some(({ value }) => value === chosenVoice)
    ? chosenVoice
    : (trialVoices[0]?.value ?? FIRST_VOICE)
  const problems = problemsOf(draft)
  const shown = isChecked ? problems : NO_PROBLEMS
  const change = (patch: Partial<EngineDraft>): void => setDraft((known) => ({ ...known, ...patch }))
  const {
    submit: save,
    failure,
    isBusy,
    forgetFailure,
  } = useSubmit(async () => {
    await remote.save(remoteDraftOf(draft), mayLieInFile)
    onClose()
  })
  const focus = (selector: string): void => {
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(selector)?.focus())
  }
  const enterKey = (): void => focus('[data-testid=member-key]')
  useEffect(() => {
    if (field) body.current?.querySelector<HTMLElement>('[data-wanted]')?.focus()
  }, [field])
  /** Does it where the draft is complete, else leads to what is missing. */
  const whenComplete = (work: () => void): void => {
    setIsChecked(true)
    if (isComplete(problems)) work()
    else focus('[aria-invalid=true]')
  }
  const test = (): void =>
    whenComplete(() => trial.start(remoteDraftOf(draft), voiceId === FIRST_VOICE ? null : voiceIdSchema.parse(voiceId)))
  const [leaving, setLeaving] = useState<Leaving | null>(null)
  /** Leaves the form, and asks first where what was typed would be lost. */
  const leave = (go: () => void): void => {
    const isChanged = JSON.stringify(draft) !== JSON.stringify(first)
    if (isChanged) setLeaving({ go, focused: document.activeElement })
    else go()
  }
  const stay = (): void => {
    setLeaving(null)
    if (leaving?.focused instanceof HTMLElement) leaving.focused.focus()
  }
  const keep = (): void => {
    forgetFailure()
    setMayLieInFile(true)
    focus('[data-testid=keep-in-file] input')
  }
  return (
    <FormDialog
      title={t(initial.engineId === null ? 'remote.form.new' : 'remote.form.edit', {
        name: initial.name,
        kind: t(`remote.kind.${initial.connection.kind}`),
      })}
      submitLabel={t(initial.engineId === null ? 'remote.form.add' : 'remote.form.save')}
      onSubmit={() => whenComplete(save)}
      onClose={() => leave(onClose)}
      isBusy={isBusy}
      error={failure}
      question={
        leaving && (
          <Question
            text={t('remote.form.discard.question')}
            confirm={t('remote.form.discard')}
            onConfirm={leaving.go}
            onCancel={stay}
          />
        )
      }
      remedies={{ 'try-again': save, 'keep-in-file': keep, 'enter-key': enterKey }}
      aside={
        onBack && (
          <Button data-side="start" onClick={() => leave(onBack)}>
            {t('remote.form.back')}
          </Button>
        )
      }
      isWide
      className={styles.form}
      data-testid="engine-form"
    >
      <div ref={body} className={styles.part}>
        <Field label={t('remote.name')} problem={shown.name ? t('remote.name.missing') : undefined}>
          {(ids) => (
            <TextInput
              {...ids}
              aria-invalid={shown.name}
              maxLength={80}
              value={draft.name}
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        <ConnectionFields
          connection={draft.connection}
          extra={draft.extra}
          problems={shown}
          onExtra={(extra) => change({ extra })}
          onChange={(connection) =>
            setDraft((known) => ({
              ...withConnection(known, connection),
              name: known.name === nameOf(t, known.connection) ? nameOf(t, connection) : known.name,
            }))
          }
        />
        <MemberFields
          connection={draft.connection}
          members={draft.members}
          problems={shown}
          isKeyWanted={field === 'key'}
          onChange={(members) => change({ members })}
        />
        {!hasVault && (remoteFacts(draft.connection).needsKey || draft.members.some(hasKey)) && (
          <div className={styles.vault}>
            <p>{t('remote.vault.none')}</p>
            {hasNewKey(draft) && (
              <div data-testid="keep-in-file">
                <Checkbox
                  label={t('remote.vault.keep')}
                  checked={mayLieInFile}
                  onChange={(event) => setMayLieInFile(event.target.checked)}
                />
              </div>
            )}
          </div>
        )}
        <PriceFields
          draft={draft}
          isCurrencyWrong={shown.currency}
          isLimitWanted={field === 'limit'}
          onChange={change}
        />
        <VoiceFields
          connection={draft.connection}
          voices={draft.voices}
          problems={shown.voices}
          onChange={(voices) => change({ voices })}
        />
        <FixFields connection={draft.connection} problems={shown} onChange={(connection) => change({ connection })} />
        <TrialPart
          draft={draft}
          trial={trial}
          voices={trialVoices}
          voiceId={voiceId}
          onVoice={setChosenVoice}
          onTest={test}
          onChange={change}
          onEnterKey={enterKey}
        />
      </div>
    </FormDialog>
  )
}

const NO_PROBLEMS: ReturnType<typeof problemsOf> = {
  name: false,
  model: false,
  addresses: new Map(),
  webSockets: new Set(),
  keyHeaders: new Set(),
  extra: undefined,
  currency: false,
  voices: new Map(),
  readings: new Map(),
  replacements: new Map(),
}

const NewEngine = ({ onClose }: { onClose(): void }) => {
  const t = useT()
  const [kind, setKind] = useState<ConnectionKind | null>(null)
  const [former, setFormer] = useState<ConnectionKind | null>(null)
  if (kind === null) return <KindChoice chosen={former} onChoose={setKind} onClose={onClose} />
  return (
    <Form
      initial={newDraft(kind, nameOf(t, newConnection(kind)), mintId)}
      field={undefined}
      onBack={() => {
        setFormer(kind)
        setKind(null)
      }}
      onClose={onClose}
    />
  )
}

/** Adds an engine that computes elsewhere, or changes one: only the fields of its kind, tried before it is saved. */
export const EngineForm = ({
  at,
  engines,
  onClose,
}: {
  at: EngineFormAt
  engines: readonly RemoteListing[]
  onClose(): void
}) => {
  if (at.engineId === null) return <NewEngine onClose={onClose} />
  const listing = engines.find(({ engine }) => engine.engineId === at.engineId)
  return listing ? (
    <Form key={at.engineId} initial={draftOfListing(listing)} field={at.field} onClose={onClose} />
  ) : null
}
