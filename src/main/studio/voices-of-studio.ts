import path from 'node:path'
import { AppError, type VoiceId } from '../../shared/kernel/index.ts'
import type { NewVoice, RecordingReport, Voice } from '../../shared/voice/index.ts'
import {
  changeVoice,
  countCasts,
  createVoice,
  deleteVoice,
  findVoice,
  type Library,
  listVoices,
  promptAudioInUse,
} from '../library/index.ts'
import type { Log } from '../log/index.ts'
import { openVoiceStore } from '../voice-store/index.ts'

type StudioVoicesDeps = {
  library: Library
  log: Log
  /** Voices came, went or sound different: whoever remembers them reads them anew. */
  onChanged(voiceIds: readonly VoiceId[]): void
}

export type CreatedVoice = { voice: Voice; report: RecordingReport }

/** Voices of the library: rows and recordings, kept in step. */
export type StudioVoices = {
  list(): Voice[]
  /** Projects that name a voice, by voice. */
  casts(): ReadonlyMap<VoiceId, number>
  /** @throws AppError voice.prompt-unreadable. AppCancel */
  inspectRecording(file: string, signal?: AbortSignal): Promise<RecordingReport>
  /** The same, of a voice of the library. @throws AppError voice.not-found, voice.prompt-unreadable. AppCancel */
  inspect(voiceId: VoiceId, signal?: AbortSignal): Promise<RecordingReport>
  /** @throws AppError voice.prompt-*, voice.not-writable. AppCancel. Nothing has changed then. */
  create(file: string, said: NewVoice, signal?: AbortSignal): Promise<CreatedVoice>
  /** A change of the words of the recording changes the sound, so that takes become stale. @throws AppError as `changeVoice` */
  change(voiceId: VoiceId, said: NewVoice): Promise<void>
  /** The recording goes with the last voice that uses it. @throws AppError as `deleteVoice` */
  delete(voiceId: VoiceId): Promise<void>
  /** Where the recording of a voice lies. */
  pathOf(audioSha256: string): string
  /**
   * Removes recordings that no voice uses; at start, before anything is created. A disk that keeps them, and voices whose
   * recording is gone, are written to the log: neither is a reason not to start, and whoever speaks with such a voice is told.
   */
  sweep(): Promise<void>
}

export const openStudioVoices = ({ library, log, onChanged }: StudioVoicesDeps): StudioVoices => {
  const { db, directory } = library
  const store = openVoiceStore(path.join(directory, 'voices'), log)
  // One after the other, so that no recording is removed between its file and the row of another voice that uses it.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(action: () => Promise<Result>): Promise<Result> => {
    const result = last.then(action)
    last = result.catch(() => undefined)
    return result
  }
  return {
    list: () => listVoices(db),
    casts: () => countCasts(db),
    inspectRecording: store.inspectRecording,
    inspect: async (voiceId, signal) => {
      const source = findVoice(db, voiceId)?.source
      if (source?.kind !== 'promptAudio')
        throw new AppError('voice.not-found', { params: { voiceId }, remedies: ['choose-another-voice'] })
      return store.inspectRecording(store.pathOf(source.audioSha256), signal)
    },
    pathOf: store.pathOf,
    create: (file, said, signal) =>
      inTurn(async () => {
        const { audioSha256, report } = await store.addRecording(file, signal)
        const voice = createVoice(db, said, audioSha256)
        onChanged([voice.voiceId])
        return { voice, report }
      }),
    change: (voiceId, said) =>
      inTurn(async () => {
        changeVoice(db, voiceId, said)
        onChanged([voiceId])
      }),
    delete: (voiceId) =>
      inTurn(async () => {
        const unused = deleteVoice(db, voiceId)
        onChanged([voiceId])
        if (unused !== undefined) await store.remove(unused)
      }),
    sweep: () =>
      inTurn(async () => {
        try {
          await store.sweep(promptAudioInUse(db))
        } catch (error) {
          log('warn', 'recordings of voices were not swept', { error })
        }
      }),
  }
}
