import { expect, test } from 'vitest'
import { languageChoices, languageNames } from './language-choices.ts'

test('a language that was chosen is among the choices, once, though the engine does not list it', () => {
  const tags = (chosen: string | null) => languageChoices(['zh', 'en'], 'en', chosen).map(({ value }) => value)
  expect(tags('yue')).toEqual(['yue', 'zh', 'en'])
  expect([tags('zh'), tags(null)]).toEqual([
    ['zh', 'en'],
    ['zh', 'en'],
  ])
})

test('languages have names, and what is no tag stays as it is', () => {
  expect(languageNames('zh-Hans')('yue')).toBe('粤语')
  expect(languageNames('en')('not a tag!')).toBe('not a tag!')
})
