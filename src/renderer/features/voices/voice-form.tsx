import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { type NewVoice, newVoiceSchema } from '../../../shared/voice/index.ts'
import { useT, useTranslator } from '../../state/index.ts'
import { Button, Field, Select, TextArea, TextInput } from '../../ui/index.ts'
import { ErrorNotice, type RemedyRuns } from '../errors/error-notice.tsx'
import { useSubmit } from '../forms/index.ts'
import { languageChoices } from '../inspector/language-choices.ts'
import styles from './voice-form.module.css'

const ANY_LANGUAGE = ''
const GENDERS = ['female', 'male', 'neutral'] as const

type VoiceFormProps = {
  submitLabel: string
  initial: NewVoice
  /** Whether the voice has been spoken with, so that other words make other sound. */
  isKnown?: boolean
  remedies?: RemedyRuns
  onSave(said: NewVoice): Promise<void>
  onCancel(): void
  children?: ReactNode
}

/** What a person says of a voice. The form stays, with what was typed, where saving fails. */
export const VoiceForm = ({ submitLabel, initial, isKnown, remedies, onSave, onCancel, children }: VoiceFormProps) => {
  const t = useT()
  const { language: interfaceLanguage } = useTranslator()
  const [said, setSaid] = useState(initial)
  const [isNameMissing, setIsNameMissing] = useState(false)
  const name = useRef<HTMLInputElement>(null)
  const trouble = useRef<HTMLDivElement>(null)
  const {
    isBusy,
    failure,
    submit: save,
  } = useSubmit(() => onSave(newVoiceSchema.parse({ ...said, promptText: said.promptText.trim() })))
  useEffect(() => name.current?.select(), [])
  useEffect(() => {
    if (failure) trouble.current?.scrollIntoView({ block: 'nearest' })
  }, [failure])
  const change = (patch: Partial<NewVoice>): void => {
    setSaid((known) => ({ ...known, ...patch }))
    if (patch.name !== undefined) setIsNameMissing(false)
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (said.name.trim() === '') {
      setIsNameMissing(true)
      name.current?.focus()
    } else save()
  }
  const transcriptNote = (): string => {
    if (isKnown && said.promptText.trim() !== initial.promptText) return t('voices.form.transcript.changed')
    return t(said.promptText.trim() === '' ? 'voices.form.transcript.empty' : 'voices.form.transcript.given')
  }
  const languages = languageChoices([], interfaceLanguage)
  const own = said.language
  const ownChoice =
    own !== null && !languages.some(({ value }) => value === own) ? languageChoices([own], interfaceLanguage) : []
  return (
    <form className={styles.form} onSubmit={submit} data-testid="voice-form">
      <Field label={t('voices.form.name')} problem={isNameMissing ? t('voices.form.name.missing') : undefined}>
        {(ids) => (
          <TextInput
            {...ids}
            ref={name}
            aria-invalid={isNameMissing}
            maxLength={200}
            value={said.name}
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('voices.form.transcript')} note={transcriptNote()}>
        {(ids) => (
          <TextArea
            {...ids}
            maxLength={2000}
            value={said.promptText}
            onChange={(event) => change({ promptText: event.target.value })}
          />
        )}
      </Field>
      <Field
        label={t('voices.form.language')}
        note={t(said.language === null ? 'voices.form.language.unsaid' : 'voices.form.language.note')}
      >
        {(ids) => (
          <Select
            {...ids}
            value={said.language ?? ANY_LANGUAGE}
            options={[{ value: ANY_LANGUAGE, label: t('voices.language.any') }, ...ownChoice, ...languages]}
            onChoose={(language) => change({ language: language === ANY_LANGUAGE ? null : language })}
          />
        )}
      </Field>
      <Field label={t('voices.form.gender')}>
        {(ids) => (
          <Select
            {...ids}
            value={said.gender}
            options={GENDERS.map((gender) => ({ value: gender, label: t(`voices.gender.${gender}`) }))}
            onChoose={(gender) => change({ gender })}
          />
        )}
      </Field>
      <Field label={t('voices.form.notes')}>
        {(ids) => (
          <TextArea
            {...ids}
            maxLength={2000}
            value={said.notes}
            onChange={(event) => change({ notes: event.target.value })}
          />
        )}
      </Field>
      {children}
      <div ref={trouble} className={styles.trouble}>
        {failure && <ErrorNotice error={failure} remedies={{ 'try-again': save, ...remedies }} />}
      </div>
      <div className={styles.buttons}>
        <Button look="quiet" onClick={onCancel}>
          {t('common.cancel')}
        </Button>
        <Button look="primary" type="submit" aria-disabled={isBusy}>
          {submitLabel}
        </Button>
      </div>
    </form>
  )
}
