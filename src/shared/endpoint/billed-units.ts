import { utf8ToBytes } from '@noble/hashes/utils.js'
import { countCharacters, withoutTags } from './count-characters.ts'
import type { BilledUnit, Price } from './remote-engine.ts'

/** How much of a text a service counts; of SSML no tags. */
export const billedUnits = (written: string, unit: BilledUnit, { isSsml = false } = {}): number => {
  const text = isSsml ? withoutTags(written) : written
  if (unit === 'characters') return countCharacters(text)
  if (unit === 'code-points') return [...text].length
  return utf8ToBytes(text).length
}

/** What so many units cost, in the currency of the price. */
export const costOf = (units: number, { amount, per }: Price): number => (units * amount) / per
