import { expect, test } from 'vitest'
import type { RenderRequest } from '../../../shared/render/index.ts'
import type { RenderNote } from '../engine.ts'
import { conformanceRequest, engineConformance, pcmDigest, renderWhole } from '../engine-conformance.ts'
import type { RetirableEngine } from '../engine-crew.ts'
import { createToneEngine, type ToneEngineOptions } from '../tone/tone-engine.ts'
import { withSsml } from './with-ssml.ts'

const TONE_SEC = 0.06

const aTone = (options: ToneEngineOptions = {}, changes: Partial<RetirableEngine['capabilities']> = {}) => {
  const asked: RenderRequest[] = []
  const tone = createToneEngine({
    ...options,
    beforeSpeaking: async (request, signal) => {
      asked.push(request)
      await options.beforeSpeaking?.(request, signal)
    },
  })
  const retired: string[] = []
  const engine = withSsml({
    capabilities: { ...tone.capabilities, ...changes },
    presetVoices: tone.presetVoices,
    prepare: (signal) => tone.prepare(signal),
    render: (request, job) => tone.render(request, job),
    retire: async () => {
      retired.push('retired')
    },
    [Symbol.asyncDispose]: () => tone[Symbol.asyncDispose](),
  })
  return { asked, engine, retired, tone }
}

engineConformance('an engine that reads SSML as texts', () => aTone().engine, {
  lines: ['一二三', '<speak rate="0.75">Chapter<break time="200ms"/> one</speak>'],
  longLine: `<speak>${'一二三四。<break time="50ms"/>'.repeat(60)}</speak>`,
  secPerCharacter: { min: 0.01, max: TONE_SEC },
  isDeterministic: true,
  unreadable: null,
})

const spoken = async (engine: RetirableEngine, text: string, patch: Partial<RenderRequest> = {}) => {
  const notes: RenderNote[] = []
  const blocks: Float32Array[] = []
  const fractions: number[] = []
  for await (const block of engine.render(conformanceRequest(engine, { ...patch, text }), {
    signal: new AbortController().signal,
    progress: ({ fraction }) => fractions.push(fraction),
    note: (note) => notes.push(note),
  }))
    blocks.push(block)
  return { pcm: Float32Array.from(blocks.flatMap((block) => [...block])), notes, fractions }
}

test('texts are spoken one behind the other, with silences as long as the breaks are', async () => {
  const { engine, asked } = aTone()
  const { sampleRateHz } = engine.capabilities
  const { pcm, notes, fractions } = await spoken(
    engine,
    '<speak>一二<break time="500ms"/><sub alias="三四五">x</sub><break/></speak>',
  )
  expect(asked.map(({ text }) => text)).toEqual(['一二', '三四五'])
  expect(new Set(asked.map(({ takeKey }) => takeKey)).size).toBe(1)
  expect(pcm.length / sampleRateHz).toBeCloseTo(5 * TONE_SEC + 1.5, 6)
  const peakAt = (fromSec: number, toSec: number): number =>
    Math.max(...pcm.subarray(Math.round(fromSec * sampleRateHz), Math.round(toSec * sampleRateHz)).map(Math.abs))
  expect(peakAt(0, 0.12)).toBeGreaterThan(0.05)
  expect(peakAt(0.12, 0.62)).toBe(0)
  expect(peakAt(0.62, 0.8)).toBeGreaterThan(0.05)
  expect(peakAt(0.8, 1.8)).toBe(0)
  expect(notes).toEqual([])
  expect(fractions).toEqual(fractions.toSorted((one, other) => one - other))
  expect(fractions.at(-1)).toBe(1)
})

test('rate and pitch take the place of what the line asks, as far as the engine goes; the rest is warned of', async () => {
  const { engine, asked } = aTone({}, { speed: { min: 0.8, max: 1.25 } })
  const text = '<speak rate="2" pitch="0.5" volume="80" effect="robot">一<break/>二</speak><speak>三</speak>'
  const { notes } = await spoken(engine, text, { speed: 1.1, pitchSemitones: 3 })
  expect(asked.map(({ speed, pitchSemitones }) => [speed, pitchSemitones])).toEqual([
    [1.25, -12],
    [1.25, -12],
    [1.1, 3],
  ])
  expect(notes).toEqual([
    { kind: 'warning', field: '<speak effect>', reason: 'ssml-left-out' },
    { kind: 'warning', field: '<speak rate>', reason: 'out-of-range' },
    { kind: 'warning', field: '<speak volume>', reason: 'not-supported' },
  ])
  const plain = aTone({}, { speed: null, pitchSemitones: null })
  const without = await spoken(plain.engine, '<speak rate="2" pitch="2">一</speak>')
  expect(plain.asked.map(({ speed, pitchSemitones }) => [speed, pitchSemitones])).toEqual([[null, null]])
  expect(without.notes.map((note) => note.kind === 'warning' && `${note.field} ${note.reason}`)).toEqual([
    ...['<speak rate> not-supported', '<speak pitch> not-supported'],
  ])
})

test('other texts are spoken as they were', async () => {
  const { engine, tone } = aTone()
  for (const text of ['一二三', 'a < b', '<speaker>一</speaker>']) {
    const [here, there] = [
      await renderWhole(engine, conformanceRequest(engine, { text })),
      await renderWhole(tone, conformanceRequest(tone, { text })),
    ]
    expect(pcmDigest(here.pcm)).toBe(pcmDigest(there.pcm))
  }
})

test('a document of one text is spoken to its very end as that text is', async () => {
  const { engine, tone } = aTone()
  /** Not yet silent where it ends. */
  const loud = withSsml({
    ...engine,
    render: async function* (_request) {
      yield new Float32Array(4800).fill(0.5)
    },
  })
  const { pcm } = await renderWhole(loud, conformanceRequest(tone, { text: '<speak>一</speak>' }))
  expect(pcmDigest(pcm)).toBe(pcmDigest(new Float32Array(4800).fill(0.5)))
  const paused = await renderWhole(loud, conformanceRequest(tone, { text: '<speak>一<break/></speak>' }))
  expect(paused.pcm[4799]).toBeLessThan(0.01)
})

test('what cannot be read is told, and nothing is spoken', async () => {
  const { engine, asked } = aTone()
  await expect(spoken(engine, '<speak>一<break></speak>')).rejects.toMatchObject({
    code: 'script.ssml-invalid',
    params: { reason: 'endTag', line: 1, column: 16 },
  })
  await expect(spoken(engine, '<speak><break/></speak>')).rejects.toMatchObject({ code: 'engine.nothing-to-say' })
  expect(asked).toEqual([])
})

test('an engine is not retired between two parts of a line', async () => {
  const { engine, retired } = aTone()
  const job = { signal: new AbortController().signal, progress: () => undefined }
  const request = conformanceRequest(engine, { text: '<speak>一<break time="5s"/>二</speak>' })
  const blocks = engine.render(request, job)[Symbol.asyncIterator]()
  await blocks.next()
  const isRetired = engine.retire()
  await blocks.next()
  expect(retired).toEqual([])
  while (!(await blocks.next()).done);
  await isRetired
  expect(retired).toEqual(['retired'])
})
