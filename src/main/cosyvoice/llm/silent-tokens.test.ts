import { expect, test } from 'vitest'
import { createSilentTokenFilter } from './silent-tokens.ts'

/** What is left of these ids, fed one by one. */
const heard = (architecture: 'cosyvoice2' | 'cosyvoice3', ids: readonly number[]): number[] => {
  const keeps = createSilentTokenFilter(architecture)
  return ids.filter((id) => keeps(id))
}

test('of a silence five ids are kept, whichever they are', () => {
  expect(heard('cosyvoice3', [7, 1, 2, 28, 29, 55, 248, 494, 2241, 9])).toEqual([7, 1, 2, 28, 29, 55, 9])
  expect(heard('cosyvoice3', [2241, 2242, 2322, 2323, 1, 1])).toEqual([2241, 2242, 2322, 2323, 1])
})

test('every id of silence is known, and its neighbours are sound', () => {
  for (const silent of [1, 2, 28, 29, 55, 248, 494, 2241, 2242, 2322, 2323])
    expect(heard('cosyvoice3', Array<number>(9).fill(silent))).toHaveLength(5)
  for (const sound of [0, 3, 27, 30, 54, 56, 247, 249, 493, 495, 2240, 2243, 2321, 2324])
    expect(heard('cosyvoice3', Array<number>(9).fill(sound))).toHaveLength(9)
})

test('a silence may begin again behind any other id', () => {
  const six = Array<number>(6).fill(55)
  expect(heard('cosyvoice3', [...six, 0, ...six])).toEqual([...six.slice(1), 0, ...six.slice(1)])
})

test('each line counts for itself', () => {
  const first = createSilentTokenFilter('cosyvoice3')
  for (let at = 0; at < 9; at++) first(1)
  expect(createSilentTokenFilter('cosyvoice3')(1)).toBe(true)
})

test('CosyVoice 2 has no ids of silence', () => {
  expect(heard('cosyvoice2', Array<number>(40).fill(28))).toHaveLength(40)
})
