import type { PcmBlock } from '../../../shared/audio/index.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import type { EngineCapabilities, RenderRequest } from '../../../shared/render/index.ts'
import type { EngineJob } from '../engine.ts'
import type { RetirableEngine } from '../engine-crew.ts'
import { pcmBlocks } from '../pcm-blocks.ts'
import { createSeam } from '../remote/seam.ts'
import { isSsml } from './parse-ssml.ts'
import { type SsmlManner, ssmlParts } from './ssml-parts.ts'
import { distinctRemarks, type SsmlRemark, ssmlField } from './ssml-remark.ts'

type Range = { readonly min: number; readonly max: number }

const SEMITONES_AN_OCTAVE = 12
const SPEAK = { name: 'speak' } as const

/** A request with what SSML asks in place of it, as far as the engine can do that, and what it cannot do. */
const inManner = (
  request: RenderRequest,
  { rate, pitch, volume }: SsmlManner,
  { speed, pitchSemitones }: EngineCapabilities,
): { readonly request: RenderRequest; readonly remarks: readonly SsmlRemark[] } => {
  const remarks: SsmlRemark[] = []
  const within = (attribute: string, asked: number | null, range: Range | null): number | undefined => {
    if (asked === null) return undefined
    const nearest = range && Math.min(range.max, Math.max(range.min, asked))
    if (nearest !== asked)
      remarks.push({ field: ssmlField(SPEAK, attribute), reason: range ? 'out-of-range' : 'not-supported' })
    return nearest ?? undefined
  }
  const spoken = {
    ...request,
    speed: within('rate', rate, speed) ?? request.speed,
    pitchSemitones:
      within('pitch', pitch === null ? null : SEMITONES_AN_OCTAVE * Math.log2(pitch), pitchSemitones) ??
      request.pitchSemitones,
  }
  within('volume', volume, null)
  return { request: spoken, remarks }
}

/**
 * An engine that reads SSML as texts and silences; what it does not heed of it is told as warnings. Any other text is spoken as it
 * was.
 */
export const withSsml = (engine: RetirableEngine): RetirableEngine => {
  const { capabilities, presetVoices } = engine
  async function* speakSsml(asked: RenderRequest, { signal, progress, note }: EngineJob): AsyncGenerator<PcmBlock> {
    const { parts, remarks } = ssmlParts(asked.text)
    const steps = parts.map((part) =>
      part.kind === 'silence'
        ? part
        : { kind: part.kind, ...inManner({ ...asked, text: part.text }, part.manner, capabilities) },
    )
    const found = [...remarks, ...steps.flatMap((step) => (step.kind === 'speech' ? step.remarks : []))]
    for (const { field, reason } of distinctRemarks(found)) note?.({ kind: 'warning', field, reason })
    const totalLength = steps.reduce((sum, step) => sum + (step.kind === 'speech' ? step.request.text.length : 0), 0)
    const seam = createSeam(capabilities.sampleRateHz)
    let doneLength = 0
    for (const step of steps) {
      if (signal.aborted) throw new AppCancel()
      if (step.kind === 'silence') {
        yield* pcmBlocks(new Float32Array(Math.round(step.durationSec * capabilities.sampleRateHz)))
        continue
      }
      const { request } = step
      const told = ({ fraction }: { fraction: number }): void =>
        progress({ fraction: (doneLength + fraction * request.text.length) / totalLength })
      for await (const block of engine.render(request, { signal, progress: told, ...(note && { note }) }))
        yield* seam.push(block)
      doneLength += request.text.length
      yield* step === steps.at(-1) ? seam.end() : seam.join()
    }
  }
  /** Between two parts of a line the engine has nothing to do, and would take itself for idle. */
  const running = new Set<Promise<void>>()
  async function* counted(blocks: AsyncIterable<PcmBlock>): AsyncGenerator<PcmBlock> {
    let hasEnded = (): void => undefined
    const ended = new Promise<void>((resolve) => {
      hasEnded = resolve
    })
    running.add(ended)
    try {
      yield* blocks
    } finally {
      running.delete(ended)
      hasEnded()
    }
  }
  return {
    capabilities,
    presetVoices,
    prepare: (signal) => engine.prepare(signal),
    render: (request, job) => (isSsml(request.text) ? counted(speakSsml(request, job)) : engine.render(request, job)),
    async retire() {
      while (running.size > 0) await Promise.all(running)
      await engine.retire()
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}
