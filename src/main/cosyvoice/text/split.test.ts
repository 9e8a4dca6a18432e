import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endsSentence, SPLIT_LIMITS, type SplitOptions, splitText } from './split.ts'

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

const CLOSERS = Array.from('"”’\'」』）)】》')

describe('the end of a sentence', () => {
  it('is its mark, whatever quotes and brackets close behind it', () => {
    for (const mark of '。？！；：、.?!;…') expect(endsSentence(`好${mark}`, 'han'), mark).toBe(true)
    for (const mark of '。？！；：.?!;:…\n') expect(endsSentence(`so${mark}`, 'other'), mark).toBe(true)
    for (const closer of CLOSERS) {
      expect(endsSentence(`好。${closer}`, 'han'), closer).toBe(true)
      expect(endsSentence(`好？${closer}${closer}`, 'han'), closer).toBe(true)
      expect(endsSentence(`好${closer}`, 'han'), closer).toBe(false)
    }
    for (const text of ['', '好', '好，', '。好', '”', '。”好', '好 ', '他说:'])
      expect(endsSentence(text, 'han'), text).toBe(false)
    expect(endsSentence('one、', 'other')).toBe(false)
  })

  it('takes all that closes it along', () => {
    const limits = { longest: 1, shortest: 0, tail: 0, hard: 100 }
    for (const closer of CLOSERS)
      expect(splitText(`好。${closer}完。`, { ...HAN, limits })).toEqual([`好。${closer}`, '完。'])
    for (const marks of ['。。', '？！', '!?', '.…', '！……'])
      expect(splitText(`好${marks}”完。`, { ...HAN, limits })).toEqual([`好${marks}”`, '完。'])
    for (const mark of '；：、;') expect(splitText(`好${mark}完。`, { ...HAN, limits })).toEqual([`好${mark}`, '完。'])
    expect(splitText('one\ntwo; three: four', { ...OTHER, limits })).toEqual(['one\n', 'two;', ' three:', ' four'])
    expect(splitText('字'.repeat(40).concat('。'.repeat(40), '完'), { ...HAN, limits }).join('')).toHaveLength(81)
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

  it('is cut behind any clause mark and what closes with it, and begins no part with a mark', () => {
    const limits = { ...SPLIT_LIMITS, longest: 10, shortest: 5, tail: 2, hard: 24 }
    const halves = (text: string) => splitText(text, { ...HAN, limits })
    // The middle is at 15.
    for (const mark of '，,—…')
      for (const closer of ['', '”', '’', '」', '』', '）', ')', '】', '》', '”）']) {
        const first = `${'字'.repeat(9)}${mark}${closer}`
        expect(halves(first + '字'.repeat(30 - first.length))).toEqual([first, '字'.repeat(30 - first.length)])
      }
    for (const mark of '，、；：。？！…—,.!?;:”’」』）】》)') {
      const pieces = halves(`${'字'.repeat(15)}${mark}${'字'.repeat(14)}`)
      expect(
        pieces.slice(1).every((piece) => !piece.startsWith(mark)),
        mark,
      ).toBe(true)
    }
    // A straight quote may open.
    expect(halves(`${'字'.repeat(14)}，"${'字'.repeat(14)}`)).toEqual([`${'字'.repeat(14)}，`, `"${'字'.repeat(14)}`])
  })

  it('is cut at a clause mark rather than at a nearer space, and at a space rather than at a nearer character', () => {
    const limits = { ...SPLIT_LIMITS, longest: 10, shortest: 5, tail: 2, hard: 24 }
    const [a, b] = ['字'.repeat(8), '字'.repeat(6)]
    expect(splitText(`${a}，${b} ${'字'.repeat(14)}`, { ...HAN, limits })).toEqual([
      `${a}，`,
      `${b} ${'字'.repeat(14)}`,
    ])
    expect(splitText(`${a} ${'字'.repeat(21)}`, { ...HAN, limits })).toEqual([a, ` ${'字'.repeat(21)}`])
    // Too early for one of two like parts: no mark is used.
    expect(splitText(`字字，${'字'.repeat(27)}`, { ...HAN, limits }).map(characters)).toEqual([15, 15])
  })

  it('keeps what is one whole: numbers with their signs, words, addresses, syllables, what is laughed', () => {
    const limits = { ...SPLIT_LIMITS, longest: 10, shortest: 5, tail: 2, hard: 40 }
    for (const whole of [
      ...[
        '1,234,567.89',
        '12:30:45',
        '2024-05-06',
        '1/2',
        '10~20',
        '$1000000',
        '-12345678',
        '+8613800138',
        '±1234567',
        '99.99999%',
      ],
      ...[
        '100000€',
        "o'clock’s",
        'a.b@c_d-e/f',
        'слово',
        'λόγος',
        '한국어',
        'café\u0301s',
        '<laughter>哈哈哈</laughter>',
      ],
      ...['<strong>好。好</strong>', '[zh][uāng]', '[HH][AH0][L]', '5%-10%'],
    ]) {
      const text = `${'字'.repeat(25 - Math.floor(whole.length / 2))}${whole}${'字'.repeat(25)}`
      const pieces = splitText(text, { ...HAN, limits })
      expect(pieces.join('')).toBe(text)
      expect(pieces.length, whole).toBe(2)
      expect(
        pieces.filter((piece) => piece.includes(whole)),
        whole,
      ).toHaveLength(1)
    }
    // One emphasis ends where it ends.
    const two = `<strong>${'好'.repeat(8)}</strong>${'字'.repeat(9)}<strong>${'好'.repeat(8)}</strong>`
    expect(splitText(two, { ...HAN, limits }).every((piece) => characters(piece) <= 40)).toBe(true)
    expect(splitText(two, { ...HAN, limits })[0]).toMatch(/^<strong>好{8}<\/strong>字+$/)
  })

  it('comes apart in a whole only where a whole is too long, and there between letters as people see them', () => {
    const limits = { longest: 4, shortest: 2, tail: 0, hard: 12 }
    const flags = '🇨🇳🇩🇪🇫🇷🇬🇧🇺🇸🇯🇵'
    const byUnits = { script: 'other', lengthOf: (text: string) => text.length, limits } as const
    const pieces = splitText(flags, byUnits)
    expect(pieces.join('')).toBe(flags)
    for (const piece of pieces) expect(piece).toMatch(/^(?:\p{Regional_Indicator}{2})+$/u)
    expect(splitText(`${'a'.repeat(14)}`, byUnits)).toEqual(['aaaaaaa', 'aaaaaaa'])
    // Between the word and the family, not in either.
    expect(splitText(`${'a'.repeat(9)}👨‍👩‍👧`, byUnits)).toEqual(['a'.repeat(9), '👨‍👩‍👧'])
  })

  it('is cut in 2000 characters or words as in 200, and 50 sentences into pieces of some sentences', () => {
    const [han, english] = ['字'.repeat(2000), Array.from({ length: 2000 }, () => 'word').join(' ')]
    const lengths = splitText(han, HAN).map(characters)
    expect(lengths).toHaveLength(13)
    expect(lengths.every((length) => length === 153 || length === 154)).toBe(true)
    const pieces = splitText(english, OTHER)
    expect(pieces.join('')).toBe(english)
    for (const piece of pieces) expect(words(piece)).toBeGreaterThan(140)
    for (const piece of pieces) expect(words(piece)).toBeLessThanOrEqual(160)
    const sentence = `${'字'.repeat(29)}。`
    expect(splitText(sentence.repeat(50), HAN).map(characters)).toEqual([...new Array(16).fill(90), 60])
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
