import { AppCancel, AppError, assert } from '../../../shared/kernel/index.ts'
import { RECORDING_LIMITS } from '../../../shared/voice/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { NO_TRACE, type Trace } from '../trace/trace.ts'
import { FBANK_BINS, kaldiFbank, subtractMean } from './kaldi-fbank.ts'
import { PROMPT_MEL_BINS, PROMPT_MEL_HIGH_HZ, promptMel } from './prompt-mel.ts'
import { resamplePrompt } from './resample.ts'
import { loudestDb, type PromptAudio } from './trim-silence.ts'
import { WHISPER_MEL_BINS, whisperMel } from './whisper-mel.ts'

/** What a model knows of a voice. */
export type PromptFeatures = {
  readonly speechTokens: readonly number[]
  /** Row-major [melFrames, 80], two frames for each speech token. */
  readonly mel: Float32Array
  readonly melFrames: number
  /** [192], as the network gives it: not of unit length. */
  readonly speaker: Float32Array
}

/** The two networks of the prompt. */
export type PromptNetworks = {
  /** @param mel row-major [128, frames] @returns speech tokens, 25 a second */
  readonly speechTokens: (mel: Float32Array, frames: number) => Promise<readonly number[]>
  /** @param fbank row-major [frames, 80], without its mean @returns speaker vector [192] */
  readonly speakerVector: (fbank: Float32Array, frames: number) => Promise<Float32Array>
}

export type PromptOptions = PromptNetworks & {
  readonly architecture: ModelDescription['architecture']
  readonly signal?: AbortSignal
  readonly trace?: Trace
}

const NETWORK_RATE_HZ = 16_000
const MEL_RATE_HZ = 24_000
const FRAMES_PER_TOKEN = 2
/** Numbers of a speaker vector. */
export const SPEAKER_SIZE = 192

const refusal = (
  code: 'voice.prompt-rate' | 'voice.prompt-silent' | 'voice.prompt-too-short' | 'voice.prompt-too-long',
  params: Readonly<Record<string, number>>,
): AppError => new AppError(code, { params, remedies: ['choose-another-file', 'choose-another-voice'] })

/** Rounded so that a length beyond a limit never reads as the limit itself. */
const hundredths = (value: number, round: (value: number) => number): number => round(value * 100) / 100

const checkRate = ({ sampleRateHz }: PromptAudio): void => {
  const limitHz = RECORDING_LIMITS.leastRateHz
  if (sampleRateHz < limitHz) throw refusal('voice.prompt-rate', { sampleRateHz, limitHz })
}

const checkSound = (audio: PromptAudio): void => {
  const durationSec = audio.pcm.length / audio.sampleRateHz
  const { shortestSec, longestSec, silentDb } = RECORDING_LIMITS
  if (durationSec > longestSec)
    throw refusal('voice.prompt-too-long', {
      durationSec: hundredths(durationSec, Math.ceil),
      limitSec: longestSec,
    })
  if (durationSec < shortestSec)
    throw refusal('voice.prompt-too-short', {
      durationSec: hundredths(durationSec, Math.floor),
      limitSec: shortestSec,
    })
  const levelDb = loudestDb(audio)
  if (levelDb < silentDb)
    throw refusal('voice.prompt-silent', { levelDb: Math.min(Math.round(levelDb), silentDb - 1), limitDb: silentDb })
}

/**
 * Everything a model needs of a recording to speak with its voice. What computes, computes on the calling thread: about half
 * a second for 30 seconds, beside the networks.
 * @param audio numbers only: neither NaN nor infinite; silence at its ends is part of it, see `trimSilence`
 * @throws AppError voice.prompt-rate | voice.prompt-too-long | voice.prompt-too-short | voice.prompt-silent, before a network is
 *   asked; what the networks throw
 * @throws AppCancel between the steps
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/frontend.py frontend_zero_shot
 */
export const extractPromptFeatures = async (
  { pcm, sampleRateHz }: PromptAudio,
  { architecture, signal, trace = NO_TRACE, speechTokens, speakerVector }: PromptOptions,
): Promise<PromptFeatures> => {
  const step = (): void => {
    if (signal?.aborted) throw new AppCancel()
  }
  step()
  checkRate({ pcm, sampleRateHz })
  assert(pcm.every(Number.isFinite), 'samples are numbers')
  checkSound({ pcm, sampleRateHz })

  // Each rate from the recording itself, as the models were trained; 24 kHz by way of 16 kHz would lose a third of the band.
  const narrow = resamplePrompt(pcm, sampleRateHz, NETWORK_RATE_HZ)
  const heard = whisperMel(narrow)
  trace.record('whisper_log_mel_128', heard.mel, [WHISPER_MEL_BINS, heard.frames])
  step()
  const tokens = await speechTokens(heard.mel, heard.frames)
  step()
  const spectrum = kaldiFbank(narrow)
  subtractMean(spectrum.fbank)
  trace.record('kaldi_fbank_80_cmn', spectrum.fbank, [spectrum.frames, FBANK_BINS])
  const speaker = await speakerVector(spectrum.fbank, spectrum.frames)
  assert(speaker.length === SPEAKER_SIZE, `a speaker is ${SPEAKER_SIZE} numbers`)
  step()
  const wide = promptMel(resamplePrompt(pcm, sampleRateHz, MEL_RATE_HZ), PROMPT_MEL_HIGH_HZ[architecture])
  return { ...aligned(tokens, wide.mel, wide.frames), speaker }
}

/** Everything after this relies on exactly two frames a token. */
const aligned = (
  tokens: readonly number[],
  mel: Float32Array,
  frames: number,
): Pick<PromptFeatures, 'speechTokens' | 'mel' | 'melFrames'> => {
  const count = Math.min(Math.floor(frames / FRAMES_PER_TOKEN), tokens.length)
  const melFrames = count * FRAMES_PER_TOKEN
  return { speechTokens: tokens.slice(0, count), mel: mel.slice(0, melFrames * PROMPT_MEL_BINS), melFrames }
}
