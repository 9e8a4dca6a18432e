import { describe, expect, it } from 'vitest'
import { plainLetters, withoutPictures } from './plain-letters.ts'

const plain = (text: string): string => plainLetters(text, '、')

describe('letters of other shapes', () => {
  it('are plain ones', () => {
    expect(plain('０１２３４５６７８９ＡＺａｚ％＋＝')).toBe('0123456789AZaz%+=')
    expect(plain('₀₁₉㎎㎏㎜㎝㎞㏄')).toBe('019mgkgmmcmkmcc')
    expect(plain('ⅠⅡⅣⅨⅫ ⅰⅱⅻ').split(' ')).toEqual(['124912', '1212'])
  })

  it('leave marks of Chinese width where they are no part of a number', () => {
    expect(plain('３．５，３：３０，１／２，３－５')).toBe('3.5，3:30，1/2，3-5')
    expect(plain('3．5，3：30，1／2，3－5')).toBe('3.5，3:30，1/2，3-5')
    expect(plain('他：３，好．５，３：好，好／好，－３')).toBe('他：3，好．5，3：好，好／好，－3')
  })

  it('that number items have a mark behind them, and none behind what they belong to', () => {
    const signs = ['①⑳', '⑴⒇', '⒈⒛', '㈠㈩', '㊀㊉', '❶❿']
    const [first, last] = [0, 1].map((index) => signs.map((pair) => Array.from(pair)[index] ?? ''))
    for (const sign of first ?? []) expect(plain(`${sign}好`)).toBe('1、好')
    for (const [index, sign] of (last ?? []).entries()) expect(plain(`${sign}好`)).toBe(`${index < 3 ? 20 : 10}、好`)
    expect(plain('②，甲③乙，5④')).toBe('2，甲3、乙，54')
    for (const noun of '图圖表式注例见見题題第') expect(plain(`${noun}①好`)).toBe(`${noun}1好`)
  })
})

describe('pictures', () => {
  it('leave a space, and none before a mark that closes', () => {
    expect(withoutPictures('a😊b')).toBe('a b')
    expect(withoutPictures('a 😊 🎉 b')).toBe('a b')
    for (const mark of ',.;:!?…，。！？；：、)]}”’」』）】》') expect(withoutPictures(`a 😊${mark}`)).toBe(`a${mark}`)
    for (const mark of '([“「') expect(withoutPictures(`a😊${mark}`)).toBe(`a ${mark}`)
  })

  it('are taken whole, with skin, families, flags and keys', () => {
    for (const picture of ['👍🏽', '👨‍👩‍👧', '🇨🇳', '❤️', '🏴\u{E0067}\u{E0062}\u{E007F}', '🏽', '☎', '👩🏽‍🚀'])
      expect(withoutPictures(`a${picture}b`), picture).toBe('a b')
    expect(withoutPictures('1\uFE0F\u20E3#\uFE0F\u20E3')).toBe('1#')
  })

  it('are no letters, digits or signs', () => {
    const text = '© ® ™ ‼ ⁉ ℹ * # 0 9 中 é → √ ½ ℃'
    expect(withoutPictures(text)).toBe(text)
  })

  it('go with what nobody sees', () => {
    expect(withoutPictures('a\u200Bb\u2060c\uFEFFd\u00ADe\uFE0Ef')).toBe('abcdef')
  })
})
