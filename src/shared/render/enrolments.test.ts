import { expect, test } from 'vitest'
import { anEngineId, aVoiceId } from '../../../test/support/a-project.ts'
import type { VoiceTwin } from '../voice/index.ts'
import { enrolmentsOf, isCopyOutdated, isEnrolled } from './enrolments.ts'

const [engineId, voiceId] = [anEngineId('far'), aVoiceId('lin')]
const told = (...statuses: VoiceTwin['status'][]): boolean[] => {
  const enrolments = enrolmentsOf(statuses.map((status) => ({ engineId, voiceId, status }) as VoiceTwin))
  return [isEnrolled(enrolments, engineId, voiceId), isCopyOutdated(enrolments, engineId, voiceId)]
}

test('a voice speaks where one of its copies is as it is now; where all are outdated they have to be renewed', () => {
  expect(told()).toEqual([false, false])
  expect(told('pending', 'failed')).toEqual([false, false])
  expect(told('failed', 'outdated')).toEqual([true, true])
  expect(told('outdated', 'ready')).toEqual([true, false])
  expect(told('ready', 'outdated')).toEqual([true, false])
})
