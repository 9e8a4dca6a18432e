import { describe, expect, test } from 'vitest'
import { aLineId, anEngine, anEngineId, aProject, aVoice } from '../../../../test/support/a-project.ts'
import { dashscopeDirections, remoteFacts } from '../../../shared/endpoint/index.ts'
import { createTranslator } from '../../../shared/i18n/index.ts'
import { applyEdit, type Project } from '../../../shared/project/index.ts'
import { type EngineCapabilities, instructsFor, trainedInstructs } from '../../../shared/render/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'
import {
  choiceAfterKey,
  directionName,
  type InstructChoice,
  instructGroups,
  instructName,
  instructNote,
  recentInstructs,
  typeAhead,
} from './instruct-picker-view.ts'

const en = createTranslator('en').t
const zh = createTranslator('zh-Hans').t
const INSTRUCTS = trainedInstructs('cosyvoice3')
const SICHUAN = '请用四川话表达。'

const flashFacts = remoteFacts({
  ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket', workspaceId: null },
})
const FLASH: EngineCapabilities = anEngine({
  ...{ engineId: anEngineId('flash'), isRemote: true, honoursInstruct: true, modes: [...flashFacts.modes] },
  instructs: [...flashFacts.instructs],
  instructSpeakers: [...(flashFacts.instructSpeakers ?? [])],
  listedOnlySpeakers: [...(flashFacts.listedOnlySpeakers ?? [])],
})
const aSpeaker = (speaker: string): Voice =>
  aVoice('low', { source: { kind: 'presetSpeaker', engineId: FLASH.engineId, speaker } })
const RECORDED: Voice = aVoice('mine', {
  source: { kind: 'promptAudio', audioSha256: '0'.repeat(64), promptText: '' },
})

test('every direction of the models has a name in both languages', () => {
  const all = [...INSTRUCTS, ...trainedInstructs('cosyvoice2')]
  expect(all.length).toBeGreaterThan(26)
  for (const option of all) {
    expect(instructName(en, option), option.id).toMatch(/^[A-Z]/)
    expect(instructName(zh, option), option.id).toMatch(/^\p{Script=Han}+$/u)
    expect(instructName(zh, option), option.id).not.toBe(option.text)
  }
})

test('a trained direction goes by its name, any other text and any other id as it is', () => {
  expect(directionName(en, INSTRUCTS, SICHUAN)).toBe('Sichuanese')
  expect(directionName(zh, INSTRUCTS, SICHUAN)).toBe('四川话')
  expect(directionName(en, INSTRUCTS, 'like a whisper')).toBe('like a whisper')
  expect(instructName(en, { id: 'role.pirate', text: 'Arr' })).toBe('Arr')
})

test('choosing gives exactly the text that the model was trained on, in groups by kind', () => {
  const groups = instructGroups(en, INSTRUCTS, [])
  expect(groups.map(({ label }) => label)).toEqual(['Dialect', 'Emotion', 'Pace', 'Loudness', 'Role'])
  expect(groups.map(({ choices }) => choices.length)).toEqual([17, 3, 2, 2, 2])
  expect(groups.flatMap(({ choices }) => choices).find(({ label }) => label === 'Sichuanese')?.text).toBe(SICHUAN)
})

test('what was used lately comes first, trained or not, and every choice has a key of its own', () => {
  const groups = instructGroups(en, INSTRUCTS, ['like a whisper', SICHUAN])
  expect(groups[0]).toMatchObject({
    label: 'Used in this project',
    choices: [{ label: 'like a whisper' }, { label: 'Sichuanese', text: SICHUAN }],
  })
  const keys = groups.flatMap(({ choices }) => choices.map(({ key }) => key))
  expect(new Set(keys).size).toBe(keys.length)
})

const saying = (instructs: readonly (string | null)[]): Project => {
  const project = aProject({ lines: instructs.length })
  const put = instructs.flatMap((instruct, index) => {
    const line = project.lines.get(aLineId(index + 1))
    return line ? [{ ...line, direction: { ...line.direction, instruct } }] : []
  })
  return applyEdit(project, { put, remove: [] }).project
}

test('recent directions are those of lines, each once, the last of the script first', () => {
  const project = saying(['a', null, 'b', 'a', 'c', null])
  expect(recentInstructs(project, 6)).toEqual(['c', 'a', 'b'])
  expect(recentInstructs(project, 2)).toEqual(['c', 'a'])
  expect(recentInstructs(project, 2, (text) => text !== 'c')).toEqual(['a', 'b'])
  expect(recentInstructs(aProject(), 6)).toEqual([])
})

describe('typing', () => {
  const choices = ['Gansu', 'Guizhou', 'Henan', 'Sad', 'Sichuanese'].map(
    (label): InstructChoice => ({ key: label, label, text: label, latin: '' }),
  )
  const type = (letters: string, startIndex: number, everyMs = 100): number => {
    let index = startIndex
    let typing = { typed: '', atMs: Number.NEGATIVE_INFINITY }
    for (const [at, letter] of [...letters].entries())
      ({ index, typing } = typeAhead(choices, index, typing, letter, at * everyMs))
    return index
  }

  test('leads to the next choice that begins with what was typed, going around', () => {
    expect(type('g', 0)).toBe(1)
    expect(type('g', 1)).toBe(0)
    expect(type('si', 0)).toBe(4)
    expect(type('SI', 0)).toBe(4)
    expect(type('x', 2)).toBe(2)
  })

  test('one letter again and again walks through all that begin with it', () => {
    expect(type('gg', 4)).toBe(1)
    expect(type('ggg', 4)).toBe(0)
  })

  test('begins anew after a pause', () => {
    expect(type('sh', 0)).toBe(3)
    expect(type('sh', 0, 1000)).toBe(2)
  })

  test('finds Chinese names by their Latin ones too', () => {
    const names = instructGroups(zh, INSTRUCTS, []).flatMap((group) => group.choices)
    const start = { typed: '', atMs: Number.NEGATIVE_INFINITY }
    expect(names[typeAhead(names, 0, start, 's', 0).index]?.label).toBe('山西话')
    expect(names[typeAhead(names, 0, start, '四', 0).index]?.label).toBe('四川话')
  })
})

test('arrows, pages and ends move and stop at the ends; other keys move nothing', () => {
  expect(choiceAfterKey('ArrowDown', 0, 30)).toBe(1)
  expect(choiceAfterKey('ArrowDown', 29, 30)).toBe(29)
  expect(choiceAfterKey('ArrowUp', 0, 30)).toBe(0)
  expect(choiceAfterKey('PageDown', 25, 30)).toBe(29)
  expect(choiceAfterKey('PageUp', 12, 30)).toBe(2)
  expect(choiceAfterKey('Home', 12, 30)).toBe(0)
  expect(choiceAfterKey('End', 12, 30)).toBe(29)
  expect(choiceAfterKey('F8', 12, 30)).toBeUndefined()
})

describe('directions of a service', () => {
  const { instructs } = FLASH
  const newsOf = (feeling: string): string => `你正在进行新闻播报，你说话的情感是${feeling}。`

  test('each has a name of its own in both languages, and is not called by its text', () => {
    const plus = dashscopeDirections('cosyvoice-v3-plus', 'cn', ['longanyang', 'longanhuan']).instructs
    const named = [...instructs, ...plus].flatMap(({ feelings = [], ...option }) => [option, ...feelings])
    expect(instructs.length).toBeGreaterThan(70)
    for (const option of named)
      for (const t of [en, zh]) expect(instructName(t, option), option.id).not.toBe(option.text)
    for (const t of [en, zh]) {
      const names = instructs.map((option) => `${option.kind} ${instructName(t, option)}`)
      expect(new Set(names).size).toBe(names.length)
    }
  })

  test('a scene that is chosen can be said with a feeling, and is known by both', () => {
    expect(directionName(en, instructs, newsOf('neutral'))).toBe('News')
    expect(directionName(en, instructs, newsOf('happy'))).toBe('News, Happy')
    expect(directionName(zh, instructs, newsOf('happy'))).toBe('新闻播报，情绪：开心')
    const offered = (text: string | null) => instructGroups(en, instructsFor(FLASH, aSpeaker('longanyang')), [], text)
    expect(offered(null).map(({ label }) => label)).toEqual(['Emotion', 'Role', 'Identity', 'Scene'])
    const [feelings] = offered(newsOf('sad'))
    expect(feelings?.label).toBe('News, with a feeling')
    expect(feelings?.choices.map(({ label }) => label)).toEqual([
      ...['Fearful', 'Angry', 'Sad', 'Surprised', 'Happy', 'Disgusted'],
    ])
    expect(feelings?.choices.find(({ label }) => label === 'Happy')?.text).toBe(newsOf('happy'))
    const keys = offered(newsOf('sad')).flatMap(({ choices }) => choices.map(({ key }) => key))
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('before anything is rendered', () => {
  const follows = anEngine({ honoursInstruct: true, modes: ['zeroShot', 'instruct'], instructs: [...INSTRUCTS] })
  const voice = aVoice('low')
  test('a direction that an engine would ignore is said not to be sent', () => {
    const deaf = anEngine()
    expect(instructNote(deaf, voice, null)).toBe('notHonoured')
    expect(instructNote(deaf, voice, SICHUAN)).toBe('notSent')
    expect(instructNote(undefined, voice, SICHUAN)).toBe('notSent')
  })
  test('a direction that the model was not trained on is said to be none of those', () => {
    expect(instructNote(follows, voice, SICHUAN)).toBeUndefined()
    expect(instructNote(follows, undefined, null)).toBeUndefined()
    expect(instructNote(follows, voice, '用四川话说这句话')).toBe('unknown')
    expect(instructNote(anEngine({ honoursInstruct: true }), voice, 'anything')).toBeUndefined()
  })
  test('a speaker that takes its list alone is said not to take anything else, a copied recording takes any words', () => {
    expect(instructNote(FLASH, aSpeaker('longanyang'), SICHUAN)).toBe('notListed')
    expect(instructNote(FLASH, aSpeaker('longanyang'), '你说话的情感是happy。')).toBeUndefined()
    expect(instructNote(FLASH, aSpeaker('longanyang'), '你说话的情感是happy')).toBe('notListed')
    expect(instructNote(FLASH, aSpeaker('longanhuan_v3'), SICHUAN)).toBeUndefined()
    expect(instructNote(FLASH, aSpeaker('longxiaochun_v3'), SICHUAN)).toBe('notWithVoice')
    expect(instructNote(FLASH, RECORDED, 'like a whisper')).toBeUndefined()
    expect(instructNote(FLASH, RECORDED, SICHUAN)).toBeUndefined()
  })
})
