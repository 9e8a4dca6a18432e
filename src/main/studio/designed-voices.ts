import { int16Wav } from '../../shared/audio/index.ts'
import {
  type RemoteEngine,
  type RemoteVoice,
  remoteFacts,
  type VoiceDesign,
  type VoicePreviewView,
} from '../../shared/endpoint/index.ts'
import { AppCancel, AppError, type EngineId, type MintId, toAppError, type VoiceId } from '../../shared/kernel/index.ts'
import { orCancelled } from '../clock/index.ts'
import { isVoiceMissing, presetVoiceIdOf } from '../engines/index.ts'
import { countCasts, deleteVoicesOfEngine, findVoice, listRemoteEngines } from '../library/index.ts'
import type { Log } from '../log/index.ts'
import {
  cannotSpeak,
  orVoiceError,
  rejectedBy,
  removeVoiceAt,
  type VoiceEndpointDeps,
  voicesAt,
} from './voice-endpoint.ts'
import { Watches } from './watches.ts'

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

  const watches = new Watches()
  let isStarted = false

  const ownVoice = (engineId: EngineId, remoteVoice: string): RemoteVoice | undefined =>
    remote.get(engineId).voices.find((voice) => voice.remoteVoice === remoteVoice)
  const settle = (engineId: EngineId, remoteVoice: string): void =>
    remote.changeVoices(engineId, (voices) =>
      voices.map(({ isPending, ...voice }) => ({
        ...voice,
        ...(isPending && voice.remoteVoice !== remoteVoice && { isPending }),
      })),
    )
  const drop = (engineId: EngineId, remoteVoice: string): void =>
    remote.changeVoices(engineId, (voices) => voices.filter((voice) => voice.remoteVoice !== remoteVoice))

  /** Asks for a voice, by whatever way; one that is rejected, or gone, is an engine's no more. */
  const ask = async (
    { engineId, members: [member] }: RemoteEngine,
    remoteVoice: string,
    way: 'state' | 'settled',
    signal: AbortSignal,
  ): Promise<void> => {
    try {
      const access = member && voicesAt(deps, remote.get(engineId), member)
      const status = await access?.[way]?.(remoteVoice, signal)
      if (status === 'pending') return
      if (status !== 'rejected') return settle(engineId, remoteVoice)
      // It would count there, and nobody would see it.
      await access?.remove?.(remoteVoice, signal).catch((error: unknown) => {
        if (error instanceof AppCancel) throw error
        log('warn', 'a voice that was rejected was not removed', { engineId, error })
      })
      drop(engineId, remoteVoice)
    } catch (error) {
      if (error instanceof AppCancel) return
      if (isVoiceMissing(error)) return drop(engineId, remoteVoice)
      log('warn', 'a voice made from words was not asked for', { engineId, code: toAppError(error).code, error })
    }
  }

  const keyOf = (engineId: EngineId, remoteVoice: string): string => `${engineId} ${remoteVoice}`
  const followed = (mayRepeat: boolean): void => {
    if (!isStarted) return
    const wanted = listRemoteEngines(library.db).flatMap((engine) =>
      engine.voices.flatMap(({ remoteVoice, isPending }) =>
        isPending
          ? [
              [
                keyOf(engine.engineId, remoteVoice),
                (signal: AbortSignal) => ask(engine, remoteVoice, 'settled', signal),
              ] as const,
            ]
          : [],
      ),
    )
    watches.follow(new Map(wanted), () => mayRepeat)
  }
  const start = (): void => {
    isStarted = true
    followed(false)
  }

  /** The engine and the name there of a voice of an engine's own, also of one that cannot speak yet. */
  const placeOf = (voiceId: VoiceId): { engineId: EngineId; speaker: string; name: string } => {
    const known = findVoice(library.db, voiceId)
    if (known?.source.kind === 'presetSpeaker') return { ...known.source, name: known.name }
    for (const { engineId, voices } of listRemoteEngines(library.db))
      for (const { remoteVoice, name } of voices)
        if (presetVoiceIdOf(engineId, remoteVoice) === voiceId) return { engineId, speaker: remoteVoice, name }
    throw new AppError('voice.not-found', { params: { voiceId }, remedies: ['choose-another-voice'] })
  }

  return {
    /** Before it is started, nothing is followed. */
    start,
    /** Asks for voices that services are still making and nobody asks for, also where that was given up. */
    follow: (): void => followed(true),
    /** Asks once for those of an engine. What fails is written to the log. */
    async look(engineId: EngineId, signal: AbortSignal): Promise<void> {
      const engine = remote.get(engineId)
      for (const { remoteVoice, isPending } of engine.voices)
        if (isPending) await ask(engine, remoteVoice, 'state', signal)
    },
    [Symbol.asyncDispose]: (): Promise<void> => watches[Symbol.asyncDispose](),

    /** What a designed voice said, as a WAV; undefined for what is not kept any longer. */
    previewWav: (previewId: string): Uint8Array<ArrayBuffer> | undefined => previews.get(previewId),

    /**
     * Makes a voice from words at the first endpoint of an engine that takes new lines, adds it to the engine's own voices, and
     * waits until it can be used: that the service cannot be asked for it is no failure, it is asked for later.
     * @throws AppError `engine.remote-not-found`, `engine.unsupported-voice`, `cloud.*`. AppCancel: a voice that was made by then
     *   is among the engine's voices, and is asked for
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
      const voice = { remoteVoice, name, language, gender, ...(made.status === 'pending' && { isPending: true }) }
      remote.changeVoices(engineId, (voices) => [...voices, voice])
      const preview = heard && keepPreview(heard)
      if (preview) item(preview)
      progress({ stage: 'waiting' })
      start()
      await orCancelled(watches.ended(keyOf(engineId, remoteVoice)) ?? Promise.resolve(), signal)
      const settled = ownVoice(engineId, remoteVoice)
      if (!settled) throw AppError.fromData(rejectedBy(engine, 'design'))
      const voiceId = presetVoiceIdOf(engineId, remoteVoice)
      return { voiceId, preview, isPending: settled.isPending === true, warnings: [...warnings] }
    },

    /**
     * Removes a voice of an engine's own that was made from words: at whichever endpoint has it, then here.
     * @throws AppError `voice.not-found`, `voice.in-use` with the count of projects, `engine.unsupported-voice` for a voice that
     *   the service has for everybody, `cloud.*`; AppCancel
     */
    async discard(voiceId: VoiceId, signal: AbortSignal = new AbortController().signal): Promise<void> {
      const { engineId, speaker, name } = placeOf(voiceId)
      const engine = remote.get(engineId)
      if (!ownVoice(engineId, speaker) || !remoteFacts(engine.connection).mayDesign) throw cannotSpeak(engine, name)
      const count = countCasts(library.db).get(voiceId) ?? 0
      if (count > 0) throw new AppError('voice.in-use', { params: { count }, remedies: ['choose-another-voice'] })
      for (const member of engine.members)
        await orVoiceError(removeVoiceAt(voicesAt(deps, engine, member), speaker, signal), engine, 'remove')
      deleteVoicesOfEngine(library.db, engineId)
      drop(engineId, speaker)
    },
  }
}
