import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { columnsOf, peakError, someIds, someNumbers } from '../../../../test/support/run-graph.ts'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { TINY_CHECKPOINTS, writeTinyBundle } from '../../../../test/support/tiny-checkpoint.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { type Flow, type FlowInput, flowLine } from '../flow/flow.ts'
import { openFlow, openVocoder } from '../open-model.ts'
import { openNetwork } from '../sessions.ts'
import type { SpeechVocoder } from '../vocoder/create-vocoder.ts'
import { renderMel, renderSound, renderSpeech, type SpeechStreamInput, streamSpeech } from './speech-stream.ts'

const BINS = 80
const SAMPLES_PER_TOKEN = 960

describe.each(TINY_CHECKPOINTS)('the speech of %s', (name) => {
  let stack: AsyncDisposableStack
  let flow: Flow
  let vocoder: SpeechVocoder
  beforeAll(async () => {
    stack = new AsyncDisposableStack()
    const folder = stack.use(temporaryFolder())
    const bundle = await writeTinyBundle(name, path.join(folder.directory, name), { precision: 'fp32' })
    vocoder = stack.use(await openVocoder(bundle, { threads: 1 }))
    flow = stack.use(await openFlow(bundle, { threads: 1 }, openNetwork, { memoryBytes: 2 ** 28 }))
    expect(flow.line !== undefined).toBe(name === 'cosyvoice3-tiny')
  })
  afterAll(() => stack.disposeAsync())

  const someTokens = (count: number): number[] => someIds(count, flow.description.speechCodes, 3)
  const voiceOf = (promptTokens: number) => ({
    promptTokens: someIds(promptTokens, flow.description.speechCodes, 8),
    promptMel: someNumbers(promptTokens * 2 * BINS, 9),
    speaker: someNumbers(192, 2),
    steps: 5,
  })
  const partsOf = (promptTokens: number) => ({ ...voiceOf(promptTokens), flow, vocoder, seed: 4 })
  async function* made(tokens: readonly number[], isSlow = false): AsyncGenerator<number> {
    for (const token of tokens) {
      if (isSlow) await setImmediate()
      yield token
    }
  }
  const heard = async (input: SpeechStreamInput): Promise<Float32Array[]> => {
    const blocks: Float32Array[] = []
    for await (const block of streamSpeech(input)) blocks.push(block)
    return blocks
  }
  const joined = (blocks: readonly Float32Array[]): Float32Array =>
    Float32Array.from(blocks.flatMap((block) => [...block]))
  const streamed = async (tokens: readonly number[], promptTokens: number, changes: Partial<SpeechStreamInput> = {}) =>
    joined(await heard({ ...partsOf(promptTokens), tokens: made(tokens), ...changes }))
  /** The flow, every piece it was asked for, and how many of its lines are not over. */
  const watchedFlow = () => {
    const calls: { readonly tokens: number; readonly isFinal: boolean }[] = []
    const open = { lines: 0 }
    const watched: Flow = {
      ...flow,
      line(voice, options) {
        const line = flowLine(flow, voice, options)
        open.lines++
        return {
          push(tokens, isFinal, job) {
            calls.push({ tokens: tokens.length, isFinal })
            return line.push(tokens, isFinal, job)
          },
          [Symbol.dispose]() {
            open.lines--
            line[Symbol.dispose]()
          },
        }
      },
    }
    return { calls, open, flow: watched }
  }

  it.each([
    { promptTokens: 0, counts: [1, 2, 3, 4, 24, 25, 26, 27, 28, 29, 74, 75, 77, 78, 79, 130] },
    { promptTokens: 12, counts: [1, 2, 3, 12, 13, 15, 16, 37, 38, 40, 41, 42, 90, 91, 92] },
    { promptTokens: 25, counts: [1, 25, 28, 29] },
  ])('has 960 samples for each token behind a prompt of $promptTokens', async ({ promptTokens, counts }) => {
    for (const count of counts) {
      const sound = await streamed(someTokens(count), promptTokens)
      expect([count, sound.length]).toEqual([count, SAMPLES_PER_TOKEN * count])
      expect(sound.every((sample) => Math.abs(sample) <= Math.fround(0.99))).toBe(true)
    }
  })

  it('begins with the first token that lets it', async () => {
    for (const [promptTokens, needed] of [
      [0, 28],
      // CosyVoice 3 draws no chunk twice: its first call may be the rest of the prompt's.
      [12, vocoder.description.isCausal ? 16 : 41],
      [25, 28],
    ] as const) {
      let pulled = 0
      async function* tokens(): AsyncGenerator<number> {
        for (const token of someTokens(60)) {
          pulled++
          yield token
        }
      }
      const stream = streamSpeech({ ...partsOf(promptTokens), tokens: tokens() })
      const first = await stream.next()
      expect(pulled).toBe(needed)
      // All but what a future changes: five frames of CosyVoice 3, eight of CosyVoice 2.
      const held = vocoder.description.isCausal ? 5 : 8
      expect(first.value).toHaveLength(480 * (2 * (needed - 3) - held))
      await stream.return(undefined)
    }
  })

  it('is of frames that never change when more of the line is known, the last chunk included', async () => {
    const tokens = [...voiceOf(12).promptTokens, ...someTokens(100)]
    const render = (changes: Partial<FlowInput>) =>
      flow.render({ ...voiceOf(12), tokens, isFinal: true, keepsChunkMask: true, ...changes })
    const whole = await render({})
    for (const tokensEnd of [13 + 3, 38 + 3, 88 + 3]) {
      const early = await render({ tokens: tokens.slice(0, 12 + tokensEnd), isFinal: false })
      const frames = 2 * (tokensEnd - 3)
      expect(peakError(early, columnsOf(whole, BINS, 0, frames))).toBeLessThan(2e-6)
    }
    const full = await render({ keepsChunkMask: false })
    expect(peakError(columnsOf(full, BINS, 0, 2 * 88), columnsOf(whole, BINS, 0, 2 * 88))).toBeGreaterThan(1e-3)
  })

  it('is the mel of the whole line with the mask of the chunks, vocoded', async () => {
    const tokens = someTokens(110)
    const { promptTokens, ...voice } = voiceOf(12)
    const mel = await flow.render({
      ...voice,
      tokens: [...promptTokens, ...tokens],
      isFinal: true,
      keepsChunkMask: true,
    })
    const whole = await renderSound(mel, { vocoder, seed: 4 })
    const sound = await streamed(tokens, 12)
    if (vocoder.description.isCausal) expect(peakError(sound, whole)).toBeLessThan(1e-5)
    // CosyVoice 2 fades over the last eight frames of each chunk; its first one ends at token 38.
    else expect(peakError(sound.subarray(0, 480 * 50), whole.subarray(0, 480 * 50))).toBeLessThan(2e-3)
  })

  it('sees the whole line in the last chunk where that is asked for, and nowhere else', async () => {
    const tokens = someTokens(100)
    const [kept, full] = [await streamed(tokens, 0), await streamed(tokens, 0, { keepsChunkMask: false })]
    const changed = kept.findIndex((sample, index) => sample !== full[index])
    // The last chunk begins at token 75, of which the last frames were held back.
    expect(changed).toBeGreaterThanOrEqual(SAMPLES_PER_TOKEN * 75 - 480 * 8)
    expect(changed).toBeLessThan(SAMPLES_PER_TOKEN * 75)
    expect(full).toHaveLength(kept.length)
  })

  it('depends on the tokens and not on when they come', async () => {
    const tokens = someTokens(90)
    expect(await streamed(tokens, 12, { tokens: made(tokens, true) })).toEqual(await streamed(tokens, 12))
  })

  it('begins every line with the shortest chunk', async () => {
    const watched = watchedFlow()
    for (let line = 0; line < 2; line++) {
      watched.calls.length = 0
      await streamed(someTokens(180), 0, { flow: watched.flow })
      expect(watched.calls.map(({ tokens, isFinal }) => [tokens, isFinal])).toEqual([
        [28, false],
        [78, false],
        [178, false],
        [180, true],
      ])
      expect(watched.open.lines).toBe(0)
    }
  })

  it('hears the seed in CosyVoice 2 and not in CosyVoice 3', async () => {
    const [one, other] = [await streamed(someTokens(30), 0), await streamed(someTokens(30), 0, { seed: 5 })]
    if (vocoder.description.isCausal) expect(other).toEqual(one)
    else expect(other).not.toEqual(one)
  })

  it('of a line without tokens is nothing', async () => {
    expect(await heard({ ...partsOf(12), tokens: made([]) })).toEqual([])
    expect(await renderSpeech({ ...partsOf(12), tokens: [] })).toEqual(new Float32Array())
  })

  it('ends with its signal, and its tokens with it', async () => {
    const controller = new AbortController()
    const watched = watchedFlow()
    let hasEnded = false
    async function* tokens(): AsyncGenerator<number> {
      try {
        for (const [index, token] of someTokens(200).entries()) {
          if (index === 60) controller.abort()
          yield token
        }
      } finally {
        hasEnded = true
      }
    }
    const blocks: Float32Array[] = []
    const listening = async () => {
      const input = { ...partsOf(0), flow: watched.flow, tokens: tokens() }
      for await (const block of streamSpeech(input, { signal: controller.signal })) blocks.push(block)
    }
    await expect(listening()).rejects.toBeInstanceOf(AppCancel)
    expect(blocks).toHaveLength(1)
    expect(watched.calls).toHaveLength(1)
    expect(watched.open.lines).toBe(0)
    expect(hasEnded).toBe(true)
    await expect(renderSpeech({ ...partsOf(0), tokens: [1] }, { signal: controller.signal })).rejects.toBeInstanceOf(
      AppCancel,
    )
  })

  it('ends its tokens when nobody listens any more', async () => {
    let hasEnded = false
    async function* tokens(): AsyncGenerator<number> {
      try {
        yield* someTokens(200)
      } finally {
        hasEnded = true
      }
    }
    const watched = watchedFlow()
    for await (const _ of streamSpeech({ ...partsOf(0), flow: watched.flow, tokens: tokens() })) break
    expect(hasEnded).toBe(true)
    expect(watched.open.lines).toBe(0)
  })

  it('fails as its tokens do', async () => {
    async function* tokens(): AsyncGenerator<number> {
      yield* someTokens(30)
      throw new RangeError('no more')
    }
    await expect(heard({ ...partsOf(0), tokens: tokens() })).rejects.toThrow(new RangeError('no more'))
  })

  it('as a whole is every frame with every other, in steps of its own', async () => {
    const tokens = someTokens(40)
    const mel = await renderMel({ ...partsOf(12), tokens })
    const { promptTokens, ...voice } = voiceOf(12)
    expect(mel).toEqual(await flow.render({ ...voice, tokens: [...promptTokens, ...tokens], isFinal: true }))
    const sound = await renderSpeech({ ...partsOf(12), tokens })
    expect(sound).toHaveLength(SAMPLES_PER_TOKEN * 40)
    expect(await renderSound(mel, { vocoder, seed: 4 })).toEqual(sound)
    // A line of one chunk is the same either way.
    const short = someTokens(20)
    expect(peakError(await streamed(short, 0), await renderSpeech({ ...partsOf(0), tokens: short }))).toBeLessThan(1e-5)
  })

  it('as a whole may be faster or slower', async () => {
    const tokens = someTokens(9)
    for (const [speed, frames] of [
      [2, 9],
      [1.25, 14],
      [0.5, 36],
    ] as const)
      expect(await renderSpeech({ ...partsOf(0), tokens, speed })).toHaveLength(480 * frames)
  })

  it('needs a prompt whose mel belongs to its tokens', async () => {
    const promptMel = someNumbers(BINS * 23, 9)
    await expect(heard({ ...partsOf(12), promptMel, tokens: made([1]) })).rejects.toThrow('for each of its tokens')
    await expect(renderSpeech({ ...partsOf(12), promptMel, tokens: [1] })).rejects.toThrow('for each of its tokens')
  })
})
