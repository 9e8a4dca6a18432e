import { expect, test } from 'vitest'
import { aProject, aVoice, countingMint } from '../../../test/support/a-project.ts'
import { addCharacter, applyCastEdit, applyEdit, castFileSchema, type Project } from './index.ts'

const voices = [aVoice('Aspen'), aVoice('Birch')]
const project = ['林晚', 'Anna'].reduce(
  (made: Project, name) => applyEdit(made, addCharacter(made, name, countingMint(name === 'Anna' ? 'a' : 'l'))).project,
  aProject({ lines: 1 }),
)
const cast = (content: unknown): Project => {
  const edit = applyCastEdit(project, castFileSchema.parse(content), voices)
  return edit ? applyEdit(project, edit).project : project
}
const directionOf = (made: Project, name: string) =>
  [...made.characters.values()].find((character) => character.name === name)?.direction

test('characters and the narrator get what the file says, and keep what it does not', () => {
  const made = cast({
    characters: {
      林晚: { voice: 'Birch', speed: 1.1, instruct: 'softly' },
      anna: { voice: 'voice_Aspen', engine: 'tone', language: 'en', pitchSemitones: -2 },
    },
    narrator: { voice: 'aspen' },
  })
  expect(directionOf(made, '林晚')).toMatchObject({
    voiceId: 'voice_Birch',
    speed: 1.1,
    instruct: 'softly',
    engineId: null,
  })
  expect(directionOf(made, 'Anna')).toMatchObject({
    voiceId: 'voice_Aspen',
    engineId: 'tone',
    language: 'en',
    pitchSemitones: -2,
  })
  expect(directionOf(made, 'Narrator')).toMatchObject({ voiceId: 'voice_Aspen' })
  expect(applyCastEdit(made, castFileSchema.parse({ characters: { 林晚: { voice: 'Birch' } } }), voices)).toBeNull()
  expect(applyCastEdit(made, castFileSchema.parse({}), voices)).toBeNull()
})

test.each([
  [{ characters: { Ana: {} } }, { character: 'Ana', near: 'Anna', known: 'Narrator, 林晚, Anna' }],
  [{ characters: { 林婉: {} } }, { character: '林婉', near: '林晚' }],
  [{ characters: { Anna: { voice: 'Sycamore' } } }, { voice: 'Sycamore', near: '', known: 'Aspen, Birch' }],
  [
    { narrator: { voice: 'Brich' } },
    { voice: 'Brich', near: 'Birch', detail: 'no voice "Brich"; did you mean Birch?' },
  ],
])('%j names what is not there, and what is near', (content, params) => {
  expect(() => cast(content)).toThrow(
    expect.objectContaining({ code: 'cast.invalid', params: expect.objectContaining(params) }),
  )
})

test.each([{ characters: { Anna: { voise: 'Aspen' } } }, { cast: {} }, { characters: { Anna: { speed: 9 } } }, []])(
  '%j is no cast file',
  (content) => {
    expect(castFileSchema.safeParse(content).success).toBe(false)
  },
)

test('a name is one character alone, and not blank', () => {
  for (const name of ['Anna', ' Anna ', '', '  '])
    expect(() => addCharacter(project, name, countingMint())).toThrow(expect.objectContaining({ code: 'cast.invalid' }))
})
