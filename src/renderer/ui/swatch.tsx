import { classes } from './classes.ts'
import styles from './swatch.module.css'

/** A character's colour, by index into the tokens; decoration beside its name. */
export const Swatch = ({ colorIndex, isStripe = false }: { colorIndex: number; isStripe?: boolean }) => (
  <i className={classes(styles.swatch, isStripe && styles.stripe)} data-color={colorIndex} aria-hidden="true" />
)
