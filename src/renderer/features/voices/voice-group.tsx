import { type ReactNode, useId, useState } from 'react'
import { useT } from '../../state/index.ts'
import { Icon } from '../../ui/index.ts'
import styles from './voice-list.module.css'

/** A longer group begins folded, so that the others are seen. */
const MOST_UNFOLDED = 20

type VoiceGroupProps = {
  title: string
  count: number
  /** What is true of all of them. */
  note?: string | null
  /** Never folded by itself: a person's own, or what they filtered for. */
  isOpenAtFirst?: boolean
  /** Made only while it is unfolded. */
  children(): ReactNode
}

/** Voices that come from the same place. */
export const VoiceGroup = ({ title, count, note = null, isOpenAtFirst = false, children }: VoiceGroupProps) => {
  const t = useT()
  const id = useId()
  const [isUnfolded, setIsUnfolded] = useState<boolean | null>(null)
  const isOpen = isUnfolded ?? (isOpenAtFirst || count <= MOST_UNFOLDED)
  return (
    <section aria-labelledby={id} className={styles.group} data-testid="voice-group">
      <h3 id={id} className={styles.heading}>
        {count > 0 ? (
          <button type="button" className={styles.fold} aria-expanded={isOpen} onClick={() => setIsUnfolded(!isOpen)}>
            <Icon name={isOpen ? 'down' : 'right'} />
            {title}
            <span className={styles.count}>{t('unit.number', { value: count })}</span>
          </button>
        ) : (
          title
        )}
      </h3>
      {note !== null && <p className={styles.note}>{note}</p>}
      {isOpen && <ul className={styles.rows}>{children()}</ul>}
    </section>
  )
}
