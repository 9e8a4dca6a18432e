import { expect, test } from 'vitest'
import { loadable } from './loadable.ts'

test('it is loaded once, at the first need, and afresh after it was dropped', async () => {
  let loads = 0
  const thing = loadable(async () => ++loads)
  expect(loads).toBe(0)
  expect(await Promise.all([thing.get(), thing.get()])).toEqual([1, 1])
  thing.drop()
  expect(await thing.get()).toBe(2)
})

test('a load that failed is tried again', async () => {
  let loads = 0
  const thing = loadable(async () => {
    loads++
    if (loads === 1) throw new Error('no such file')
    return loads
  })
  await expect(thing.get()).rejects.toThrow('no such file')
  expect(await thing.get()).toBe(2)
})
