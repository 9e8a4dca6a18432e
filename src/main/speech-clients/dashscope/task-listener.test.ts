import { expect, test } from 'vitest'
import { eight, P } from '../../../../test/support/speech-fixtures.ts'
import { createTaskListener } from './task-listener.ts'

const frame = (event: string, taskId = 'T', payload: unknown = {}): string =>
  JSON.stringify({ header: { task_id: taskId, event, attributes: {} }, payload })

test('an end is one end, whatever comes after it', () => {
  const oddities: unknown[] = []
  const listener = createTaskListener({ taskId: 'T', sampleRateHz: 24_000, onOddity: (odd) => oddities.push(odd.what) })
  listener.hear(frame('task-started'))
  listener.hear(P)
  expect(listener.hear(frame('task-finished'))).toEqual([{ kind: 'usage', characters: null, requestId: 'T' }])
  expect(listener.isFinished).toBe(true)
  expect(listener.hear(frame('task-finished'))).toEqual([])
  expect(listener.hear(P)).toEqual([])
  expect(listener.hear(frame('task-failed'))).toEqual([])
  expect(listener.samples).toBe(8)
  expect(oddities).toEqual(['unknown-event', 'sound-out-of-place', 'unknown-event'])
})

test('sound belongs to the frame before it: that of another task is not heard', () => {
  const listener = createTaskListener({ taskId: 'T', sampleRateHz: 24_000 })
  listener.hear(frame('task-started'))
  listener.hear(frame('result-generated', 'another'))
  expect(listener.hear(P)).toEqual([])
  expect(listener.hear(frame('task-failed', 'another'))).toEqual([])
  listener.hear(frame('result-generated'))
  const [sound] = listener.hear(P)
  expect(sound?.kind === 'sound' && [...sound.pcm]).toEqual(eight(1))
})

test('characters are those of the task so far: the last number counts', () => {
  const listener = createTaskListener({ taskId: 'T', sampleRateHz: 24_000 })
  const usage = (characters: unknown) => ({ usage: { characters } })
  listener.hear(frame('task-started'))
  expect(listener.hear(frame('result-generated', 'T', usage(5)))).toEqual([
    { kind: 'usage', characters: 5, requestId: null },
  ])
  expect(listener.hear(frame('result-generated', 'T', usage(-1)))).toEqual([])
  expect(listener.hear(frame('result-generated', 'T', usage('many')))).toEqual([])
  expect(listener.hear(frame('task-finished', 'T'))).toEqual([{ kind: 'usage', characters: 5, requestId: 'T' }])
})

test('samples that look like the head of an MP3 frame are samples', () => {
  const listener = createTaskListener({ taskId: 'T', sampleRateHz: 24_000 })
  listener.hear(frame('task-started'))
  const [sound] = listener.hear(Uint8Array.of(0xff, 0xff, 0x7b, 0x00))
  expect(sound?.kind === 'sound' && [...sound.pcm]).toEqual([-1 / 32_768, 123 / 32_768])
})
