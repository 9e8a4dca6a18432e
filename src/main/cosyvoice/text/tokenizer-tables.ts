import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { AppError, type AppErrorParams } from '../../../shared/kernel/index.ts'
import { errnoOf } from '../../disk/index.ts'
import { createMerges, type Merges } from './byte-pairs.ts'
import { createTokenTable, type TokenTable } from './token-table.ts'

export const corruptTable = (file: string, reason: string, cause?: unknown, facts: AppErrorParams = {}): AppError =>
  new AppError('model.corrupt', {
    params: { ...facts, file: path.basename(file), reason },
    remedies: ['download-again', 'convert-again'],
    cause,
  })

const readTable = async (file: string): Promise<Buffer> => {
  try {
    return await readFile(file)
  } catch (error) {
    const code = errnoOf(error) ?? 'unknown'
    throw corruptTable(file, 'cannot-be-read', error, { detail: code })
  }
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c]
const [OPEN, CLOSE, NINE, ZERO] = [0x7b, 0x7d, 0x39, 0x30]
const [NEWLINE, CARRIAGE_RETURN, SPACE] = [0x0a, 0x0d, 0x20]

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE

/**
 * One flat JSON object of ids, read as bytes: `JSON.parse` and a Map would be most of the time that a tokenizer takes to open.
 */
const parseVocabulary = (json: Buffer, file: string): TokenTable => {
  let at = 0
  const fail = (): AppError => corruptTable(file, `it is no table of ids (at byte ${at})`)
  const skipSpace = (): void => {
    for (let byte = json[at]; byte === SPACE || byte === NEWLINE || byte === 9 || byte === 13; byte = json[at]) at++
  }
  const expect = (byte: number): void => {
    skipSpace()
    if (json[at] !== byte) throw fail()
    at++
  }
  const readString = (): Uint8Array => {
    expect(QUOTE)
    const from = at
    let isEscaped = false
    for (; at < json.length && json[at] !== QUOTE; at++)
      if (json[at] === BACKSLASH) {
        isEscaped = true
        at++
      }
    if (at >= json.length) throw fail()
    at++
    if (!isEscaped) return json.subarray(from, at - 1)
    try {
      return Buffer.from(String(JSON.parse(json.toString('utf8', from - 1, at))))
    } catch (error) {
      throw corruptTable(file, `it is no table of ids (at byte ${from})`, error)
    }
  }
  const readId = (): number => {
    skipSpace()
    if (!isDigit(json[at])) throw fail()
    let id = 0
    for (; isDigit(json[at]); at++) id = id * 10 + (json[at] ?? 0) - ZERO
    return id
  }
  // A token takes at least `"x":0,` in the file.
  const capacity = Math.ceil(json.length / 6)
  const table = createTokenTable(capacity, json.length)
  const isTaken = new Uint8Array(capacity)
  expect(OPEN)
  do {
    const token = readString()
    expect(COLON)
    const id = readId()
    if (isTaken[id] !== 0 || !table.add(token, { from: 0, to: token.length }, id))
      throw corruptTable(file, `a token or an id comes twice, or the id is too large (${id})`)
    isTaken[id] = 1
    skipSpace()
  } while (json[at++] === COMMA)
  at--
  expect(CLOSE)
  skipSpace()
  if (at !== json.length) throw fail()
  if (isTaken.indexOf(0) < table.size) throw corruptTable(file, `its ids are not 0 to ${table.size - 1}`)
  return table
}

const HEADER = Buffer.from('#version:')

/** Lines that begin with `#` are merges like any other; only the header that some writers add is not. */
const parseMerges = (text: Buffer, file: string, vocabulary: TokenTable): Merges => {
  // A merge takes at least `a b` and the end of its line.
  const merges = createMerges(Math.ceil(text.length / 4))
  let line = 0
  for (let from = 0; from < text.length; ) {
    line++
    const newline = text.indexOf(NEWLINE, from)
    const end = newline < 0 ? text.length : newline
    const to = text[end - 1] === CARRIAGE_RETURN ? end - 1 : end
    const isHeader = line === 1 && text.subarray(from, from + HEADER.length).equals(HEADER)
    if (to > from && !isHeader) {
      const space = text.indexOf(SPACE, from)
      const [left, right] = [
        { from, to: space },
        { from: space + 1, to },
      ]
      const ids = space < 0 || space >= to ? [-1] : [vocabulary.find(text, left), vocabulary.find(text, right)]
      const merged = ids.includes(-1) ? -1 : vocabulary.find(text, left, right)
      const [leftId = -1, rightId = -1] = ids
      if (merged < 0) throw corruptTable(file, `line ${line} does not merge tokens of the vocabulary`)
      merges.add(leftId, rightId, merged)
    }
    from = end + 1
  }
  return merges
}

type TokenizerTables = { vocabulary: TokenTable; merges: Merges }

/**
 * `vocab.json` and `merges.txt`.
 * @throws AppError model.corrupt when one cannot be read or has holes
 */
export const readTokenizerTables = async (vocabFile: string, mergesFile: string): Promise<TokenizerTables> => {
  // One after the other: where both are missing it is always the first that is named.
  const json = await readTable(vocabFile)
  const text = await readTable(mergesFile)
  const vocabulary = parseVocabulary(json, vocabFile)
  return { vocabulary, merges: parseMerges(text, mergesFile, vocabulary) }
}
