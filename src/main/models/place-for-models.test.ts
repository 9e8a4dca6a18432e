import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { MANIFEST_FILE } from '../model-bundle/index.ts'
import { DOWNLOADED_FILE } from './installed-model.ts'
import { placeForModels } from './place-for-models.ts'

const put = (directory: string, ...files: string[]): void => {
  for (const file of files) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true })
    writeFileSync(path.join(directory, file), '{}')
  }
}

test.each([
  ['is empty', []],
  ['has hidden files alone', ['.DS_Store']],
  ['holds models alone', [`cosyvoice3-cpu/${MANIFEST_FILE}`, `graphs/${DOWNLOADED_FILE}`]],
  ['was used before', ['.downloads/cosyvoice3/llm.pt', 'cosyvoice3-cpu.partial/llm.onnx']],
])('a folder that %s is taken as it is', async (_what, files) => {
  using folder = temporaryFolder()
  put(folder.directory, ...files)
  expect(await placeForModels(folder.directory)).toBe(folder.directory)
})

test('among other things models have a folder of their own, and it stays the place when it is chosen itself', async () => {
  using folder = temporaryFolder()
  put(folder.directory, 'taxes.old/2024.pdf', `cosyvoice3-cpu/${MANIFEST_FILE}`)
  const own = await placeForModels(folder.directory)
  expect(own).toBe(path.join(folder.directory, 'Cosy Studio models'))
  mkdirSync(own)
  expect(await placeForModels(own)).toBe(own)
})

test('a folder that is gone is told', async () => {
  using folder = temporaryFolder()
  const gone = path.join(folder.directory, 'gone')
  await expect(placeForModels(gone)).rejects.toMatchObject({ code: 'model.not-writable', params: { folder: gone } })
})
