import { describe, expect, test } from 'vitest'
import { implausible, lengthLimits, retrySeed, type SpokenIds, withRetries } from './plausible-length.ts'
import { createSeededRandom } from './seeded-random.ts'

test('a text token takes 2 to 20 speech tokens', () => {
  expect(lengthLimits(7)).toEqual({ min: 14, max: 140 })
  // Halves are dropped, as in the original.
  expect(lengthLimits(7, { minRatio: 1.5, maxRatio: 2.5 })).toEqual({ min: 10, max: 17 })
})

test.each([
  [0, 'too-short'],
  [13, 'too-short'],
  [14, undefined],
  [139, undefined],
  [140, 'too-long'],
])('%d speech tokens for 7 text tokens: %s', (tokens, problem) => {
  expect(implausible({ tokens, textTokens: 7 })).toBe(problem)
})

describe('a line said again', () => {
  /** Says lines of these lengths, one after the other. */
  const saying = (...lengths: number[]) => {
    const firstNumbers: number[] = []
    const spoken = (options: { retries?: number } = {}): Promise<SpokenIds> =>
      withRetries(
        async (random) => {
          firstNumbers.push(random())
          return Array<number>(lengths[firstNumbers.length - 1] ?? Number.NaN).fill(firstNumbers.length)
        },
        { seed: 4_000_000_000, textTokens: 10, ...options },
      )
    return { spoken, firstNumbers }
  }

  test('is not needed where its length is plausible', async () => {
    const { spoken, firstNumbers } = saying(60)
    expect(await spoken()).toEqual({ ids: Array<number>(60).fill(1), seed: 4_000_000_000, attempts: 1 })
    expect(firstNumbers).toEqual([createSeededRandom(4_000_000_000)()])
  })

  test('is drawn with another seed, which follows from the first', async () => {
    const { spoken, firstNumbers } = saying(200, 19, 20)
    const seed = retrySeed(4_000_000_000, 2)
    expect(await spoken()).toEqual({ ids: Array<number>(20).fill(3), seed, attempts: 3 })
    expect(firstNumbers[2]).toBe(createSeededRandom(seed)())
    expect(new Set(firstNumbers).size).toBe(3)
  })

  test('is given up after two more, and the longest is kept with what is wrong with it', async () => {
    expect(await saying(3, 8, 5, 60).spoken()).toMatchObject({
      ids: { length: 8 },
      seed: retrySeed(4_000_000_000, 1),
      attempts: 3,
      problem: 'too-short',
    })
    expect(await saying(3, 200, 200).spoken()).toMatchObject({ ids: { length: 200 }, problem: 'too-long' })
    expect((await saying(0, 0, 0).spoken()).problem).toBe('too-short')
    expect(await saying(3).spoken({ retries: 0 })).toMatchObject({ attempts: 1, problem: 'too-short' })
  })

  test('is not said again because it failed', async () => {
    let attempts = 0
    const spoken = withRetries(
      async () => {
        attempts++
        throw new Error('no paper')
      },
      { seed: 0, textTokens: 1 },
    )
    await expect(spoken).rejects.toThrow('no paper')
    expect(attempts).toBe(1)
  })
})

test('seeds of a line said again are whole numbers of 32 bits, all different', () => {
  const seeds = [0, 1, 2 ** 32 - 1].flatMap((seed) => [0, 1, 2].map((attempt) => retrySeed(seed, attempt)))
  expect(seeds[0]).toBe(0)
  expect(new Set(seeds).size).toBe(9)
  for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true)
})
