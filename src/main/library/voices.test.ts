import { expect, test } from 'vitest'
import { aLibrary } from '../../../test/support/a-library.ts'
import { aProject, aVoice } from '../../../test/support/a-project.ts'
import type { VoiceId } from '../../shared/kernel/index.ts'
import { type Direction, type Project, type ProjectRecord, recordsOfProject } from '../../shared/project/index.ts'
import type { NewVoice } from '../../shared/voice/index.ts'
import { createProject } from './projects.ts'
import {
  changeVoice,
  countCasts,
  createVoice,
  deleteVoice,
  findVoice,
  listVoices,
  promptAudioInUse,
  putVoices,
} from './voices.ts'

const SHA = 'a'.repeat(64)
const aNewVoice = (patch: Partial<NewVoice> = {}): NewVoice => ({
  name: 'Grandmother',
  promptText: 'The river was quiet.',
  language: 'en',
  gender: 'female',
  notes: 'by the stove',
  ...patch,
})
const withVoice = (patch: Partial<NewVoice> = {}) => {
  const test = aLibrary()
  const { db } = test.library
  return { db, voice: createVoice(db, aNewVoice(patch), SHA), [Symbol.dispose]: () => test[Symbol.dispose]() }
}
/** A project in which one record, of that kind, names the voice. */
const castIn = (kind: ProjectRecord['kind'], voiceId: VoiceId): ProjectRecord[] => {
  const project: Project = aProject({ lines: 3 })
  let isCast = false
  return recordsOfProject(project).map((record) => {
    if (isCast || record.kind !== kind || !('direction' in record)) return record
    isCast = true
    const direction: Direction = { ...record.direction, voiceId }
    return { ...record, direction }
  })
}

test('a voice from a recording is kept with what was said of it', () => {
  using test = aLibrary()
  const { db } = test.library
  const { promptText, ...facts } = aNewVoice()
  const voice = createVoice(db, aNewVoice(), SHA)
  expect(voice).toEqual({
    ...facts,
    voiceId: voice.voiceId,
    source: { kind: 'promptAudio', audioSha256: SHA, promptText },
    createdAtEpochMs: 1_700_000_000_000,
  })
  test.reopen()
  expect(listVoices(test.library.db)).toEqual([voice])
  expect(createVoice(test.library.db, aNewVoice(), SHA).voiceId).not.toBe(voice.voiceId)
})

test('a change keeps the id, the recording and the day it was made', () => {
  using test = withVoice()
  const said = aNewVoice({ name: 'Anna', promptText: 'Another text.', language: null, gender: 'neutral', notes: '' })
  const changed = changeVoice(test.db, test.voice.voiceId, said)
  const { promptText, ...facts } = said
  expect(changed).toEqual({ ...test.voice, ...facts, source: { ...test.voice.source, promptText } })
  expect(findVoice(test.db, test.voice.voiceId)).toEqual(changed)
})

test('a voice that is not there can be neither changed nor deleted', () => {
  using test = withVoice()
  const nobody = 'voice_nobody' as VoiceId
  expect(() => changeVoice(test.db, nobody, aNewVoice())).toThrow(/voice.not-found/)
  expect(() => deleteVoice(test.db, nobody)).toThrow(/voice.not-found/)
})

test('a voice that comes with an engine can be neither changed nor deleted', () => {
  using test = withVoice()
  const preset = aVoice('low')
  putVoices(test.db, [preset])
  expect(() => changeVoice(test.db, preset.voiceId, aNewVoice())).toThrow(/contract.invalid-input/)
  expect(() => deleteVoice(test.db, preset.voiceId)).toThrow(/contract.invalid-input/)
  expect(findVoice(test.db, preset.voiceId)).toEqual(preset)
})

test.each(['project', 'chapter', 'character', 'line'] as const)('a voice that a %s names is not deleted', (kind) => {
  using test = withVoice()
  const { voiceId } = test.voice
  createProject(test.db, castIn(kind, voiceId))
  expect(countCasts(test.db)).toEqual(new Map([[voiceId, 1]]))
  expect(() => deleteVoice(test.db, voiceId)).toThrow(
    expect.objectContaining({ code: 'voice.in-use', params: { count: 1 } }),
  )
  expect(findVoice(test.db, voiceId)).toEqual(test.voice)
})

test('projects are counted, not lines, and other voices are not', () => {
  using test = withVoice()
  const { voiceId } = test.voice
  const other = createVoice(test.db, aNewVoice(), SHA)
  const everywhere = castIn('project', voiceId).map((record) =>
    record.kind === 'line' ? { ...record, direction: { ...record.direction, voiceId } } : record,
  )
  createProject(test.db, everywhere)
  expect(countCasts(test.db)).toEqual(new Map([[voiceId, 1]]))
  expect(deleteVoice(test.db, other.voiceId)).toBeUndefined()
  expect(findVoice(test.db, other.voiceId)).toBeUndefined()
})

test('the recording goes with the last voice that uses it', () => {
  using test = withVoice()
  const twin = createVoice(test.db, aNewVoice({ name: 'Twin' }), SHA)
  putVoices(test.db, [aVoice('low')])
  expect(promptAudioInUse(test.db)).toEqual(new Set([SHA]))
  expect(deleteVoice(test.db, test.voice.voiceId)).toBeUndefined()
  expect(deleteVoice(test.db, twin.voiceId)).toBe(SHA)
  expect(promptAudioInUse(test.db)).toEqual(new Set())
})
