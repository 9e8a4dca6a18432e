import { useMemo, useState } from 'react'
import { acceleratorText } from '../../../shared/actions/index.ts'
import type { CharacterId } from '../../../shared/kernel/index.ts'
import type { Character } from '../../../shared/project/index.ts'
import { useProject, useSlice, useStudio, useT } from '../../state/index.ts'
import { voiceAbility } from '../../state/voices.ts'
import { Button, CommittedTextInput, Field, Icon, IconButton, Select, Swatch } from '../../ui/index.ts'
import { useIsMac } from '../actions/index.ts'
import { DirectionFields } from '../inspector/index.ts'
import { VoicePicker } from '../voices/voice-picker.tsx'
import styles from './character-card.module.css'
import { ColorPicker } from './color-picker.tsx'

const VoiceChoice = ({ character }: { character: Character }) => {
  const t = useT()
  const { library, projectCommands, dialogs } = useStudio()
  const world = useSlice(library.store, (state) => state.world)
  const projectVoiceId = useProject((project) => project.settings.direction.voiceId)
  const projectEngineId = useProject((project) => project.settings.direction.engineId)
  const [isChoosing, setIsChoosing] = useState(false)
  const { characterId, direction, name } = character
  const inherited = world.voices.get(projectVoiceId ?? world.defaultVoiceId)
  const inheritedLabel = t('cast.voice.inherited', { name: inherited?.name ?? '–' })
  const engine = world.engines.get(direction.engineId ?? projectEngineId ?? world.defaultEngineId)
  const own = direction.voiceId === null ? undefined : world.voices.get(direction.voiceId)
  const voice = direction.voiceId === null ? inherited : own
  const ability = engine && voice ? voiceAbility(engine, voice, world.enrolments) : 'speaks'
  const label = direction.voiceId === null ? inheritedLabel : (own?.name ?? t('direction.voice.missing'))
  return (
    <>
      <Button
        className={styles.voice}
        aria-haspopup="dialog"
        aria-label={`${t('cast.voiceOf', { name })}: ${label}`}
        data-testid="character-voice"
        onClick={() => setIsChoosing(true)}
      >
        <span className={styles.voiceName}>{label}</span>
        <Icon name="down" />
      </Button>
      {ability !== 'speaks' && engine && (
        <p className={styles.ability}>
          {t(`voices.ability.one.${ability}`, { engine: engine.name })}
          {ability === 'not-enrolled' && voice && (
            <Button
              look="link"
              onClick={() => dialogs.open({ kind: 'pages', page: 'voices', copiesOf: voice.voiceId })}
            >
              {t('voices.copies.copy', { engine: engine.name })}
            </Button>
          )}
        </p>
      )}
      {isChoosing && (
        <VoicePicker
          title={t('cast.voiceOf', { name })}
          voiceId={direction.voiceId}
          inheritedLabel={inheritedLabel}
          engine={engine}
          onChoose={(voiceId) => projectCommands.changeDirection({ kind: 'character', characterId }, { voiceId })}
          onClose={() => setIsChoosing(false)}
        />
      )}
    </>
  )
}

/** Removing a character with lines asks who takes them over. */
const RemoveQuestion = ({ character, onClose }: { character: Character; onClose(): void }) => {
  const t = useT()
  const { projectCommands } = useStudio()
  const characters = useProject((project) => project.characters)
  const narratorId = useProject((project) => project.settings.narratorId)
  const lineCount = useProject((project) => {
    let count = 0
    for (const line of project.lines.values()) if (line.characterId === character.characterId) count += 1
    return count
  })
  const [heirId, setHeirId] = useState<CharacterId>(narratorId)
  const others = [...characters.values()].filter(({ characterId }) => characterId !== character.characterId)
  return (
    <div className={styles.question} role="alertdialog" aria-label={t('cast.remove', { name: character.name })}>
      {lineCount > 0 && (
        <Field label={t('cast.remove.heir', { count: lineCount })} isStacked>
          {(ids) => (
            <Select<CharacterId>
              {...ids}
              value={heirId}
              options={others.map(({ characterId, name }) => ({ value: characterId, label: name }))}
              onChoose={setHeirId}
            />
          )}
        </Field>
      )}
      <div className={styles.buttons}>
        <Button onClick={() => projectCommands.removeCharacter(character.characterId, heirId)}>
          {t('cast.remove.confirm')}
        </Button>
        <Button look="quiet" onClick={onClose}>
          {t('common.cancel')}
        </Button>
      </div>
    </div>
  )
}

const DIRECT_KEYS = 9

export const CharacterCard = ({ character, index }: { character: Character; index: number }) => {
  const t = useT()
  const isMac = useIsMac()
  const { projectCommands } = useStudio()
  const narratorId = useProject((project) => project.settings.narratorId)
  const characters = useProject((project) => project.characters)
  const [shown, setShown] = useState<'nothing' | 'color' | 'direction' | 'remove'>('nothing')
  const { characterId, name, colorIndex } = character
  const target = useMemo(() => ({ kind: 'character' as const, characterId }), [characterId])
  const toggle = (part: typeof shown): void => setShown(shown === part ? 'nothing' : part)
  const rename = (next: string): void => {
    const wanted = next.trim()
    const isFree = ![...characters.values()].some((other) => other.characterId !== characterId && other.name === wanted)
    if (wanted !== '' && isFree) projectCommands.renameCharacter(characterId, wanted)
  }
  return (
    <li className={styles.card} data-testid="character-card">
      <div className={styles.head}>
        <button
          type="button"
          className={styles.color}
          aria-label={t('cast.color', { name })}
          aria-expanded={shown === 'color'}
          onClick={() => toggle('color')}
        >
          <Swatch colorIndex={colorIndex} />
        </button>
        <CommittedTextInput
          key={name}
          className={styles.name}
          aria-label={t('cast.name', { name })}
          maxLength={200}
          value={name}
          onCommit={rename}
        />
        {index < DIRECT_KEYS && <kbd className={styles.key}>{acceleratorText(`CmdOrCtrl+${index + 1}`, isMac)}</kbd>}
        <IconButton
          label={t('cast.direction', { name })}
          icon={shown === 'direction' ? 'up' : 'down'}
          aria-expanded={shown === 'direction'}
          onClick={() => toggle('direction')}
        />
        {characterId !== narratorId && (
          <IconButton label={t('cast.remove', { name })} icon="trash" onClick={() => toggle('remove')} />
        )}
      </div>
      {shown !== 'direction' && <VoiceChoice character={character} />}
      {shown === 'color' && (
        <ColorPicker
          label={t('cast.color', { name })}
          colorIndex={colorIndex}
          onChoose={(next) => {
            projectCommands.recolorCharacter(characterId, next)
            setShown('nothing')
          }}
        />
      )}
      {shown === 'direction' && <DirectionFields target={target} />}
      {shown === 'remove' && <RemoveQuestion character={character} onClose={() => setShown('nothing')} />}
    </li>
  )
}
