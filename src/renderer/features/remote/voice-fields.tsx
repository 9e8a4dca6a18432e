import { useRef } from 'react'
import { type Connection, type RemoteVoice, remoteFacts } from '../../../shared/endpoint/index.ts'
import { useTranslator } from '../../state/index.ts'
import { Button, IconButton, Select, TextInput } from '../../ui/index.ts'
import { languageChoices } from '../inspector/language-choices.ts'
import type { DraftProblems } from './engine-draft.ts'
import styles from './engine-form.module.css'

const ANY_LANGUAGE = ''
const GENDERS = ['female', 'male', 'neutral'] as const
const NEW_VOICE: RemoteVoice = { remoteVoice: '', name: '', language: null, gender: 'neutral' }

type VoiceFieldsProps = {
  connection: Connection
  voices: readonly RemoteVoice[]
  problems: DraftProblems['voices']
  onChange(voices: readonly RemoteVoice[]): void
}

/** Voices that the endpoints have, by the names that they have there. */
export const VoiceFields = ({ connection, voices, problems, onChange }: VoiceFieldsProps) => {
  const { t, language: interfaceLanguage } = useTranslator()
  const part = useRef<HTMLElement>(null)
  const { voices: known, modes, languages } = remoteFacts(connection)
  const mayHaveVoices = modes.includes('presetSpeaker') || connection.kind === 'dashscope' || voices.length > 0
  if (!mayHaveVoices) return null
  const choices = languageChoices(languages, interfaceLanguage)
  const change = (index: number, patch: Partial<RemoteVoice>): void =>
    onChange(voices.map((voice, at) => (at === index ? { ...voice, ...patch } : voice)))
  const add = (): void => {
    onChange([...voices, NEW_VOICE])
    // The row is there with the next paint.
    requestAnimationFrame(() => part.current?.querySelector<HTMLElement>('li:last-child input')?.focus())
  }
  return (
    <section ref={part} className={styles.part} aria-labelledby="remote-voices">
      <h3 id="remote-voices">{t('remote.voices')}</h3>
      <p className={styles.note}>
        {known.length > 0 ? t('remote.voices.known', { count: known.length }) : t('remote.voices.unknown')}
      </p>
      {voices.length > 0 && (
        <ul className={styles.rows}>
          {voices.map((voice, index) => {
            const number = index + 1
            const problem = problems.get(index)
            return (
              // Rows are told apart by their place: two may have the same name while they are typed.
              // biome-ignore lint/suspicious/noArrayIndexKey: fields hold what is in the draft and nothing else
              <li key={index} className={styles.voice} data-testid="remote-voice">
                <TextInput
                  aria-label={t('remote.voice.id', { number })}
                  aria-invalid={problem !== undefined}
                  title={problem && t(`remote.voice.${problem}`)}
                  placeholder={t('remote.voice.id.placeholder')}
                  maxLength={300}
                  value={voice.remoteVoice}
                  onChange={(event) => change(index, { remoteVoice: event.target.value })}
                />
                <TextInput
                  aria-label={t('remote.voice.name', { number })}
                  placeholder={t('remote.voice.name.placeholder')}
                  maxLength={200}
                  value={voice.name}
                  onChange={(event) => change(index, { name: event.target.value })}
                />
                <Select
                  aria-label={t('remote.voice.language', { number })}
                  value={voice.language ?? ANY_LANGUAGE}
                  options={[
                    { value: ANY_LANGUAGE, label: t('voices.language.any') },
                    ...(voice.language !== null && !choices.some(({ value }) => value === voice.language)
                      ? [{ value: voice.language, label: voice.language }]
                      : []),
                    ...choices,
                  ]}
                  onChoose={(chosen) => change(index, { language: chosen === ANY_LANGUAGE ? null : chosen })}
                />
                <Select
                  aria-label={t('remote.voice.gender', { number })}
                  value={voice.gender}
                  options={GENDERS.map((gender) => ({ value: gender, label: t(`voices.gender.${gender}`) }))}
                  onChoose={(gender) => change(index, { gender })}
                />
                <IconButton
                  label={t('remote.voice.remove', { number })}
                  icon="trash"
                  onClick={() => {
                    onChange(voices.filter((_, at) => at !== index))
                    part.current?.querySelector<HTMLElement>('[data-add-voice]')?.focus()
                  }}
                />
                {problem && <p className={styles.problem}>{t(`remote.voice.${problem}`)}</p>}
              </li>
            )
          })}
        </ul>
      )}
      <div>
        <Button icon="plus" data-add-voice onClick={add}>
          {t('remote.voice.add')}
        </Button>
      </div>
    </section>
  )
}
