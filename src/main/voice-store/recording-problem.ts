import { AppError } from '../../shared/kernel/index.ts'
import { RECORDING_LIMITS } from '../../shared/voice/index.ts'

type Refusal = 'voice.prompt-rate' | 'voice.prompt-silent' | 'voice.prompt-too-short' | 'voice.prompt-too-long'

const refusal = (code: Refusal, params: Readonly<Record<string, string | number>>): AppError =>
  new AppError(code, { params, remedies: ['choose-another-file', 'choose-another-voice'] })

/** Rounded so that a length beyond a limit never reads as the limit itself. */
const hundredths = (value: number, round: (value: number) => number): number => round(value * 100) / 100

/**
 * Why the models refuse a recording, in the words of the engine that would; undefined where they take it.
 * @returns AppError voice.prompt-rate | voice.prompt-too-long | voice.prompt-too-short | voice.prompt-silent
 */
export const recordingProblem = (recording: {
  sampleRateHz: number
  durationSec: number
  /** False where it goes on, and its length is not known. */
  isWhole: boolean
  loudestDb: number
}): AppError | undefined => {
  const { sampleRateHz, durationSec, isWhole, loudestDb } = recording
  const { shortestSec, longestSec, leastRateHz, silentDb } = RECORDING_LIMITS
  if (sampleRateHz < leastRateHz) return refusal('voice.prompt-rate', { sampleRateHz, limitHz: leastRateHz })
  if (durationSec > longestSec)
    return refusal('voice.prompt-too-long', {
      durationSec: isWhole ? hundredths(durationSec, Math.ceil) : `> ${Math.floor(durationSec)}`,
      limitSec: longestSec,
    })
  if (durationSec < shortestSec)
    return refusal('voice.prompt-too-short', {
      durationSec: hundredths(durationSec, Math.floor),
      limitSec: shortestSec,
    })
  if (loudestDb < silentDb)
    return refusal('voice.prompt-silent', {
      levelDb: Math.min(Math.round(loudestDb), silentDb - 1),
      limitDb: silentDb,
    })
  return undefined
}
