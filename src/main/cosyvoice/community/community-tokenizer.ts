import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { SPECIAL_TOKENS } from '../text/special-tokens.ts'
import { openTokenizer, type TextTokenizer } from '../text/tokenizer.ts'
import { unreadable } from './community-errors.ts'
import { COMMUNITY_TOKENIZER } from './community-files.ts'

/** How many of the special tokens, from the first on, are in the vocabulary as well. */
const countListed = async (vocabFile: string): Promise<number> => {
  const text = await readFile(vocabFile, 'utf8').catch((error: unknown) => {
    throw unreadable(COMMUNITY_TOKENIZER.vocab, error)
  })
  const absent = SPECIAL_TOKENS.cosyvoice3.findIndex((token) => !text.includes(`${JSON.stringify(token)}:`))
  return absent < 0 ? SPECIAL_TOKENS.cosyvoice3.length : absent
}

/**
 * The tokenizer of the community export. Its vocabulary lists the first three special tokens, which the official one leaves
 * to follow it; counted on from the longer list, every special token would have an id that is three too high.
 * @throws AppError model.corrupt
 */
export const openCommunityTokenizer = async (directory: string): Promise<TextTokenizer> => {
  const vocabFile = path.join(directory, COMMUNITY_TOKENIZER.vocab)
  const mergesFile = path.join(directory, COMMUNITY_TOKENIZER.merges)
  const tokenizer = await openTokenizer({ vocabFile, mergesFile, architecture: 'cosyvoice3' })
  const listed = await countListed(vocabFile)
  const firstSpecialId = tokenizer.endOfPromptId - SPECIAL_TOKENS.cosyvoice3.indexOf('<|endofprompt|>')
  return {
    ...tokenizer,
    endOfPromptId: tokenizer.endOfPromptId - listed,
    encode: (text, options) => tokenizer.encode(text, options).map((id) => (id < firstSpecialId ? id : id - listed)),
  }
}
