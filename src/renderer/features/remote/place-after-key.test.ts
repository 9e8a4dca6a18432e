import { expect, test } from 'vitest'
import { placeAfterKey } from './place-after-key.ts'

test('arrows lead to the place beside, above and below, Home and End to the ends', () => {
  const from = (place: number) => (key: string) => placeAfterKey(key, place, 5, 2)
  expect(['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'Home', 'End'].map(from(2))).toEqual([3, 1, 4, 0, 0, 4])
})

test('where there is nothing, and for other keys, nothing leads anywhere', () => {
  expect(placeAfterKey('ArrowUp', 1, 5, 2)).toBeUndefined()
  expect(placeAfterKey('ArrowDown', 3, 5, 2)).toBeUndefined()
  expect(placeAfterKey('ArrowRight', 4, 5, 2)).toBeUndefined()
  expect(placeAfterKey('a', 2, 5, 2)).toBeUndefined()
})
