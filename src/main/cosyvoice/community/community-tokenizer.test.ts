import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { writeCommunityModel } from '../../../../test/support/community-model.ts'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { openCommunityTokenizer } from './community-tokenizer.ts'

const SMALL = path.resolve(import.meta.dirname, '../../../../test/fixtures/tokenizer-small')
const goldenSchema = z.array(z.tuple([z.string(), z.array(z.int())]))

test('gives the ids of the official tables, though three special tokens are in the vocabulary', async () => {
  using folder = temporaryFolder()
  await writeCommunityModel(folder.directory)
  const vocabulary = readFileSync(path.join(folder.directory, 'vocab.json'), 'utf8')
  expect(vocabulary).toContain('"<|im_end|>": 307,\r\n')
  const tokenizer = await openCommunityTokenizer(folder.directory)
  // 305 tokens and three special ones come before it.
  expect(tokenizer.endOfPromptId).toBe(308)
  const golden = goldenSchema.parse(JSON.parse(readFileSync(path.join(SMALL, 'golden.json'), 'utf8')))
  expect(golden.length).toBeGreaterThan(200)
  for (const [text, ids] of golden) expect(tokenizer.encode(text, { marks: 'all' }), JSON.stringify(text)).toEqual(ids)
})

test('gives them with the official tables too', async () => {
  using folder = temporaryFolder()
  for (const file of ['vocab.json', 'merges.txt'])
    writeFileSync(path.join(folder.directory, file), readFileSync(path.join(SMALL, file)))
  const tokenizer = await openCommunityTokenizer(folder.directory)
  expect(tokenizer.endOfPromptId).toBe(308)
  expect(tokenizer.encode('<|endofprompt|>[laughter]', { marks: 'all' })).toEqual([308, 313])
})
