import type { Money } from '../../shared/endpoint/index.ts'

/** Enough digits that a line's cost is no nought. */
export const moneyWords = ({ amount, currency }: Money): string =>
  `${amount.toFixed(amount !== 0 && amount < 0.1 ? 4 : 2)} ${currency}`

/** `1 line`, `2 lines`. */
export const amountWords = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** `45 seconds`, `12 minutes`, `2 hours 5 minutes`. */
export const durationWords = (durationSec: number): string => {
  if (durationSec < 120) return amountWords(Math.ceil(durationSec), 'second')
  const minutes = Math.round(durationSec / 60)
  if (minutes < 120) return amountWords(minutes, 'minute')
  return `${amountWords(Math.floor(minutes / 60), 'hour')} ${amountWords(minutes % 60, 'minute')}`
}
