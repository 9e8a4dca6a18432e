import { expect, test } from 'vitest'
import type { SpokenWord } from '../../../shared/render/index.ts'
import { createWordTimes } from './word-times.ts'

const word = (text: string, beginMs: number, endMs: number): SpokenWord => ({ text, beginMs, endMs })
const told = (times: ReturnType<typeof createWordTimes>) =>
  times.words().map(({ text, beginMs, endMs }) => [text, beginMs, endMs])

test('later messages replace what earlier ones told of a sentence, in whatever order sentences come', () => {
  const times = createWordTimes()
  times.take(1, [word('c', 500, 600)], 400)
  times.take(0, [word('a', 0, 100)], 0)
  times.take(0, [word('a', 0, 100), word('b', 100, 300)], 0)
  times.take(0, [], 0)
  expect(told(times)).toEqual([
    ['a', 0, 100],
    ['b', 100, 300],
    ['c', 500, 600],
  ])
})

test('times that begin anew with each sentence are counted from where its sound began', () => {
  const times = createWordTimes()
  times.take(0, [], 0)
  times.take(0, [word('a', 80, 400)], 420)
  times.take(1, [], 450)
  times.take(1, [word('b', 60, 300)], 800)
  times.take(2, [], 810)
  times.take(2, [word('c', 350, 360)], 1200)
  expect(told(times)).toEqual([
    ['a', 80, 400],
    ['b', 510, 750],
    ['c', 1160, 1170],
  ])
})

test('words without a sentence count where there were none', () => {
  const times = createWordTimes()
  times.take(undefined, [], 0)
  expect(told(times)).toEqual([])
  times.take(0, [], 0)
  times.take(undefined, [word('a', 0, 10)], 100)
  times.take(undefined, [word('b', 0, 10)], 100)
  expect(told(times)).toEqual([['a', 0, 10]])
})
