import type { Money } from '../../shared/endpoint/index.ts'

/** Enough digits that a line's cost is no nought. */
export const moneyWords = ({ amount, currency }: Money): string =>
  `${amount.toFixed(amount !== 0 && amount < 0.1 ? 4 : 2)} ${currency}`

/** `1 line`, `2 lines`. */
export const amountWords = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
