import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { noTestDiskReason, smallDisk, temporaryFolder, withoutWriting } from '../../../test/support/test-disk.ts'
import {
  discard,
  discardAfter,
  errnoOf,
  fileSizeBytes,
  folderBytes,
  freeBytes,
  ifAbsent,
  isAbsent,
  namesIn,
  refusalOf,
  syncFile,
  syncFolder,
  writeBeside,
  writeDurably,
  writeFully,
} from './index.ts'

const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )
const cannotMount = noTestDiskReason() !== undefined

test('nothing under a name is absent, and so is what would lie in a file', async () => {
  using folder = temporaryFolder()
  const file = path.join(folder.directory, 'file')
  writeFileSync(file, '')
  const absent = [await failureOf(stat(path.join(folder.directory, 'x'))), await failureOf(stat(path.join(file, 'x')))]
  expect(absent.map(errnoOf)).toEqual(['ENOENT', 'ENOTDIR'])
  expect(absent.map(isAbsent)).toEqual([true, true])
  const other = await failureOf(readFile(folder.directory))
  expect([errnoOf(other), isAbsent(other)]).toEqual(['EISDIR', false])
  expect(errnoOf(new Error('of nobody’s disk'))).toBeUndefined()
  expect(await readFile(`${file}.x`).catch(ifAbsent('instead'))).toBe('instead')
  await expect(readFile(folder.directory).catch(ifAbsent('instead'))).rejects.toMatchObject({ code: 'EISDIR' })
})

test.skipIf(cannotMount)(
  'a full disk and one that may not be written to refuse in ways that can be told apart',
  async () => {
    using disk = smallDisk(16)
    const full = await failureOf(writeDurably(path.join(disk.directory, 'large'), new Uint8Array(100_000)))
    expect(refusalOf(errnoOf(full))).toBe('full')
    expect(readdirSync(disk.directory)).toEqual([])
    await withoutWriting(disk, async () => {
      const refused = await failureOf(writeDurably(path.join(disk.directory, 'small'), 'a'))
      expect(refusalOf(errnoOf(refused))).toBe('not-writable')
    })
    expect([refusalOf('EIO'), refusalOf(undefined)]).toEqual([undefined, undefined])
  },
)

test('a file that is written beside its place is seen whole or as it was', async () => {
  using folder = temporaryFolder()
  const file = path.join(folder.directory, 'a')
  writeFileSync(file, 'old')
  const seen = await writeBeside(file, async (handle, unfinished) => {
    await handle.writeFile('new')
    return [readFileSync(file, 'utf8'), readFileSync(unfinished, 'utf8'), path.basename(unfinished)]
  })
  expect(seen).toEqual(['old', 'new', expect.stringMatching(/^a\.[0-9a-f-]{36}\.new$/)])
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(readdirSync(folder.directory)).toEqual(['a'])
})

test('a write that fails says why, leaves nothing behind, and the older file as it was', async () => {
  using folder = temporaryFolder()
  const file = path.join(folder.directory, 'a')
  await writeDurably(file, 'old')
  const failure = new Error('half way')
  const writing = writeBeside(
    file,
    async (handle) => {
      await handle.writeFile('ne')
      throw failure
    },
    { unfinished: `${file}.part` },
  )
  await expect(writing).rejects.toBe(failure)
  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(readdirSync(folder.directory)).toEqual(['a'])
})

test('what a killed process has left of a durable write does not keep the next one', async () => {
  using folder = temporaryFolder()
  const file = path.join(folder.directory, 'a')
  writeFileSync(`${file}.new`, 'much longer than what comes')
  await writeDurably(file, 'short')
  expect(readFileSync(file, 'utf8')).toBe('short')
  expect(readdirSync(folder.directory)).toEqual(['a'])
})

test('writes that take less than they are given are gone on with', async () => {
  using folder = temporaryFolder()
  const file = path.join(folder.directory, 'a')
  {
    await using handle = await open(file, 'w')
    const stingy = {
      write: (bytes: Uint8Array, from: number, length: number, at: number) =>
        handle.write(bytes, from, Math.min(3, length), at),
    }
    await writeFully(stingy, new TextEncoder().encode('ten letters'), 2)
  }
  expect(readFileSync(file, 'latin1')).toBe('\0\0ten letters')
})

test('files and folders can be waited for, and one that is not there is said to be so', async () => {
  using folder = temporaryFolder()
  const file = path.join(folder.directory, 'a')
  writeFileSync(file, 'a')
  await syncFile(file)
  await syncFolder(folder.directory)
  await expect(syncFile(`${file}.x`)).rejects.toMatchObject({ code: 'ENOENT' })
  if (process.platform !== 'win32') await expect(syncFolder(`${file}.x`)).rejects.toMatchObject({ code: 'ENOENT' })
})

test.skipIf(cannotMount)('whatever it is can be discarded, and only absence is silent', async () => {
  using folder = temporaryFolder()
  const place = path.join(folder.directory, 'a')
  mkdirSync(path.join(place, 'b'), { recursive: true })
  writeFileSync(path.join(place, 'b', 'c'), '')
  const failure = new Error('what it was about')
  await withoutWriting(folder, async () => {
    await expect(discard(place)).rejects.toMatchObject({ code: 'EROFS' })
    await expect(discardAfter(failure, place)).rejects.toBe(failure)
  })
  await expect(discardAfter(failure, path.join(place, 'b'))).rejects.toBe(failure)
  expect(readdirSync(place)).toEqual([])
  await discard(place)
  await discard(place)
  expect(readdirSync(folder.directory)).toEqual([])
})

test('sizes and names are those of what is there, links not followed', async () => {
  using folder = temporaryFolder()
  using elsewhere = temporaryFolder()
  const at = (name: string): string => path.join(folder.directory, name)
  writeFileSync(path.join(elsewhere.directory, 'large'), new Uint8Array(100_000))
  mkdirSync(at('b/c'), { recursive: true })
  writeFileSync(at('b/c/file'), new Uint8Array(700))
  writeFileSync(at('a'), new Uint8Array(30))
  symlinkSync(elsewhere.directory, at('link'))
  expect(await namesIn(folder.directory)).toEqual(['a', 'b', 'link'])
  expect(await folderBytes(folder.directory)).toBe(730 + elsewhere.directory.length)
  expect(await fileSizeBytes(at('a'))).toBe(30)
  for (const name of ['b', 'x', 'a/x']) expect(await fileSizeBytes(at(name))).toBeUndefined()
  expect([await namesIn(at('x')), await folderBytes(at('x')), await folderBytes(at('a'))]).toEqual([[], 0, 0])
  await expect(namesIn(at('a'))).rejects.toMatchObject({ code: 'ENOTDIR' })
})

test.skipIf(cannotMount)('a folder that is still to be made has the room of the disk it will lie on', async () => {
  using disk = smallDisk(64)
  expect(await freeBytes(path.join(disk.directory, 'a', 'b'))).toBe(64 * 1024)
})
