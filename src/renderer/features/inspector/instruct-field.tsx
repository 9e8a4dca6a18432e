import { type ReactNode, useEffect, useState } from 'react'
import { type EngineCapabilities, followsInstruct, instructsFor, takesInstruct } from '../../../shared/render/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'
import { useT } from '../../state/index.ts'
import { Field, TextArea } from '../../ui/index.ts'
import type { FieldView } from './direction-view.ts'
import styles from './instruct-field.module.css'
import { InstructPicker } from './instruct-picker.tsx'
import { directionName, instructNote } from './instruct-picker-view.ts'

const MAX_INSTRUCT_CHARACTERS = 1000

type InstructFieldProps = {
  field: FieldView<string>
  origin: string | undefined
  /** The engine that speaks; undefined where the one that is named is not installed. */
  engine: EngineCapabilities | undefined
  engineName: string
  /** The voice that speaks; undefined where it is missing, or where lines differ. */
  voice: Voice | undefined
  /** The way back to what is inherited, also where the engine honours nothing. */
  reset: ReactNode
  onChange(instruct: string | null): void
}

/** Direction of the delivery: one that the model was trained on, by its name, or words of one's own. */
export const InstructField = ({ field, origin, engine, engineName, voice, reset, onChange }: InstructFieldProps) => {
  const t = useT()
  const [draft, setDraft] = useState(field.own ?? '')
  useEffect(() => setDraft(field.own ?? ''), [field.own])
  const isTakenWithVoice = !engine || !voice || takesInstruct(engine, voice)
  const isDisabled = !engine?.honoursInstruct || !isTakenWithVoice
  const known = engine?.instructs ?? []
  const instructs = engine && voice ? instructsFor(engine, voice) : known
  const inherited = field.inherited.value
  const holding = field.isMixed ? null : (field.own ?? inherited)
  const note = instructNote(engine, voice, holding)
  const nameOf = (text: string): string => directionName(t, known, text)
  const noneLabel = inherited === null ? t('instruct.none') : t('instruct.inherited', { name: nameOf(inherited) })
  return (
    <Field
      label={t('direction.instruct')}
      origin={origin}
      note={note && t(`instruct.${note}`, { engine: engineName, voice: voice?.name ?? '' })}
    >
      {(ids) => (
        <>
          <div className={styles.instruct}>
            {instructs.length > 0 && (
              <InstructPicker
                instructs={instructs}
                known={known}
                isTaken={(text) => !engine || !voice || followsInstruct(engine, voice, text)}
                text={field.own}
                isMixed={field.isMixed}
                noneLabel={noneLabel}
                isDisabled={isDisabled}
                onChoose={onChange}
              />
            )}
            <TextArea
              {...ids}
              data-direction-field="instruct"
              disabled={isDisabled}
              maxLength={MAX_INSTRUCT_CHARACTERS}
              placeholder={inherited ?? t('direction.instruct.placeholder')}
              value={draft}
              onChange={(event) => setDraft(event.target.value)}
              onBlur={() => {
                const instruct = draft.trim() === '' ? null : draft.trim()
                if (instruct !== field.own) onChange(instruct)
              }}
            />
          </div>
          {reset}
        </>
      )}
    </Field>
  )
}
