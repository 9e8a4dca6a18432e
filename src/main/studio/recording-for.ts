import { int16Wav } from '../../shared/audio/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import { readAudio } from '../audio-file/index.ts'
import type { Recording } from '../engines/index.ts'

/** No service takes a longer one. */
const LONGEST_SEC = 60

/**
 * The recording of a voice as services take it; undefined for a voice without one.
 * @throws AppError voice.prompt-unreadable
 */
export const recordingFor = async (
  voice: Voice | undefined,
  pathOf: (audioSha256: string) => string,
): Promise<Recording | undefined> => {
  if (voice?.source.kind !== 'promptAudio') return undefined
  const { audioSha256, promptText } = voice.source
  const { pcm, sampleRateHz } = await readAudio(pathOf(audioSha256), { longestSec: LONGEST_SEC })
  return {
    wav: int16Wav(pcm, sampleRateHz),
    transcript: promptText === '' ? null : promptText,
    language: voice.language,
  }
}
