import { type Ref, useMemo, useState } from 'react'
import type { Voice } from '../../../shared/voice/index.ts'
import { useOpened, useSlice, useStudio, useT, useTranslator } from '../../state/index.ts'
import { charactersByVoice, groupVoices, type RecordedVoice } from '../../state/voices.ts'
import { Button, Icon, TextInput } from '../../ui/index.ts'
import { VoiceGroup } from './voice-group.tsx'
import styles from './voice-list.module.css'
import { VoiceRow } from './voice-row.tsx'

type VoiceListProps = {
  newButton: Ref<HTMLButtonElement>
  /** A voice that was just made. */
  createdName: string | null
  onNew(): void
  onEdit(voice: RecordedVoice): void
  onDeleted(): void
}

const languageName = (tag: string, inLanguage: string): string =>
  new Intl.DisplayNames(inLanguage, { type: 'language', fallback: 'code' }).of(tag) ?? tag

/** Every voice of the library: the person's own first, then those that engines bring along. */
export const VoiceList = ({ newButton, createdName, onNew, onEdit, onDeleted }: VoiceListProps) => {
  const t = useT()
  const { language: interfaceLanguage } = useTranslator()
  const { library } = useStudio()
  const { voices, engines } = useSlice(library.store, (state) => state.world)
  const project = useOpened((opened) => opened?.project)
  const [filter, setFilter] = useState('')
  const factsOf = (voice: Voice): string[] => [
    voice.language === null ? t('voices.language.any') : languageName(voice.language, interfaceLanguage),
    t(`voices.gender.${voice.gender}`),
  ]
  const groups = groupVoices(voices.values(), filter.trim(), (voice) =>
    [voice.name, voice.notes, ...factsOf(voice)].join(' '),
  )
  const speaksFor = useMemo(() => charactersByVoice(project), [project])
  const list = new Intl.ListFormat(interfaceLanguage)
  const speaksForText = ({ voiceId }: Voice): string | null => {
    const names = speaksFor.get(voiceId)
    return names ? t('voices.speaksFor', { names: list.format(names) }) : null
  }
  const isFound = groups.recorded.length + groups.presets.size > 0
  return (
    <div className={styles.list}>
      <div className={styles.tools}>
        <TextInput
          type="search"
          aria-label={t('voices.filter')}
          placeholder={t('voices.filter')}
          className={styles.filter}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <Button ref={newButton} look="primary" icon="plus" onClick={onNew}>
          {t('voices.new')}
        </Button>
      </div>
      {createdName !== null && (
        <p className={styles.created} role="status">
          <Icon name="check" />
          {t('voices.created', { name: createdName })}
        </p>
      )}
      {filter.trim() !== '' && !isFound && (
        <p className={styles.none} role="status">
          {t('voices.filter.none', { filter: filter.trim() })}
        </p>
      )}
      {(groups.recorded.length > 0 || filter.trim() === '') && (
        <VoiceGroup title={t('voices.recorded')}>
          {groups.recorded.length === 0 ? (
            <li className={styles.empty}>{t('voices.recorded.empty')}</li>
          ) : (
            groups.recorded.map((voice) => (
              <VoiceRow
                key={voice.voiceId}
                voice={voice}
                facts={[...factsOf(voice), ...(voice.source.promptText === '' ? [t('voices.noTranscript')] : [])]}
                speaksFor={speaksForText(voice)}
                onEdit={() => onEdit(voice)}
                onDeleted={onDeleted}
              />
            ))
          )}
        </VoiceGroup>
      )}
      {[...groups.presets].map(([engineId, ofEngine]) => (
        <VoiceGroup key={engineId} title={t('voices.preset', { engine: engines.get(engineId)?.name ?? engineId })}>
          {ofEngine.map((voice) => (
            <VoiceRow key={voice.voiceId} voice={voice} facts={factsOf(voice)} speaksFor={speaksForText(voice)} />
          ))}
        </VoiceGroup>
      ))}
    </div>
  )
}
