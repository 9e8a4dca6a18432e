import { expect, test } from 'vitest'
import { wordPlaces } from './word-places.ts'

const placed = (text: string, ...words: string[]) =>
  wordPlaces(
    text,
    words.map((word) => ({ text: word })),
  ).map((place) => place && text.slice(place.from, place.to) + place.from)

test('each word is found behind the one before it', () => {
  expect(placed('好，好久不见。', '好', '好', '久')).toEqual(['好0', '好2', '久3'])
  expect(placed('To be, or not to be.', 'To', 'be', 'or', 'be')).toEqual(['To0', 'be3', 'or7', 'be17'])
})

test('what is said otherwise than it is written has no place, and does not hinder those that follow', () => {
  expect(placed('今年是2026年。', '今', '年', '是', '二', '零', '年')).toEqual(['今0', '年1', '是2', null, null, '年7'])
  expect(placed('<speak>早<break time="1s"/>安</speak>', '早', '安')).toEqual(['早7', '安26'])
})

test('a word that comes again much later is not taken for one that is said otherwise here', () => {
  const text = `1 here${' and so on'.repeat(10)} one end`
  expect(placed(text, 'one', 'here')).toEqual([null, 'here2'])
})
