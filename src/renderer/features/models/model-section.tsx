import { type ReactNode, useId } from 'react'
import styles from './model-section.module.css'

/** A part of the page under a heading of its own. */
export const ModelSection = ({ title, children }: { title: string; children: ReactNode }) => {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <h4 id={id} className={styles.heading}>
        {title}
      </h4>
      {children}
    </section>
  )
}
