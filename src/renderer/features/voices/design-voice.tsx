import { type FormEvent, useRef, useState } from 'react'
import {
  type DashscopeDesign,
  dashscopeDesignSchema,
  type RemoteEngine,
  type RemoteVoice,
  remoteFacts,
  type VoiceDesign,
} from '../../../shared/endpoint/index.ts'
import { warningText } from '../../../shared/i18n/index.ts'
import type { EngineId } from '../../../shared/kernel/index.ts'
import { useStudio, useT } from '../../state/index.ts'
import { Button, Card, Field, Icon, Progress, Select, TextArea, TextInput } from '../../ui/index.ts'
import { ErrorNotice } from '../errors/error-notice.tsx'
import { Question, useSubmit } from '../forms/index.ts'
import styles from './design-voice.module.css'
import { PreviewPlayer } from './preview-player.tsx'
import { Subpage } from './subpage.tsx'
import { type DesignedVoice, useDesign } from './use-design.ts'
import formStyles from './voice-form.module.css'

/** @source Alibaba Cloud Model Studio, CosyVoice voice design API reference */
const MOST = { name: 200, description: 500, previewText: 200 } as const
const ANY_LANGUAGE = ''
const LANGUAGES = ['zh', 'en'] as const
const GENDERS = ['female', 'male', 'neutral'] as const

type Said = VoiceDesign & { engineId: EngineId }
type Problems = { readonly [Field in 'name' | 'description' | 'previewText']?: string }

/** Which fields the service would not take, and why, as texts choose by it. */
const problemsOf = ({ connection }: RemoteEngine, said: Said): Problems => {
  const empty = (text: string): { readonly empty: string } | null => (text.trim() === '' ? { empty: 'empty' } : null)
  const asked: { readonly [Field in keyof DashscopeDesign]: unknown } = {
    targetModel: 'model' in connection ? connection.model : '',
    prefix: 'a',
    voicePrompt: said.description.trim(),
    previewText: said.previewText.trim(),
    language: said.language,
  }
  const { error } = dashscopeDesignSchema.safeParse(asked)
  const isWrong = (field: keyof DashscopeDesign): boolean =>
    error?.issues.some(({ path }) => path[0] === field) ?? false
  return {
    ...(empty(said.name) && { name: 'empty' }),
    ...(isWrong('voicePrompt') && { description: empty(said.description)?.empty ?? 'language' }),
    ...(isWrong('previewText') && { previewText: empty(said.previewText)?.empty ?? 'language' }),
  }
}

type DesignFormProps = {
  engines: readonly RemoteEngine[]
  said: Said
  problems: Problems
  isBusy: boolean
  onChange(patch: Partial<Said>): void
}

const Counted = ({ text, most }: { text: string; most: number }) => {
  const t = useT()
  return <span className={styles.count}>{t('voices.design.count', { count: text.length, most })}</span>
}

const DesignFields = ({ engines, said, problems, isBusy, onChange }: DesignFormProps) => {
  const t = useT()
  const problem = (field: keyof Problems): string | undefined =>
    problems[field] && t(`voices.design.${field}.problem`, { problem: problems[field] })
  return (
    <>
      {engines.length > 1 && (
        <Field label={t('voices.design.engine')}>
          {(ids) => (
            <Select
              {...ids}
              disabled={isBusy}
              value={said.engineId}
              options={engines.map(({ engineId, name }) => ({ value: engineId, label: name }))}
              onChoose={(engineId) => onChange({ engineId })}
            />
          )}
        </Field>
      )}
      <Field label={t('voices.form.name')} problem={problem('name')}>
        {(ids) => (
          <TextInput
            {...ids}
            autoFocus
            disabled={isBusy}
            aria-invalid={problems.name !== undefined}
            maxLength={MOST.name}
            value={said.name}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        )}
      </Field>
      <Field
        label={t('voices.design.description')}
        problem={problem('description')}
        note={
          <>
            {t('voices.design.description.note')} <Counted text={said.description} most={MOST.description} />
          </>
        }
      >
        {(ids) => (
          <TextArea
            {...ids}
            disabled={isBusy}
            aria-invalid={problems.description !== undefined}
            maxLength={MOST.description}
            placeholder={t('voices.design.description.placeholder')}
            value={said.description}
            onChange={(event) => onChange({ description: event.target.value })}
          />
        )}
      </Field>
      <Field
        label={t('voices.design.previewText')}
        problem={problem('previewText')}
        note={
          <>
            {t('voices.design.previewText.note')} <Counted text={said.previewText} most={MOST.previewText} />
          </>
        }
      >
        {(ids) => (
          <TextArea
            {...ids}
            disabled={isBusy}
            aria-invalid={problems.previewText !== undefined}
            maxLength={MOST.previewText}
            value={said.previewText}
            onChange={(event) => onChange({ previewText: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('voices.form.language')}>
        {(ids) => (
          <Select
            {...ids}
            disabled={isBusy}
            value={said.language ?? ANY_LANGUAGE}
            options={[
              { value: ANY_LANGUAGE, label: t('voices.design.language.any') },
              ...LANGUAGES.map((language) => ({ value: language, label: t(`voices.design.language.${language}`) })),
            ]}
            onChoose={(chosen) => onChange({ language: LANGUAGES.find((language) => language === chosen) ?? null })}
          />
        )}
      </Field>
      <Field label={t('voices.form.gender')}>
        {(ids) => (
          <Select
            {...ids}
            disabled={isBusy}
            value={said.gender}
            options={GENDERS.map((gender) => ({ value: gender, label: t(`voices.gender.${gender}`) }))}
            onChoose={(gender) => onChange({ gender })}
          />
        )}
      </Field>
    </>
  )
}

type MadeProps = {
  said: Said
  voice: DesignedVoice
  preview: DesignedVoice['preview']
  onKeep(): void
  onDiscarded(): void
}

/** What came of it: to be listened to, and kept or not. */
const Made = ({ said, voice, preview, onKeep, onDiscarded }: MadeProps) => {
  const t = useT()
  const { bridge } = useStudio()
  const { submit, isBusy, failure } = useSubmit(async () => {
    await bridge.call('voice.discard', { voiceId: voice.voiceId })
    onDiscarded()
  })
  return (
    <Card as="section" look="current" aria-label={t('voices.design.made', { name: said.name })} data-testid="designed">
      <h4>{t('voices.design.made', { name: said.name })}</h4>
      {preview ? (
        <PreviewPlayer {...preview} name={said.name} />
      ) : (
        <p className={styles.quiet}>{t('voices.design.noPreview')}</p>
      )}
      {voice.isPending && <p className={styles.quiet}>{t('voices.design.pending')}</p>}
      {voice.warnings.map((warning) => (
        <p key={`${warning.field} ${warning.reason}`} className={styles.warning}>
          <Icon name="alert" />
          {warningText(t, warning)}
        </p>
      ))}
      {failure && <ErrorNotice error={failure} remedies={{ 'try-again': submit }} />}
      <div className={styles.buttons}>
        <Button look="primary" autoFocus aria-disabled={isBusy} onClick={() => !isBusy && onKeep()}>
          {t('voices.design.keep')}
        </Button>
        <Button aria-disabled={isBusy} onClick={submit}>
          {t('voices.design.discard')}
        </Button>
      </div>
    </Card>
  )
}

/** Voices that were made before and that the service still works on. */
const BeingMade = ({ engine: { engineId, members, voices } }: { engine: RemoteEngine }) => {
  const t = useT()
  const { bridge } = useStudio()
  const [asked, setAsked] = useState<RemoteVoice | null>(null)
  const look = useSubmit(async () => bridge.call('twin.follow'))
  const discard = useSubmit(async () => {
    const [member] = members
    if (asked && member)
      await bridge.call('twin.remove-there', { engineId, memberId: member.memberId, remoteVoice: asked.remoteVoice })
    setAsked(null)
  })
  const pending = voices.filter(({ isPending }) => isPending)
  const failure = look.failure ?? discard.failure
  if (pending.length === 0) return null
  return (
    <Card as="section" aria-label={t('voices.design.beingMade')} data-testid="designs-being-made">
      <h4>{t('voices.design.beingMade')}</h4>
      <p className={styles.quiet}>{t('voices.design.pending')}</p>
      <ul>
        {pending.map((voice) => (
          <li key={voice.remoteVoice} className={styles.running}>
            <span>{voice.name}</span>
            <Button
              look="quiet"
              aria-label={t('voices.design.discard.label', { name: voice.name })}
              onClick={() => setAsked(voice)}
            >
              {t('voices.design.discard')}
            </Button>
          </li>
        ))}
      </ul>
      {asked && (
        <Question
          text={t('voices.design.discard.question', { name: asked.name })}
          confirm={t('voices.design.discard')}
          onConfirm={discard.submit}
          onCancel={() => setAsked(null)}
        />
      )}
      {failure && <ErrorNotice error={failure} />}
      <div className={styles.buttons}>
        <Button aria-disabled={look.isBusy} onClick={look.submit}>
          {t('voices.copies.look')}
        </Button>
      </div>
    </Card>
  )
}

type DesignVoiceProps = { engines: readonly RemoteEngine[]; onDone(createdName: string | null): void }

/** A voice is made from words by a service, listened to, and kept or not. */
export const DesignVoice = ({ engines, onDone }: DesignVoiceProps) => {
  const t = useT()
  const [said, setSaid] = useState<Said>(() => ({
    engineId: engines[0]?.engineId ?? ('' as EngineId),
    ...{ name: '', gender: 'neutral', description: '', previewText: '', language: null },
  }))
  const [isChecked, setIsChecked] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const { design, start, cancel, reset } = useDesign()
  const engine = engines.find(({ engineId }) => engineId === said.engineId)
  if (!engine) return null
  const problems = problemsOf(engine, said)
  const isRunning = design.kind === 'running'
  const make = (event?: FormEvent): void => {
    event?.preventDefault()
    setIsChecked(true)
    if (Object.keys(problems).length === 0) start(said)
    // Which fields are wrong is marked with the next paint.
    else requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
  }
  return (
    <Subpage title={t('voices.design.title')} onBack={() => onDone(null)}>
      <p className={styles.quiet}>{t('voices.design.intro', { engine: engine.name })}</p>
      {!isRunning && design.kind !== 'made' && <BeingMade engine={engine} />}
      {design.kind === 'made' ? (
        <Made
          said={said}
          voice={design.voice}
          preview={design.preview}
          onKeep={() => onDone(said.name.trim())}
          onDiscarded={reset}
        />
      ) : (
        <form ref={form} className={formStyles.form} noValidate onSubmit={make} data-testid="design-form">
          <DesignFields
            engines={engines}
            said={said}
            problems={isChecked ? problems : {}}
            isBusy={isRunning}
            onChange={(patch) => setSaid({ ...said, ...patch })}
          />
          <p className={styles.cost}>
            <Icon name="alert" />
            {t('voices.design.cost', { engine: engine.name })}
          </p>
          {design.kind === 'failed' && (
            <ErrorNotice
              error={{
                ...design.error,
                remedies: design.error.remedies.filter((remedy) => !remedy.startsWith('choose-another')),
              }}
              remedies={{ 'try-again': () => make() }}
            />
          )}
          {isRunning && (
            <div className={styles.running} role="status">
              <Progress share={null} label={t(`voices.design.stage.${design.stage}`)} />
              <span>{t(`voices.design.stage.${design.stage}`)}</span>
            </div>
          )}
          {isRunning && design.preview && <PreviewPlayer {...design.preview} name={said.name} />}
          <div className={formStyles.buttons}>
            <Button look={isRunning ? 'plain' : 'quiet'} onClick={isRunning ? cancel : () => onDone(null)}>
              {t(isRunning ? 'voices.copies.stop' : 'common.cancel')}
            </Button>
            {!isRunning && (
              <Button look="primary" type="submit">
                {t('voices.design.submit')}
              </Button>
            )}
          </div>
        </form>
      )}
    </Subpage>
  )
}

/** Engines that make voices from words. */
export const designingEngines = (engines: readonly RemoteEngine[]): readonly RemoteEngine[] =>
  engines.filter(({ connection }) => remoteFacts(connection).mayDesign)
