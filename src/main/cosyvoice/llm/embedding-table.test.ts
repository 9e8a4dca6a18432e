import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { openEmbeddingTable } from './embedding-table.ts'

const WIDTH = 3
const values = Float32Array.from({ length: 5 * WIDTH }, (_, index) => index / 4 - 1)

test.each(['float32', 'float16'] as const)('rows of %s are read by their ids, in the order asked for', async (type) => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'table.bin')
  writeFileSync(filePath, new Uint8Array((type === 'float32' ? values : new Float16Array(values)).buffer))
  await using table = await openEmbeddingTable(filePath, { rows: 5, width: WIDTH, type })
  const row = (id: number): number[] => [...values.subarray(id * WIDTH, (id + 1) * WIDTH)]
  expect([...(await table.rows([4, 0, 4, 2]))]).toEqual([...row(4), ...row(0), ...row(4), ...row(2)])
  expect(await table.rows([])).toHaveLength(0)
  for (const id of [-1, 5]) await expect(table.rows([id])).rejects.toThrow('row of its table')
})

test('a table that ends early is not read as zeros', async () => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'table.bin')
  writeFileSync(filePath, new Uint8Array(values.buffer).subarray(0, 4 * 14))
  await using table = await openEmbeddingTable(filePath, { rows: 5, width: WIDTH, type: 'float32' })
  expect(await table.rows([3])).toHaveLength(WIDTH)
  await expect(table.rows([4])).rejects.toThrow('holds all its rows')
})
