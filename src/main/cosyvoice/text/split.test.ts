import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SPLIT_LIMITS, type SplitOptions, splitText } from './split.ts'

const characters = (text: string): number => [...text].length
const HAN: SplitOptions = { script: 'han', lengthOf: characters }
/** Words and signs, about as many as a tokenizer would find. */
const words = (text: string): number => text.match(/\p{L}+|\p{N}|[^\s\p{L}\p{N}]/gu)?.length ?? 0
const OTHER: SplitOptions = { script: 'other', lengthOf: words }

describe('splitting into sentences', () => {
  it('keeps short sentences together, as the original does', () => {
    expect(splitText('你好。再见。', HAN)).toEqual(['你好。再见。'])
    expect(splitText('', HAN)).toEqual([])
  })

  it('ends a piece that is long enough before a sentence that makes it too long', () => {
    const sentence = (length: number) => `${'字'.repeat(length - 1)}。`
    const pieces = (...lengths: number[]) => splitText(lengths.map(sentence).join(''), HAN).map(characters)
    // split_paragraph with token_max_n 80, token_min_n 60, merge_len 20, worked out by hand.
    expect(pieces(61, 20)).toEqual([61, 20])
    expect(pieces(61, 19)).toEqual([80])
    expect(pieces(60, 40)).toEqual([100])
    expect(pieces(70, 30, 40, 15)).toEqual([70, 85])
    expect(pieces(70, 70, 12)).toEqual([70, 82])
    expect(pieces(70, 70, 20)).toEqual([70, 70, 20])
  })

  it('counts in tokens where the text is not Chinese', () => {
    const sentence = `${'word '.repeat(40)}end.`
    expect(splitText(`${sentence} ${sentence} ${sentence}`, OTHER)).toEqual([`${sentence} ${sentence}`, ` ${sentence}`])
  })

  it('leaves marks and quotes that close with their sentence, and a quote that opens with its own', () => {
    const limits = { longest: 1, shortest: 0, tail: 0, hard: 100 }
    expect(splitText('他说：“走吧！？”“好……”她说："嗯。"完', { ...HAN, limits })).toEqual([
      '他说：',
      '“走吧！？”',
      '“好……”她说：',
      '"嗯。"',
      '完',
    ])
    expect(splitText('Go. "Now?!" he (she.) said', { ...OTHER, limits })).toEqual([
      'Go.',
      ' "Now?!"',
      ' he (she.)',
      ' said',
    ])
  })

  it('takes no number, no address and no tag apart', () => {
    const limits = { longest: 1, shortest: 0, tail: 0, hard: 100 }
    for (const text of ['3.14', '12:30:05', 'example.com', '1;', '<strong>a. b.</strong>', '[j][ǐ]', 'U.S.A.'])
      expect(splitText(text, { ...OTHER, limits })).toEqual([text])
  })
})

describe('text without punctuation', () => {
  it('is cut into like parts', () => {
    expect(splitText('字'.repeat(500), HAN).map(characters)).toEqual([125, 125, 125, 125])
    expect(splitText('字'.repeat(161), HAN).map(characters)).toEqual([81, 80])
  })

  it('is cut at a clause mark before a space, at a space before a character', () => {
    expect(splitText(`${'字'.repeat(70)}，${'字'.repeat(60)} ${'字'.repeat(60)}`, HAN).map(characters)).toEqual([
      71, 121,
    ])
    expect(splitText(`${'字'.repeat(60)} ${'字'.repeat(130)}`, HAN).map(characters)).toEqual([60, 131])
    const plain = 'word '.repeat(400)
    for (const piece of splitText(plain, OTHER)) expect(piece).toMatch(/^ ?(word ?)+$/)
  })

  it('is never cut in a tag, and in a number or a word only where that is all there is', () => {
    const limits = { ...SPLIT_LIMITS, longest: 10, shortest: 5, tail: 2, hard: 24 }
    const text =
      '字字字字字字字字字字字字字[laughter]字字字字字1234567890字字字字字字字字字<strong>好好好</strong>字字字'
    const pieces = splitText(text, { ...HAN, limits })
    expect(pieces.join('')).toBe(text)
    expect(pieces.filter((piece) => piece.includes('[laughter]'))).toHaveLength(1)
    expect(pieces.filter((piece) => piece.includes('1234567890'))).toHaveLength(1)
    expect(pieces.filter((piece) => piece.includes('<strong>好好好</strong>'))).toHaveLength(1)
    expect(splitText('1'.repeat(100), { ...HAN, limits }).map(characters)).toEqual([20, 20, 20, 20, 20])
  })
})

describe('any text', () => {
  const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text)
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 600, size: 'max' }),
    fc
      .array(
        fc.constantFrom(
          '字',
          '你好',
          '。',
          '，',
          '、',
          '！',
          ' ',
          '\n',
          'word',
          '3.14',
          '12,000',
          '[laughter]',
          '[j][ǐ]',
          '<strong>',
          '</strong>',
          '🎉',
          '👨‍👩‍👧',
          'e\u0301',
          '”',
          '"',
          '.',
          '…',
          '<',
          '[',
        ),
        { maxLength: 400, size: 'max' },
      )
      .map((parts) => parts.join('')),
  )

  it('is cut in no tag and no pair of surrogates even where nothing else fits', () => {
    const limits = { longest: 1, shortest: 0, tail: 0, hard: 12 }
    expect(splitText('[laughter]'.repeat(3), { ...HAN, limits })).toEqual(new Array(3).fill('[laughter]'))
    const family = '👨‍👩‍👧'
    for (const hard of [1, 2, 3, 4])
      expect(splitText(family, { ...HAN, limits: { ...limits, hard } }).every(isWellFormed)).toBe(true)
    expect(splitText(`${'字'.repeat(8)}，”${'字'.repeat(9)}`, { ...HAN, limits })).toEqual([
      `${'字'.repeat(8)}，”`,
      '字'.repeat(9),
    ])
  })

  it('is within the limit where a longer beginning measures less', () => {
    const lengthOf = (text: string): number => text.length + (text.length % 2 === 1 ? 3 : 0)
    const pieces = splitText('字'.repeat(78), {
      script: 'han',
      lengthOf,
      limits: { ...SPLIT_LIMITS, longest: 30, hard: 40 },
    })
    expect(pieces.join('')).toHaveLength(78)
    for (const piece of pieces) expect(lengthOf(piece)).toBeLessThanOrEqual(40)
  })

  it('comes back whole, in pieces within the limit that cut no tag and no pair of surrogates', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(HAN, OTHER), fc.integer({ min: 40, max: 200 }), (text, options, hard) => {
        const pieces = splitText(text, { ...options, limits: { ...SPLIT_LIMITS, hard } })
        expect(pieces.join('')).toBe(text)
        for (const piece of pieces) {
          expect(piece).not.toBe('')
          expect(options.lengthOf(piece)).toBeLessThanOrEqual(hard)
        }
        const tags = (value: string) => value.match(/\[(?:laughter|j|ǐ)\]|<\/?strong>/g)?.length ?? 0
        expect(pieces.map(tags).reduce((sum, count) => sum + count, 0)).toBe(tags(text))
        if (isWellFormed(text)) expect(pieces.every(isWellFormed)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
