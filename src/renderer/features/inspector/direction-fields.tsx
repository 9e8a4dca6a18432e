import { useMemo } from 'react'
import type { DirectionLevel } from '../../../shared/project/index.ts'
import { isEnrolled, speaksWith } from '../../../shared/render/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'
import { type DirectionTarget, useProject, useSlice, useStudio, useT, useTranslator } from '../../state/index.ts'
import { Field, IconButton, NumberInput, type Option, RangeInput, Select } from '../../ui/index.ts'
import styles from './direction-fields.module.css'
import { directionView, type FieldView } from './direction-view.ts'
import { InstructField } from './instruct-field.tsx'
import { languageChoices } from './language-choices.ts'

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
  const { library, projectCommands } = useStudio()
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
  const voices = [...world.voices.values()]
  /** It would speak here if it were copied there first. */
  const lacksCopy = ({ voiceId: id, source }: Voice): boolean =>
    engine?.needsEnrolment === true && source.kind === 'promptAudio' && !isEnrolled(world.enrolments, engineId, id)
  const inheritedVoice = world.voices.get(view.voiceId.inherited.value ?? world.defaultVoiceId)
  const inheritedEngine = world.engines.get(view.engineId.inherited.value ?? world.defaultEngineId)
  const languages = languageChoices(engine?.languages ?? [], interfaceLanguage)
  const inheritedLanguage = view.language.inherited.value ?? world.voices.get(voiceId)?.language ?? null
  const inheritedLanguageName =
    inheritedLanguage === null
      ? t('direction.language.detect')
      : (languages.find(({ value }) => value === inheritedLanguage)?.label ?? inheritedLanguage)

  return (
    <div className={styles.fields}>
      <Field label={labels.voice} origin={originNote(view.voiceId)}>
        {(ids) => (
          <>
            <Select
              {...ids}
              data-direction-field="voiceId"
              {...choices(
                view.voiceId,
                inheritedVoice?.name ?? t('direction.voice.missing'),
                voices.map((voice) => ({
                  value: voice.voiceId,
                  label: lacksCopy(voice) ? t('direction.voice.notEnrolled', { name: voice.name }) : voice.name,
                  isDisabled: engine !== undefined && !speaksWith(engine, voice),
                })),
              )}
              onChoose={(chosen) =>
                change({ voiceId: voices.find((voice) => voice.voiceId === chosen)?.voiceId ?? null })
              }
            />
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
        voice={view.voiceId.isMixed ? undefined : world.voices.get(voiceId)}
        reset={<ResetButton field={view.instruct} label={labels.instruct} onReset={() => change({ instruct: null })} />}
        onChange={(instruct) => change({ instruct })}
      />
    </div>
  )
}
