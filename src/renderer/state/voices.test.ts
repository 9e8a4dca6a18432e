import { expect, test } from 'vitest'
import { aCharacterId, anEngineId, aProject, aVoice, aVoiceId } from '../../../test/support/a-project.ts'
import type { Voice } from '../../shared/voice/index.ts'
import { charactersByVoice, groupVoices, hasWords } from './voices.ts'

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
  const groups = groupVoices(voices, '', ({ name }) => name)
  expect(groups.recorded.map(({ name }) => name)).toEqual(['z', 'a'])
  expect([...groups.presets].map(([engine, of]) => [engine, of.map(({ name }) => name)])).toEqual([
    ['draft', ['b', 'd']],
    ['tone', ['c']],
  ])
  expect(groupVoices(voices, 'c', ({ name }) => name)).toMatchObject({ recorded: [], presets: { size: 1 } })
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
