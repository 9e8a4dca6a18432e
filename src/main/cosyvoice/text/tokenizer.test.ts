import { existsSync, readFileSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { SPECIAL_TOKENS } from './special-tokens.ts'
import { openTokenizer } from './tokenizer.ts'

const ROOT = path.resolve(import.meta.dirname, '../../../..')
const SMALL = path.join(ROOT, 'test/fixtures/tokenizer-small')
const filesOf = (directory: string) => ({
  vocabFile: path.join(directory, 'vocab.json'),
  mergesFile: path.join(directory, 'merges.txt'),
})
const open = (architecture: 'cosyvoice2' | 'cosyvoice3' = 'cosyvoice3', directory = SMALL) =>
  openTokenizer({ ...filesOf(directory), architecture })

const goldenSchema = z.array(z.tuple([z.string(), z.array(z.int())]))
const golden = goldenSchema.parse(JSON.parse(readFileSync(path.join(SMALL, 'golden.json'), 'utf8')))
const smallSize = Object.keys(
  z.record(z.string(), z.int()).parse(JSON.parse(readFileSync(filesOf(SMALL).vocabFile, 'utf8'))),
).length

describe('a tokenizer with tables of our own', () => {
  it('gives the ids that the reference gives', async () => {
    const tokenizer = await open()
    expect(golden.length).toBeGreaterThan(200)
    for (const [text, ids] of golden)
      expect(tokenizer.encode(text, { marks: 'all' }), JSON.stringify(text)).toEqual(ids)
  })

  it('counts special tokens on from the vocabulary, and CosyVoice 2 has the first twenty', async () => {
    const [two, three] = [await open('cosyvoice2'), await open('cosyvoice3')]
    expect(three.endOfPromptId).toBe(smallSize + 3)
    expect(two.encode('[mn]', { marks: 'sounds' })).toEqual([smallSize + 19])
    expect(three.encode('[ǜ]', { marks: 'sounds' })).toEqual([smallSize + 280])
    expect(two.encode('[j]', { marks: 'all' }).length).toBe(3)
  })

  it('finds each token by its name, control tokens only where asked for', async () => {
    const tokenizer = await open()
    for (const [index, token] of SPECIAL_TOKENS.cosyvoice3.entries()) {
      expect(tokenizer.encode(token, { marks: 'all' })).toEqual([smallSize + index])
      const asSound = tokenizer.encode(token, { marks: 'sounds' })
      if (token.startsWith('<|')) expect(asSound.every((id) => id < smallSize)).toBe(true)
      else expect(asSound).toEqual([smallSize + index])
    }
  })

  it('finds tones that are typed as combining marks', async () => {
    const tokenizer = await open()
    for (const typed of ['[i\u030c]', '[ǐ]'])
      expect(tokenizer.encode(typed, { marks: 'sounds' })).toEqual([smallSize + 154 + 116])
    for (const typed of ['[u\u0308\u0301]', '[ü\u0301]', '[ǘ]'])
      expect(tokenizer.encode(typed, { marks: 'sounds' })).toEqual([smallSize + 278])
  })

  it('takes any text, and without marks every id is one of the vocabulary', async () => {
    const tokenizer = await open()
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60, size: 'max' }), (text) => {
        const ids = tokenizer.encode(text, { marks: 'none' })
        expect(ids.every((id) => id >= 0 && id < smallSize)).toBe(true)
      }),
    )
    expect(tokenizer.encode('\ud83c', { marks: 'all' })).toEqual(tokenizer.encode('\ufffd', { marks: 'all' }))
  })

  it('loses nothing: the bytes of the tokens are the bytes of the text', async () => {
    const vocabulary = z.record(z.string(), z.int()).parse(JSON.parse(await readFile(filesOf(SMALL).vocabFile, 'utf8')))
    const letters = new Map(Object.entries(vocabulary).map(([token, id]) => [id, token]))
    const tokenizer = await open()
    const written = (text: string): string =>
      tokenizer
        .encode(text, { marks: 'none' })
        .map((id) => letters.get(id) ?? '?')
        .join('')
    const byBytes = (text: string): string => Array.from(text.normalize('NFC'), written).join('')
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 40, size: 'max' }),
        (text) => written(text) === byBytes(text),
      ),
    )
  })
})

describe('tables that are not whole', () => {
  const altered = async (change: { vocab?: (json: string) => string; merges?: (text: string) => string }) => {
    const folder = temporaryFolder()
    const [from, to] = [filesOf(SMALL), filesOf(folder.directory)]
    await copyFile(from.vocabFile, to.vocabFile)
    await copyFile(from.mergesFile, to.mergesFile)
    if (change.vocab) await writeFile(to.vocabFile, change.vocab(await readFile(to.vocabFile, 'utf8')))
    if (change.merges) await writeFile(to.mergesFile, change.merges(await readFile(to.mergesFile, 'utf8')))
    return folder
  }
  const refusal = async (change: Parameters<typeof altered>[0]): Promise<unknown> => {
    using folder = await altered(change)
    return await open('cosyvoice3', folder.directory).then(
      () => undefined,
      (error: unknown) => error,
    )
  }
  const corrupt = (file: string, reason: RegExp) => ({
    code: 'model.corrupt',
    params: { file, reason: expect.stringMatching(reason) },
  })

  it('are refused by name and reason', async () => {
    expect(await refusal({ vocab: () => '[]' })).toMatchObject(corrupt('vocab.json', /no table of ids/))
    expect(await refusal({ vocab: () => '' })).toMatchObject(corrupt('vocab.json', /no table of ids/))
    expect(await refusal({ vocab: (json) => json.slice(0, 900) })).toMatchObject(
      corrupt('vocab.json', /no table of ids/),
    )
    expect(await refusal({ vocab: (json) => `${json}x` })).toMatchObject(corrupt('vocab.json', /no table of ids/))
    expect(await refusal({ vocab: (json) => json.replace(/: ?5,/, ':4,') })).toMatchObject(
      corrupt('vocab.json', /twice/),
    )
    expect(await refusal({ vocab: (json) => json.replace(/: ?5,/, ':400,') })).toMatchObject(
      corrupt('vocab.json', /not 0 to/),
    )
    expect(await refusal({ vocab: (json) => json.replace('"@"', '"@@"') })).toMatchObject(
      corrupt('vocab.json', /single bytes/),
    )
    expect(await refusal({ merges: (text) => `${text}a zz\n` })).toMatchObject(corrupt('merges.txt', /line \d+ /))
    expect(await refusal({ merges: (text) => `${text}#version: 0.2\n` })).toMatchObject(
      corrupt('merges.txt', /line \d+ /),
    )
    expect(await refusal({ merges: (text) => `${text}nospace\n` })).toMatchObject(corrupt('merges.txt', /line \d+ /))
  })

  it('are recognised where merges beginning with # were taken for comments', async () => {
    const merges = (text: string) =>
      text
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .join('\n')
    expect(await refusal({ merges })).toMatchObject(corrupt('merges.txt', /begin with #/))
  })

  it('are recognised where they join Chinese characters, as the tables of Qwen do', async () => {
    const [ni, hao] = ['ä½ł', 'å¥½']
    const vocab = (json: string) => json.replace(/\s*}\s*$/, `,"${ni}${hao}":${smallSize}}`)
    expect(await refusal({ vocab, merges: (text) => `${text}${ni} ${hao}\n` })).toMatchObject(
      corrupt('merges.txt', /Chinese/),
    )
  })

  it('are refused where a file is missing', async () => {
    using folder = temporaryFolder()
    await expect(open('cosyvoice3', folder.directory)).rejects.toMatchObject(corrupt('vocab.json', /^cannot-be-read$/))
    await copyFile(filesOf(SMALL).vocabFile, filesOf(folder.directory).vocabFile)
    await expect(open('cosyvoice3', folder.directory)).rejects.toMatchObject(corrupt('merges.txt', /^cannot-be-read$/))
  })

  it('are read the same with a header, Windows line ends, spaces and escapes', async () => {
    using folder = await altered({
      vocab: (json) =>
        JSON.stringify(JSON.parse(json), null, 1).replace(
          /[\u0080-\uffff]/g,
          (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
        ),
      merges: (text) => `#version: 0.2\n${text}`.replaceAll('\n', '\r\n'),
    })
    const tokenizer = await open('cosyvoice3', folder.directory)
    for (const [text, ids] of golden) expect(tokenizer.encode(text, { marks: 'all' })).toEqual(ids)
  })
})

const realFolder = [process.env.COSY_TOKENIZER_DIR, path.join(ROOT, '../shared/fixtures/tokenizer')].find(
  (directory) => directory !== undefined && existsSync(filesOf(directory).vocabFile),
)
const GOLDEN: Readonly<Record<string, string>> = {
  'You are a helpful assistant.': '2610 525 264 10950 17847 13',
  'You are a helpful assistant.<|endofprompt|>希望你以后能够做的比我还好呦。':
    '2610 525 264 10950 17847 13 151646 99658 99317 56568 23031 33447 26232 99521 99190 9370 56006 35946 97706 52801 119024 1773',
  '八百标兵奔北坡，北坡炮兵并排跑，炮兵怕把标兵碰，标兵怕碰炮兵炮。':
    '99568 99271 30844 99807 100524 48309 101338 3837 48309 101338 104444 99807 62926 59956 99803 3837 104444 99807 99756 99360 30844 99807 101394 3837 30844 99807 99756 101394 104444 99807 104444 1773',
  '高管也通过电话、短信、微信等方式对报道[j][ǐ]予好评。':
    '44636 35551 74763 31935 38182 38212 57443 5373 99534 21317 5373 48934 21317 49567 23384 28330 32664 42278 44793 151797 151913 99944 52801 63379 1773',
  'You are a helpful assistant. 请用广东话表达。<|endofprompt|>':
    '2610 525 264 10950 17847 13 220 14880 11622 80942 67364 57443 20742 93488 1773 151646',
  '用四川话说这句话<|endofprompt|>': '11622 63703 100410 57443 36587 43288 99700 57443 151646',
  '[breath]因为': '151647 62112 17714',
  'レキシ テキ セカイ': '43871 61803 56107 20711 228 61803 17587 119 70393 24218',
  'Hello world 123.': '9707 1879 220 16 17 18 13',
}
const missing = 'no real tables: neither COSY_TOKENIZER_DIR nor ../shared/fixtures/tokenizer holds a vocab.json'

describe(`a tokenizer with the tables of CosyVoice${realFolder === undefined ? ` (skipped: ${missing})` : ''}`, () => {
  it.skipIf(realFolder === undefined)('gives the ids of the original', async () => {
    const tokenizer = await open('cosyvoice3', realFolder)
    for (const [text, ids] of Object.entries(GOLDEN))
      expect(tokenizer.encode(text, { marks: 'all' }).join(' '), text).toBe(ids)
    expect(tokenizer.endOfPromptId).toBe(151646)
    expect(tokenizer.encode('[AA][ZH][a][ǜ][ǐ]', { marks: 'sounds' })).toEqual([151664, 151747, 151748, 151923, 151913])
  })

  it.skipIf(realFolder === undefined)('takes a long text without a mark at once', async () => {
    const tokenizer = await open('cosyvoice3', realFolder)
    const startMs = performance.now()
    expect(tokenizer.encode('你'.repeat(20_000), { marks: 'sounds' })).toHaveLength(20_000)
    // Quadratic merging takes minutes.
    expect(performance.now() - startMs).toBeLessThan(3000)
  })
})
