import type { HTMLAttributes } from 'react'
import { classes } from './classes.ts'
import styles from './one-line.module.css'

/** Text that fills its row, and is cut off where it is too long for it. */
export const OneLine = ({ className, ...rest }: HTMLAttributes<HTMLSpanElement>) => (
  <span className={classes(styles.line, className)} {...rest} />
)
