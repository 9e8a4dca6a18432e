import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { openPartFile, removePart } from './part-file.ts'

const target = (directory: string) => ({
  file: path.join(directory, 'model.bin'),
  ...{ sizeBytes: 10, sha256: null, pieceBytes: 4 },
})

test('a download goes on where it was, whatever a process that was killed has left of it', async () => {
  using folder = temporaryFolder()
  const asked = target(folder.directory)
  {
    await using part = await openPartFile(asked)
    await part.write(new Uint8Array(6), 0)
    await part.save()
  }
  {
    await using part = await openPartFile(asked)
    expect(part.doneBytes()).toBe(6)
  }
  rmSync(`${asked.file}.part`)
  {
    await using part = await openPartFile(asked)
    expect(part.doneBytes()).toBe(0)
    // Nothing of it has come, and yet it is written down.
    await part.save()
  }
  rmSync(`${asked.file}.part`)
  await using part = await openPartFile(asked)
  expect(part.doneBytes()).toBe(0)
  await removePart(asked.file)
  expect(readdirSync(folder.directory)).toEqual([])
})
