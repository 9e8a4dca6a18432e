import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { someNumbers } from '../../../../test/support/run-graph.ts'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { writeTinyBundle } from '../../../../test/support/tiny-checkpoint.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { BUNDLE_GRAPHS, type ModelDescription } from '../../model-bundle/index.ts'
import { openNetwork } from '../sessions.ts'
import { createVocoder, type SpeechVocoder } from './create-vocoder.ts'
import { sliceFrames } from './mel-frames.ts'
import { type Decode, type PredictF0, synthesise } from './vocoder.ts'
import { vocoderNetworks } from './vocoder-networks.ts'

const BINS = 80
const FRAMES = 430

type Networks = { readonly predictF0: PredictF0; readonly decode: Decode }
type Model = { readonly networks: Networks; readonly description: ModelDescription['vocoder'] }

let stack: AsyncDisposableStack
const models: Partial<Record<'cosyvoice2-tiny' | 'cosyvoice3-tiny', Model>> = {}
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  for (const name of ['cosyvoice2-tiny', 'cosyvoice3-tiny'] as const) {
    const folder = stack.use(temporaryFolder())
    const bundle = await writeTinyBundle(name, path.join(folder.directory, name), { precision: 'fp32' })
    const open = async (graph: 'pitch' | 'vocoder') =>
      stack.use(await openNetwork(path.join(bundle.directory, `${BUNDLE_GRAPHS[graph]}.onnx`), { threads: 1 }))
    const description = bundle.description.vocoder
    models[name] = { description, networks: vocoderNetworks(await open('pitch'), await open('vocoder'), description) }
  }
})
afterAll(() => stack.disposeAsync())

const modelOf = (name: 'cosyvoice2-tiny' | 'cosyvoice3-tiny'): Model => {
  const model = models[name]
  if (!model) throw new Error(`${name} is not open`)
  return model
}

/**
 * A pitch that is voiced (those of the small checkpoints are not) and exact wherever a part is cut; each frame's depends on the
 * frames that the real predictor's depends on, `reach` of them back and `ahead` of them on.
 */
const voicedPitch =
  (description: ModelDescription['vocoder'], reach: number, ahead: number): PredictF0 =>
  async (mel, frames) =>
    Float32Array.from({ length: frames }, (_, frame) => {
      const width = mel.length / description.melBins
      const at = (place: number): number => (place < 0 || place >= width ? 0 : (mel[place] ?? 0))
      return 160 + 30 * at(frame) + 20 * at(frame - reach) + 20 * at(frame + ahead)
    })

const vocoderOf = ({ networks, description }: Model, changes: Partial<Networks> = {}): SpeechVocoder =>
  createVocoder({ ...networks, ...changes }, description)

/** The sound of a mel that comes in parts ending at these frames, and how many samples there were after each. */
const spokenInParts = async (vocoder: SpeechVocoder, mel: Float32Array, ends: readonly number[]) => {
  const line = vocoder.line(7)
  const samples: number[] = []
  const counts: number[] = []
  let from = 0
  for (const [index, end] of ends.entries()) {
    const part = sliceFrames(mel, BINS, from, end)
    for await (const block of line.push(part, index === ends.length - 1)) {
      expect(block.length).toBeGreaterThan(0)
      samples.push(...block)
    }
    counts.push(samples.length)
    from = end
  }
  return { samples: Float32Array.from(samples), counts }
}
const furthest = (found: Float32Array, expected: Float32Array, from = 0, to = expected.length): number => {
  let worst = 0
  for (let i = from; i < to; i++)
    worst = Math.max(worst, Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? Number.NaN)))
  return worst
}
const steepest = (samples: Float32Array, from = 1, to = samples.length): number => {
  let worst = 0
  for (let i = from; i < to; i++) worst = Math.max(worst, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)))
  return worst
}
const loudness = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length)
const someMel = (frames = FRAMES): Float32Array => someNumbers(BINS * frames, 11)

describe('the vocoder of CosyVoice 3, part by part', () => {
  const voiced = () => ({ predictF0: voicedPitch(modelOf('cosyvoice3-tiny').description, 8, 3) })
  const wholeOf = (mel: Float32Array, changes: Partial<Networks> = {}) => {
    const { networks, description } = modelOf('cosyvoice3-tiny')
    return synthesise({ mel, seed: 7, ...networks, ...changes, description })
  }

  it('sounds as the whole does, with the pitch of its own network', async () => {
    const mel = someMel()
    const { samples } = await spokenInParts(vocoderOf(modelOf('cosyvoice3-tiny')), mel, [50, 150, 350, FRAMES])
    const whole = await wholeOf(mel)
    expect(samples).toHaveLength(whole.length)
    expect(furthest(samples, whole)).toBeLessThan(1e-5)
  })

  it('sounds as the whole does where there is a voice, wherever it is cut, and gives each sample as early as that allows', async () => {
    const mel = someMel(160)
    const whole = await wholeOf(mel, voiced())
    expect(loudness(whole)).toBeGreaterThan(0.01)
    const lengths = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(lengths, async (parts) => {
        let end = 0
        const ends = parts.map((length) => {
          end = Math.min(160, end + length)
          return end
        })
        const { samples, counts } = await spokenInParts(vocoderOf(modelOf('cosyvoice3-tiny'), voiced()), mel, [
          ...ends,
          160,
        ])
        expect(samples).toHaveLength(whole.length)
        expect(furthest(samples, whole)).toBeLessThan(1e-5)
        expect(counts.slice(0, -1)).toEqual(ends.map((frames) => 480 * Math.max(0, frames - 5)))
      }),
      { numRuns: 12 },
    )
  })

  it('makes a whole line in windows too', async () => {
    const mel = someMel()
    const sound = await vocoderOf(modelOf('cosyvoice3-tiny'), voiced()).render(mel, { seed: 7 })
    expect(furthest(sound, await wholeOf(mel, voiced()))).toBeLessThan(1e-5)
    expect(await vocoderOf(modelOf('cosyvoice3-tiny'), voiced()).render(someMel(1), { seed: 7 })).toHaveLength(480)
  })

  it('decodes each frame once and 33 before each window again, however long the line is', async () => {
    const model = modelOf('cosyvoice3-tiny')
    const decodedFrames: number[] = []
    const decode: Decode = (input) => {
      decodedFrames.push(input.frames)
      return model.networks.decode(input)
    }
    await vocoderOf(model, { ...voiced(), decode }).render(someMel(1100), { seed: 7 })
    expect(decodedFrames).toHaveLength(6)
    expect(Math.max(...decodedFrames)).toBeLessThanOrEqual(200 + 33)
    expect(decodedFrames.reduce((sum, frames) => sum + frames)).toBeLessThanOrEqual(1100 + 5 * 33)
  })

  it('asks no network once it is cancelled, between windows either', async () => {
    const model = modelOf('cosyvoice3-tiny')
    const controller = new AbortController()
    let asked = 0
    const decode: Decode = (input) => {
      asked++
      controller.abort()
      return model.networks.decode(input)
    }
    const vocoder = vocoderOf(model, { decode })
    const speaking = () => vocoder.render(someMel(700), { seed: 7, signal: controller.signal })
    await expect(speaking()).rejects.toBeInstanceOf(AppCancel)
    await expect(speaking()).rejects.toBeInstanceOf(AppCancel)
    expect(asked).toBe(1)
  })
})

describe('the vocoder of CosyVoice 2, part by part', () => {
  const HELD = 8
  const ends = [50, 150, 350, FRAMES]
  const seams = ends.slice(0, -1)
  const voiced = () => ({ predictF0: voicedPitch(modelOf('cosyvoice2-tiny').description, 5, 5) })
  const wholeOf = (mel: Float32Array, changes: Partial<Networks> = {}) =>
    vocoderOf(modelOf('cosyvoice2-tiny'), changes).render(mel, { seed: 7 })

  it('holds back eight frames and gives every sample once', async () => {
    const { samples, counts } = await spokenInParts(vocoderOf(modelOf('cosyvoice2-tiny')), someMel(), ends)
    expect(counts).toEqual([...seams.map((frames) => 480 * (frames - HELD)), 480 * FRAMES])
    expect(samples.every((sample) => Math.abs(sample) <= Math.fround(0.99))).toBe(true)
  })

  it('gives every sample once, however small the parts are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 6 }), async (parts) => {
        let end = 1
        const portions = parts.map((length) => {
          end += length
          return end
        })
        const { samples } = await spokenInParts(vocoderOf(modelOf('cosyvoice2-tiny'), voiced()), someMel(end), [
          1,
          ...portions,
          end,
        ])
        expect(samples).toHaveLength(480 * end)
      }),
      { numRuns: 12 },
    )
  })

  it('sounds as the whole does away from the ends of the parts', async () => {
    const mel = someMel()
    const whole = await wholeOf(mel, voiced())
    const { samples } = await spokenInParts(vocoderOf(modelOf('cosyvoice2-tiny'), voiced()), mel, ends)
    let from = 0
    for (const seam of [...seams, FRAMES + 20]) {
      const to = Math.min(FRAMES, seam - 20)
      expect(furthest(samples, whole, 480 * from, 480 * to)).toBeLessThan(0.005 * loudness(whole))
      from = seam
    }
  })

  it('has no click where parts meet, and is no louder or softer there', async () => {
    const mel = someMel()
    const whole = await wholeOf(mel, voiced())
    const { samples } = await spokenInParts(vocoderOf(modelOf('cosyvoice2-tiny'), voiced()), mel, ends)
    expect(steepest(samples)).toBeLessThan(1.02 * steepest(whole))
    for (const seam of seams) {
      const around = (sound: Float32Array) => loudness(sound.subarray(480 * (seam - HELD), 480 * seam))
      expect(around(samples) / around(whole)).toBeGreaterThan(0.7)
      expect(around(samples) / around(whole)).toBeLessThan(1.1)
    }
  })

  it('goes through a steady sound as if it were not cut: same phase, same loudness', async () => {
    const steady = new Float32Array(BINS * FRAMES).fill(0.3)
    const predictF0: PredictF0 = async (_, frames) => new Float32Array(frames).fill(137)
    const whole = await wholeOf(steady, { predictF0 })
    const { samples } = await spokenInParts(vocoderOf(modelOf('cosyvoice2-tiny'), { predictF0 }), steady, ends)
    // The end of a part hears nothing behind it where the whole goes on, which the fade has to hide.
    for (const seam of seams) {
      const [overlap, end] = [480 * (seam - HELD), 480 * seam]
      expect(furthest(samples, whole, overlap, end)).toBeLessThan(0.04 * loudness(whole))
      expect(furthest(samples, whole, end - 240, end + 480)).toBeLessThan(0.01 * loudness(whole))
    }
  })

  it('asks no network once it is cancelled', async () => {
    const model = modelOf('cosyvoice2-tiny')
    const controller = new AbortController()
    const asked: string[] = []
    const vocoder = vocoderOf(model, {
      predictF0: (mel, frames) => {
        asked.push('pitch')
        controller.abort()
        return model.networks.predictF0(mel, frames)
      },
      decode: (input) => {
        asked.push('decoder')
        return model.networks.decode(input)
      },
    })
    const line = vocoder.line(7)
    await expect(line.push(someMel(50), false, controller.signal).next()).rejects.toBeInstanceOf(AppCancel)
    await expect(line.push(someMel(50), true, controller.signal).next()).rejects.toBeInstanceOf(AppCancel)
    expect(asked).toEqual(['pitch'])
  })
})
