import { expect, test } from 'vitest'
import { anEngine, aVoice } from '../../../test/support/a-project.ts'
import type { ResolvedDirection } from '../project/index.ts'
import type { EngineCapabilities } from './engine-capabilities.ts'
import { leftOutOf } from './left-out.ts'

type Wanted = { instruct?: string; speed?: number; pitchSemitones?: number; seed?: number }
const CHIEF = aVoice('chief')
const told = (wanted: Wanted, patch: Partial<EngineCapabilities>): string[] => {
  const fields = { instruct: null, speed: null, pitchSemitones: null, seed: null, ...wanted }
  const direction = Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [field, { value, from: 'line' }]),
  ) as ResolvedDirection
  return leftOutOf(direction, anEngine({ isDraft: false, ...patch }), CHIEF).map(
    ({ field, reason }) => `${field} ${reason}`,
  )
}
const RANGE = { min: 0.5, max: 2 }

test.each<[string, Wanted, Partial<EngineCapabilities>, string[]]>([
  ['nothing where nothing is asked', {}, { honoursInstruct: false, speed: null, honoursSeed: false }, []],
  ['nothing of what is as it is anyway', { speed: 1, pitchSemitones: 0 }, { speed: null, pitchSemitones: null }, []],
  ['a speed that it does not have', { speed: 1.2 }, { speed: null }, ['speed not-supported']],
  ['a speed beyond its own', { speed: 3 }, { speed: RANGE }, ['speed out-of-range']],
  ['nothing of a speed within', { speed: 2 }, { speed: RANGE }, []],
  ['a pitch that it does not have', { pitchSemitones: -2 }, { pitchSemitones: null }, ['pitch not-supported']],
  ['a seed, also the first', { seed: 0 }, { honoursSeed: false }, ['seed not-supported']],
  ['nothing of a seed that it honours', { seed: 7 }, { honoursSeed: true }, []],
  ['any direction', { instruct: 'Softly.' }, { honoursInstruct: false }, ['instruct not-supported']],
  [
    'directions with this voice',
    { instruct: 'Softly.' },
    { honoursInstruct: true, instructSpeakers: [] },
    ['instruct not-with-voice'],
  ],
  [
    'what a draft is not',
    { instruct: 'Softly.', speed: 9 },
    { isDraft: true, honoursInstruct: false, speed: RANGE },
    [],
  ],
])('an engine leaves out %s', (_, wanted, patch, expected) => {
  expect(told(wanted, patch)).toEqual(expected)
})

test('a speaker that takes only what is listed leaves out the rest', () => {
  if (CHIEF.source.kind !== 'presetSpeaker') throw new Error('a speaker')
  const listed = {
    ...{ honoursInstruct: true, instructSpeakers: null, listedOnlySpeakers: [CHIEF.source.speaker] },
    instructs: [{ id: 'emotion.happy', kind: 'emotion', text: 'Happily.' }],
  } as Partial<EngineCapabilities>
  expect(told({ instruct: 'Softly.' }, listed)).toEqual(['instruct not-listed'])
  expect(told({ instruct: 'Happily.' }, listed)).toEqual([])
})
