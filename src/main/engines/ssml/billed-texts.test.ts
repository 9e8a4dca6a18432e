import { expect, test } from 'vitest'
import { countCharacters } from '../../../shared/endpoint/index.ts'
import { billedTexts } from './billed-texts.ts'

const charactersOf = (text: string, readsSsml: boolean): number =>
  billedTexts(text, readsSsml).reduce((sum, part) => sum + countCharacters(part), 0)

test.each([
  ['<speak>A&amp;B</speak>', 3, 3],
  ['<speak>你好</speak>', 4, 4],
  ['<speak>请<break time="500ms"/>停</speak>', 4, 4],
  ['A&amp;B', 7, 7],
  ['<b>你</b>', 9, 9],
])(
  'of %s the price is that of %i characters where it is read, and of %i where it is said in texts',
  (text, read, said) => {
    expect([charactersOf(text, true), charactersOf(text, false)]).toEqual([read, said])
  },
)

test('of what cannot be read nothing is sent, and nothing is paid', () => {
  for (const readsSsml of [true, false]) expect(billedTexts('<speak>你好', readsSsml)).toEqual([])
})
