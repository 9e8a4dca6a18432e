import type { PcmBlock } from '../../../shared/audio/index.ts'
import { AppCancel, AppError, dbToLinear, secToSamples } from '../../../shared/kernel/index.ts'
import { isSpeakable, type RenderRequest } from '../../../shared/render/index.ts'
import type { Engine, EngineJob } from '../engine.ts'
import { pcmBlocks } from '../pcm-blocks.ts'
import { speakerHash } from '../speaker-hash.ts'
import { nextTurn } from '../turn.ts'
import { TONE_SPEAKERS_HZ, toneDescription } from './tone-description.ts'

export type ToneEngineOptions = {
  /** Asked once for each render; what it gives back is thrown. For trying how failures are shown and retried. */
  failWith?: (request: RenderRequest) => Error | undefined
  /** Awaited before the first sample of each render, so that a render can be held where it is. */
  beforeSpeaking?: (request: RenderRequest, signal: AbortSignal) => Promise<void>
}

const { sampleRateHz } = toneDescription.capabilities
/** One tone for each letter, digit or sign at speed 1. */
const TONE_SEC = 0.06
const FADE_SEC = 0.005
const LEVEL_LINEAR = dbToLinear(-17)
/** Tones of one voice stay within this many semitones above its note, a step for each of as many letters. */
const SCALE_STEPS = 8
/** Tones spoken between two looks at the signal. */
const TONES_PER_TURN = 16

/** @throws AppError `engine.unsupported-voice` for a speaker of ours that there is not */
const noteOf = ({ voice: { source } }: RenderRequest): number => {
  const names = Object.keys(TONE_SPEAKERS_HZ)
  const speaker =
    source.kind === 'presetSpeaker' && source.engineId === toneDescription.capabilities.engineId
      ? source.speaker
      : (names[speakerHash(source) % names.length] ?? '')
  const noteHz = TONE_SPEAKERS_HZ[speaker]
  if (noteHz === undefined)
    throw new AppError('engine.unsupported-voice', {
      params: { engine: toneDescription.capabilities.name, voice: speaker },
      remedies: ['choose-another-voice'],
    })
  return noteHz
}

/** One faded sine for a letter or digit; a rest of the same length for anything else. */
const toneOf = (character: string, noteHz: number, speed: number): Float32Array => {
  const tone = new Float32Array(secToSamples(TONE_SEC / speed, sampleRateHz))
  if (!isSpeakable(character)) return tone
  const toneHz = noteHz * 2 ** (((character.codePointAt(0) ?? 0) % SCALE_STEPS) / 12)
  const fadeSamples = secToSamples(FADE_SEC, sampleRateHz)
  for (let index = 0; index < tone.length; index++) {
    const fade = Math.min(1, (index + 1) / fadeSamples, (tone.length - index) / fadeSamples)
    tone[index] = LEVEL_LINEAR * fade * Math.sin((2 * Math.PI * toneHz * index) / sampleRateHz)
  }
  return tone
}

/** Speaks each letter as a sine tone: real sound, known length, the same on every machine. */
class ToneEngine implements Engine {
  readonly capabilities = toneDescription.capabilities
  readonly presetVoices = toneDescription.presetVoices
  readonly #options: ToneEngineOptions

  constructor(options: ToneEngineOptions) {
    this.#options = options
  }

  async prepare(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new AppCancel()
  }

  /** @throws AppError `engine.nothing-to-say`, `engine.unsupported-voice` */
  async *render(request: RenderRequest, { signal, progress }: EngineJob): AsyncGenerator<PcmBlock> {
    await nextTurn(signal)
    await this.#options.beforeSpeaking?.(request, signal)
    const failure = this.#options.failWith?.(request)
    if (failure) throw failure
    if (!isSpeakable(request.text)) throw new AppError('engine.nothing-to-say')
    const noteHz = noteOf(request) * 2 ** ((request.pitchSemitones ?? 0) / 12)
    const characters = [...request.text]
    progress({ fraction: 0 })
    for (let start = 0; start < characters.length; start += TONES_PER_TURN) {
      await nextTurn(signal)
      const tones = characters.slice(start, start + TONES_PER_TURN)
      for (const character of tones) yield* pcmBlocks(toneOf(character, noteHz, request.speed ?? 1))
      progress({ fraction: (start + tones.length) / characters.length })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It holds nothing.
  }
}

export const createToneEngine = (options: ToneEngineOptions = {}): Engine => new ToneEngine(options)
