import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { relativeError } from '../../../../test/support/arrays.ts'
import { columnsOf, peakError, someIds, someNumbers } from '../../../../test/support/run-graph.ts'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { writeTinyBundle } from '../../../../test/support/tiny-checkpoint.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import type { BundlePrecision } from '../../model-bundle/index.ts'
import { type ModelFolder, type OpenNetwork, openFlow } from '../open-model.ts'
import { openNetwork } from '../sessions.ts'
import { type ChunkSchedule, nextChunk, startChunks } from '../stream/chunk-schedule.ts'
import { type Flow, type FlowLineOptions, type FlowVoice, flowLine } from './flow.ts'
import { memoryBytes, memoryShapeOf } from './line-memory.ts'

const BINS = 80
const STEPS = 5
/** Single precision, summed in another order. */
const TOLERANCE = 2e-6
/** More than any line here needs. */
const PLENTY = 2 ** 28

type Call = { readonly frames: number; readonly past: number; readonly kept: number }
type Watched = AsyncDisposable & {
  readonly flow: Flow
  /** Every call of the estimator. */
  readonly calls: Call[]
  onCall?: () => void
  bytesOf(frames: number, steps?: number): number
}

let stack: AsyncDisposableStack
const bundles = new Map<BundlePrecision, ModelFolder>()
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  const { directory } = stack.use(temporaryFolder())
  for (const precision of ['fp32', 'cpu'] as const)
    bundles.set(precision, await writeTinyBundle('cosyvoice3-tiny', path.join(directory, precision), { precision }))
})
afterAll(() => stack.disposeAsync())

const openWatched = async (budgetBytes = PLENTY, precision: BundlePrecision = 'fp32'): Promise<Watched> => {
  const bundle = bundles.get(precision)
  if (!bundle) throw new Error('it was not written')
  const calls: Call[] = []
  let bytesOf: Watched['bytesOf'] = () => Number.NaN
  const open: OpenNetwork = async (modelPath, options) => {
    const network = await openNetwork(modelPath, options)
    const shape = memoryShapeOf(network)
    if (!shape) return network
    bytesOf = (frames, steps = STEPS) => memoryBytes(shape, steps, frames)
    return {
      ...network,
      async run(inputs, outputs) {
        const [frames = 0, past = 0] = [inputs.x?.dims[2], inputs.past?.dims[0]]
        calls.push({ frames, past, kept: Number(inputs.kept_frames?.data[0]) })
        watched.onCall?.()
        return network.run(inputs, outputs)
      },
    }
  }
  const flow = await openFlow(bundle, { threads: 1 }, open, { memoryBytes: budgetBytes })
  const watched: Watched = { flow, calls, bytesOf, [Symbol.asyncDispose]: () => flow[Symbol.asyncDispose]() }
  return watched
}

const someTokens = (count: number, seed = 3): number[] => someIds(count, 48, seed)
const voiceOf = (promptTokens: number, seed = 8, steps = STEPS): FlowVoice => ({
  promptTokens: someTokens(promptTokens, seed),
  promptMel: someNumbers(promptTokens * 2 * BINS, seed + 1),
  speaker: someNumbers(192, seed + 2),
  steps,
})

/** The pieces of a line, as a stream asks for them. */
const piecesOf = (promptTokens: number, tokens: number): { end: number; isFinal: boolean }[] => {
  const pieces: { end: number; isFinal: boolean }[] = []
  let schedule: ChunkSchedule = startChunks({ promptTokens, chunkTokens: 25, lookaheadTokens: 3 })
  for (let known = 1; known <= tokens + 1; known++) {
    const next = nextChunk(schedule, Math.min(known, tokens), known > tokens)
    if (!next) continue
    pieces.push({ end: next.call.tokensEnd, isFinal: next.call.isFinal })
    schedule = next.schedule
  }
  return pieces
}

const joined = (parts: readonly Float32Array[]): Float32Array => {
  const frames = parts.reduce((sum, part) => sum + part.length / BINS, 0)
  const all = new Float32Array(BINS * frames)
  let at = 0
  for (const part of parts) {
    const width = part.length / BINS
    for (let bin = 0; bin < BINS; bin++) all.set(part.subarray(bin * width, (bin + 1) * width), bin * frames + at)
    at += width
  }
  return all
}

const drawn = async (
  flow: Flow,
  voice: FlowVoice,
  tokens: readonly number[],
  options: FlowLineOptions = {},
): Promise<Float32Array> => {
  using line = flowLine(flow, voice, options)
  const parts: Float32Array[] = []
  for (const { end, isFinal } of piecesOf(voice.promptTokens.length, tokens.length))
    parts.push(await line.push(tokens.slice(0, end), isFinal))
  return joined(parts)
}

const whole = ({ flow }: Watched, { promptTokens, ...voice }: FlowVoice, tokens: readonly number[]) =>
  flow.render({ ...voice, tokens: [...promptTokens, ...tokens], isFinal: true, keepsChunkMask: true })

/** Each call once: every step asks twice. */
const callsOfPieces = ({ calls }: Watched, steps = STEPS): Call[] => {
  const pieces = calls.filter((_, index) => index % (2 * steps) === 0)
  expect(calls).toEqual(pieces.flatMap((piece) => Array.from({ length: 2 * steps }, () => piece)))
  calls.length = 0
  return pieces
}

describe('a line in pieces', () => {
  it.each([
    [0, [1, 24, 25, 28, 29, 130]],
    [2, [30, 90]],
    [12, [1, 41, 100]],
    [25, [28, 60]],
    [28, [60, 80]],
    [75, [10, 28, 110]],
  ])(
    'behind a prompt of %i tokens has the mel of the whole one with the mask of the chunks',
    async (prompt, counts) => {
      await using watched = await openWatched()
      const voice = voiceOf(prompt)
      for (const count of counts) {
        const tokens = someTokens(count)
        const found = await drawn(watched.flow, voice, tokens)
        expect(found).toHaveLength(2 * BINS * count)
        expect(peakError(found, await whole(watched, voice, tokens))).toBeLessThan(TOLERANCE)
      }
    },
  )

  it('gives the estimator new frames alone, and the prompt’s to the first line alone', async () => {
    await using watched = await openWatched()
    const [tokens, voice] = [someTokens(190), voiceOf(75)]
    const line = [
      { frames: 100, past: 100, kept: 100 },
      { frames: 100, past: 200, kept: 100 },
      { frames: 200, past: 300, kept: 200 },
      // What follows the last whole chunk; nobody will ask for it again.
      { frames: 30, past: 500, kept: 0 },
    ]
    await drawn(watched.flow, voice, tokens)
    expect(callsOfPieces(watched)).toEqual([{ frames: 100, past: 0, kept: 100 }, ...line])
    await drawn(watched.flow, voice, tokens)
    expect(callsOfPieces(watched)).toEqual(line)
  })

  it.each([
    [0, 0],
    [27, 0],
    [28, 50],
    [52, 50],
    [53, 100],
  ])('remembers of a prompt of %i tokens the %i frames that know all they look ahead to', async (prompt, frames) => {
    await using watched = await openWatched()
    for (const isFirst of [true, false]) {
      await drawn(watched.flow, voiceOf(prompt), someTokens(10))
      const remembered = frames > 0 && isFirst ? [{ frames, past: 0, kept: frames }] : []
      const rest = 2 * (prompt + 10) - frames
      expect(callsOfPieces(watched)).toEqual([...remembered, { frames: rest, past: frames, kept: 0 }])
    }
  })

  it('is the same to the last digit whether its prompt was known before or not', async () => {
    for (const precision of ['fp32', 'cpu'] as const) {
      await using watched = await openWatched(PLENTY, precision)
      const [voice, tokens] = [voiceOf(60), someTokens(70)]
      const first = await drawn(watched.flow, voice, tokens)
      await drawn(watched.flow, voice, someTokens(120, 4))
      expect(await drawn(watched.flow, voice, tokens)).toEqual(first)
    }
  })

  it('remembers each voice, speaker, prompt mel and number of steps for itself', async () => {
    await using watched = await openWatched()
    const tokens = someTokens(30)
    const voice = voiceOf(30)
    const voices = [
      voice,
      voiceOf(30, 20),
      { ...voice, speaker: someNumbers(192, 77) },
      { ...voice, promptMel: someNumbers(voice.promptMel.length, 78) },
      voiceOf(30, 8, 8),
    ]
    const expected: Float32Array[] = []
    for (const one of voices) expected.push(await whole(watched, one, tokens))
    for (const turn of [0, 1])
      for (const [index, one] of voices.entries()) {
        watched.calls.length = 0
        expect(peakError(await drawn(watched.flow, one, tokens), expected[index] ?? [])).toBeLessThan(TOLERANCE)
        expect(callsOfPieces(watched, one.steps).some(({ past }) => past === 0)).toBe(turn === 0)
      }
  })

  it('may be one of two at the same time, of one voice', async () => {
    await using watched = await openWatched()
    const voice = voiceOf(30)
    const texts = [someTokens(90, 1), someTokens(90, 2)] as const
    const parts: [Float32Array[], Float32Array[]] = [[], []]
    {
      using one = flowLine(watched.flow, voice)
      using other = flowLine(watched.flow, voice)
      for (const { end, isFinal } of piecesOf(30, 90)) {
        parts[0].push(await one.push(texts[0].slice(0, end), isFinal))
        parts[1].push(await other.push(texts[1].slice(0, end), isFinal))
      }
    }
    for (const [index, text] of texts.entries())
      expect(peakError(joined(parts[index] ?? []), await whole(watched, voice, text))).toBeLessThan(TOLERANCE)
    watched.calls.length = 0
    await drawn(watched.flow, voice, texts[0])
    expect(watched.calls.every(({ past }) => past >= 50)).toBe(true)
  })

  it.each([
    ['its prompt', 3],
    ['its first piece', 2 * STEPS + 3],
    ['its second piece', 4 * STEPS + 3],
  ])('cancelled in %s leaves the next line as it is', async (_where, during) => {
    await using watched = await openWatched()
    const [voice, tokens] = [voiceOf(30), someTokens(90)]
    const expected = await whole(watched, voice, tokens)
    watched.calls.length = 0
    const controller = new AbortController()
    watched.onCall = () => {
      if (watched.calls.length === during) controller.abort()
    }
    const cancelled = async (): Promise<void> => {
      using line = flowLine(watched.flow, voice)
      for (const { end, isFinal } of piecesOf(30, 90))
        await line.push(tokens.slice(0, end), isFinal, { signal: controller.signal })
    }
    await expect(cancelled()).rejects.toBeInstanceOf(AppCancel)
    expect(watched.calls).toHaveLength(during)
    expect(peakError(await drawn(watched.flow, voice, tokens), expected)).toBeLessThan(TOLERANCE)
  })

  it('goes on behind a piece that was cancelled', async () => {
    await using watched = await openWatched()
    const [voice, tokens] = [voiceOf(30), someTokens(90)]
    using line = flowLine(watched.flow, voice)
    const parts: Float32Array[] = []
    for (const { end, isFinal } of piecesOf(30, 90)) {
      const controller = new AbortController()
      const onStep = (done: number): void => {
        if (done === 2) controller.abort()
      }
      await expect(
        line.push(tokens.slice(0, end), isFinal, { signal: controller.signal, onStep }),
      ).rejects.toBeInstanceOf(AppCancel)
      parts.push(await line.push(tokens.slice(0, end), isFinal))
    }
    expect(peakError(joined(parts), await whole(watched, voice, tokens))).toBeLessThan(TOLERANCE)
  })

  it('whose last piece sees the whole line is drawn anew for it', async () => {
    await using watched = await openWatched()
    const [{ promptTokens, ...voice }, tokens] = [voiceOf(30), someTokens(90)]
    const found = await drawn(watched.flow, { promptTokens, ...voice }, tokens, { keepsChunkMask: false })
    expect(callsOfPieces(watched).at(-1)).toEqual({ frames: 240, past: 0, kept: 0 })
    const full = await watched.flow.render({ ...voice, tokens: [...promptTokens, ...tokens], isFinal: true })
    // Both end alike: the last piece has 20 tokens.
    const last = (mel: Float32Array): Float32Array => columnsOf(mel, BINS, 140, 180)
    expect(peakError(last(found), last(full))).toBeLessThan(TOLERANCE)
    expect(peakError(columnsOf(found, BINS, 0, 140), columnsOf(full, BINS, 0, 140))).toBeGreaterThan(1e-3)
  })
})

describe('what a flow may remember', () => {
  it('is enough for some of a line: the rest is computed anew, and is the same', async () => {
    await using measuring = await openWatched()
    await using watched = await openWatched(measuring.bytesOf(220))
    const [voice, tokens] = [voiceOf(30), someTokens(190)]
    const found = await drawn(watched.flow, voice, tokens)
    expect(callsOfPieces(watched)).toEqual([
      { frames: 50, past: 0, kept: 50 },
      { frames: 100, past: 50, kept: 100 },
      // 220 frames have room, and 200 of them are whole chunks.
      { frames: 100, past: 150, kept: 50 },
      { frames: 240, past: 200, kept: 0 },
    ])
    expect(peakError(found, await whole(watched, voice, tokens))).toBeLessThan(TOLERANCE)
  })

  it.each([0, 1, 100_000])('may be no more than %i bytes, and lines are as they were', async (budgetBytes) => {
    await using watched = await openWatched(budgetBytes)
    const [voice, tokens] = [voiceOf(30), someTokens(100)]
    const found = await drawn(watched.flow, voice, tokens)
    expect(callsOfPieces(watched).every(({ past, kept }) => past === 0 && kept === 0)).toBe(true)
    expect(peakError(found, await whole(watched, voice, tokens))).toBeLessThan(TOLERANCE)
  })

  it('is taken from the voice that was used longest ago, and is never more', async () => {
    await using measuring = await openWatched()
    // Half of it is for prompts: two of fifty frames.
    await using watched = await openWatched(2 * measuring.bytesOf(50) * 2 + 1)
    const voices = [voiceOf(30, 10), voiceOf(30, 20), voiceOf(30, 30)] as const
    const isNew = async (voice: FlowVoice): Promise<boolean> => {
      watched.calls.length = 0
      await drawn(watched.flow, voice, someTokens(10))
      return callsOfPieces(watched).some(({ past }) => past === 0)
    }
    expect([await isNew(voices[0]), await isNew(voices[1]), await isNew(voices[0])]).toEqual([true, true, false])
    expect([await isNew(voices[2]), await isNew(voices[0]), await isNew(voices[1])]).toEqual([true, false, true])
  })
})

describe('eight bits', () => {
  it('remember within 1.2 times the error that eight-bit weights alone make', async () => {
    await using exact = await openWatched()
    await using rounded = await openWatched(PLENTY, 'cpu')
    const [voice, tokens] = [voiceOf(75), someTokens(190)]
    const expected = await whole(exact, voice, tokens)
    const ofWeights = relativeError(await whole(rounded, voice, tokens), expected)
    rounded.calls.length = 0
    const remembered = await drawn(rounded.flow, voice, tokens)
    expect(callsOfPieces(rounded).map(({ past }) => past)).toEqual([0, 100, 200, 300, 500])
    expect(ofWeights).toBeGreaterThan(1e-4)
    expect(relativeError(remembered, expected)).toBeLessThan(1.2 * ofWeights)
  })
})
