import { useState } from 'react'
import type { AvailableModelView, MirrorChoiceInput } from '../../../shared/model/index.ts'
import { useT } from '../../state/index.ts'
import { Field, Select, TextInput } from '../../ui/index.ts'
import { addressProblem, mirrorOrder } from './model-view.ts'

const IN_ORDER = ''
const OWN_ADDRESS = '\u0000address'

type MirrorChoiceProps = {
  mirrors: AvailableModelView['mirrors']
  value: MirrorChoiceInput
  onChoose(mirror: MirrorChoiceInput): void
}

/** Whom the files are asked from first; an address of one's own is one more. */
export const MirrorChoice = ({ mirrors, value, onChoose }: MirrorChoiceProps) => {
  const t = useT()
  const [isLeft, setIsLeft] = useState(false)
  const address = value && 'baseUrl' in value ? value.baseUrl : null
  const problem = address === null ? null : addressProblem(address)
  const [first, ...others] = mirrorOrder(mirrors, null).map(({ name }) => name)
  const choose = (chosen: string): void => {
    setIsLeft(false)
    if (chosen === IN_ORDER) onChoose(null)
    else onChoose(chosen === OWN_ADDRESS ? { baseUrl: '' } : { id: chosen })
  }
  return (
    <>
      <Field label={t('model.mirror')}>
        {(ids) => (
          <Select
            {...ids}
            value={value === null ? IN_ORDER : 'id' in value ? value.id : OWN_ADDRESS}
            options={[
              {
                value: IN_ORDER,
                label:
                  others.length === 0
                    ? (first ?? '')
                    : t('model.mirror.order', { first: first ?? '', others: others.join(', ') }),
              },
              ...mirrors.slice(1).map(({ id, name }) => ({ value: id, label: name })),
              { value: OWN_ADDRESS, label: t('model.mirror.address') },
            ]}
            onChoose={choose}
          />
        )}
      </Field>
      {address !== null && (
        <Field
          label={t('model.mirror.address.field')}
          note={t('model.mirror.address.note')}
          problem={problem && (isLeft || address !== '') ? t(problem) : undefined}
        >
          {(ids) => (
            <TextInput
              {...ids}
              type="url"
              inputMode="url"
              maxLength={2000}
              value={address}
              aria-invalid={problem !== null && isLeft}
              onBlur={() => setIsLeft(true)}
              onChange={(event) => onChoose({ baseUrl: event.target.value })}
            />
          )}
        </Field>
      )}
    </>
  )
}
