import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { communityVoices } from './community-voices.ts'

const aFolder = (files: Readonly<Record<string, string>>) => {
  const folder = temporaryFolder()
  mkdirSync(path.join(folder.directory, 'voices'))
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder.directory, 'voices', file), text)
  return folder
}
const PAIRS = { 'b.wav': 'RIFF', 'b.txt': '\uFEFFHello.\r\n', 'a.wav': 'RIFF', 'a.txt': ' 你好。\n' }

test('recordings come with what is said in them', async () => {
  using folder = aFolder(PAIRS)
  expect(await communityVoices(folder.directory)).toEqual([
    { name: 'a', audioFile: path.join(folder.directory, 'voices', 'a.wav'), transcript: '你好。' },
    { name: 'b', audioFile: path.join(folder.directory, 'voices', 'b.wav'), transcript: 'Hello.' },
  ])
})

test('the manifest says which comes first, and adds none that is not there', async () => {
  using folder = aFolder({
    ...PAIRS,
    'c.wav': 'RIFF',
    'c.txt': 'Third.',
    'gone.txt': 'Nobody.',
    'manifest.json': JSON.stringify([{ name: '../b' }, { name: 'c' }, { name: 'b', default: true }, { name: 'gone' }]),
  })
  expect((await communityVoices(folder.directory)).map(({ name }) => name)).toEqual(['b', 'c', 'a'])
})

test.each(['{', '{"voices":[]}', '[1]', ''])(
  'a manifest that is %j leaves them in order of their names',
  async (manifest) => {
    using folder = aFolder({ ...PAIRS, 'manifest.json': manifest })
    expect((await communityVoices(folder.directory)).map(({ name }) => name)).toEqual(['a', 'b'])
  },
)

test('a recording without a transcript, a transcript without a recording and no folder are no voices', async () => {
  using folder = aFolder({ 'a.wav': 'RIFF', 'b.wav': 'RIFF', 'b.txt': ' \n', 'c.txt': 'Alone.' })
  expect(await communityVoices(folder.directory)).toEqual([])
  expect(await communityVoices(path.join(folder.directory, 'nowhere'))).toEqual([])
})

test('a transcript that cannot be read is named', async () => {
  using folder = aFolder({ 'a.wav': 'RIFF' })
  mkdirSync(path.join(folder.directory, 'voices', 'a.txt'))
  await expect(communityVoices(folder.directory)).rejects.toMatchObject({
    code: 'model.corrupt',
    params: { file: 'voices/a.txt', reason: 'cannot-be-read', detail: 'EISDIR' },
  })
})
