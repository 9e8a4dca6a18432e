import { expect, test } from 'vitest'
import { conformanceRequest, engineConformance, renderWhole } from './engine-conformance.ts'
import { createEngineCrew, type RetirableEngine } from './engine-crew.ts'
import { createToneEngine } from './tone/tone-engine.ts'

/** A crew of engines of one's own, and what became of them. */
const aCrew = (count: number) => {
  const ends: string[] = []
  const crew = createEngineCrew(
    createToneEngine(),
    (): RetirableEngine => {
      const tone = createToneEngine()
      const name = ends.push('works') - 1
      return {
        capabilities: tone.capabilities,
        presetVoices: tone.presetVoices,
        prepare: (signal) => tone.prepare(signal),
        render: (request, job) => tone.render(request, job),
        retire: async () => {
          ends[name] = 'retired'
        },
        [Symbol.asyncDispose]: async () => {
          ends[name] = 'disposed'
          await tone[Symbol.asyncDispose]()
        },
      }
    },
    count,
  )
  return { crew, ends }
}
const requestOf = (engine: RetirableEngine, text: string) => conformanceRequest(engine, { text })

engineConformance('a crew', () => aCrew(2).crew, {
  lines: ['One line.', 'Another line.'],
  longLine: 'A line that is long enough to be spoken in more than one block. '.repeat(8),
  secPerCharacter: { min: 0.01, max: 0.3 },
  isDeterministic: true,
  unreadable: null,
})

test('another process starts when a line comes while all are busy, up to as many as there may be', async () => {
  const { crew, ends } = aCrew(2)
  const signal = new AbortController().signal
  await crew.prepare(signal)
  expect(ends).toHaveLength(1)
  await renderWhole(crew, requestOf(crew, 'One line.'))
  expect(ends).toHaveLength(1)
  const lines = ['One.', 'Two.', 'Three.'].map((text) =>
    crew.render(requestOf(crew, text), { signal, progress: () => undefined })[Symbol.asyncIterator](),
  )
  for (const line of lines) await line.next()
  expect(ends).toHaveLength(2)
  for (const line of lines) await line.return?.()
  await renderWhole(crew, requestOf(crew, 'Four.'))
  expect(ends).toEqual(['works', 'works'])
})

test('all of them are retired and disposed of', async () => {
  const { crew, ends } = aCrew(2)
  const signal = new AbortController().signal
  const line = crew.render(requestOf(crew, 'One.'), { signal, progress: () => undefined })[Symbol.asyncIterator]()
  await line.next()
  await crew.prepare(signal)
  await crew.retire()
  expect(ends).toEqual(['retired', 'retired'])
  await crew[Symbol.asyncDispose]()
  expect(ends).toEqual(['disposed', 'disposed'])
  await line.return?.()
})
