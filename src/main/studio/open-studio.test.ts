import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { studioDeps } from '../../../test/support/a-studio.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { openStudioOrAsk, type WayOut } from './open-studio.ts'

const damage = (directory: string): string => {
  const file = path.join(directory, 'library.db')
  writeFileSync(file, 'no database any more '.repeat(2000))
  return file
}

test('a damaged library is set aside on request, and a new one begins', async () => {
  using folder = temporaryFolder()
  const text = readFileSync(damage(folder.directory), 'utf8')
  const asked: (readonly WayOut[])[] = []
  await using studio = await openStudioOrAsk(studioDeps(folder.directory), async (error, ways) => {
    expect(error.code).toBe('library.corrupt')
    asked.push(ways)
    return 0
  })
  expect(asked).toEqual([['beginAnew']])
  expect(studio?.listProjects()).toEqual([])
  expect(readFileSync(path.join(folder.directory, 'library.damaged-1.db'), 'utf8')).toBe(text)
})

test('where there is a backup it is offered first, and brings the projects back', async () => {
  using folder = temporaryFolder()
  {
    await using studio = await openStudioOrAsk(studioDeps(folder.directory), async () => -1)
    studio?.createProject('Kept', 'Narrator')
  }
  const file = path.join(folder.directory, 'library.db')
  mkdirSync(path.join(folder.directory, 'backups'))
  copyFileSync(file, path.join(folder.directory, 'backups', 'library-2026-01-01T00-00-00-000Z-v1.db'))
  damage(folder.directory)
  await using studio = await openStudioOrAsk(studioDeps(folder.directory), async (_error, ways) =>
    ways.indexOf('restore'),
  )
  expect(studio?.listProjects().map(({ title }) => title)).toEqual(['Kept'])
})

test('giving up changes nothing', async () => {
  using folder = temporaryFolder()
  const file = damage(folder.directory)
  const text = readFileSync(file, 'utf8')
  expect(await openStudioOrAsk(studioDeps(folder.directory), async () => -1)).toBeUndefined()
  expect(readFileSync(file, 'utf8')).toBe(text)
  expect(existsSync(path.join(folder.directory, 'library.damaged-1.db'))).toBe(false)
})
