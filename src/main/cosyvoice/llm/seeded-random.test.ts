import { expect, test } from 'vitest'
import { createSeededRandom } from './seeded-random.ts'

const numbersOf = (seed: number, count: number): number[] => Array.from({ length: count }, createSeededRandom(seed))

// NumPy 1.24: np.random.RandomState(seed).random_sample(1000), the numbers at 0, 1 and 999.
test.each([
  [0, 0.5488135039273248, 0.7151893663724195, 0.6771411441114241],
  [1986, 0.5688753248645638, 0.07733828848384083, 0.6423546748216566],
  [2 ** 32 - 1, 0.0976320289940138, 0.9123828453026218, 0.556626859384112],
])('seed %d gives the numbers that NumPy gives', (seed, first, second, last) => {
  const numbers = numbersOf(seed, 1000)
  expect([numbers[0], numbers[1], numbers[999]]).toEqual([first, second, last])
})

test('two sources of one seed go on alike, each by itself', () => {
  const [left, right] = [createSeededRandom(7), createSeededRandom(7)]
  const lefts = Array.from({ length: 700 }, left)
  expect(Array.from({ length: 700 }, right)).toEqual(lefts)
  expect(lefts).not.toEqual(numbersOf(8, 700))
})

test('numbers fill [0, 1) evenly and never reach 1', () => {
  const counts = new Array<number>(20).fill(0)
  for (const number of numbersOf(3, 100_000))
    counts[Math.floor(number * 20)] = (counts[Math.floor(number * 20)] ?? 0) + 1
  expect(counts).toHaveLength(20)
  // Five deviations of a binomial of 100 000 and 1/20.
  for (const count of counts) expect(Math.abs(count - 5000)).toBeLessThan(345)
})
