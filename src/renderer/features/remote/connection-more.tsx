import { type Connection, mostTextSchema, OWN_FIELDS, remoteFacts } from '../../../shared/endpoint/index.ts'
import { sampleRateSchema } from '../../../shared/kernel/index.ts'
import { useT } from '../../state/index.ts'
import { Field, NumberInput, Select, TextArea } from '../../ui/index.ts'
import type { DraftProblems, EngineDraft } from './engine-draft.ts'
import styles from './engine-form.module.css'
import { MoreFields } from './more-fields.tsx'

export type ConnectionMoreProps = Pick<EngineDraft, 'connection' | 'extra'> & {
  problems: Pick<DraftProblems, 'extra'>
  onChange(connection: Connection): void
  onExtra(extra: string): void
}

type MostTextProps = {
  connection: Extract<Connection, { kind: 'dashscope' | 'openai' }>
  onChange(connection: Connection): void
}

const MostTextField = ({ connection, onChange }: MostTextProps) => {
  const t = useT()
  const { most, unit } = remoteFacts({ ...connection, mostText: undefined }).text
  return (
    <Field label={t('remote.mostText')} note={t('remote.mostText.note', { unit: t(`remote.unit.${unit}`) })}>
      {(ids) => (
        <NumberInput
          {...ids}
          min={mostTextSchema.minValue ?? 1}
          max={mostTextSchema.maxValue ?? 1}
          placeholder={String(most)}
          value={connection.mostText ?? null}
          onCommit={(value) => onChange({ ...connection, mostText: value === null ? undefined : Math.round(value) })}
        />
      )}
    </Field>
  )
}

const EXTRA_EXAMPLE = '{ "temperature": 0.7 }'

const ExtraField = ({
  extra,
  problem,
  onExtra,
}: Pick<ConnectionMoreProps, 'extra' | 'onExtra'> & { problem: DraftProblems['extra'] }) => {
  const t = useT()
  return (
    <Field
      label={t('remote.extra')}
      note={t('remote.extra.note')}
      problem={problem && t(`remote.extra.${problem}`, { fields: OWN_FIELDS.join(', ') })}
    >
      {(ids) => (
        <TextArea
          {...ids}
          className={styles.json}
          rows={3}
          spellCheck={false}
          aria-invalid={problem !== undefined}
          placeholder={EXTRA_EXAMPLE}
          value={extra}
          onChange={(event) => onExtra(event.target.value)}
        />
      )}
    </Field>
  )
}

const RATE_OF_MODEL = ''
const RATES_HZ = [16_000, 22_050, 24_000, 32_000, 44_100, 48_000]

type RuntimeRateProps = {
  connection: Extract<Connection, { kind: 'cosyvoice-runtime' }>
  onChange(connection: Connection): void
}

const RuntimeRateField = ({ connection, onChange }: RuntimeRateProps) => {
  const t = useT()
  const { sampleRateHz } = connection
  const known = sampleRateHz === undefined ? RATES_HZ : [...new Set([...RATES_HZ, sampleRateHz])]
  return (
    <Field label={t('remote.rate')} note={t('remote.rate.runtime.note')}>
      {(ids) => (
        <Select
          {...ids}
          value={sampleRateHz === undefined ? RATE_OF_MODEL : String(sampleRateHz)}
          options={[
            { value: RATE_OF_MODEL, label: t('remote.rate.model') },
            ...known.map((hertz) => ({ value: String(hertz), label: t('unit.hertz', { hertz }) })),
          ]}
          onChoose={(hertz) =>
            onChange({
              ...connection,
              sampleRateHz: hertz === RATE_OF_MODEL ? undefined : sampleRateSchema.parse(Number(hertz)),
            })
          }
        />
      )}
    </Field>
  )
}

/** What few people say of a kind; nothing where there is no such thing. */
export const ConnectionMore = ({ connection, extra, problems, onChange, onExtra }: ConnectionMoreProps) => {
  const t = useT()
  switch (connection.kind) {
    case 'dashscope':
      return (
        <MoreFields label={t('remote.more')} isWanted={connection.mostText !== undefined} hasProblem={false}>
          <MostTextField connection={connection} onChange={onChange} />
        </MoreFields>
      )
    case 'openai':
      return (
        <MoreFields
          label={t('remote.more')}
          isWanted={connection.mostText !== undefined || extra.trim() !== ''}
          hasProblem={problems.extra !== undefined}
        >
          <MostTextField connection={connection} onChange={onChange} />
          <ExtraField extra={extra} problem={problems.extra} onExtra={onExtra} />
        </MoreFields>
      )
    case 'cosyvoice-runtime':
      return (
        <MoreFields label={t('remote.more')} isWanted={connection.sampleRateHz !== undefined} hasProblem={false}>
          <RuntimeRateField connection={connection} onChange={onChange} />
        </MoreFields>
      )
    default:
      return null
  }
}
