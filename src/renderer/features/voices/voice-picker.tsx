import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import type { VoiceId } from '../../../shared/kernel/index.ts'
import type { EngineCapabilities } from '../../../shared/render/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import {
  ALL_VOICES,
  filterVoices,
  groupVoices,
  isFiltered,
  type VoiceAbility,
  type VoiceFilter,
  voiceAbility,
} from '../../state/voices.ts'
import { Button, Checkbox, classes, Dialog, Icon, OneLine } from '../../ui/index.ts'
import { choiceAfterKey } from '../inspector/instruct-picker-view.ts'
import { useVoiceFacts, VoiceFilterFields } from './voice-filter.tsx'
import styles from './voice-picker.module.css'

type Choice = { voiceId: VoiceId | null; label: string; facts: string; ability: VoiceAbility }
type Group = { label: string; note: string | null; choices: readonly Choice[] }

/** Those that can be spoken with come before those that could be, and those before the others. */
const rankOf = ({ choices }: Group): number => {
  if (choices.some(({ ability }) => ability === 'speaks')) return 0
  return choices.some(({ ability }) => ability === 'not-enrolled') ? 1 : 2
}

type VoicePickerProps = {
  title: string
  /** Null: the one of the level above. */
  voiceId: VoiceId | null
  /** The choice of saying nothing here, in words. */
  inheritedLabel: string
  /** The engine that would speak. */
  engine: EngineCapabilities | undefined
  onChoose(voiceId: VoiceId | null): void
  onClose(): void
}

/** The groups of voices, those first that the engine can speak with. */
const useGroups = (
  engine: EngineCapabilities | undefined,
  filter: VoiceFilter,
  isSpeakableOnly: boolean,
): readonly Group[] => {
  const t = useT()
  const { library } = useStudio()
  const { voices, engines, enrolments } = useSlice(library.store, ({ world }) => world)
  const factsOf = useVoiceFacts()
  return useMemo(() => {
    const abilityOf = (voice: Voice): VoiceAbility => (engine ? voiceAbility(engine, voice, enrolments) : 'speaks')
    const found = filterVoices(voices.values(), filter, (voice) => [voice.name, ...factsOf(voice)].join(' '))
    const { recorded, presets } = groupVoices(found)
    const group = (label: string, of: readonly Voice[]): Group => {
      const choices = of
        .map((voice) => ({
          ...{ voiceId: voice.voiceId, label: voice.name, facts: factsOf(voice).join(' · ') },
          ability: abilityOf(voice),
        }))
        .filter(({ ability }) => !isSpeakableOnly || ability === 'speaks')
      // Of voices that come from the same place, all can be spoken with or none.
      const ability = choices[0]?.ability
      const isOut = ability === 'other-engine' || ability === 'no-recordings'
      return { label, note: isOut && engine ? t(`voices.ability.${ability}`, { engine: engine.name }) : null, choices }
    }
    const groups = [
      group(t('voices.recorded'), recorded),
      ...[...presets].map(([engineId, of]) =>
        group(t('voices.preset', { engine: engines.get(engineId)?.name ?? engineId }), of),
      ),
    ].filter(({ choices }) => choices.length > 0)
    return groups.sort((a, b) => rankOf(a) - rankOf(b))
  }, [voices, engines, enrolments, engine, filter, isSpeakableOnly, factsOf, t])
}

/** Chooses a voice among hundreds: found by its name, where it comes from, and its language. */
export const VoicePicker = ({ title, voiceId, inheritedLabel, engine, onChoose, onClose }: VoicePickerProps) => {
  const t = useT()
  const { library, dialogs } = useStudio()
  const voices = useSlice(library.store, ({ world }) => world.voices)
  const all = useMemo(() => [...voices.values()], [voices])
  const listId = useId()
  const list = useRef<HTMLDivElement>(null)
  const [filter, setFilter] = useState<VoiceFilter>(ALL_VOICES)
  const [isSpeakableOnly, setIsSpeakableOnly] = useState(false)
  const groups = useGroups(engine, filter, isSpeakableOnly)
  const first: Choice = { voiceId: null, label: inheritedLabel, facts: '', ability: 'speaks' }
  const choices = [...(isFiltered(filter) ? [] : [first]), ...groups.flatMap((group) => group.choices)]
  const [active, setActive] = useState<VoiceId | null>(voiceId)
  const place = choices.findIndex((choice) => choice.voiceId === active)
  const index = place >= 0 ? place : 0
  const shown = choices[index]
  useEffect(() => {
    document.getElementById(`${listId}-${index}`)?.scrollIntoView({ block: 'nearest' })
  }, [listId, index])
  const choose = (choice: Choice | undefined): void => {
    if (!choice) return
    if (choice.voiceId !== voiceId) onChoose(choice.voiceId)
    onClose()
  }
  const walk = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter') {
      event.preventDefault()
      choose(shown)
      return
    }
    // Home and End are the text's.
    const next =
      event.key === 'Home' || event.key === 'End' ? undefined : choiceAfterKey(event.key, index, choices.length)
    if (next === undefined) return
    event.preventDefault()
    setActive(choices[next]?.voiceId ?? null)
  }
  const copy = (): void => {
    const copiesOf = shown?.voiceId
    onClose()
    if (copiesOf) dialogs.open({ kind: 'pages', page: 'voices', copiesOf })
  }
  let at = -1
  const option = (choice: Choice) => {
    at += 1
    const isActive = at === index
    const isChosen = choice.voiceId === voiceId
    return (
      // biome-ignore lint/a11y/useFocusableInteractive: the search field keeps the focus and names the active choice
      // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the search field's
      <div
        key={choice.voiceId ?? 'inherited'}
        id={`${listId}-${at}`}
        role="option"
        aria-selected={isChosen}
        aria-setsize={choices.length}
        aria-posinset={at + 1}
        className={classes(styles.choice, isActive && styles.active)}
        data-ability={choice.ability}
        onClick={() => choose(choice)}
        onPointerMove={({ movementX, movementY }) => {
          // A list that scrolls under a resting pointer is not pointing.
          if (!isActive && (movementX !== 0 || movementY !== 0)) setActive(choice.voiceId)
        }}
      >
        <OneLine className={styles.name}>{choice.label}</OneLine>
        {choice.ability === 'not-enrolled' && <span className={styles.lacking}>{t('voices.ability.noCopy')}</span>}
        <span className={styles.facts}>{choice.facts}</span>
        <span className={styles.chosen}>{isChosen && <Icon name="check" />}</span>
      </div>
    )
  }
  return (
    <Dialog
      title={title}
      closeLabel={t('common.close')}
      onClose={onClose}
      isWide
      foot={
        <>
          <span data-side="start" className={styles.about} role="status">
            {shown && shown.ability !== 'speaks' && engine
              ? t(`voices.ability.one.${shown.ability}`, { engine: engine.name })
              : ''}
          </span>
          {shown?.ability === 'not-enrolled' && engine && (
            <Button onClick={copy}>{t('voices.copies.copy', { engine: engine.name })}</Button>
          )}
          <Button look="quiet" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button look="primary" disabled={!shown} onClick={() => choose(shown)}>
            {t('voices.pick.choose')}
          </Button>
        </>
      }
    >
      <div className={styles.picker} data-testid="voice-picker">
        <div className={styles.tools}>
          <VoiceFilterFields
            voices={all}
            filter={filter}
            searchProps={{
              role: 'combobox',
              'aria-expanded': true,
              'aria-controls': listId,
              'aria-activedescendant': shown ? `${listId}-${index}` : undefined,
              'aria-autocomplete': 'list',
              onKeyDown: walk,
            }}
            onChange={setFilter}
          />
          {engine && !engine.speaksForAnyVoice && (
            <Checkbox
              label={t('voices.pick.speakable', { engine: engine.name })}
              checked={isSpeakableOnly}
              onChange={(event) => setIsSpeakableOnly(event.target.checked)}
            />
          )}
        </div>
        <div ref={list} id={listId} role="listbox" aria-label={title} className={styles.list}>
          {!isFiltered(filter) && option(first)}
          {groups.map((group) => (
            // biome-ignore lint/a11y/useSemanticElements: a group of options, which fieldset is not
            <div key={group.label} role="group" aria-label={group.label} className={styles.group}>
              <div role="presentation" className={styles.heading}>
                {group.label}
                {group.note !== null && <span className={styles.reason}>{group.note}</span>}
              </div>
              {group.choices.map(option)}
            </div>
          ))}
          {choices.length === 0 && <p className={styles.none}>{t('voices.filter.none.other')}</p>}
        </div>
      </div>
    </Dialog>
  )
}
