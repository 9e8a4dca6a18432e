import { billedUnit, type Money, type Price, type RemoteEngine } from '../../../shared/endpoint/index.ts'
import type { Translator } from '../../../shared/i18n/index.ts'

/** Of less than this, two digits would say nothing. */
const SMALL = 0.1
const MOST_DIGITS = 4

/** An amount in its currency, with as many digits as it takes to say something. */
export const formatMoney = (language: string, { amount, currency }: Money): string => {
  const isSmall = amount !== 0 && Math.abs(amount) < SMALL
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    minimumFractionDigits: 2,
    maximumFractionDigits: isSmall ? MOST_DIGITS : 2,
  }).format(amount)
}

/** The price itself, with every digit that it was given with. */
export const formatPrice = (language: string, { amount, currency }: Price): string =>
  new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    minimumFractionDigits: 2,
    maximumFractionDigits: 6,
  }).format(amount)

/** How fast an endpoint is, in what its engine is billed by: so it was measured. */
export const formatPace = (
  t: Translator['t'],
  engine: Pick<RemoteEngine, 'price' | 'connection'>,
  msPerUnit: number,
): string => t(`remote.pace.${billedUnit(engine)}`, { ms: msPerUnit })
