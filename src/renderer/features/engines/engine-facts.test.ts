import { expect, test } from 'vitest'
import { anEngine, anEngineId, aVoice } from '../../../../test/support/a-project.ts'
import { AppError } from '../../../shared/kernel/index.ts'
import { engineFacts, isAboutALine, remediesHere } from './engine-facts.ts'

const option = { id: 'dialect.sichuan', kind: 'dialect', text: '用四川话' } as const
const recorded = aVoice('mine', { source: { kind: 'promptAudio', audioSha256: 'a'.repeat(64), promptText: 'Hi' } })

test('voices count where the engine speaks with them', () => {
  const preset = anEngine()
  expect(engineFacts(preset, [aVoice('one'), recorded], 'en').voiceCount).toBe(1)
  const cloning = anEngine({ engineId: anEngineId('local'), modes: ['zeroShot'] })
  expect(engineFacts(cloning, [aVoice('one'), recorded], 'en').voiceCount).toBe(1)
  const any = anEngine({ engineId: anEngineId('draft'), speaksForAnyVoice: true })
  expect(engineFacts(any, [aVoice('one'), recorded], 'en').voiceCount).toBe(2)
})

test('languages have their names in the language of the interface', () => {
  const engine = anEngine({ languages: ['zh', 'de'] })
  expect(engineFacts(engine, [], 'en')).toMatchObject({ languages: ['Chinese', 'German'], isListed: true })
  expect(engineFacts(engine, [], 'zh-Hans').languages.toSorted()).toEqual(['中文', '德语'].toSorted())
  expect(engineFacts(anEngine({ languages: Array.from({ length: 13 }, () => 'de') }), [], 'en').isListed).toBe(false)
})

test('directions that would not be sent are not promised', () => {
  expect(engineFacts(anEngine({ instructs: [option] }), [], 'en')).toMatchObject({
    directions: 'none',
    knownDirections: 0,
  })
  expect(engineFacts(anEngine({ honoursInstruct: true }), [], 'en').directions).toBe('free')
  expect(engineFacts(anEngine({ honoursInstruct: true, instructs: [option] }), [], 'en')).toMatchObject({
    directions: 'known',
    knownDirections: 1,
  })
})

test('an engine without a model is no trouble of a line, and nobody is sent to the page they are on', () => {
  const error = new AppError('engine.no-model', { remedies: ['open-models', 'open-engines'] }).toData()
  expect(isAboutALine(error)).toBe(true)
  expect(isAboutALine(new AppError('engine.gpu-unavailable'))).toBe(false)
  expect(remediesHere(error)).toEqual(['open-models'])
})

test('where nobody spoke of a line, nothing is advised about one', () => {
  const error = new AppError('cloud.unauthorized', { remedies: ['enter-key', 'choose-another-engine', 'open-engines'] })
  expect(remediesHere(error.toData())).toEqual(['enter-key'])
  expect(remediesHere({ remedies: ['choose-another-voice', 'split-long-lines', 'try-again'] })).toEqual(['try-again'])
})
