import { type ReactNode, useState } from 'react'
import styles from './engine-form.module.css'

type MoreFieldsProps = {
  label: string
  /** Whether something in it was said, or has to be said otherwise: then it is open. */
  isWanted: boolean
  hasProblem: boolean
  children: ReactNode
}

/** Fields that most people never need, out of the way until one of them is. */
export const MoreFields = ({ label, isWanted, hasProblem, children }: MoreFieldsProps) => {
  const [isOpen, setIsOpen] = useState(isWanted)
  return (
    <details
      className={styles.more}
      data-testid="more-fields"
      open={isOpen || hasProblem}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary>{label}</summary>
      <div className={styles.part}>{children}</div>
    </details>
  )
}
