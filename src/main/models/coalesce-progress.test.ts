import { expect, test } from 'vitest'
import { type FakeTime, fakeTime } from '../../../test/support/fake-time.ts'
import type { Clock } from '../clock/index.ts'
import { coalesceProgress } from './coalesce-progress.ts'
import type { InstallProgress } from './install-model.ts'

const clockOf = (time: FakeTime): Clock => ({ nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer })
const at = (stage: InstallProgress['stage'], doneBytes: number, part?: string): InstallProgress => ({
  stage,
  doneBytes,
  totalBytes: 100,
  fraction: 0,
  ...(part !== undefined && { part }),
})

const aListener = () => {
  const time = fakeTime()
  const sent: string[] = []
  const progress = coalesceProgress(
    ({ stage, part = '', doneBytes }) => sent.push(`${stage}${part} ${doneBytes}`),
    clockOf(time),
  )
  return { time, sent, progress }
}

test('of a stage, the first is told at once and the rest a few times a second', () => {
  const { time, sent, progress } = aListener()
  for (let doneBytes = 1; doneBytes <= 35; doneBytes += 1) {
    progress.report(at('download', doneBytes))
    time.pass(10)
  }
  expect(sent).toEqual(['download 1', 'download 10', 'download 20', 'download 30'])
})

test('the last of each stage and part is told', () => {
  const { sent, progress } = aListener()
  for (const part of ['a', 'b']) for (const doneBytes of [0, 50, 100]) progress.report(at('convert', doneBytes, part))
  progress[Symbol.dispose]()
  progress[Symbol.dispose]()
  expect(sent).toEqual(['converta 0', 'converta 100', 'convertb 0', 'convertb 100'])
})

test('what is followed by nothing is told all the same', () => {
  const { time, sent, progress } = aListener()
  progress.report(at('download', 1))
  progress.report(at('download', 2))
  expect(sent).toEqual(['download 1'])
  time.pass(1000)
  expect(sent).toEqual(['download 1', 'download 2'])
  expect(time.pendingMs()).toEqual([])
})
