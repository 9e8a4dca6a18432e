import { expect, test } from 'vitest'
import { aCharacterId, anEngine, anEngineId, aProject, aVoice, aVoiceId } from '../../../test/support/a-project.ts'
import type { Voice } from '../../shared/voice/index.ts'
import {
  ALL_VOICES,
  charactersByVoice,
  filterVoices,
  groupVoices,
  hasWords,
  languagesOf,
  type VoiceFilter,
  voiceAbility,
} from './voices.ts'

const recorded = (name: string): Voice =>
  aVoice(name, { source: { kind: 'promptAudio', audioSha256: 'a'.repeat(64), promptText: '' } })
const preset = (name: string, engine: string): Voice =>
  aVoice(name, { source: { kind: 'presetSpeaker', engineId: anEngineId(engine), speaker: name } })

test('a filter finds every word of it, in any order and any width of letters', () => {
  expect(hasWords('Grandmother Lin Chinese', 'chin grand')).toBe(true)
  expect(hasWords('Grandmother Lin Chinese', 'grand english')).toBe(false)
  expect(hasWords('外婆 女声', '女声')).toBe(true)
  expect(hasWords('Lin', 'ＬＩＮ')).toBe(true)
  expect(hasWords('Lin', '   ')).toBe(true)
})

test('voices stand by where they come from, in the order given', () => {
  const voices = [preset('b', 'draft'), recorded('z'), preset('c', 'tone'), recorded('a'), preset('d', 'draft')]
  const groups = groupVoices(voices)
  expect(groups.recorded.map(({ name }) => name)).toEqual(['z', 'a'])
  expect([...groups.presets].map(([engine, of]) => [engine, of.map(({ name }) => name)])).toEqual([
    ['draft', ['b', 'd']],
    ['tone', ['c']],
  ])
})

test('voices are found by their words, by where they come from and by their language', () => {
  const inLanguage = (voice: Voice, language: string | null): Voice => ({ ...voice, language })
  const voices = [
    inLanguage(recorded('Lin'), 'zh'),
    inLanguage(recorded('Otto'), 'de'),
    inLanguage(preset('Linda', 'far'), 'en'),
    inLanguage(preset('Everybody', 'far'), null),
    inLanguage(preset('Aurora', 'draft'), 'zh'),
  ]
  const found = (filter: Partial<VoiceFilter>): string[] =>
    filterVoices(voices, { ...ALL_VOICES, ...filter }, ({ name }) => name).map(({ name }) => name)
  expect(found({})).toHaveLength(5)
  expect(found({ text: ' lin ' })).toEqual(['Lin', 'Linda'])
  expect(found({ from: 'recordings' })).toEqual(['Lin', 'Otto'])
  expect(found({ from: anEngineId('far') })).toEqual(['Linda', 'Everybody'])
  expect(found({ language: 'zh' })).toEqual(['Lin', 'Everybody', 'Aurora'])
  expect(found({ language: 'zh', from: 'recordings', text: 'otto' })).toEqual([])
  expect(languagesOf(voices)).toEqual(['zh', 'de', 'en'])
})

test('an engine speaks with a voice, or says why not', () => {
  const far = anEngine({
    ...{ engineId: anEngineId('far'), modes: ['presetSpeaker', 'zeroShot'], needsEnrolment: true },
    speaksForAnyVoice: false,
  })
  const lin = recorded('lin')
  const abilityOf = (voice: Voice, engine = far, enrolled: readonly string[] = []) =>
    voiceAbility(engine, voice, new Map(enrolled.map((enrolment) => [enrolment, 'ready'])))
  expect(abilityOf(lin)).toBe('not-enrolled')
  expect(abilityOf(lin, far, [`far ${lin.voiceId}`])).toBe('speaks')
  expect(abilityOf(lin, { ...far, needsEnrolment: false })).toBe('speaks')
  expect(abilityOf(lin, { ...far, modes: ['presetSpeaker'] })).toBe('no-recordings')
  expect(abilityOf(preset('a', 'far'))).toBe('speaks')
  expect(abilityOf(preset('a', 'draft'))).toBe('other-engine')
  expect(abilityOf(preset('a', 'draft'), { ...far, speaksForAnyVoice: true })).toBe('speaks')
})

test('a voice knows the characters it speaks for, and where there is no project, nobody', () => {
  const project = aProject({ lines: 1 })
  const [first] = project.characters.values()
  if (!first) throw new Error('a project has a narrator')
  const cast = (name: string, order: string) => ({
    ...first,
    characterId: aCharacterId(name),
    name,
    order: order as typeof first.order,
    direction: { ...first.direction, voiceId: aVoiceId('low') },
  })
  const characters = new Map([cast('Zhou', 'a2'), cast('Lin', 'a1')].map((one) => [one.characterId, one]))
  expect(charactersByVoice({ ...project, characters })).toEqual(new Map([[aVoiceId('low'), ['Lin', 'Zhou']]]))
  expect(charactersByVoice(undefined).size).toBe(0)
})
