import { type Price, remoteFacts } from '../../../shared/endpoint/index.ts'
import { useT } from '../../state/index.ts'
import { Checkbox, Field, NumberInput, Select, TextInput } from '../../ui/index.ts'
import type { EngineDraft } from './engine-draft.ts'
import styles from './engine-form.module.css'

const UNITS = ['characters', 'code-points', 'utf8-bytes'] as const

type PriceFieldsProps = {
  draft: EngineDraft
  isCurrencyWrong: boolean
  isLimitWanted: boolean
  onChange(patch: Partial<EngineDraft>): void
}

/** What it costs, and how much of it a month may cost. */
export const PriceFields = ({ draft, isCurrencyWrong, isLimitWanted, onChange }: PriceFieldsProps) => {
  const t = useT()
  const { price, monthlyLimit, connection } = draft
  const facts = remoteFacts(connection)
  const begin = (): Price => facts.price ?? { amount: 0, currency: 'CNY', per: 10_000, unit: facts.text.unit }
  const change = (patch: Partial<Price>): void => onChange({ price: { ...begin(), ...price, ...patch } })
  return (
    <section className={styles.part} aria-label={t('remote.price')}>
      <Checkbox
        label={t('remote.price.has')}
        checked={price !== null}
        onChange={(event) => onChange(event.target.checked ? { price: begin() } : { price: null, monthlyLimit: null })}
      />
      {price && (
        <>
          <Field
            label={t('remote.price')}
            note={t(facts.price ? 'remote.price.published' : 'remote.price.own')}
            problem={isCurrencyWrong ? t('remote.price.currency.wrong') : undefined}
          >
            {(ids) => (
              <div className={styles.line}>
                <NumberInput
                  {...ids}
                  min={0}
                  max={1_000_000}
                  value={price.amount}
                  onCommit={(amount) => change({ amount: amount ?? 0 })}
                />
                <TextInput
                  aria-label={t('remote.price.currency')}
                  aria-invalid={isCurrencyWrong}
                  className={styles.currency}
                  maxLength={3}
                  value={price.currency}
                  onChange={(event) => change({ currency: event.target.value.toUpperCase() })}
                />
                <span>{t('remote.price.for')}</span>
                <NumberInput
                  aria-label={t('remote.price.per')}
                  min={1}
                  max={1_000_000_000}
                  className={styles.per}
                  value={price.per}
                  onCommit={(per) => change({ per: Math.round(per ?? 1) })}
                />
                <Select
                  aria-label={t('remote.price.unit')}
                  className={styles.unit}
                  value={price.unit}
                  options={UNITS.map((unit) => ({ value: unit, label: t(`remote.unit.${unit}`) }))}
                  onChoose={(unit) => change({ unit })}
                />
              </div>
            )}
          </Field>
          <Field label={t('remote.limit')} note={t('remote.limit.note')}>
            {(ids) => (
              <>
                <NumberInput
                  {...ids}
                  data-wanted={isLimitWanted || undefined}
                  data-testid="monthly-limit"
                  min={0.01}
                  max={1_000_000_000}
                  placeholder={t('remote.limit.none')}
                  className={styles.limit}
                  value={monthlyLimit}
                  onCommit={(limit) => onChange({ monthlyLimit: limit })}
                />
                <span>{price.currency}</span>
              </>
            )}
          </Field>
        </>
      )}
    </section>
  )
}
