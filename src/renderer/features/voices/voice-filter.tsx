import { useMemo } from 'react'
import type { EngineId } from '../../../shared/kernel/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'
import { useSlice, useStudio, useTranslator } from '../../state/index.ts'
import { languagesOf, type VoiceFilter } from '../../state/voices.ts'
import { Select, TextInput } from '../../ui/index.ts'
import styles from './voice-filter.module.css'

const ANY = ''
const RECORDINGS = 'recordings'

/** A language by its name in the interface's language. */
export const languageName = (tag: string, inLanguage: string): string =>
  new Intl.DisplayNames(inLanguage, { type: 'language', fallback: 'code' }).of(tag) ?? tag

/** What is said of a voice beside its name. */
export const useVoiceFacts = (): ((voice: Voice) => string[]) => {
  const { t, language } = useTranslator()
  return useMemo(() => {
    const names = new Map<string, string>()
    const nameOf = (tag: string): string => {
      const known = names.get(tag) ?? languageName(tag, language)
      names.set(tag, known)
      return known
    }
    return (voice) => [
      voice.language === null ? t('voices.language.any') : nameOf(voice.language),
      t(`voices.gender.${voice.gender}`),
    ]
  }, [t, language])
}

type VoiceFilterFieldsProps = {
  voices: readonly Voice[]
  filter: VoiceFilter
  /** What the search field is beside a filter, e.g. the combobox of a list. */
  searchProps?: Omit<Parameters<typeof TextInput>[0], 'value' | 'onChange' | 'type' | 'ref'>
  onChange(filter: VoiceFilter): void
}

/** Name, origin and language of the voices that a person wants to see; only what makes a difference is offered. */
export const VoiceFilterFields = ({ voices, filter, searchProps, onChange }: VoiceFilterFieldsProps) => {
  const { t, language: interfaceLanguage } = useTranslator()
  const { library } = useStudio()
  const engines = useSlice(library.store, ({ world }) => world.engines)
  const collator = new Intl.Collator(interfaceLanguage)
  const languages = useMemo(() => languagesOf(voices), [voices])
  const origins = useMemo(() => {
    const ofEngines = new Set<EngineId>()
    for (const { source } of voices) if (source.kind === 'presetSpeaker') ofEngines.add(source.engineId)
    return ofEngines
  }, [voices])
  const hasRecordings = voices.some(({ source }) => source.kind === 'promptAudio')
  const originChoices = [
    { value: ANY, label: t('voices.filter.from.any') },
    ...(hasRecordings ? [{ value: RECORDINGS, label: t('voices.recorded') }] : []),
    ...[...origins].map((engineId) => ({ value: engineId as string, label: engines.get(engineId)?.name ?? engineId })),
  ]
  return (
    <>
      <TextInput
        type="search"
        aria-label={t('voices.filter')}
        placeholder={t('voices.filter')}
        className={styles.search}
        {...searchProps}
        value={filter.text}
        onChange={(event) => onChange({ ...filter, text: event.target.value })}
      />
      {originChoices.length > 2 && (
        <Select
          aria-label={t('voices.filter.from')}
          className={styles.choice}
          value={filter.from ?? ANY}
          options={originChoices}
          onChoose={(chosen) =>
            onChange({
              ...filter,
              from: chosen === RECORDINGS ? RECORDINGS : ([...origins].find((engineId) => engineId === chosen) ?? null),
            })
          }
        />
      )}
      {languages.length > 1 && (
        <Select
          aria-label={t('voices.filter.language')}
          className={styles.choice}
          value={filter.language ?? ANY}
          options={[
            { value: ANY, label: t('voices.filter.language.any') },
            ...languages
              .map((tag) => ({ value: tag, label: languageName(tag, interfaceLanguage) }))
              .sort((a, b) => collator.compare(a.label, b.label)),
          ]}
          onChoose={(chosen) => onChange({ ...filter, language: chosen === ANY ? null : chosen })}
        />
      )}
    </>
  )
}
