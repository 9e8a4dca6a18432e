import { expect, test } from 'vitest'
import { fakeTime } from '../../../test/support/fake-time.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import type { Clock } from '../clock/index.ts'
import { createConnectionLine } from './connection-line.ts'

const quiet = new AbortController().signal
const aLine = (connections: number) => {
  const time = fakeTime()
  const clock: Clock = { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer }
  return { time, line: createConnectionLine(clock, connections) }
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('connections are few, and the next goes to the smallest file that waits', async () => {
  const { line } = aLine(2)
  const had: number[] = []
  const take = async (order: number): Promise<Disposable> => {
    const connection = await line.take('host', order, quiet)
    had.push(order)
    return connection
  }
  const first = await take(9)
  await take(8)
  const waiting = [take(3), take(1), take(2)]
  await settled()
  expect(had).toEqual([9, 8])
  first[Symbol.dispose]()
  const next = await Promise.race(waiting)
  expect(had).toEqual([9, 8, 1])
  next[Symbol.dispose]()
  await settled()
  expect(had).toEqual([9, 8, 1, 2])
})

test('a host that asks for rest has it, and the others go on', async () => {
  const { line, time } = aLine(1)
  line.holdBack('busy', time.nowEpochMs + 5000)
  line.holdBack('busy', time.nowEpochMs + 1000)
  let isThrough = false
  const wait = line.take('busy', 0, quiet).then((connection) => {
    isThrough = true
    return connection
  })
  const other = await line.take('other', 1, quiet)
  other[Symbol.dispose]()
  time.pass(4999)
  await settled()
  expect(isThrough).toBe(false)
  time.pass(1)
  await wait
  expect(isThrough).toBe(true)
})

test('who was waiting in line when the host asked for rest waits again and leaves the connection to others', async () => {
  const { line, time } = aLine(1)
  const first = await line.take('busy', 0, quiet)
  const wait = line.take('busy', 1, quiet)
  await settled()
  line.holdBack('busy', time.nowEpochMs + 5000)
  first[Symbol.dispose]()
  await settled()
  const other = await line.take('other', 2, quiet)
  other[Symbol.dispose]()
  time.pass(5000)
  expect(await wait).toBeDefined()
})

test('who gives up waiting takes no connection along', async () => {
  const { line, time } = aLine(1)
  const cancel = new AbortController()
  const first = await line.take('host', 0, quiet)
  line.holdBack('busy', time.nowEpochMs + 5000)
  const given = [line.take('host', 1, cancel.signal), line.take('busy', 1, cancel.signal)]
  const outcomes = Promise.allSettled(given)
  await settled()
  cancel.abort()
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(AppCancel) })
  await expect(line.take('host', 1, cancel.signal)).rejects.toBeInstanceOf(AppCancel)
  first[Symbol.dispose]()
  expect(await line.take('host', 2, quiet)).toBeDefined()
  expect(time.pendingMs()).toEqual([])
})
