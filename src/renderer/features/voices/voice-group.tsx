import { type ReactNode, useId } from 'react'
import styles from './voice-list.module.css'

export const VoiceGroup = ({ title, children }: { title: string; children: ReactNode }) => {
  const id = useId()
  return (
    <section aria-labelledby={id} className={styles.group}>
      <h3 id={id} className={styles.heading}>
        {title}
      </h3>
      <ul className={styles.rows}>{children}</ul>
    </section>
  )
}
