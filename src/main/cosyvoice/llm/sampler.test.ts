import { describe, expect, test } from 'vitest'
import { PRESET_SAMPLING, type SamplingStep, sampleSpeechId } from './sampler.ts'
import { createSeededRandom, type RandomSource } from './seeded-random.ts'

/** Gives these numbers in turn; a draw too many fails. */
const scripted = (...numbers: number[]): RandomSource => {
  const left = [...numbers]
  return () => {
    const next = left.shift()
    if (next === undefined) throw new Error('one random number more than the script has')
    return next
  }
}
const scoresOf = (probabilities: readonly number[]): Float32Array => Float32Array.from(probabilities, Math.log)

/** Repetition-aware sampling step by step, in the words of its description, with no thought of speed. */
const byTheBook = (
  logits: Float32Array,
  { history, forbidden = [], random }: SamplingStep,
  round: (number: number) => number = (number) => number,
): { id: number; banned?: number; nucleus: number[]; edges: number[] } => {
  const edges: number[] = []
  const softmax = (scores: number[]): number[] => {
    const largest = Math.max(...scores)
    const exponentials = scores.map((score) => round(Math.exp(round(score - largest))))
    const sum = exponentials.reduce((all, exponential) => round(all + exponential), 0)
    return exponentials.map((exponential) => round(exponential / sum))
  }
  const multinomial = (probabilities: number[]): number => {
    const sum = probabilities.reduce((all, probability) => all + probability, 0)
    const number = random()
    let reached = 0
    for (const [index, probability] of probabilities.entries()) {
      reached += probability / sum
      edges.push(Math.abs(number - reached))
      if (number < reached) return index
    }
    return probabilities.findLastIndex((probability) => probability > 0)
  }
  const scores: number[] = [...logits]
  for (const id of forbidden) scores[id] = Number.NEGATIVE_INFINITY
  const probabilities = softmax(scores).map((probability, id) => ({ probability, id }))
  const order = probabilities.toSorted((left, right) => right.probability - left.probability)
  const taken: { probability: number; id: number }[] = []
  let reached = 0
  for (const candidate of order) {
    edges.push(Math.abs(reached - 0.8))
    if (reached >= 0.8 || taken.length >= 25) break
    taken.push(candidate)
    reached = round(reached + candidate.probability)
  }
  const nucleus = taken.map(({ id }) => id)
  const drawn = nucleus[multinomial(taken.map(({ probability }) => probability))] ?? -1
  const repetitions = history.slice(-10).filter((id) => id === drawn).length
  if (repetitions < 10 * 0.1) return { id: drawn, nucleus, edges }
  scores[drawn] = Number.NEGATIVE_INFINITY
  return { id: multinomial(softmax(scores)), banned: drawn, nucleus, edges }
}

/** Steps of every kind: flat and steep scores, equal ones, forbidden ids, histories of few ids or many. */
const aStep = (random: RandomSource, vocabularySize: number) => {
  const below = (count: number): number => Math.floor(random() * count)
  const scale = [0.05, 1, 3, 20][below(4)] ?? 1
  const isCoarse = random() < 0.3
  const logits = Float32Array.from({ length: vocabularySize }, () => {
    const score = scale * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return isCoarse ? Math.round(score) : score
  })
  const range = below(2) === 0 ? vocabularySize : Math.min(4, vocabularySize)
  const likeliest = logits.indexOf(Math.max(...logits))
  const history = Array.from({ length: below(25) }, () => (random() < 0.2 ? likeliest : below(range)))
  const forbidden = Array.from({ length: below(Math.ceil(vocabularySize / 2)) }, () => below(vocabularySize - 2))
  return { logits, history, forbidden, numbers: [random(), random()] }
}

describe('a draw', () => {
  const logits = scoresOf([0.1, 0.5, 0.15, 0.25])

  test.each([
    [0, 1],
    [0.555, 1],
    [0.556, 3],
    [0.833, 3],
    [0.834, 2],
    [0.999999, 2],
  ])('of %d is the id on whose share of the nucleus it falls: %d', (number, id) => {
    // 0.5 and 0.25 do not reach 0.8; 0.15 crosses it and is the last. Shares are of 0.9.
    expect(sampleSpeechId(logits, { history: [], random: scripted(number) })).toBe(id)
  })

  test('that falls on the edge between two ids is of the second', () => {
    const drawn = (number: number): number =>
      sampleSpeechId(new Float32Array(2), { history: [], random: scripted(number) })
    expect([0, 0.5, 1 - 2 ** -53].map(drawn)).toEqual([0, 1, 1])
    expect(() => drawn(1)).toThrow('below 1')
  })

  test('knows no id behind those that reach the nucleus exactly', () => {
    const settings = { ...PRESET_SAMPLING, topP: 0.75 }
    const drawn = (number: number): number =>
      sampleSpeechId(new Float32Array(4), { history: [], settings, random: scripted(number) })
    expect([0, 0.34, 0.67, 1 - 2 ** -53].map(drawn)).toEqual([0, 1, 2, 2])
  })

  test('of an id said just now is made again, from all others, be they in the nucleus or not', () => {
    const again = (number: number): number => sampleSpeechId(logits, { history: [1], random: scripted(0.2, number) })
    // Without 1: 0.1, 0.15 and 0.25, in the order of ids, shares of 0.5.
    expect([0, 0.199, 0.201, 0.499, 0.501, 0.999999].map(again)).toEqual([0, 0, 2, 2, 3, 3])
  })

  test('remembers ten ids and no more', () => {
    const others = (count: number): number[] => Array<number>(count).fill(0)
    expect(sampleSpeechId(logits, { history: [1, ...others(9)], random: scripted(0.2, 0.9) })).toBe(3)
    expect(sampleSpeechId(logits, { history: [1, ...others(10)], random: scripted(0.2) })).toBe(1)
  })

  test('may repeat itself as often as the settings say', () => {
    const settings = { ...PRESET_SAMPLING, repetitionShare: 0.2 }
    expect(sampleSpeechId(logits, { history: [1], settings, random: scripted(0.2) })).toBe(1)
    expect(sampleSpeechId(logits, { history: [1, 1], settings, random: scripted(0.2, 0.9) })).toBe(3)
  })

  test('is never of a forbidden id, nor does it count for the nucleus', () => {
    // 0.1, 0.15 and 0.25 of 0.5: the nucleus is 3 and 2 and reaches 0.8 exactly there, or needs 0 too.
    const steep = scoresOf([0.05, 0.5, 0.2, 0.25])
    const drawn = (number: number): number =>
      sampleSpeechId(steep, { history: [], forbidden: [1], random: scripted(number) })
    expect([0, 0.555, 0.556, 0.999999].map(drawn)).toEqual([3, 3, 2, 2])
    const again = (number: number): number =>
      sampleSpeechId(steep, { history: [3], forbidden: [1], random: scripted(0, number) })
    expect([0, 0.19, 0.21, 0.999999].map(again)).toEqual([0, 0, 2, 2])
  })

  test('knows 25 ids at most, of equals the lowest', () => {
    const flat = new Float32Array(300).fill(-3)
    flat[200] = -2
    const drawn = (number: number): number => sampleSpeechId(flat, { history: [], random: scripted(number) })
    expect(drawn(0)).toBe(200)
    // One share of e and 24 of 1.
    expect(drawn(Math.E / (Math.E + 24) + 1e-6)).toBe(0)
    expect(drawn(0.999999)).toBe(23)
  })

  test('leaves the scores as they are', () => {
    const before = Float32Array.from(logits)
    sampleSpeechId(logits, { history: [1], forbidden: [3], random: scripted(0, 0.5) })
    expect(logits).toEqual(before)
  })

  test('finds another id however sure the scores were of the first', () => {
    const sure = Float32Array.of(0, 5000, 1, 0)
    expect(sampleSpeechId(sure, { history: [1], random: scripted(0.5, 0.5) })).toBe(2)
  })

  test('is as frequent as it is likely', () => {
    const counts = new Array<number>(4).fill(0)
    const random = createSeededRandom(11)
    const draws = 50_000
    for (let draw = 0; draw < draws; draw++) {
      const id = sampleSpeechId(logits, { history: [], random })
      counts[id] = (counts[id] ?? 0) + 1
    }
    for (const [id, share] of [0, 0.5 / 0.9, 0.15 / 0.9, 0.25 / 0.9].entries())
      expect(Math.abs((counts[id] ?? 0) / draws - share)).toBeLessThanOrEqual(
        5 * Math.sqrt((share * (1 - share)) / draws),
      )
  })

  test.each([
    ['a score is no number', Float32Array.of(1, Number.NaN, 2), []],
    ['a score is infinite', Float32Array.of(1, Number.POSITIVE_INFINITY, 2), []],
    ['every id is forbidden', Float32Array.of(1, 2), [0, 1]],
  ])('is refused where %s', (_, scores, forbidden) => {
    const draw = (): number => sampleSpeechId(scores, { history: [], forbidden, random: scripted(0.5) })
    expect(draw).toThrow('some id may be drawn')
  })
})

test('10 000 draws are those of the description, step by step, and keep its promises', () => {
  const random = createSeededRandom(2026)
  const seen = { again: 0, outside: 0, onEdge: 0 }
  for (let at = 0; at < 10_000; at++) {
    const { logits, history, forbidden, numbers } = aStep(random, 3 + Math.floor(random() * 120))
    const book = byTheBook(logits, { history, forbidden, random: scripted(...numbers) })
    // Equal scores may add up to 0.8 exactly: whether a sum of tenths has reached it is a matter of rounding.
    if (book.edges.some((distance) => distance < 1e-12)) {
      seen.onEdge++
      continue
    }
    const id = sampleSpeechId(logits, { history, forbidden, random: scripted(...numbers) })
    expect(id, `case ${at}`).toBe(book.id)
    expect(id).not.toBe(book.banned)
    expect(forbidden).not.toContain(id)
    if (book.banned === undefined) {
      expect(book.nucleus).toContain(id)
      expect(history.slice(-10)).not.toContain(id)
    } else {
      seen.again++
      expect(history.slice(-10)).toContain(book.banned)
      if (!book.nucleus.includes(id)) seen.outside++
    }
  }
  expect(seen.onEdge).toBeLessThan(100)
  expect(seen.again).toBeGreaterThan(1000)
  expect(seen.outside).toBeGreaterThan(100)
})

test.each([
  ['of CosyVoice 2', 6564],
  ['of CosyVoice 3', 6761],
])('a whole vocabulary %s is drawn from as in float32, but where an edge is near', (_, vocabularySize) => {
  const random = createSeededRandom(vocabularySize)
  let compared = 0
  for (let at = 0; at < 60; at++) {
    const { logits, history, forbidden, numbers } = aStep(random, vocabularySize)
    const id = sampleSpeechId(logits, { history, forbidden, random: scripted(...numbers) })
    expect(id).toBe(byTheBook(logits, { history, forbidden, random: scripted(...numbers) }).id)
    const single = byTheBook(logits, { history, forbidden, random: scripted(...numbers) }, Math.fround)
    if (single.edges.some((distance) => distance < 1e-4)) continue
    compared++
    expect(id).toBe(single.id)
  }
  expect(compared).toBeGreaterThan(30)
})
