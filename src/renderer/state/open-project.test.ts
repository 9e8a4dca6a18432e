import { expect, test, vi } from 'vitest'
import { aLineId } from '../../../test/support/a-project.ts'
import { createInMemoryCosy } from '../../../test/support/renderer-harness/in-memory-cosy.ts'
import { HARNESS_PROJECT } from '../../../test/support/renderer-harness/sample-records.ts'
import { type CosyBridge, writeAnswer } from '../../shared/contract/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import type { Line, Project, ProjectEdit } from '../../shared/project/index.ts'
import { createBridge } from '../bridge/index.ts'
import { createOpenProject } from './open-project.ts'

const cosyOf = () =>
  createInMemoryCosy({
    lines: 6,
    chapters: 2,
    rendered: 0,
    settings: {},
    hasProject: true,
    failingLine: null,
    outputFallback: false,
  })

const openOver = async (wire: CosyBridge) => {
  const told = vi.fn()
  const opened = createOpenProject(
    createBridge(wire, () => crypto.randomUUID()),
    told,
  )
  await opened.open(HARNESS_PROJECT)
  const project = (): Project => {
    const state = opened.store.getState()
    if (!state) throw new Error('no project is open')
    return state.project
  }
  const textOf = (name: number) => project().lines.get(aLineId(name))?.text
  const retext = (name: number, text: string): ProjectEdit => {
    const line = project().lines.get(aLineId(name)) as Line
    return { put: [{ ...line, text }], remove: [] }
  }
  return { opened, told, textOf, retext, project }
}

test('an edit shows at once and is saved a moment later', async () => {
  const { opened, textOf, retext } = await openOver(cosyOf())
  opened.dispatch(retext(1, 'Changed.'), 'edit.text')
  expect(textOf(1)).toBe('Changed.')
  expect(opened.store.getState()?.unsavedEdits).toBe(1)
  await opened.settled()
  expect(opened.store.getState()?.unsavedEdits).toBe(0)
  expect(opened.store.getState()?.history).toEqual({ revision: 1, undoLabel: 'edit.text', redoLabel: null })
})

test('main sees edits in the order they were made', async () => {
  const cosy = cosyOf()
  const { opened, textOf, retext } = await openOver(cosy)
  for (const text of ['a', 'ab', 'abc']) opened.dispatch(retext(1, text), 'edit.text')
  await opened.settled()
  await opened.reload()
  expect(textOf(1)).toBe('abc')
})

test('undo waits for the edits before it and takes back the newest', async () => {
  const { opened, textOf, retext } = await openOver(cosyOf())
  const before = textOf(1)
  opened.dispatch(retext(1, 'One.'), 'edit.text')
  opened.dispatch(retext(2, 'Two.'), 'edit.text')
  await opened.undo()
  expect([textOf(1), textOf(2) === 'Two.']).toEqual(['One.', false])
  await opened.undo()
  expect(textOf(1)).toBe(before)
  await opened.redo()
  expect(textOf(1)).toBe('One.')
})

test('an edit made while undo is on its way is not lost', async () => {
  const { opened, textOf, retext } = await openOver(cosyOf())
  opened.dispatch(retext(1, 'One.'), 'edit.text')
  await opened.settled()
  const undone = opened.undo()
  opened.dispatch(retext(1, 'Later.'), 'edit.text')
  await undone
  await opened.settled()
  await opened.settled()
  const shown = textOf(1)
  await opened.reload()
  expect(textOf(1)).toBe(shown)
})

test('when main refuses an edit, it is told and the window shows what main holds', async () => {
  const cosy = cosyOf()
  const refusing: CosyBridge = {
    ...cosy,
    call: (message) =>
      message.channel === 'project.edit' && JSON.stringify(message.input).includes('Refuse')
        ? Promise.resolve(writeAnswer({ ok: false, error: new AppError('library.not-writable').toData() }))
        : cosy.call(message),
  }
  const { opened, told, textOf, retext } = await openOver(refusing)
  const before = textOf(1)
  opened.dispatch(retext(1, 'Refuse this.'), 'edit.text')
  opened.dispatch(retext(1, 'Refuse this, and what follows.'), 'edit.text')
  await opened.settled()
  expect(told).toHaveBeenCalledTimes(1)
  expect(told.mock.calls[0]?.[0]).toMatchObject({ code: 'library.not-writable' })
  expect(textOf(1)).toBe(before)
  expect(opened.store.getState()?.unsavedEdits).toBe(0)
})

test('an edit that changes nothing is not sent', async () => {
  const { opened } = await openOver(cosyOf())
  opened.dispatch(null, 'edit.text')
  opened.dispatch({ put: [], remove: [] }, 'edit.text')
  await opened.settled()
  expect(opened.store.getState()?.history.revision).toBe(0)
})
