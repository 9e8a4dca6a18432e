import type { HTMLAttributes, ReactNode } from 'react'
import styles from './facts.module.css'

/** Facts side by side, each below its name. */
export const Facts = ({ children }: { children: ReactNode }) => <dl className={styles.facts}>{children}</dl>

export const Fact = ({ term, children, ...rest }: HTMLAttributes<HTMLDivElement> & { term: string }) => (
  <div {...rest}>
    <dt>{term}</dt>
    <dd>{children}</dd>
  </div>
)
