import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chunkMask, createFlow, float32Of, type Network, networkTensor } from '../../src/main/cosyvoice/index.ts'
import type { CheckpointFolder } from '../../src/main/model-converter/checkpoint-folder.ts'
import {
  decoderLookahead,
  type LinearKind,
  pitchGraph,
  pitchLookahead,
  vocoderGraph,
} from '../../src/main/networks/index.ts'
import { columnsOf, type OpenGraphs, openGraphs, peakError, someIds, someNumbers } from '../support/run-graph.ts'
import { openTinyCheckpoint, TINY_CHECKPOINTS } from '../support/tiny-checkpoint.ts'

const CHUNK_FRAMES = 50
const CONTEXT_TOKENS = 3
const FRAMES_PER_TOKEN = 2
/** Two orders of the same float32 sums. */
const TOLERANCE = 1e-5

/** Of the flow, between its ends. */
const A_TIME = 0.3
type OpenEstimator = { readonly network: Network; readonly modulation: Float32Array }

describe.each(TINY_CHECKPOINTS)('%s', (name) => {
  let checkpoint: CheckpointFolder
  let graphs: OpenGraphs
  const estimators = new Map<LinearKind, OpenEstimator>()
  beforeAll(async () => {
    checkpoint = await openTinyCheckpoint(name)
    graphs = openGraphs()
  })
  afterAll(async () => {
    await graphs[Symbol.asyncDispose]()
    await checkpoint[Symbol.asyncDispose]()
  })

  const estimatorOf = async (weights: LinearKind): Promise<OpenEstimator> => {
    const found = estimators.get(weights)
    if (found) return found
    const { graph, modulation } = checkpoint.flow.estimator(`estimator-${weights}`, weights)
    const opened = { network: await graphs.open(graph), modulation: await modulation(Float32Array.of(A_TIME)) }
    estimators.set(weights, opened)
    return opened
  }

  type Row = { x: Float32Array; mu: Float32Array; cond: Float32Array; spks: Float32Array }
  const rowOf = (frames: number, seed: number): Row => {
    const { melBins } = checkpoint.flow
    const part = (offset: number) => someNumbers(melBins * frames, seed + offset)
    return { x: part(1), mu: part(2), cond: part(3), spks: someNumbers(melBins, seed + 4) }
  }
  const framesOf = (data: Float32Array, from: number, to: number): Float32Array =>
    columnsOf(data, checkpoint.flow.melBins, from, to)
  const cut = ({ x, mu, cond, spks }: Row, from: number, to: number): Row => ({
    x: framesOf(x, from, to),
    mu: framesOf(mu, from, to),
    cond: framesOf(cond, from, to),
    spks,
  })
  const estimate = async (
    { network, modulation }: OpenEstimator,
    rows: readonly Row[],
    chunk?: number,
  ): Promise<Float32Array> => {
    const { melBins } = checkpoint.flow
    const frames = (rows[0]?.x.length ?? 0) / melBins
    const stack = (part: keyof Row): Float32Array => {
      const parts = rows.map((row) => row[part])
      const all = new Float32Array(parts.length * (parts[0]?.length ?? 0))
      for (const [index, data] of parts.entries()) all.set(data, index * data.length)
      return all
    }
    const mel = [rows.length, melBins, frames]
    const { velocity } = await network.run({
      x: networkTensor(stack('x'), mel),
      mu: networkTensor(stack('mu'), mel),
      cond: networkTensor(stack('cond'), mel),
      spks: networkTensor(stack('spks'), [rows.length, melBins]),
      modulation: networkTensor(modulation, [checkpoint.flow.modulation.rows, checkpoint.flow.modulation.width]),
      attention_bias: networkTensor(chunkMask(frames, chunk), [1, 1, frames, frames]),
    })
    return Float32Array.from(float32Of(velocity))
  }

  describe('the estimator', () => {
    test.each([
      ['float32', 1e-6],
      ['int8-rows', 1e-6],
      ['float16', 1e-6],
    ] as const)('in %s answers for two at once as for one after the other', async (weights, tolerance) => {
      const estimator = await estimatorOf(weights)
      // One of them is a hundred times louder: it may not spoil the other's rounding.
      const quiet = rowOf(64, 1)
      const loud = { ...rowOf(64, 10), x: rowOf(64, 20).x.map((value) => 100 * value) }
      const alone = [await estimate(estimator, [quiet]), await estimate(estimator, [loud])]
      const both = await estimate(estimator, [quiet, loud])
      const half = both.length / 2
      expect(peakError(both.subarray(0, half), alone[0] ?? [])).toBeLessThan(tolerance)
      expect(peakError(both.subarray(half), alone[1] ?? [])).toBeLessThan(tolerance)
    })

    test.each([50, 137, 500])(
      'with chunks, says of %i frames what it says of them when more follow',
      async (frames) => {
        const estimator = await estimatorOf('float32')
        const finished = Math.floor(frames / CHUNK_FRAMES) * CHUNK_FRAMES
        const long = rowOf(frames + 80, 30)
        const velocity = await estimate(estimator, [long], CHUNK_FRAMES)
        const short = await estimate(estimator, [cut(long, 0, frames)], CHUNK_FRAMES)
        expect(peakError(framesOf(short, 0, finished), framesOf(velocity, 0, finished))).toBeLessThan(TOLERANCE)
        // The chunk that was not full has now seen the frames that fill it.
        if (finished < frames)
          expect(peakError(framesOf(short, finished, frames), framesOf(velocity, finished, frames))).toBeGreaterThan(
            100 * TOLERANCE,
          )
      },
    )

    test('without chunks, every frame hears a frame that is added at the end', async () => {
      const estimator = await estimatorOf('float32')
      const long = rowOf(120, 40)
      const velocity = await estimate(estimator, [long])
      const short = await estimate(estimator, [cut(long, 0, 110)])
      expect(peakError(framesOf(short, 0, 50), framesOf(velocity, 0, 50))).toBeGreaterThan(100 * TOLERANCE)
    })

    test('a mask changes nothing for the frames whose chunk reaches to the end', async () => {
      const estimator = await estimatorOf('float32')
      const row = rowOf(CHUNK_FRAMES, 50)
      const open = await estimate(estimator, [row])
      expect(await estimate(estimator, [row], CHUNK_FRAMES)).toEqual(open)
      const longer = rowOf(CHUNK_FRAMES + 1, 50)
      const masked = await estimate(estimator, [longer], CHUNK_FRAMES)
      expect(peakError(masked, await estimate(estimator, [longer]))).toBeGreaterThan(TOLERANCE)
    })

    test('an earlier frame is heard by all later ones, a later one by its own chunk and those behind it', async () => {
      const estimator = await estimatorOf('float32')
      const row = rowOf(150, 60)
      const before = await estimate(estimator, [row], CHUNK_FRAMES)
      const changed = { ...row, x: Float32Array.from(row.x) }
      for (let bin = 0; bin < checkpoint.flow.melBins; bin++) changed.x[bin * 150 + 75] = 3
      const after = await estimate(estimator, [changed], CHUNK_FRAMES)
      const change = (from: number, to: number): number =>
        peakError(framesOf(after, from, to), framesOf(before, from, to))
      expect(change(0, 50)).toBeLessThan(TOLERANCE)
      expect(change(50, 75)).toBeGreaterThan(100 * TOLERANCE)
      expect(change(100, 150)).toBeGreaterThan(100 * TOLERANCE)
    })

    test.each(['float32', 'int8-rows'] as const)('runs for a minute of speech in %s', async (weights) => {
      const estimator = await estimatorOf(weights)
      const row = rowOf(3000, 70)
      const velocity = await estimate(estimator, [row], CHUNK_FRAMES)
      expect(velocity).toHaveLength(checkpoint.flow.melBins * 3000)
      expect(velocity.every(Number.isFinite)).toBe(true)
      const first = await estimate(estimator, [cut(row, 0, 500)], CHUNK_FRAMES)
      expect(peakError(framesOf(velocity, 0, 500), first)).toBeLessThan(weights === 'float32' ? TOLERANCE : 1e-2)
    })
  })

  describe('what the estimator is told', () => {
    const speaker = someNumbers(192, 3)
    const openFlow = async () => {
      const { flow } = checkpoint
      const front = await graphs.open(flow.front('front'))
      return createFlow(
        { front, estimator: front, modulation: () => new Float32Array() },
        {
          weights: 'fp32',
          speechCodes: flow.speechCodes,
          melBins: flow.melBins,
          framesPerToken: FRAMES_PER_TOKEN,
          lookaheadTokens: CONTEXT_TOKENS,
          chunkTokens: CHUNK_FRAMES / FRAMES_PER_TOKEN,
          modulation: { ...flow.modulation, stepCounts: [1] },
        },
      )
    }

    test('of a token is the same in every call that sees the same tokens around it', async () => {
      const flow = await openFlow()
      const tokens = someIds(80, checkpoint.flow.speechCodes, 4)
      const whole = await flow.condition({ tokens, speaker, isFinal: true })
      expect(whole.frames).toBe(160)
      const isConvolutional = name === 'cosyvoice3-tiny'
      for (const count of [28, 53, 78]) {
        const part = await flow.condition({ tokens: tokens.slice(0, count), speaker, isFinal: false })
        expect(part.frames).toBe(FRAMES_PER_TOKEN * (count - CONTEXT_TOKENS))
        expect(part.spks).toEqual(whole.spks)
        // CosyVoice 3 looks three tokens ahead and no further; CosyVoice 2 attends to all of the text in its last call.
        const error = peakError(part.mu, framesOf(whole.mu, 0, part.frames))
        if (isConvolutional) expect(error).toBeLessThan(1e-6)
        else expect(error).toBeGreaterThan(1e-3)
        const longer = await flow.condition({ tokens, speaker, isFinal: false })
        expect(peakError(part.mu, framesOf(longer.mu, 0, part.frames))).toBeLessThan(TOLERANCE)
      }
    })

    test('of the last tokens changes when other tokens come behind them instead of the end', async () => {
      const flow = await openFlow()
      const tokens = someIds(30, checkpoint.flow.speechCodes, 5)
      const ended = await flow.condition({ tokens: tokens.slice(0, 25), speaker, isFinal: true })
      const goesOn = await flow.condition({ tokens: tokens.slice(0, 28), speaker, isFinal: false })
      expect(goesOn.frames).toBe(ended.frames)
      const last = (mu: Float32Array): Float32Array => framesOf(mu, 44, 50)
      expect(peakError(last(goesOn.mu), last(ended.mu))).toBeGreaterThan(1e-3)
    })

    test('of a speaker does not depend on the length of its vector, nor on the tokens', async () => {
      const flow = await openFlow()
      const first = await flow.condition({ tokens: [1, 2, 3, 4], speaker, isFinal: true })
      const loud = speaker.map((value) => 50 * value)
      const second = await flow.condition({ tokens: [9, 8], speaker: loud, isFinal: true })
      expect(peakError(second.spks, first.spks)).toBeLessThan(1e-6)
      const silent = await flow.condition({ tokens: [9, 8], speaker: new Float32Array(192), isFinal: true })
      expect(silent.spks.every(Number.isFinite)).toBe(true)
    })
  })
})

const BINS = 80
const SPECTRUM_ROWS = 18
const SPECTRUM_PER_FRAME = 120

type Window = { mel: Float32Array; spectrum: Float32Array }
const decode = async (network: Network, { mel, spectrum }: Window) => {
  const outputs = await network.run({
    mel: networkTensor(mel, [1, BINS, mel.length / BINS]),
    source_spectrum: networkTensor(spectrum, [1, SPECTRUM_ROWS, spectrum.length / SPECTRUM_ROWS]),
  })
  return {
    magnitude: Float32Array.from(float32Of(outputs.magnitude)),
    phase: Float32Array.from(float32Of(outputs.phase)),
  }
}

describe('the vocoder of CosyVoice 3', () => {
  const frames = 200
  const historyFrames = 64
  let checkpoint: CheckpointFolder
  let graphs: OpenGraphs
  beforeAll(async () => {
    checkpoint = await openTinyCheckpoint('cosyvoice3-tiny')
    graphs = openGraphs()
  })
  afterAll(async () => {
    await graphs[Symbol.asyncDispose]()
    await checkpoint[Symbol.asyncDispose]()
  })
  const lineOf = (): Window => ({
    mel: someNumbers(BINS * (frames + decoderLookahead(checkpoint.vocoder)), 1),
    spectrum: someNumbers(SPECTRUM_ROWS * (SPECTRUM_PER_FRAME * frames + 1), 2),
  })

  test('looks as far ahead as its first layers do', () => {
    expect([pitchLookahead(checkpoint.vocoder), decoderLookahead(checkpoint.vocoder)]).toEqual([3, 4])
  })

  test('upsamples by phases as it does sample by sample', async () => {
    const line = lineOf()
    const byPhase = await decode(await graphs.open(vocoderGraph('phases', checkpoint.vocoder)), line)
    const bySample = await decode(
      await graphs.open(vocoderGraph('samples', checkpoint.vocoder, { isPublished: true })),
      line,
    )
    expect(byPhase.magnitude).toHaveLength((SPECTRUM_ROWS / 2) * (SPECTRUM_PER_FRAME * frames + 1))
    expect(peakError(byPhase.magnitude, bySample.magnitude)).toBeLessThan(1e-5)
    expect(peakError(byPhase.phase, bySample.phase)).toBeLessThan(1e-5)
  })

  /** Frames [from, to) of a line, decoded with as much before and behind them as they need. */
  const inWindow = async (network: Network, line: Window, from: number, to: number, history: number) => {
    const ahead = decoderLookahead(checkpoint.vocoder)
    const start = Math.max(0, from - history)
    const skipped = (from - start) * SPECTRUM_PER_FRAME
    const wanted = (to - from) * SPECTRUM_PER_FRAME + (to === frames ? 1 : 0)
    const { magnitude, phase } = await decode(network, {
      mel: columnsOf(line.mel, BINS, start, to + ahead),
      spectrum: columnsOf(line.spectrum, SPECTRUM_ROWS, start * SPECTRUM_PER_FRAME, to * SPECTRUM_PER_FRAME + 1),
    })
    const part = (data: Float32Array): Float32Array => columnsOf(data, SPECTRUM_ROWS / 2, skipped, skipped + wanted)
    return { magnitude: part(magnitude), phase: part(phase) }
  }
  const errorOfWindows = async (history: number, windowFrames: number): Promise<number> => {
    const network = await graphs.open(vocoderGraph(`window-${history}-${windowFrames}`, checkpoint.vocoder))
    const line = lineOf()
    const whole = await decode(network, line)
    let worst = 0
    for (let from = 0; from < frames; from += windowFrames) {
      const to = Math.min(frames, from + windowFrames)
      const found = await inWindow(network, line, from, to, history)
      const last = to * SPECTRUM_PER_FRAME + (to === frames ? 1 : 0)
      for (const part of ['magnitude', 'phase'] as const)
        worst = Math.max(
          worst,
          peakError(found[part], columnsOf(whole[part], SPECTRUM_ROWS / 2, from * SPECTRUM_PER_FRAME, last)),
        )
    }
    return worst
  }

  test('says of a window with 64 frames of history and 4 ahead what it says of the whole line', async () => {
    // @source cosyvoice-local.md 8.6
    expect(await errorOfWindows(historyFrames, 50)).toBeLessThan(2e-6)
    expect(await errorOfWindows(historyFrames, 23)).toBeLessThan(2e-6)
    expect(await errorOfWindows(0, 50)).toBeGreaterThan(1e-3)
  })

  test('says nothing else of earlier frames when more follow', async () => {
    const network = await graphs.open(vocoderGraph('causal', checkpoint.vocoder))
    const line = lineOf()
    const whole = await decode(network, line)
    const other = { mel: Float32Array.from(line.mel), spectrum: Float32Array.from(line.spectrum) }
    const columns = line.mel.length / BINS
    for (let bin = 0; bin < BINS; bin++) other.mel.fill(5, bin * columns + 104, (bin + 1) * columns)
    const changed = await decode(network, other)
    const upTo = (data: Float32Array, frame: number) =>
      columnsOf(data, SPECTRUM_ROWS / 2, 0, frame * SPECTRUM_PER_FRAME)
    expect(peakError(upTo(changed.phase, 100), upTo(whole.phase, 100))).toBeLessThan(2e-6)
    expect(peakError(upTo(changed.phase, 101), upTo(whole.phase, 101))).toBeGreaterThan(1e-4)
  })

  test('hears the pitch of a frame three frames ahead, and no further', async () => {
    const network = await graphs.open(pitchGraph('pitch', checkpoint.vocoder))
    const mel = someNumbers(BINS * 103, 6)
    const pitchOf = async (data: Float32Array): Promise<Float32Array> =>
      Float32Array.from(float32Of((await network.run({ mel: networkTensor(data, [1, BINS, 103]) })).f0))
    const before = await pitchOf(mel)
    expect(before).toHaveLength(100)
    expect(before.every((value) => value >= 0)).toBe(true)
    const other = Float32Array.from(mel)
    for (let bin = 0; bin < BINS; bin++) other[bin * 103 + 53] = 9
    const after = await pitchOf(other)
    expect(after.slice(0, 50)).toEqual(before.slice(0, 50))
    expect(after[50]).not.toBe(before[50])
  })
})

describe('the vocoder of CosyVoice 2', () => {
  test.each([1, 7, 60])('gives a spectrum for every hop of %i frames, and a pitch for every frame', async (frames) => {
    await using checkpoint = await openTinyCheckpoint('cosyvoice2-tiny')
    await using graphs = openGraphs()
    expect([pitchLookahead(checkpoint.vocoder), decoderLookahead(checkpoint.vocoder)]).toEqual([0, 0])
    const mel = someNumbers(BINS * frames, 1)
    const spectrumFrames = SPECTRUM_PER_FRAME * frames + 1
    const spectrum = someNumbers(SPECTRUM_ROWS * spectrumFrames, 2)
    const network = await graphs.open(vocoderGraph('vocoder', checkpoint.vocoder))
    const { magnitude, phase } = await decode(network, { mel, spectrum })
    expect([magnitude.length, phase.length]).toEqual([9 * spectrumFrames, 9 * spectrumFrames])
    expect(magnitude.every((value) => value >= 0 && Number.isFinite(value))).toBe(true)
    expect(phase.every((value) => Math.abs(value) <= 1)).toBe(true)
    const pitch = await graphs.open(pitchGraph('pitch', checkpoint.vocoder))
    const { f0 } = await pitch.run({ mel: networkTensor(mel, [1, BINS, frames]) })
    expect(float32Of(f0)).toHaveLength(frames)
    expect(float32Of(f0).every((value) => value >= 0)).toBe(true)
  })

  test('hears frames on both sides of a frame', async () => {
    await using checkpoint = await openTinyCheckpoint('cosyvoice2-tiny')
    await using graphs = openGraphs()
    const pitch = await graphs.open(pitchGraph('pitch', checkpoint.vocoder))
    const pitchOf = async (data: Float32Array): Promise<Float32Array> =>
      Float32Array.from(float32Of((await pitch.run({ mel: networkTensor(data, [1, BINS, 60]) })).f0))
    const mel = someNumbers(BINS * 60, 4)
    const before = await pitchOf(mel)
    const other = Float32Array.from(mel)
    for (let bin = 0; bin < BINS; bin++) other[bin * 60 + 30] = 9
    const after = await pitchOf(other)
    const changed = [...after.keys()].filter((frame) => after[frame] !== before[frame])
    // Five layers of three frames each.
    expect(changed.length).toBeGreaterThan(5)
    expect(changed.every((frame) => Math.abs(frame - 30) <= 5)).toBe(true)
    expect(changed).toEqual(expect.arrayContaining([29, 30, 31]))
  })
})
