import { int16Wav } from '../../shared/audio/index.ts'
import { remoteFacts, type VoiceDesign, type VoicePreviewView } from '../../shared/endpoint/index.ts'
import { AppCancel, AppError, type EngineId, type MintId, type VoiceId } from '../../shared/kernel/index.ts'
import { countCasts, deleteVoicesOfEngine, listVoices } from '../library/index.ts'
import type { Log } from '../log/index.ts'
import {
  cannotSpeak,
  knownVoice,
  orVoiceError,
  rejectedBy,
  removeVoiceAt,
  type VoiceEndpointDeps,
  voicesAt,
} from './voice-endpoint.ts'

export type DesignJob = {
  readonly signal: AbortSignal
  progress(progress: { stage: 'making' | 'waiting' }): void
  item(preview: VoicePreviewView): void
}
export type DesignedVoiceView = {
  readonly voiceId: VoiceId
  readonly preview: VoicePreviewView | null
  readonly isPending: boolean
  readonly warnings: { field: string; reason: string }[]
}
export type DesignedVoicesDeps = VoiceEndpointDeps & { readonly mint: MintId; readonly log: Log }

export type DesignedVoices = ReturnType<typeof createDesignedVoices>

const PREVIEWS_KEPT = 20

/** Voices that services made from words: an engine's own speakers, and what they said first. */
export const createDesignedVoices = (deps: DesignedVoicesDeps) => {
  const { library, remote, mint, log } = deps
  const previews = new Map<string, Uint8Array<ArrayBuffer>>()

  const keepPreview = ({ pcm, sampleRateHz }: { pcm: Float32Array; sampleRateHz: number }): VoicePreviewView => {
    const previewId = mint()
    previews.set(previewId, int16Wav(pcm, sampleRateHz))
    const [oldest] = previews.keys()
    if (previews.size > PREVIEWS_KEPT && oldest !== undefined) previews.delete(oldest)
    return { url: `voice-preview/${previewId}`, durationSec: pcm.length / sampleRateHz }
  }

  return {
    /** What a designed voice said, as a WAV; undefined for what is not kept any longer. */
    previewWav: (previewId: string): Uint8Array<ArrayBuffer> | undefined => previews.get(previewId),

    /**
     * Makes a voice from words at the first endpoint of an engine that takes new lines, adds it to the engine's own voices, and
     * waits until it can be used.
     * @throws AppError `engine.remote-not-found`, `engine.unsupported-voice`, `cloud.*`. AppCancel: a voice that was made by then
     *   is among the engine's voices
     */
    async design(
      engineId: EngineId,
      { name, gender, description, previewText, language }: VoiceDesign,
      { signal, progress, item }: DesignJob,
    ): Promise<DesignedVoiceView> {
      const engine = remote.get(engineId)
      const member = engine.members.find(({ isDraining }) => !isDraining) ?? engine.members[0]
      const access = member && voicesAt(deps, engine, member)
      progress({ stage: 'making' })
      const asked = { name, description, previewText, language }
      const made = await orVoiceError(access?.design?.(asked, signal), engine, 'design')
      if (!access || !made) throw cannotSpeak(engine, name)
      const { remoteVoice, preview: heard, warnings } = made
      remote.changeVoices(engineId, (voices) => [...voices, { remoteVoice, name, language, gender }])
      const preview = heard && keepPreview(heard)
      if (preview) item(preview)
      progress({ stage: 'waiting' })
      const status = await orVoiceError(access.settled?.(remoteVoice, signal), engine, 'design')
      if (status === 'rejected') {
        remote.changeVoices(engineId, (voices) => voices.filter((voice) => voice.remoteVoice !== remoteVoice))
        // It would count there, and nobody would see it.
        await access.remove?.(remoteVoice, signal).catch((error: unknown) => {
          if (error instanceof AppCancel) throw error
          log('warn', 'a voice that was rejected was not removed', { engineId, error })
        })
        throw AppError.fromData(rejectedBy(engine, 'design'))
      }
      const voice = listVoices(library.db).find(
        ({ source }) =>
          source.kind === 'presetSpeaker' && source.engineId === engineId && source.speaker === remoteVoice,
      )
      if (!voice) throw new AppError('engine.remote-not-found', { params: { engine: engineId } })
      return { voiceId: voice.voiceId, preview, isPending: status === 'pending', warnings: [...warnings] }
    },

    /**
     * Removes a voice of an engine's own that was made from words: at whichever endpoint has it, then here.
     * @throws AppError `voice.not-found`, `voice.in-use` with the count of projects, `engine.unsupported-voice` for a voice that
     *   the service has for everybody, `cloud.*`; AppCancel
     */
    async discard(voiceId: VoiceId, signal: AbortSignal = new AbortController().signal): Promise<void> {
      const { source, name } = knownVoice(deps, voiceId)
      if (source.kind !== 'presetSpeaker')
        throw new AppError('voice.not-found', { params: { voiceId }, remedies: ['choose-another-voice'] })
      const { engineId, speaker } = source
      const engine = remote.get(engineId)
      const isOwn = engine.voices.some(({ remoteVoice }) => remoteVoice === speaker)
      if (!isOwn || !remoteFacts(engine.connection).mayDesign) throw cannotSpeak(engine, name)
      const count = countCasts(library.db).get(voiceId) ?? 0
      if (count > 0) throw new AppError('voice.in-use', { params: { count }, remedies: ['choose-another-voice'] })
      for (const member of engine.members)
        await orVoiceError(removeVoiceAt(voicesAt(deps, engine, member), speaker, signal), engine, 'remove')
      deleteVoicesOfEngine(library.db, engineId)
      remote.changeVoices(engineId, (voices) => voices.filter(({ remoteVoice }) => remoteVoice !== speaker))
    },
  }
}
