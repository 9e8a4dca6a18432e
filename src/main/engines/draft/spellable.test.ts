import { expect, test } from 'vitest'
import { spellable } from './spellable.ts'

test('wide letters and digits, half-wide kana and mathematical letters become ordinary ones', () => {
  expect(spellable('２０２４年ＡＢｃ')).toBe('2024年ABc')
  expect(spellable('ｶﾞｷﾞ')).toBe('ガギ')
  expect(spellable('𝐇𝐞𝐥𝐥𝐨')).toBe('Hello')
})

test('wide signs stay, for they are how Chinese is punctuated', () => {
  expect(spellable('好，好！（好）')).toBe('好，好！（好）')
})

test('what espeak would stumble over is taken out', () => {
  expect(spellable('a\u0000b')).toBe('a b')
  expect(spellable('so\u00ADft\u200Bly')).toBe('softly')
  expect(spellable('wait.... what')).toBe('wait… what')
  expect(spellable('x\uD800y')).toBe('x y')
  expect(spellable('🍣')).toBe('🍣')
})
