import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { layoutPrompt } from './layouts.ts'
import { openTokenizer } from './tokenizer.ts'

const ROOT = path.resolve(import.meta.dirname, '../../../..')
const SMALL = path.join(ROOT, 'test/fixtures/tokenizer-small')
const open = (architecture: 'cosyvoice2' | 'cosyvoice3', directory = SMALL) =>
  openTokenizer({
    vocabFile: path.join(directory, 'vocab.json'),
    mergesFile: path.join(directory, 'merges.txt'),
    architecture,
  })
const [two, three] = [await open('cosyvoice2'), await open('cosyvoice3')]
const all = (text: string) => three.encode(text, { marks: 'all' })

describe('a prompt of CosyVoice 3', () => {
  it('goes on from a transcript behind the frame', () => {
    expect(layoutPrompt(three, { mode: 'zero-shot', transcript: '说[breath]好。', text: '你好' })).toEqual({
      promptIds: all('You are a helpful assistant.<|endofprompt|>说[breath]好。'),
      textIds: all('你好'),
      ttsTextIds: all('你好'),
      usesPromptSpeech: true,
    })
  })

  it('has the frame before the text where there are no words of the clip, which lengths do not count', () => {
    for (const mode of ['cross-lingual', 'preset'] as const)
      expect(layoutPrompt(three, { mode, text: 'hello' })).toEqual({
        promptIds: [],
        textIds: all('You are a helpful assistant.<|endofprompt|>hello'),
        ttsTextIds: all('hello'),
        usesPromptSpeech: false,
      })
  })

  it('is told how to speak, with a space before the instruct', () => {
    expect(layoutPrompt(three, { mode: 'instruct', instruct: '请用广东话表达。', text: '你好' })).toEqual({
      promptIds: all('You are a helpful assistant. 请用广东话表达。<|endofprompt|>'),
      textIds: all('你好'),
      ttsTextIds: all('你好'),
      usesPromptSpeech: false,
    })
  })

  it('takes an instruct that was copied with its frame', () => {
    const [plain, framed] = ['请说。', ' You are a helpful assistant. 请说。<|endofprompt|>'].map((instruct) =>
      layoutPrompt(three, { mode: 'instruct', instruct, text: '你好' }),
    )
    expect(framed).toEqual(plain)
  })
})

describe('a prompt of CosyVoice 2', () => {
  it('has no frame', () => {
    expect(layoutPrompt(two, { mode: 'zero-shot', transcript: '说', text: '好' }).promptIds).toEqual(all('说'))
    expect(layoutPrompt(two, { mode: 'cross-lingual', text: '好' }).textIds).toEqual(all('好'))
    expect(layoutPrompt(two, { mode: 'preset', text: '好' }).promptIds).toEqual([])
    expect(layoutPrompt(two, { mode: 'instruct', instruct: '用四川话说这句话', text: '好' }).promptIds).toEqual(
      all('用四川话说这句话<|endofprompt|>'),
    )
  })
})

describe('what a person writes', () => {
  const CONTROL = '<|endofprompt|>'
  it('never ends the prompt: control tokens are text', () => {
    for (const tokenizer of [two, three])
      for (const mode of [
        { mode: 'zero-shot', transcript: `a${CONTROL}b` },
        { mode: 'cross-lingual' },
        { mode: 'instruct', instruct: `a${CONTROL}b<|im_end|>` },
        { mode: 'preset' },
      ] as const) {
        const { promptIds, textIds, ttsTextIds } = layoutPrompt(tokenizer, { ...mode, text: `x${CONTROL}y[laughter]` })
        const marks = [...promptIds, ...textIds].filter((id) => id === tokenizer.endOfPromptId)
        expect(marks).toHaveLength(tokenizer === three || mode.mode === 'instruct' ? 1 : 0)
        expect(ttsTextIds).toContain(tokenizer.encode('[laughter]', { marks: 'all' })[0])
      }
  })

  it('makes no sound where it is an instruct', () => {
    for (const tokenizer of [two, three]) {
      const { promptIds } = layoutPrompt(tokenizer, { mode: 'instruct', instruct: '说[laughter]', text: '好' })
      expect(promptIds).not.toContain(tokenizer.encode('[laughter]', { marks: 'sounds' })[0])
    }
  })

  it('keeps the words of the frame in the middle of an instruct', () => {
    const frame = 'You are a helpful assistant.'
    expect(layoutPrompt(two, { mode: 'instruct', instruct: `说：${frame}`, text: '好' }).promptIds).toEqual(
      all(`说：${frame}<|endofprompt|>`),
    )
  })

  it('has to say something where it is an instruct', () => {
    expect(() => layoutPrompt(three, { mode: 'instruct', instruct: ' <|endofprompt|>', text: 'x' })).toThrow(
      'says something',
    )
  })
})

const real = [process.env.COSY_TOKENIZER_DIR, path.join(ROOT, '../shared/fixtures/tokenizer')].find(
  (directory) => directory !== undefined && existsSync(path.join(directory, 'vocab.json')),
)
it.skipIf(real === undefined)(
  `a prompt has the ids of the original${real === undefined ? ' (skipped: no real tables in COSY_TOKENIZER_DIR or ../shared/fixtures/tokenizer)' : ''}`,
  async () => {
    const tokenizer = await open('cosyvoice3', real)
    const cantonese = layoutPrompt(tokenizer, {
      mode: 'instruct',
      instruct: '请用广东话表达。',
      text: 'Hello world 123.',
    })
    expect(cantonese.promptIds.join(' ')).toBe(
      '2610 525 264 10950 17847 13 220 14880 11622 80942 67364 57443 20742 93488 1773 151646',
    )
    expect(cantonese.textIds.join(' ')).toBe('9707 1879 220 16 17 18 13')
    const zeroShot = layoutPrompt(tokenizer, {
      mode: 'zero-shot',
      transcript: '希望你以后能够做的比我还好呦。',
      text: '好',
    })
    expect(zeroShot.promptIds.join(' ')).toBe(
      '2610 525 264 10950 17847 13 151646 99658 99317 56568 23031 33447 26232 99521 99190 9370 56006 35946 97706 52801 119024 1773',
    )
  },
)
