import { useId } from 'react'
import type { ModelPrecision } from '../../../shared/model/index.ts'
import { useT } from '../../state/index.ts'
import { MODEL_PRECISIONS } from './model-view.ts'
import styles from './precision-choice.module.css'

type PrecisionChoiceProps = {
  value: ModelPrecision
  /** Those that are there already. */
  installed?: readonly ModelPrecision[]
  note?: string
  onChoose(precision: ModelPrecision): void
}

/** How the weights of a converted model are kept, each with a line of advice. */
export const PrecisionChoice = ({ value, installed = [], note, onChoose }: PrecisionChoiceProps) => {
  const t = useT()
  const id = useId()
  return (
    <fieldset className={styles.choice}>
      <legend>{t('model.precision')}</legend>
      {MODEL_PRECISIONS.map((precision) => {
        const isThere = installed.includes(precision)
        return (
          <label key={precision} className={styles.option} data-disabled={isThere || undefined}>
            <input
              type="radio"
              name={id}
              checked={precision === value}
              disabled={isThere}
              aria-describedby={`${id}-${precision}`}
              onChange={() => onChoose(precision)}
            />
            <span className={styles.name}>
              {t(`model.precision.${precision}`)}
              {isThere && <small>{t('model.precision.installed')}</small>}
            </span>
            <span id={`${id}-${precision}`} className={styles.advice}>
              {t(`model.precision.${precision}.advice`)}
            </span>
          </label>
        )
      })}
      {note && <p className={styles.note}>{note}</p>}
    </fieldset>
  )
}
