import { expect, test } from 'vitest'
import { AppError, engineIdSchema, voiceIdSchema } from '../../../shared/kernel/index.ts'
import type { RenderRequest } from '../../../shared/render/index.ts'
import { conformanceRequest, engineConformance, renderWhole } from '../engine-conformance.ts'
import { createToneEngine } from './tone-engine.ts'

const ZH = '夜色渐深，城里的灯一盏盏亮起来。'

engineConformance('tone', createToneEngine, {
  lines: [ZH, 'Chapter 1.'],
  longLine: ZH.repeat(12),
  secPerCharacter: { min: 0.06, max: 0.06 },
  isDeterministic: true,
  unreadable: null,
})

const engine = createToneEngine()
const render = async (patch: Partial<RenderRequest> & { text: string }) =>
  (await renderWhole(engine, conformanceRequest(engine, patch))).pcm

/** Rising zero crossings a second: the pitch of a sine. */
const crossingsHz = (pcm: Float32Array): number => {
  let count = 0
  for (let index = 1; index < pcm.length; index++) if ((pcm[index - 1] ?? 0) < 0 && (pcm[index] ?? 0) >= 0) count++
  return (count * engine.capabilities.sampleRateHz) / pcm.length
}

test('speed and pitch are honoured', async () => {
  const plain = await render({ text: 'ééééé' })
  expect((await render({ text: 'ééééé', speed: 2 })).length).toBe(plain.length / 2)
  const higher = await render({ text: 'ééééé', pitchSemitones: 12 })
  expect(crossingsHz(higher) / crossingsHz(plain)).toBeCloseTo(2, 1)
})

test('voices differ in pitch, and voices of other engines are given one of them', async () => {
  const heard = await Promise.all(
    engine.presetVoices.map(({ voiceId, source }) => render({ text: 'tone', voice: { voiceId, source } })),
  )
  const [low = 0, middle = 0, high = 0] = heard.map(crossingsHz)
  expect(middle / low).toBeCloseTo(2, 0)
  expect(high / middle).toBeCloseTo(2, 0)
  const of = (engineId: string, speaker: string) =>
    render({
      text: 'tone',
      voice: {
        voiceId: voiceIdSchema.parse('voice_somebody'),
        source: { kind: 'presetSpeaker', engineId: engineIdSchema.parse(engineId), speaker },
      },
    })
  const foreign = await of('draft', 'linden')
  expect(heard).toContainEqual(foreign)
  expect(await of('draft', 'linden')).toEqual(foreign)
  await expect(of('tone', 'nobody')).rejects.toMatchObject({ code: 'engine.unsupported-voice' })
})

test('it fails as it is told to, and only then', async () => {
  const failing = createToneEngine({
    failWith: ({ text }) => (text.startsWith('bad') ? new AppError('engine.crashed', { retryable: true }) : undefined),
  })
  await expect(renderWhole(failing, conformanceRequest(failing, { text: 'bad line' }))).rejects.toMatchObject({
    code: 'engine.crashed',
  })
  expect((await renderWhole(failing, conformanceRequest(failing, { text: 'good line' }))).pcm.length).toBeGreaterThan(0)
})

test('a render can be held before its first sample', async () => {
  let release = (): void => undefined
  let hasBegun = (): void => undefined
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve
  })
  const held = createToneEngine({
    beforeSpeaking: () =>
      new Promise((resolve) => {
        release = resolve
        hasBegun()
      }),
  })
  let blocks = 0
  const rendering = renderWhole(held, conformanceRequest(held, { text: 'tone' }), { onBlock: () => blocks++ })
  await begun
  expect(blocks).toBe(0)
  release()
  expect((await rendering).blockLengths).toHaveLength(4)
})
