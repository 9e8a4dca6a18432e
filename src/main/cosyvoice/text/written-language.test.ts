import { describe, expect, it } from 'vitest'
import { writtenLanguageOf } from './written-language.ts'

const told = (text: string) => writtenLanguageOf(text, null)

describe('the language of a text', () => {
  it('is the one that is said, whatever the text', () => {
    for (const language of 'zh cmn yue wuu nan hak gan hsn cjy cdo mnp'.split(' ')) {
      expect(writtenLanguageOf('hello', language)).toBe('zh')
      expect(writtenLanguageOf('hello', `${language.toUpperCase()}-CN`)).toBe('zh')
    }
    expect(
      ['en', 'EN-us', 'ja', 'ja-JP', 'de', 'eng', ''].map((language) => writtenLanguageOf('你好', language)),
    ).toEqual(['en', 'en', 'ja', 'ja', 'other', 'other', 'other'])
  })

  it('is told by its script', () => {
    expect(['漢字かな', '漢字カナ', 'ー漢', '漢字', 'a漢', 'привет', '안녕', 'γεια'].map(told)).toEqual([
      ...['ja', 'ja', 'zh', 'zh', 'zh', 'other', 'other', 'other'],
    ])
    expect(['123', '', '!?', 'Hello 5'].map(told)).toEqual(['en', 'en', 'en', 'en'])
  })

  it('is told by words that English has none of', () => {
    const words =
      'und ist nicht eine einen ich sich wir habe haben zwei drei vier que una para pero muy tengo tiene avec qui vous nous deux trois gli della che sono è'
    for (const word of words.split(' ')) {
      expect(told(`${word} 3`), word).toBe('other')
      expect(told(`x${word} 3 ${word}x`), word).toBe('en')
      expect(told(`the ${word} 3`), word).toBe('en')
    }
    const shared =
      'der das ein mit von zu auf hat por los las el y es hay yo dos tres une dans les des est il je pas et du di ho ha due tre'
    for (const word of shared.split(' ')) {
      expect(told(`${word} 3`), word).toBe('en')
      expect(told(`${word} 3 ${word.toUpperCase()}`), word).toBe('other')
    }
    expect(told('ICH 3')).toBe('other')
  })

  it('is English where there is more English than anything else', () => {
    const words =
      'the of and to is it she were has have with this that you not they my his her from your we been will would what there their at be said'
    for (const word of words.split(' ')) expect(told(`${word} Los Angeles y Müller`), word).toBe('other')
    for (const word of words.split(' ')) expect(told(`${word} Müller 3`), word).toBe('en')
    for (const word of words.split(' ')) expect(told(`x${word} Müller 3`), word).toBe('other')
    expect(['In Los Angeles 3', 'the Los Angeles y 3', 'The Zürich office has 3', 'THE Müller'].map(told)).toEqual([
      ...['en', 'en', 'en', 'en'],
    ])
  })

  it('is told by letters and marks that English has none of', () => {
    for (const letter of 'àâçèéêëïîôö') {
      expect(told(`x${letter}x 3`), letter).toBe('en')
      expect(told(`x${letter.toUpperCase()}x 3`), letter).toBe('en')
      expect(told(`x${letter.normalize('NFD')}x 3`), letter).toBe('en')
    }
    for (const letter of 'ñßüäåøłčžığ¿¡') expect(told(`x${letter}x 3`), letter).toBe('other')
  })
})
