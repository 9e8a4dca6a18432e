import { useEffect, useState } from 'react'
import { useT } from '../../state/index.ts'
import { Field, TextArea } from '../../ui/index.ts'
import type { FieldView } from './direction-view.ts'

const MAX_INSTRUCT_CHARACTERS = 1000

type InstructFieldProps = {
  field: FieldView<string>
  origin: string | undefined
  note: string | undefined
  isDisabled: boolean
  onChange(instruct: string | null): void
}

/** Natural-language direction; taken over when the focus leaves. */
export const InstructField = ({ field, origin, note, isDisabled, onChange }: InstructFieldProps) => {
  const t = useT()
  const [draft, setDraft] = useState(field.own ?? '')
  useEffect(() => setDraft(field.own ?? ''), [field.own])
  return (
    <Field label={t('direction.instruct')} origin={origin} note={note}>
      {(ids) => (
        <TextArea
          {...ids}
          data-direction-field="instruct"
          disabled={isDisabled}
          maxLength={MAX_INSTRUCT_CHARACTERS}
          placeholder={field.inherited.value ?? t('direction.instruct.placeholder')}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={() => {
            const instruct = draft.trim() === '' ? null : draft.trim()
            if (instruct !== field.own) onChange(instruct)
          }}
        />
      )}
    </Field>
  )
}
