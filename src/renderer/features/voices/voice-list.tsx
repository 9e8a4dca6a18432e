import { type Ref, useDeferredValue, useMemo, useState } from 'react'
import type { Voice } from '../../../shared/voice/index.ts'
import { useOpened, useSlice, useStudio, useT, useTranslator } from '../../state/index.ts'
import {
  ALL_VOICES,
  charactersByVoice,
  filterVoices,
  groupVoices,
  isFiltered,
  type RecordedVoice,
  voiceAbility,
} from '../../state/voices.ts'
import { Button, Icon } from '../../ui/index.ts'
import { designingEngines } from './design-voice.tsx'
import { copiesOf, waysOf } from './voice-copies.ts'
import { useVoiceFacts, VoiceFilterFields } from './voice-filter.tsx'
import { VoiceGroup } from './voice-group.tsx'
import styles from './voice-list.module.css'
import { VoiceRow } from './voice-row.tsx'

type VoiceListProps = {
  newButton: Ref<HTMLButtonElement>
  /** A voice that was just made. */
  createdName: string | null
  onNew(): void
  onEdit(voice: RecordedVoice): void
  onCopies(voice: RecordedVoice): void
  onCompare(): void
  onDesign(): void
  onDeleted(): void
}

/** Every voice of the library: the person's own first, then those that engines bring along. */
export const VoiceList = ({
  newButton,
  createdName,
  onNew,
  onEdit,
  onCopies,
  onCompare,
  onDesign,
  onDeleted,
}: VoiceListProps) => {
  const t = useT()
  const { language: interfaceLanguage } = useTranslator()
  const { library, remote } = useStudio()
  const world = useSlice(library.store, (state) => state.world)
  const twins = useSlice(library.store, (state) => state.twins)
  const listings = useSlice(remote.store, (state) => state.engines)
  const project = useOpened((opened) => opened?.project)
  const [filter, setFilter] = useState(ALL_VOICES)
  // Typing goes on while hundreds of rows follow.
  const followed = useDeferredValue(filter)
  const { engines } = world
  const engine = engines.get(project?.settings.direction.engineId ?? world.defaultEngineId)
  const elsewhere = useMemo(() => listings.map((listing) => listing.engine), [listings])
  const ways = useMemo(() => waysOf(elsewhere), [elsewhere])
  const designing = useMemo(() => designingEngines(elsewhere), [elsewhere])
  const mayCopy = ways.some(({ mayEnrol }) => mayEnrol)
  const factsOf = useVoiceFacts()
  const all = useMemo(() => [...world.voices.values()], [world])
  const found = useMemo(
    () => filterVoices(all, followed, (voice) => [voice.name, voice.notes, ...factsOf(voice)].join(' ')),
    [all, followed, factsOf],
  )
  const groups = useMemo(() => groupVoices(found), [found])
  const speaksFor = useMemo(() => charactersByVoice(project), [project])
  const list = new Intl.ListFormat(interfaceLanguage)
  const speaksForText = ({ voiceId }: Voice): string | null => {
    const names = speaksFor.get(voiceId)
    return names ? t('voices.speaksFor', { names: list.format(names) }) : null
  }
  const isNarrowed = isFiltered(followed)
  /** Of voices that come from the same place, all can be spoken with or none. */
  const noteOn = ([first]: readonly Voice[]): string | null => {
    const ability = engine && first ? voiceAbility(engine, first, world.enrolments) : 'speaks'
    return engine && (ability === 'other-engine' || ability === 'no-recordings')
      ? t(`voices.ability.${ability}`, { engine: engine.name })
      : null
  }
  const isUsable = ([, ofEngine]: readonly [unknown, readonly Voice[]]): boolean => noteOn(ofEngine) === null
  const presets = [...groups.presets].sort((a, b) => Number(isUsable(b)) - Number(isUsable(a)))
  /** Voices that were made from words can be removed; those that a service has for everybody cannot. */
  const isOwn = ({ source }: Voice): boolean =>
    source.kind === 'presetSpeaker' &&
    designing.some(
      ({ engineId, voices }) =>
        engineId === source.engineId && voices.some(({ remoteVoice }) => remoteVoice === source.speaker),
    )
  return (
    <div className={styles.list}>
      <div className={styles.tools}>
        <Button ref={newButton} look="primary" icon="plus" onClick={onNew}>
          {t('voices.new')}
        </Button>
        {designing.length > 0 && (
          <Button data-way="design" onClick={onDesign}>
            {t('voices.design.open')}
          </Button>
        )}
        {mayCopy && (
          <Button data-way="compare" onClick={onCompare}>
            {t('voices.compare.open')}
          </Button>
        )}
      </div>
      <search className={styles.tools}>
        <VoiceFilterFields voices={all} filter={filter} onChange={setFilter} />
      </search>
      {createdName !== null && (
        <p className={styles.created} role="status">
          <Icon name="check" />
          {t('voices.created', { name: createdName })}
        </p>
      )}
      {isNarrowed && found.length === 0 && (
        <p className={styles.none} role="status">
          {followed.text.trim() === ''
            ? t('voices.filter.none.other')
            : t('voices.filter.none', { filter: followed.text.trim() })}
        </p>
      )}
      {(groups.recorded.length > 0 || !isNarrowed) && (
        <VoiceGroup
          title={t('voices.recorded')}
          count={groups.recorded.length}
          note={noteOn(groups.recorded)}
          isOpenAtFirst
        >
          {() =>
            groups.recorded.length === 0 ? (
              <li className={styles.empty}>{t('voices.recorded.empty')}</li>
            ) : (
              groups.recorded.map((voice) => (
                <VoiceRow
                  key={voice.voiceId}
                  voice={voice}
                  facts={[...factsOf(voice), ...(voice.source.promptText === '' ? [t('voices.noTranscript')] : [])]}
                  speaksFor={speaksForText(voice)}
                  copies={copiesOf(voice, ways, twins)}
                  lacksCopyAt={
                    engine && voiceAbility(engine, voice, world.enrolments) === 'not-enrolled' ? engine.name : null
                  }
                  {...(ways.length > 0 && { onCopies: () => onCopies(voice) })}
                  onEdit={() => onEdit(voice)}
                  onDeleted={onDeleted}
                />
              ))
            )
          }
        </VoiceGroup>
      )}
      {presets.map(([engineId, ofEngine]) => (
        <VoiceGroup
          key={engineId}
          title={t('voices.preset', { engine: engines.get(engineId)?.name ?? engineId })}
          count={ofEngine.length}
          note={noteOn(ofEngine)}
          isOpenAtFirst={isNarrowed}
        >
          {() =>
            ofEngine.map((voice) => (
              <VoiceRow
                key={voice.voiceId}
                voice={voice}
                facts={factsOf(voice)}
                speaksFor={speaksForText(voice)}
                {...(isOwn(voice) && { onDeleted })}
              />
            ))
          }
        </VoiceGroup>
      ))}
    </div>
  )
}
