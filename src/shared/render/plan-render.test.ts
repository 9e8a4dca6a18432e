import { expect, test } from 'vitest'
import { anEngine, aProject, aTakeId, aTakeOf, aVoice, aVoiceId, aWorld } from '../../../test/support/a-project.ts'
import { applyEdit, INHERIT, type Line, orderedLines, type Project } from '../project/index.ts'
import type { Voice } from '../voice/index.ts'
import type { EngineCapabilities } from './engine-capabilities.ts'
import { createLineRequests } from './line-requests.ts'
import { planRender, requestForLine } from './plan-render.ts'
import { groupTakesByLine, lineSound, playingTake } from './takes-of-line.ts'

const withLine = (project: Project, index: number, patch: Partial<Line>): Project => {
  const line = orderedLines(project)[index]
  if (!line) throw new Error('no such line')
  return applyEdit(project, { put: [{ ...line, ...patch }], remove: [] }).project
}
const keyOf = (project: Project, index: number, world = aWorld()) => {
  const line = orderedLines(project)[index]
  const asked = line && requestForLine(project, line, world)
  return asked?.ok ? asked.request.takeKey : undefined
}

test('a project whose lines all have their takes has nothing to render', () => {
  const project = aProject({ lines: 4 })
  const world = aWorld()
  const takes = groupTakesByLine(orderedLines(project).map((line) => aTakeOf(project, line, world, 100)))
  const plan = planRender(project, orderedLines(project), takes, world)
  expect(plan.items).toEqual([])
  expect(plan.readyLineIds).toHaveLength(4)
})

test('editing one of 200 lines asks for exactly that line', () => {
  const project = aProject({ lines: 200 })
  const world = aWorld()
  const takes = groupTakesByLine(orderedLines(project).map((line) => aTakeOf(project, line, world, 100)))
  const edited = withLine(project, 57, { text: 'Something else.' })
  const plan = planRender(edited, orderedLines(edited), takes, world)
  expect(plan.items.map((item) => item.lineId)).toEqual([orderedLines(project)[57]?.lineId])
})

test('the key changes with text, voice, speed and engine version, and with nothing else', () => {
  const project = aProject()
  const key = keyOf(project, 0)
  expect(keyOf(withLine(project, 0, { text: 'Other.' }), 0)).not.toBe(key)
  expect(keyOf(withLine(project, 0, { direction: { ...INHERIT, voiceId: aVoiceId('high') } }), 0)).not.toBe(key)
  expect(keyOf(withLine(project, 0, { direction: { ...INHERIT, speed: 1.2 } }), 0)).not.toBe(key)
  expect(keyOf(project, 0, aWorld(anEngine({ version: '2' })))).not.toBe(key)
  expect(keyOf(withLine(project, 0, { startsParagraph: true, pauseAfterSec: 3 }), 0)).toBe(key)
  expect(keyOf(project, 0, aWorld(anEngine(), [aVoice('low', { name: 'Renamed' })]))).toBe(key)
})

test('a setting that the engine does not honour makes nothing stale', () => {
  const project = aProject()
  const changed = withLine(project, 0, { direction: { ...INHERIT, instruct: 'angrily', seed: 7, pitchSemitones: 3 } })
  expect(keyOf(changed, 0)).toBe(keyOf(project, 0))
})

test('a direction that the voice would not follow is not sent, and makes nothing stale', () => {
  const listed = { id: 'emotion.happy', kind: 'emotion' as const, text: 'happily' }
  const engine = anEngine({
    ...{ honoursInstruct: true, instructSpeakers: ['low', 'high'], listedOnlySpeakers: ['low'] },
    instructs: [{ ...listed, takenBy: { speakers: ['low'], recordings: false } }],
  })
  const sent = (instruct: string | null, name: 'low' | 'high') => {
    const project = withLine(aProject(), 0, { direction: { ...INHERIT, instruct, voiceId: aVoiceId(name) } })
    const asked = requestForLine(project, orderedLines(project)[0] as Line, aWorld(engine))
    return asked.ok ? asked.request : undefined
  }
  expect([sent('happily', 'low')?.instruct, sent('sadly', 'high')?.instruct]).toEqual(['happily', 'sadly'])
  expect(sent('sadly', 'low')?.instruct).toBeNull()
  expect(sent('sadly', 'low')?.takeKey).toBe(sent(null, 'low')?.takeKey)
})

test('undoing an edit makes the first take play again', () => {
  const project = aProject()
  const world = aWorld()
  const line = orderedLines(project)[0] as Line
  const edited = withLine(project, 0, { text: 'Other.' })
  const takes = [aTakeOf(project, line, world, 100), aTakeOf(edited, orderedLines(edited)[0] as Line, world, 200)]
  const editedKey = keyOf(edited, 0) ?? null
  const key = keyOf(project, 0) ?? null
  expect(playingTake(takes, line, editedKey)?.durationSamples).toBe(200)
  expect(playingTake(takes, line, key)?.durationSamples).toBe(100)
  expect(lineSound(playingTake(takes.slice(0, 1), line, editedKey), editedKey)).toBe('stale')
  expect(lineSound(undefined, key)).toBe('never')
})

test('a chosen take plays even where a newer one matches', () => {
  const project = aProject()
  const line = orderedLines(project)[0] as Line
  const first = { ...aTakeOf(project, line, aWorld(), 100), takeId: aTakeId('first') }
  const second = { ...first, takeId: aTakeId('second') }
  expect(playingTake([first, second], line, first.takeKey)).toBe(second)
  expect(playingTake([first, second], { takeId: first.takeId }, first.takeKey)).toBe(first)
})

test('lines that cannot be spoken say why, and silent lines say nothing', () => {
  const world = aWorld(anEngine({ languages: ['zh'] }))
  let project = withLine(aProject({ lines: 3 }), 0, { direction: { ...INHERIT, language: 'en' } })
  project = withLine(project, 1, { text: '……' })
  project = withLine(project, 2, { direction: { ...INHERIT, language: 'zh-CN' } })
  const plan = planRender(project, orderedLines(project), new Map(), world)
  expect(plan.refused.map(({ error }) => error.code)).toEqual(['engine.unsupported-language'])
  expect(plan.items).toHaveLength(1)
})

test('a dialect is Chinese where an engine speaks that, and a voice of the engine speaks its own language', () => {
  const reads = (language: string, engine: Partial<EngineCapabilities>, voice: Partial<Voice> = {}): boolean => {
    const project = withLine(aProject(), 0, { direction: { ...INHERIT, language } })
    const world = aWorld(anEngine({ languages: ['zh', 'en'], ...engine }), [aVoice('low', voice)])
    return keyOf(project, 0, world) !== undefined
  }
  expect(['yue', 'nan', 'yue-HK', 'en-GB', 'ja'].map((tag) => reads(tag, {}))).toEqual([true, true, true, true, false])
  expect([reads('yue', { languages: ['en'] }), reads('nan', { isDraft: true })]).toEqual([false, false])
  expect([reads('ja', {}, { language: 'ja' }), reads('ko', {}, { language: 'ja' })]).toEqual([true, false])
  const recorded: Voice['source'] = { kind: 'promptAudio', audioSha256: '0'.repeat(64), promptText: '' }
  expect(reads('ja', { modes: ['zeroShot'] }, { language: 'ja', source: recorded })).toBe(false)
})

test('requests are computed anew only for the line that changed', () => {
  const requestOf = createLineRequests()
  const project = aProject({ lines: 2 })
  const world = aWorld()
  const [first, second] = orderedLines(project) as [Line, Line]
  const before = requestOf(project, second, world)
  const edited = withLine(project, 0, { text: 'Other.' })
  expect(requestOf(edited, second, world)).toBe(before)
  expect(requestOf(edited, orderedLines(edited)[0] as Line, world)).not.toEqual(requestOf(project, first, world))
  const recast = aWorld(anEngine(), [aVoice('high'), aVoice('low')])
  expect(requestOf(edited, second, recast)).not.toEqual(before)
})
