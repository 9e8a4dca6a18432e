import { createHash } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { AppCancel } from '../../shared/kernel/index.ts'
import { RECORDING_LIMITS, type RecordingReport } from '../../shared/voice/index.ts'
import { type DecodedAudio, readAudio } from '../audio-file/index.ts'
import { ifAbsent, namesIn, syncFolder, writeBeside } from '../disk/index.ts'
import type { Log } from '../log/index.ts'
import { onDisk } from './disk-errors.ts'
import { promptWav } from './prompt-wav.ts'
import { recordingAdvice } from './recording-advice.ts'
import { measureLevels } from './recording-levels.ts'
import { recordingProblem } from './recording-problem.ts'

type KeptRecording = { audioSha256: string; report: RecordingReport }
type SweptVoices = { missing: string[]; removedFiles: number }

/** Prompt audio on disk: mono WAV files of 32-bit floats at their own rate, under the SHA-256 of their bytes. */
export interface VoiceStore {
  /**
   * Listens to a recording, at most to its first minute.
   * @throws AppError voice.prompt-unreadable. AppCancel
   */
  inspectRecording(file: string, signal?: AbortSignal): Promise<RecordingReport>
  /**
   * Keeps a recording; it is there, whole and on the disk, when this returns. One that is there already is left alone.
   * @throws AppError voice.prompt-unreadable; the report's problem; voice.not-writable. AppCancel. Nothing is left behind.
   */
  addRecording(file: string, signal?: AbortSignal): Promise<KeptRecording>
  /** Where a recording lies, or would lie. */
  pathOf(audioSha256: string): string
  /** Lets go of a recording. What the disk does not let go of now, the next sweep takes. */
  remove(audioSha256: string): Promise<void>
  /**
   * Removes what no voice uses and what was left unfinished. At start only: files come before their rows.
   * @returns those in use that are not there
   * @throws AppError voice.not-writable
   */
  sweep(audioInUse: Iterable<string>): Promise<SweptVoices>
}

/** Enough to tell that a recording is too long; more would only fill the memory. */
const LISTENED_SEC = 2 * RECORDING_LIMITS.longestSec

/** Files of ours: finished ones, and those that were being written. */
const FILE_NAME = /^([0-9a-f]{64})\.wav(\.[0-9a-f-]+\.new)?$/

const reportOf = ({ pcm, sampleRateHz }: DecodedAudio): { report: RecordingReport; problem: Error | undefined } => {
  const durationSec = pcm.length / sampleRateHz
  const isWhole = durationSec < LISTENED_SEC
  const { loudestDb, ...levels } = measureLevels(pcm, sampleRateHz)
  const measured = { durationSec, isWhole, sampleRateHz, ...levels }
  const problem = recordingProblem({ ...measured, loudestDb })
  return { report: { ...measured, advice: recordingAdvice(measured), problem: problem?.toData() ?? null }, problem }
}

/** @param directory folder of the recordings, made when the first one is kept */
export const openVoiceStore = (directory: string, log: Log): VoiceStore => {
  const pathOf = (audioSha256: string): string => path.join(directory, `${audioSha256}.wav`)
  const listen = (file: string, signal?: AbortSignal): Promise<DecodedAudio> =>
    readAudio(file, { longestSec: LISTENED_SEC, ...(signal && { signal }) })

  const keep = async (file: string, bytes: Uint8Array): Promise<void> => {
    await mkdir(directory, { recursive: true })
    if ((await readFile(file).catch(ifAbsent(undefined)))?.equals(bytes)) return
    await writeBeside(file, (handle) => handle.writeFile(bytes))
    await syncFolder(directory)
  }

  return {
    pathOf,
    inspectRecording: async (file, signal) => reportOf(await listen(file, signal)).report,
    addRecording: async (file, signal) => {
      const audio = await listen(file, signal)
      const { report, problem } = reportOf(audio)
      if (problem) throw problem
      if (signal?.aborted) throw new AppCancel()
      const bytes = promptWav(audio.pcm, audio.sampleRateHz)
      const audioSha256 = createHash('sha256').update(bytes).digest('hex')
      await onDisk(directory, () => keep(pathOf(audioSha256), bytes))
      return { audioSha256, report }
    },
    remove: async (audioSha256) => {
      try {
        await rm(pathOf(audioSha256), { force: true })
      } catch (error) {
        log('warn', 'a recording was not removed', { audioSha256, error })
      }
    },
    sweep: (audioInUse) =>
      onDisk(directory, async () => {
        const used = new Set(audioInUse)
        const missing = new Set(used)
        let removedFiles = 0
        for (const name of await namesIn(directory)) {
          const [, audioSha256, unfinished] = FILE_NAME.exec(name) ?? []
          if (audioSha256 === undefined) continue
          if (used.has(audioSha256) && unfinished === undefined) {
            missing.delete(audioSha256)
            continue
          }
          await rm(path.join(directory, name), { force: true })
          removedFiles++
        }
        if (missing.size > 0) log('warn', 'recordings of voices are missing', { count: missing.size })
        return { missing: [...missing], removedFiles }
      }),
  }
}
