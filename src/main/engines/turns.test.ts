import { expect, test } from 'vitest'
import { AppCancel } from '../../shared/kernel/index.ts'
import { createTurns, type Turns } from './turns.ts'

type Visit = { readonly settled: Promise<void>; leave(error?: Error): void; isIn(): boolean }

const turnsOf = () => {
  const state = { mustEmpty: false, emptied: 0 }
  const turns = createTurns({
    mustEmpty: () => state.mustEmpty,
    onEmpty: () => {
      state.emptied++
      state.mustEmpty = false
    },
  })
  return { turns, state }
}
const visit = (turns: Turns, isAlone = false, signal = new AbortController().signal): Visit => {
  let isIn = false
  let leave = (_error?: Error): void => undefined
  const stay = new Promise<void>((resolve, reject) => {
    leave = (error) => (error ? reject(error) : resolve())
  })
  const settled = turns.take({ isAlone, signal }, async () => {
    isIn = true
    await stay
  })
  settled.catch(() => undefined)
  return { settled, isIn: () => isIn, leave: (error) => leave(error) }
}
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const areIn = async (...visits: Visit[]): Promise<boolean[]> => {
  await rest()
  return visits.map(({ isIn }) => isIn())
}

test('those who need not be alone are beside each other; one who must be waits for them, and others for that one', async () => {
  const { turns } = turnsOf()
  const one = visit(turns)
  const two = visit(turns)
  const alone = visit(turns, true)
  const late = visit(turns)
  expect(await areIn(one, two, alone, late)).toEqual([true, true, false, false])
  one.leave()
  expect(await areIn(alone, late)).toEqual([false, false])
  two.leave()
  expect(await areIn(alone, late)).toEqual([true, false])
  alone.leave(new Error('no luck'))
  await expect(alone.settled).rejects.toThrow('no luck')
  expect(await areIn(late)).toEqual([true])
})

test('where all have to leave, those who come wait until everybody has left', async () => {
  const { turns, state } = turnsOf()
  const one = visit(turns)
  const two = visit(turns)
  await rest()
  state.mustEmpty = true
  const late = visit(turns)
  one.leave()
  expect(await areIn(late)).toEqual([false])
  expect(state.emptied).toBe(0)
  two.leave()
  expect(await areIn(late)).toEqual([true])
  expect(state.emptied).toBe(1)
})

test('who gives up while it waits holds up nobody behind it', async () => {
  const { turns } = turnsOf()
  const controller = new AbortController()
  const one = visit(turns)
  const alone = visit(turns, true, controller.signal)
  const late = visit(turns)
  expect(await areIn(one, late)).toEqual([true, false])
  controller.abort()
  await expect(alone.settled).rejects.toBeInstanceOf(AppCancel)
  expect(await areIn(late, alone)).toEqual([true, false])
  await expect(visit(turns, false, AbortSignal.abort()).settled).rejects.toBeInstanceOf(AppCancel)
})

test('it is idle when nobody is there, nor waits', async () => {
  const { turns } = turnsOf()
  await turns.whenIdle()
  const one = visit(turns)
  const alone = visit(turns, true)
  let isIdle = false
  void turns.whenIdle().then(() => {
    isIdle = true
  })
  one.leave()
  await areIn(alone)
  expect(isIdle).toBe(false)
  alone.leave()
  await rest()
  expect(isIdle).toBe(true)
})
