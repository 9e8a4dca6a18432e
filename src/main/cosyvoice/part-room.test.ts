import { expect, test } from 'vitest'
import { AppCancel } from '../../shared/kernel/index.ts'
import { createPartRoom, type PartLease, type PartRoom } from './part-room.ts'

type Part = AsyncDisposable & { readonly name: 'left' | 'right' }
type Parts = { left: Part; right: Part }

const never = new AbortController().signal
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A room of two parts that writes down what happens to them. */
const aRoom = (before: (name: Part['name']) => Promise<void> | void = () => undefined) => {
  const events: string[] = []
  let open = 0
  let mostOpen = 0
  const opener = (name: Part['name']) => async (): Promise<Part> => {
    await before(name)
    events.push(`open ${name}`)
    mostOpen = Math.max(mostOpen, ++open)
    return {
      name,
      [Symbol.asyncDispose]: async () => {
        await turn()
        open--
        events.push(`close ${name}`)
      },
    }
  }
  const room = createPartRoom<Parts>({ left: opener('left'), right: opener('right') })
  return { room, events, mostOpen: () => mostOpen }
}
/** Somebody who enters, and stays until told. */
const visitor = (room: PartRoom<Parts>, name: Part['name'], signal = never) => {
  let lease: PartLease<Part> | undefined
  const entered = room.enter(name, signal).then((given) => {
    lease = given
  })
  entered.catch(() => undefined)
  return {
    entered,
    isIn: () => lease !== undefined,
    leave: async () => {
      await lease?.[Symbol.asyncDispose]()
      await turn()
    },
  }
}

test('a part stays open until another is asked for, and two are never open together', async () => {
  const { room, events, mostOpen } = aRoom()
  for (const name of ['left', 'left', 'right', 'left'] as const) {
    await using lease = await room.enter(name, never)
    expect(lease.part.name).toBe(name)
  }
  expect(events).toEqual(['open left', 'close left', 'open right', 'close right', 'open left'])
  expect(mostOpen()).toBe(1)
  await room[Symbol.asyncDispose]()
  expect(events.at(-1)).toBe('close left')
})

test('one at a time is in, and who needs what is open goes before who needs something else', async () => {
  const { room, events } = aRoom()
  const first = visitor(room, 'left')
  await first.entered
  const other = visitor(room, 'right')
  const same = visitor(room, 'left')
  const lastOther = visitor(room, 'right')
  await turn()
  expect([other, same, lastOther].map(({ isIn }) => isIn())).toEqual([false, false, false])
  await first.leave()
  expect([other, same, lastOther].map(({ isIn }) => isIn())).toEqual([false, true, false])
  await same.leave()
  await other.entered
  expect([other, lastOther].map(({ isIn }) => isIn())).toEqual([true, false])
  await other.leave()
  expect(lastOther.isIn()).toBe(true)
  expect(events).toEqual(['open left', 'close left', 'open right'])
})

test('a part that does not open fails who asked for it, holds up nobody, and is tried again', async () => {
  let failures = 1
  const { room, events } = aRoom((name) => {
    if (name === 'right' && failures-- > 0) throw new Error('no room')
  })
  const first = visitor(room, 'left')
  await first.entered
  const failing = visitor(room, 'right')
  const next = visitor(room, 'right')
  await first.leave()
  await expect(failing.entered).rejects.toThrow('no room')
  await next.entered
  expect(events).toEqual(['open left', 'close left', 'open right'])
})

test('who gives up while it waits is not admitted, and those behind it are', async () => {
  const { room, events } = aRoom()
  const controller = new AbortController()
  const first = visitor(room, 'left')
  await first.entered
  const leaving = visitor(room, 'left', controller.signal)
  const next = visitor(room, 'left')
  controller.abort()
  await expect(leaving.entered).rejects.toBeInstanceOf(AppCancel)
  await first.leave()
  expect(next.isIn()).toBe(true)
  await next.leave()
  await expect(room.enter('right', AbortSignal.abort())).rejects.toBeInstanceOf(AppCancel)
  expect(events).toEqual(['open left'])
})

test('who gives up while its part is opened leaves it open for the next', async () => {
  let letOpen = (): void => undefined
  const opening = new Promise<void>((resolve) => {
    letOpen = resolve
  })
  const { room, events } = aRoom(() => opening)
  const controller = new AbortController()
  const leaving = visitor(room, 'left', controller.signal)
  const next = visitor(room, 'left')
  controller.abort()
  letOpen()
  await expect(leaving.entered).rejects.toBeInstanceOf(AppCancel)
  await next.entered
  expect(events).toEqual(['open left'])
})

test('a part that does not close fails who wanted another, once', async () => {
  let failures = 1
  const room = createPartRoom<Parts>({
    left: async () => ({
      name: 'left',
      [Symbol.asyncDispose]: async () => {
        if (failures-- > 0) throw new Error('stuck')
      },
    }),
    right: async () => ({ name: 'right', [Symbol.asyncDispose]: async () => undefined }),
  })
  await visitorsLeave(room, 'left')
  await expect(room.enter('right', never)).rejects.toThrow('stuck')
  await visitorsLeave(room, 'right')
  await visitorsLeave(room, 'left')
})

const visitorsLeave = async (room: PartRoom<Parts>, name: Part['name']): Promise<void> => {
  await using lease = await room.enter(name, never)
  expect(lease.part.name).toBe(name)
}
