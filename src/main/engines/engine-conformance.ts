import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { concatFloat32 } from '../../shared/audio/index.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import { engineCapabilitiesSchema, type RenderRequest, takeKeyOf } from '../../shared/render/index.ts'
import { voiceSchema } from '../../shared/voice/index.ts'
import type { Engine } from './engine.ts'

type EngineConformanceOptions = {
  /** Two ordinary lines that the engine can read. */
  lines: readonly [string, string]
  /** A line long enough to be spoken in more than one block. */
  longLine: string
  /** How long a character may take at speed 1. */
  secPerCharacter: { min: number; max: number }
  /** Whether a fresh engine gives the same PCM for the same request. */
  isDeterministic: boolean
  /** A line and language it cannot read; null where it reads anything. */
  unreadable: { text: string; language: string | null } | null
  /** What each request asks besides its text; engines without preset voices name their voice here. */
  request?: () => Partial<RenderRequest>
}

/** A block is heard soon and a message is not too large. */
const MAX_BLOCK_SEC = 2

/** The request that a plan would make of an engine, with its first voice and nothing asked for. */
export const conformanceRequest = (
  { capabilities, presetVoices: [voice] }: Engine,
  patch: Partial<RenderRequest> & { text: string },
): RenderRequest => {
  const spokenBy = patch.voice ?? (voice && { voiceId: voice.voiceId, source: voice.source })
  if (!spokenBy) throw new Error('an engine without preset voices names its voice in the patch')
  const asked = {
    engineId: capabilities.engineId,
    engineVersion: capabilities.version,
    language: null,
    mode: 'presetSpeaker' as const,
    instruct: null,
    speed: capabilities.speed && 1,
    pitchSemitones: capabilities.pitchSemitones && 0,
    seed: capabilities.honoursSeed ? 0 : null,
    sampleRateHz: capabilities.sampleRateHz,
    ...patch,
    voice: spokenBy,
  }
  return { ...asked, takeKey: takeKeyOf(asked) }
}

type Rendered = { pcm: Float32Array; blockLengths: number[]; fractions: number[] }

/** All that a render gives. */
export const renderWhole = async (
  engine: Engine,
  request: RenderRequest,
  { signal = new AbortController().signal, onBlock = (): void => undefined } = {},
): Promise<Rendered> => {
  const blocks: Float32Array[] = []
  const fractions: number[] = []
  const job = { signal, progress: ({ fraction }: { fraction: number }) => fractions.push(fraction) }
  for await (const block of engine.render(request, job)) {
    blocks.push(block)
    onBlock()
  }
  return { pcm: concatFloat32(blocks), blockLengths: blocks.map(({ length }) => length), fractions }
}

/** Equal for equal PCM; a failing comparison of whole arrays would print for minutes. */
export const pcmDigest = (pcm: Float32Array | Int16Array): string =>
  `${pcm.length} samples ${createHash('sha256')
    .update(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength))
    .digest('hex')}`

/** What every engine promises to those who use it. */
export const engineConformance = (
  name: string,
  makeEngine: () => Engine,
  { lines, longLine, secPerCharacter, isDeterministic, unreadable, request: asked }: EngineConformanceOptions,
): void => {
  const engines: Engine[] = []
  const fresh = (): Engine => {
    const engine = makeEngine()
    engines.push(engine)
    return engine
  }
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine[Symbol.asyncDispose]()))
  })
  const requestOf = (engine: Engine, patch: Partial<RenderRequest> & { text: string }): RenderRequest =>
    conformanceRequest(engine, { ...asked?.(), ...patch })
  const neverAborted = (): AbortSignal => new AbortController().signal

  describe(`${name} is an engine`, () => {
    test('its capabilities and voices are valid data, and the same in every instance', () => {
      const engine = fresh()
      expect(engineCapabilitiesSchema.parse(engine.capabilities)).toEqual(engine.capabilities)
      for (const voice of engine.presetVoices) {
        expect(voiceSchema.parse(voice)).toEqual(voice)
        expect(voice.source).toMatchObject({ kind: 'presetSpeaker', engineId: engine.capabilities.engineId })
      }
      const { engineId, languages } = engine.capabilities
      const voiceIds = engine.presetVoices.map(({ voiceId }) => voiceId)
      expect(new Set(voiceIds).size).toBe(voiceIds.length)
      expect(new Set(languages).size, `${engineId} names a language twice`).toBe(languages.length)
      for (const language of languages) expect(() => Intl.getCanonicalLocales(language), language).not.toThrow()
      const other = fresh()
      expect(other.capabilities).toEqual(engine.capabilities)
      expect(other.presetVoices).toEqual(engine.presetVoices)
    })

    test('it can be prepared again and again, and not once aborted', async () => {
      const engine = fresh()
      await engine.prepare(neverAborted())
      await engine.prepare(neverAborted())
      await expect(engine.prepare(AbortSignal.abort())).rejects.toBeInstanceOf(AppCancel)
      await engine.prepare(neverAborted())
    })

    test('a line is spoken in finite samples within full scale, in blocks, for as long as its text is worth', async () => {
      const engine = fresh()
      for (const text of [...lines, longLine]) {
        const { pcm, blockLengths } = await renderWhole(engine, requestOf(engine, { text }))
        expect(pcm.every((sample) => Number.isFinite(sample) && Math.abs(sample) <= 1)).toBe(true)
        expect(pcm.some((sample) => sample !== 0)).toBe(true)
        expect(Math.min(...blockLengths)).toBeGreaterThan(0)
        expect(Math.max(...blockLengths)).toBeLessThanOrEqual(MAX_BLOCK_SEC * engine.capabilities.sampleRateHz)
        const durationSec = pcm.length / engine.capabilities.sampleRateHz
        expect(durationSec / text.length).toBeGreaterThanOrEqual(secPerCharacter.min)
        expect(durationSec / text.length).toBeLessThanOrEqual(secPerCharacter.max)
      }
    })

    test('it speaks without having been prepared', async () => {
      const engine = fresh()
      const { pcm } = await renderWhole(engine, requestOf(engine, { text: lines[0] }))
      expect(pcm.length).toBeGreaterThan(0)
    })

    test('progress begins at nought or above, never goes back, and ends at one', async () => {
      const engine = fresh()
      const { fractions } = await renderWhole(engine, requestOf(engine, { text: longLine }))
      expect(fractions.length).toBeGreaterThan(0)
      expect(fractions[0]).toBeGreaterThanOrEqual(0)
      expect(fractions).toEqual(fractions.toSorted((left, right) => left - right))
      expect(fractions.at(-1)).toBe(1)
    })

    test.runIf(isDeterministic)('the same request is the same sound, whatever was spoken before', async () => {
      const [engine, other] = [fresh(), fresh()]
      const request = requestOf(engine, { text: lines[0] })
      const first = await renderWhole(engine, request)
      await renderWhole(engine, requestOf(engine, { text: lines[1] }))
      await renderWhole(engine, requestOf(engine, { text: longLine }))
      expect(pcmDigest((await renderWhole(engine, request)).pcm)).toBe(pcmDigest(first.pcm))
      expect(pcmDigest((await renderWhole(other, request)).pcm)).toBe(pcmDigest(first.pcm))
      for (const { name, voiceId, source } of engine.presetVoices) {
        const spoken = requestOf(engine, { text: lines[1], voice: { voiceId, source } })
        const [here, there] = [await renderWhole(engine, spoken), await renderWhole(other, spoken)]
        expect(pcmDigest(there.pcm), name).toBe(pcmDigest(here.pcm))
      }
    })

    test('as many lines as it allows are spoken side by side and do not disturb each other', async () => {
      const engine = fresh()
      const requests = Array.from({ length: engine.capabilities.concurrency + 1 }, (_, index) =>
        requestOf(engine, { text: lines[index % 2] ?? lines[0] }),
      )
      const together = await Promise.all(requests.map((request) => renderWhole(engine, request)))
      for (const [index, request] of requests.entries()) {
        const alone = await renderWhole(engine, request)
        const beside = together[index]?.pcm ?? new Float32Array(0)
        if (isDeterministic) expect(pcmDigest(beside)).toBe(pcmDigest(alone.pcm))
        else expect(beside.length).toBeGreaterThan(0)
      }
    })

    test('a render that is aborted before it begins is cancelled', async () => {
      const engine = fresh()
      const request = requestOf(engine, { text: lines[0] })
      await expect(renderWhole(engine, request, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AppCancel)
      expect((await renderWhole(engine, request)).pcm.length).toBeGreaterThan(0)
    })

    test('a render that is aborted on the way is cancelled before its end, and the engine goes on', async () => {
      const engine = fresh()
      const request = requestOf(engine, { text: longLine })
      const whole = await renderWhole(engine, request)
      const controller = new AbortController()
      let heard = 0
      const aborted = renderWhole(engine, request, {
        signal: controller.signal,
        onBlock: () => {
          heard++
          controller.abort()
        },
      })
      await expect(aborted).rejects.toBeInstanceOf(AppCancel)
      expect(heard).toBeLessThan(whole.blockLengths.length)
      expect((await renderWhole(engine, requestOf(engine, { text: lines[0] }))).pcm.length).toBeGreaterThan(0)
    })

    test('leaving a render early leaves the engine usable', async () => {
      const engine = fresh()
      const job = { signal: neverAborted(), progress: () => undefined }
      for await (const block of engine.render(requestOf(engine, { text: longLine }), job)) {
        expect(block.length).toBeGreaterThan(0)
        break
      }
      expect((await renderWhole(engine, requestOf(engine, { text: lines[0] }))).pcm.length).toBeGreaterThan(0)
    })

    test('what cannot be said is refused by name, and the engine goes on', async () => {
      const engine = fresh()
      for (const text of ['', ' ', '？！……'])
        await expect(renderWhole(engine, requestOf(engine, { text }))).rejects.toMatchObject({
          name: 'AppError',
          code: 'engine.nothing-to-say',
        })
      if (unreadable)
        await expect(renderWhole(engine, requestOf(engine, unreadable))).rejects.toMatchObject({
          name: 'AppError',
          code: 'engine.unsupported-language',
          params: { engine: engine.capabilities.name },
        })
      expect((await renderWhole(engine, requestOf(engine, { text: lines[0] }))).pcm.length).toBeGreaterThan(0)
    })

    test('it can be disposed before, after and during its work, and again', async () => {
      const idle = fresh()
      await idle[Symbol.asyncDispose]()
      const engine = fresh()
      await renderWhole(engine, requestOf(engine, { text: lines[0] }))
      const running = renderWhole(engine, requestOf(engine, { text: longLine }))
      const settled = Promise.allSettled([running])
      await engine[Symbol.asyncDispose]()
      await engine[Symbol.asyncDispose]()
      await settled
    })
  })
}
