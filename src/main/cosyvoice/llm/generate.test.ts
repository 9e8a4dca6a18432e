import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFloats, readNumbers } from '../../../../test/support/npy.ts'
import { type TestFolder, temporaryFolder } from '../../../../test/support/test-disk.ts'
import { TINY_CHECKPOINTS, tinyCheckpointDirectory, writeTinyBundle } from '../../../../test/support/tiny-checkpoint.ts'
import { concatFloat32 } from '../../../shared/audio/index.ts'
import { AppCancel, AppError } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { type Llm, type ModelFolder, openLlm } from '../open-model.ts'
import { generateSpeech, type SpeechGeneration } from './generate.ts'
import type { LlmDecoder } from './llm-decoder.ts'
import { withRetries } from './plausible-length.ts'
import { createSeededRandom } from './seeded-random.ts'

const idsOf = async (ids: AsyncIterable<number>): Promise<number[]> => {
  const all: number[] = []
  for await (const id of ids) all.push(id)
  return all
}

/** Ten codes and three ids that end a line. */
const DESCRIPTION: ModelDescription['llm'] = {
  form: 'cpu',
  weights: 'fp32',
  hiddenSize: 2,
  layers: 1,
  queryHeads: 1,
  keyValueHeads: 1,
  headSize: 2,
  textVocabularySize: 20,
  speechVocabularySize: 13,
  sosRow: 10,
  taskRow: 12,
  eosId: 11,
  fillId: 12,
  firstStopId: 10,
  textTable: 'float32',
}
const PROMPT = Float32Array.of(0.25, 0.5, 0.75, 1)

/** Scores that are sure of one id after the other, and unsure of all once there are none left. */
const sureOf = (...ids: number[]): ((step: number) => Float32Array) => {
  return (step) => {
    const scores = new Float32Array(DESCRIPTION.speechVocabularySize)
    const id = ids[step]
    if (id !== undefined) scores[id] = 100
    return scores
  }
}
/** A decoder that scores by plan and remembers what it was given. */
const planned = (scoresAt: (step: number) => Float32Array): LlmDecoder & { readonly heard: number[][] } => {
  const heard: number[][] = []
  return {
    heard,
    get length() {
      return heard.length
    },
    forward: async (embeddings) => {
      heard.push([...embeddings])
      return scoresAt(heard.length - 1)
    },
  }
}
const generation = (decoder: LlmDecoder, options: Partial<SpeechGeneration> = {}): SpeechGeneration => ({
  decoder,
  prompt: PROMPT,
  speechRow: async (id) => Float32Array.of(id, -id),
  description: DESCRIPTION,
  textTokens: 2,
  random: createSeededRandom(5),
  ...options,
})

describe('a line', () => {
  test.each([10, 11, 12])('hears each id it says and ends before the one that ends it: %d', async (stopId) => {
    const decoder = planned(sureOf(3, 0, 9, 4, stopId))
    expect(await idsOf(generateSpeech(generation(decoder)))).toEqual([3, 0, 9, 4])
    expect(decoder.heard).toEqual([[...PROMPT], [3, -3], [0, -0], [9, -9], [4, -4]])
  })

  test('says each id before it asks for the next', async () => {
    const decoder = planned(sureOf(3, 0, 9, 4, 11))
    const speech = generateSpeech(generation(decoder))
    expect(await speech.next()).toEqual({ done: false, value: 3 })
    expect(decoder.heard).toHaveLength(1)
    await speech.return()
    expect(decoder.heard).toHaveLength(1)
  })

  test('does not end below two ids a text token, whichever id would end it', async () => {
    for (const stopId of [10, 11, 12]) {
      const ids = await idsOf(generateSpeech(generation(planned(() => sureOf(stopId)(0)))))
      expect(ids).toHaveLength(4)
      for (const id of ids) expect(id).toBeLessThan(10)
    }
  })

  test('may end early by any id but the first as the original does it', async () => {
    const lengthOf = async (stopId: number, minRatio?: number): Promise<number> => {
      const options = { strictMinLength: false, ...(minRatio === undefined ? {} : { minRatio }) }
      return (await idsOf(generateSpeech(generation(planned(sureOf(3, stopId)), { ...options, maxRatio: 3 })))).length
    }
    expect(await lengthOf(11)).toBe(1)
    expect(await lengthOf(12)).toBe(1)
    expect(await lengthOf(10)).toBeGreaterThan(1)
    expect(await lengthOf(10, 0)).toBe(1)
  })

  test('is cut at twenty ids a text token', async () => {
    const endless = (): Float32Array => sureOf()(0).fill(-100, DESCRIPTION.firstStopId)
    const decoder = planned(endless)
    expect(await idsOf(generateSpeech(generation(decoder)))).toHaveLength(40)
    expect(decoder.heard).toHaveLength(40)
    const short = generateSpeech(generation(planned(endless), { textTokens: 3, maxRatio: 1.5, minRatio: 0 }))
    expect(await idsOf(short)).toHaveLength(4)
  })

  test('does not say an id again that it said just now', async () => {
    const ids = await idsOf(
      generateSpeech(
        generation(
          planned(() => sureOf(7)(0)),
          { minRatio: 20 },
        ),
      ),
    )
    expect(ids).toHaveLength(40)
    for (const [at, id] of ids.entries()) if (id === 7) expect(ids.slice(Math.max(0, at - 10), at)).not.toContain(7)
  })

  test('is what it is forced to be, with the scores before each id and behind the last', async () => {
    const decoder = planned(sureOf(1, 1, 1, 1))
    const steps: [number, Float32Array][] = []
    const forced = { forced: [5, 5, 6], onLogits: (step: number, logits: Float32Array) => steps.push([step, logits]) }
    expect(await idsOf(generateSpeech(generation(decoder, { ...forced, maxRatio: 1 })))).toEqual([5, 5, 6])
    expect(decoder.heard.slice(1)).toEqual([
      [5, -5],
      [5, -5],
      [6, -6],
    ])
    expect(steps).toEqual([0, 1, 2, 3].map((step) => [step, sureOf(1)(0)]))
  })

  test('forced to end does so, and forced to nothing still gives the scores behind its prompt', async () => {
    expect(await idsOf(generateSpeech(generation(planned(sureOf(1)), { forced: [5, 11, 6] })))).toEqual([5])
    const steps: number[] = []
    const forced = { forced: [], onLogits: (step: number) => steps.push(step) }
    expect(await idsOf(generateSpeech(generation(planned(sureOf(1)), forced)))).toEqual([])
    expect(steps).toEqual([0])
  })

  test('has a text', async () => {
    const decoder = planned(sureOf(1))
    await expect(idsOf(generateSpeech(generation(decoder, { textTokens: 0 })))).rejects.toThrow('a text to speak')
    expect(decoder.heard).toHaveLength(0)
  })

  test('is cancelled between two ids', async () => {
    const cancel = new AbortController()
    const decoder = planned(sureOf(3, 4, 5, 6, 11))
    const said: number[] = []
    const speech = generateSpeech(generation(decoder, { signal: cancel.signal }))
    const speaking = (async () => {
      for await (const id of speech) {
        said.push(id)
        if (said.length === 2) cancel.abort()
      }
    })()
    await expect(speaking).rejects.toBeInstanceOf(AppCancel)
    expect(said).toEqual([3, 4])
    expect(decoder.heard).toHaveLength(2)
  })

  test('cancelled while it is asked for says nothing more', async () => {
    const cancel = new AbortController()
    const decoder = planned((step) => {
      cancel.abort()
      return sureOf(3)(step)
    })
    await expect(generateSpeech(generation(decoder, { signal: cancel.signal })).next()).rejects.toBeInstanceOf(
      AppCancel,
    )
    expect(decoder.heard).toHaveLength(1)
    const before = planned(sureOf(3))
    const never = generateSpeech(generation(before, { signal: AbortSignal.abort() }))
    await expect(idsOf(never)).rejects.toBeInstanceOf(AppCancel)
    expect(before.heard).toHaveLength(0)
  })

  test.each([
    ['a score is no number', (scores: Float32Array) => scores.fill(Number.NaN, 6, 7), 'its scores are not numbers'],
    [
      'a score overflowed',
      (scores: Float32Array) => scores.fill(Number.NEGATIVE_INFINITY, 0, 1),
      'its scores are not numbers',
    ],
    ['ids are missing', (scores: Float32Array) => scores.subarray(1), 'it scores 12 speech tokens where there are 13'],
  ])('is refused where %s, drawn or forced', async (_, damaged, reason) => {
    const decoder = (): LlmDecoder => planned((step) => (step === 1 ? damaged(sureOf(3)(step)) : sureOf(3)(step)))
    for (const options of [{}, { forced: [3, 3, 3] }]) {
      const said: number[] = []
      const speaking = (async () => {
        for await (const id of generateSpeech(generation(decoder(), options))) said.push(id)
      })()
      await expect(speaking).rejects.toBeInstanceOf(AppError)
      await expect(speaking).rejects.toMatchObject({ code: 'model.graph-rejected', params: { graph: 'llm', reason } })
      expect(said).toEqual([3])
    }
  })
})

describe.each(TINY_CHECKPOINTS)('%s', (name) => {
  let folder: TestFolder
  let model: ModelFolder
  let llm: Llm
  const golden = (file: string): string => path.join(tinyCheckpointDirectory(name), '..', 'golden', `${file}.npy`)
  const numbers = (file: string): number[] => readNumbers(golden(file)).data
  beforeAll(async () => {
    folder = temporaryFolder()
    model = await writeTinyBundle(name, path.join(folder.directory, 'bundle'), { precision: 'fp32' })
    llm = await openLlm(model)
  })
  afterAll(async () => {
    await llm[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  })

  const speak = async (options: Partial<SpeechGeneration> = {}): Promise<number[]> => {
    const text = numbers('text')
    const prompt = [await llm.sos(), await llm.text(text), await llm.task(), await llm.speech(numbers('prompt_speech'))]
    const speech = generateSpeech({
      decoder: llm.decoder(),
      prompt: concatFloat32(prompt),
      speechRow: (id) => llm.speech([id]),
      description: model.description.llm,
      textTokens: text.length,
      random: createSeededRandom(1),
      ...options,
    })
    return idsOf(speech)
  }

  test('says the same by the same seed and something else by another', async () => {
    const first = await speak()
    expect(first.length).toBeGreaterThanOrEqual(2 * numbers('text').length)
    for (const id of first) expect(id).toBeLessThan(model.description.llm.firstStopId)
    expect(await speak()).toEqual(first)
    expect(await speak({ random: createSeededRandom(2) })).not.toEqual(first)
  })

  test('scores as the reference does behind the prompt and behind every forced id', async () => {
    const expected = readFloats(golden('llm_logits')).data
    const width = model.description.llm.speechVocabularySize
    const forced = numbers('forced')
    const differences: number[] = []
    const ids = await speak({
      forced,
      onLogits: (step, logits) => {
        const exact = expected.subarray(step * width, (step + 1) * width)
        expect(exact).toHaveLength(logits.length)
        differences.push(Math.max(...exact.map((score, id) => Math.abs(score - (logits[id] ?? Number.NaN)))))
      },
    })
    expect(ids).toEqual(forced)
    expect(differences).toHaveLength(expected.length / width)
    for (const difference of differences) expect(difference).toBeLessThan(1e-4)
  })

  test('is said again by seeds that follow from the first', async () => {
    const options = { seed: 3, textTokens: 2, minRatio: 0, maxRatio: 1000 }
    const again = (): Promise<unknown> => withRetries((random) => speak({ ...options, random }), options)
    expect(await again()).toEqual(await again())
    expect(await again()).toMatchObject({
      ids: await speak({ ...options, random: createSeededRandom(3) }),
      attempts: 1,
    })
  })
})
