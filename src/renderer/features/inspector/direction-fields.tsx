import { useMemo, useState } from 'react'
import type { DirectionLevel } from '../../../shared/project/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'
import { type DirectionTarget, useProject, useSlice, useStudio, useT, useTranslator } from '../../state/index.ts'
import { groupVoices, type VoiceAbility, voiceAbility } from '../../state/voices.ts'
import { Button, Field, IconButton, NumberInput, type Option, RangeInput, Select } from '../../ui/index.ts'
import { VoicePicker } from '../voices/voice-picker.tsx'
import styles from './direction-fields.module.css'
import { directionView, type FieldView } from './direction-view.ts'
import { InstructField } from './instruct-field.tsx'
import { languageChoices, languageNames } from './language-choices.ts'

const INHERITED = ''
const MIXED = '*'

/** Where a value comes from, in words; nothing where it is said right here. */
export const useOriginNote = () => {
  const t = useT()
  return (field: FieldView<unknown>): string | undefined => {
    if (field.isMixed) return t('direction.mixed')
    if (field.own !== null) return undefined
    return t(`direction.from.${field.inherited.from satisfies DirectionLevel}`)
  }
}

type RowProps = { field: FieldView<unknown>; onReset(): void; label: string }

const ResetButton = ({ field, onReset, label }: RowProps) => {
  const t = useT()
  if (field.own === null && !field.isMixed) return null
  return (
    <IconButton
      label={t('direction.reset', { field: label })}
      icon="reset"
      className={styles.reset}
      onClick={onReset}
    />
  )
}

/** Every field of a direction with the value that holds, where it comes from, and a way back to the inherited one. */
export const DirectionFields = ({ target }: { target: DirectionTarget }) => {
  const { t, language: interfaceLanguage } = useTranslator()
  const { library, projectCommands, dialogs } = useStudio()
  const originNote = useOriginNote()
  const project = useProject((current) => current)
  const world = useSlice(library.store, (state) => state.world)
  const view = useMemo(() => directionView(project, target), [project, target])

  const engineId = view.engineId.own ?? view.engineId.inherited.value ?? world.defaultEngineId
  const engine = world.engines.get(engineId)
  const voiceId = view.voiceId.own ?? view.voiceId.inherited.value ?? world.defaultVoiceId
  const change = (patch: Parameters<typeof projectCommands.changeDirection>[1]): void =>
    projectCommands.changeDirection(target, patch)

  const choices = (field: FieldView<string>, inheritedName: string, options: readonly Option<string>[]) => ({
    value: field.isMixed ? MIXED : (field.own ?? INHERITED),
    options: [
      ...(field.isMixed ? [{ value: MIXED, label: t('direction.mixed'), isDisabled: true }] : []),
      { value: INHERITED, label: inheritedName },
      ...options,
    ],
  })
  const notHonoured = (isHonoured: boolean): string | undefined =>
    isHonoured ? undefined : t('direction.notHonoured', { engine: engine?.name ?? engineId })

  const labels = {
    voice: t('direction.voice'),
    engine: t('direction.engine'),
    language: t('direction.language'),
    speed: t('direction.speed'),
    pitch: t('direction.pitch'),
    instruct: t('direction.instruct'),
  }
  const [isFinding, setIsFinding] = useState(false)
  const voices = useMemo(() => {
    const { recorded, presets } = groupVoices([...world.voices.values()])
    return [...recorded, ...[...presets.values()].flat()]
  }, [world])
  const originOf = ({ source }: Voice): string =>
    source.kind === 'promptAudio'
      ? t('voices.recorded')
      : t('voices.preset', { engine: world.engines.get(source.engineId)?.name ?? source.engineId })
  const abilityOf = (voice: Voice): VoiceAbility => (engine ? voiceAbility(engine, voice, world.enrolments) : 'speaks')
  const voice = view.voiceId.isMixed ? undefined : world.voices.get(voiceId)
  const ability = voice ? abilityOf(voice) : 'speaks'
  const inheritedVoice = world.voices.get(view.voiceId.inherited.value ?? world.defaultVoiceId)
  const inheritedEngine = world.engines.get(view.engineId.inherited.value ?? world.defaultEngineId)
  const languages = languageChoices(engine?.languages ?? [], interfaceLanguage, view.language.own)
  const inheritedLanguage = view.language.inherited.value ?? world.voices.get(voiceId)?.language ?? null
  const inheritedLanguageName =
    inheritedLanguage === null ? t('direction.language.detect') : languageNames(interfaceLanguage)(inheritedLanguage)

  return (
    <div className={styles.fields}>
      <Field
        label={labels.voice}
        origin={originNote(view.voiceId)}
        note={
          ability !== 'speaks' &&
          engine && (
            <>
              {t(`voices.ability.one.${ability}`, { engine: engine.name })}{' '}
              {ability === 'not-enrolled' && (
                <Button look="link" onClick={() => dialogs.open({ kind: 'pages', page: 'voices', copiesOf: voiceId })}>
                  {t('voices.copies.copy', { engine: engine.name })}
                </Button>
              )}
            </>
          )
        }
      >
        {(ids) => (
          <>
            <Select
              {...ids}
              data-direction-field="voiceId"
              {...choices(
                view.voiceId,
                inheritedVoice?.name ?? t('direction.voice.missing'),
                voices.map((one) => {
                  const can = abilityOf(one)
                  return {
                    value: one.voiceId,
                    label: can === 'not-enrolled' ? t('direction.voice.notEnrolled', { name: one.name }) : one.name,
                    isDisabled: can === 'other-engine' || can === 'no-recordings',
                    group: originOf(one),
                  }
                }),
              )}
              onChoose={(chosen) => change({ voiceId: voices.find((one) => one.voiceId === chosen)?.voiceId ?? null })}
            />
            <IconButton label={t('voices.pick.open')} icon="list" onClick={() => setIsFinding(true)} />
            <ResetButton field={view.voiceId} label={labels.voice} onReset={() => change({ voiceId: null })} />
          </>
        )}
      </Field>
      <Field label={labels.engine} origin={originNote(view.engineId)}>
        {(ids) => (
          <>
            <Select
              {...ids}
              data-direction-field="engineId"
              {...choices(
                view.engineId,
                inheritedEngine?.name ?? t('window.engine.missing'),
                [...world.engines.values()].map(({ engineId: id, name, isDraft }) => ({
                  value: id,
                  label: isDraft ? t('direction.engine.draft', { name }) : name,
                })),
              )}
              onChoose={(chosen) =>
                change({
                  engineId: [...world.engines.keys()].find((id) => id === chosen) ?? null,
                })
              }
            />
            <ResetButton field={view.engineId} label={labels.engine} onReset={() => change({ engineId: null })} />
          </>
        )}
      </Field>
      <Field label={labels.language} origin={originNote(view.language)}>
        {(ids) => (
          <>
            <Select
              {...ids}
              data-direction-field="language"
              {...choices(view.language, inheritedLanguageName, languages)}
              onChoose={(chosen) => change({ language: chosen === INHERITED ? null : chosen })}
            />
            <ResetButton field={view.language} label={labels.language} onReset={() => change({ language: null })} />
          </>
        )}
      </Field>
      <Field label={labels.speed} origin={originNote(view.speed)} note={notHonoured(engine?.speed !== null)}>
        {(ids) => {
          const range = engine?.speed ?? { min: 0.5, max: 2 }
          const value = view.speed.own ?? view.speed.inherited.value ?? 1
          const isOff = engine?.speed === null
          return (
            <>
              <RangeInput
                {...ids}
                min={Math.max(0.5, range.min)}
                max={Math.min(2, range.max)}
                step={0.05}
                value={value}
                disabled={isOff}
                onSlide={(speed) => change({ speed })}
              />
              <NumberInput
                aria-label={t('direction.speed.number')}
                min={0.5}
                max={2}
                value={view.speed.isMixed ? null : value}
                disabled={isOff}
                onCommit={(speed) => change({ speed })}
              />
              <ResetButton field={view.speed} label={labels.speed} onReset={() => change({ speed: null })} />
            </>
          )
        }}
      </Field>
      <Field
        label={labels.pitch}
        origin={originNote(view.pitchSemitones)}
        note={notHonoured(engine?.pitchSemitones !== null)}
      >
        {(ids) => {
          const range = engine?.pitchSemitones ?? { min: -12, max: 12 }
          const value = view.pitchSemitones.own ?? view.pitchSemitones.inherited.value ?? 0
          const isOff = engine?.pitchSemitones === null
          return (
            <>
              <RangeInput
                {...ids}
                min={Math.max(-12, range.min)}
                max={Math.min(12, range.max)}
                step={0.5}
                value={value}
                disabled={isOff}
                onSlide={(pitchSemitones) => change({ pitchSemitones })}
              />
              <NumberInput
                aria-label={t('direction.pitch.number')}
                min={-12}
                max={12}
                value={view.pitchSemitones.isMixed ? null : value}
                disabled={isOff}
                onCommit={(pitchSemitones) => change({ pitchSemitones })}
              />
              <ResetButton
                field={view.pitchSemitones}
                label={labels.pitch}
                onReset={() => change({ pitchSemitones: null })}
              />
            </>
          )
        }}
      </Field>
      <InstructField
        field={view.instruct}
        origin={originNote(view.instruct)}
        engine={engine}
        engineName={engine?.name ?? engineId}
        voice={voice}
        reset={<ResetButton field={view.instruct} label={labels.instruct} onReset={() => change({ instruct: null })} />}
        onChange={(instruct) => change({ instruct })}
      />
      {isFinding && (
        <VoicePicker
          title={labels.voice}
          voiceId={view.voiceId.own}
          inheritedLabel={inheritedVoice?.name ?? t('direction.voice.missing')}
          engine={engine}
          onChoose={(chosen) => change({ voiceId: chosen })}
          onClose={() => setIsFinding(false)}
        />
      )}
    </div>
  )
}
