import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { spokenPieces } from './spoken-pieces.ts'
import { openTokenizer } from './tokenizer.ts'

const SMALL = path.resolve(import.meta.dirname, '../../../../test/fixtures/tokenizer-small')
const tokenizer = await openTokenizer({
  vocabFile: path.join(SMALL, 'vocab.json'),
  mergesFile: path.join(SMALL, 'merges.txt'),
  architecture: 'cosyvoice3',
})
const pieces = (line: string, language: string | null = null, normalises = true) =>
  spokenPieces(line, tokenizer, { language, normalises })

describe('what is spoken of a line', () => {
  it('is in words and ends as a sentence does', () => {
    expect(pieces('我有3个')).toEqual(['我有三个。'])
    expect(pieces('I have 3')).toEqual(['I have three.'])
    expect(pieces('我有3个？”')).toEqual(['我有三个？”'])
    expect(pieces('我有3个', null, false)).toEqual(['我有3个。'])
  })

  it('is told by the text in what language it ends, and read by the reader of Japanese', () => {
    const japanese = spokenPieces('3つ', tokenizer, {
      language: null,
      normalises: true,
      toKatakana: (text) => `<${text}>`,
    })
    expect(japanese).toEqual(['<三つ>。'])
    expect(pieces('3 Äpfel')).toEqual(['3 Äpfel.'])
    expect(pieces('好……')).toEqual(['好……'])
    expect(pieces('  so…” ')).toEqual(['so…”'])
  })

  it('is not changed where that is not wanted, but for spaces around it', () => {
    expect(pieces('  3 （个）  ', 'zh', false)).toEqual(['3 （个）。'])
  })

  it('counts a tag as one sound', () => {
    // 59 tags and their full stop are 60 ids, as text they are hundreds.
    expect(pieces('[laughter]'.repeat(59), 'en')).toHaveLength(1)
    expect(pieces('[laughter]'.repeat(200), 'en').length).toBe(2)
  })

  it('is cut where it is long, also behind control tokens that a person typed', () => {
    const sentence = `${'字'.repeat(69)}。`
    expect(pieces(`<|endofprompt|>${sentence}${sentence}`)).toEqual([`<|endofprompt|>${sentence}`, sentence])
    expect(pieces('字'.repeat(400)).every((piece) => piece.length <= 160)).toBe(true)
  })

  it('is nothing where the line has no sound', () => {
    for (const line of ['', '  ', '……', '🎉 !', '（）', '——', '\n']) expect(pieces(line)).toEqual([])
    expect(pieces('（）', 'zh')).toEqual([])
    expect(pieces('[laughter]')).toEqual(['[laughter].'])
  })

  it('is never silent and never too long', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' }),
        fc.constantFrom('zh', 'en', 'de'),
        (line, language) => {
          for (const piece of pieces(line, language)) {
            expect(piece).toMatch(/[^\p{P}\p{S}\p{Z}\p{C}]/u)
            const length = language === 'zh' ? [...piece].length : tokenizer.encode(piece, { marks: 'sounds' }).length
            expect(length).toBeLessThanOrEqual(160)
          }
        },
      ),
    )
  })
})
