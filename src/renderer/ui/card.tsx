import type { HTMLAttributes, Ref } from 'react'
import styles from './card.module.css'
import { classes } from './classes.ts'

type CardProps = HTMLAttributes<HTMLElement> & {
  as?: 'div' | 'section' | 'li'
  /**
   * - `current`: the one among others that counts, or that something is going on in
   * - `offer`: asks for attention
   * - `sunken`: text to be read, in a dialog
   */
  look?: 'plain' | 'current' | 'offer' | 'sunken'
  /** Side by side as far as there is room, instead of one below the other. */
  isRow?: boolean
}

/** A frame around what belongs together. */
export const Card = ({ as: Tag = 'div', look = 'plain', isRow = false, className, ...rest }: CardProps) => (
  <Tag className={classes(styles.card, styles[look], isRow && styles.row, className)} {...rest} />
)

/** One frame around things of a kind; `CardItem` is each of them. */
export const CardList = ({ className, ...rest }: HTMLAttributes<HTMLUListElement>) => (
  <ul className={classes(styles.list, className)} {...rest} />
)

export const CardItem = ({ className, ...rest }: HTMLAttributes<HTMLLIElement> & { ref?: Ref<HTMLLIElement> }) => (
  <li className={classes(styles.item, className)} {...rest} />
)
