import { expect, test } from 'vitest'
import { pushedItems } from './pushed-items.ts'

const collect = async (items: AsyncIterable<number>, into: number[] = []): Promise<number[]> => {
  for await (const item of items) into.push(item)
  return into
}

test('items come in order, those pushed at once and those pushed later', async () => {
  const items = pushedItems<number>(async (push) => {
    push(1)
    push(2)
    await Promise.resolve()
    push(3)
  })
  expect(await collect(items)).toEqual([1, 2, 3])
})

test('a failure is thrown after the items that came before it', async () => {
  const heard: number[] = []
  const items = pushedItems<number>(async (push) => {
    push(1)
    throw new Error('broken')
  })
  await expect(collect(items, heard)).rejects.toThrow('broken')
  expect(heard).toEqual([1])
})

test('leaving the loop aborts the call', async () => {
  let left: AbortSignal | undefined
  const items = pushedItems<number>((push, signal) => {
    left = signal
    push(1)
    return new Promise(() => undefined)
  })
  for await (const item of items) {
    expect(item).toBe(1)
    break
  }
  expect(left?.aborted).toBe(true)
})
