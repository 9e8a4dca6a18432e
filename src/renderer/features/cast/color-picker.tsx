import { useT } from '../../state/index.ts'
import { Swatch } from '../../ui/index.ts'
import styles from './color-picker.module.css'

const COLOR_INDEXES = Array.from({ length: 12 }, (_, index) => index)

type ColorPickerProps = { label: string; colorIndex: number; onChoose(colorIndex: number): void }

export const ColorPicker = ({ label, colorIndex, onChoose }: ColorPickerProps) => {
  const t = useT()
  return (
    <fieldset className={styles.colors} aria-label={label}>
      {COLOR_INDEXES.map((index) => (
        <button
          key={index}
          type="button"
          className={styles.color}
          aria-label={t('cast.color.number', { number: index + 1 })}
          aria-pressed={index === colorIndex}
          onClick={() => onChoose(index)}
        >
          <Swatch colorIndex={index} />
        </button>
      ))}
    </fieldset>
  )
}
