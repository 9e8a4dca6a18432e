import type { RemoteEngine } from '../../shared/endpoint/index.ts'
import { type AppErrorData, type EngineId, type MemberId, toAppError, type VoiceId } from '../../shared/kernel/index.ts'
import type { Voice, VoiceTwin } from '../../shared/voice/index.ts'
import { type RemoteVoiceStatus, toVoiceError } from '../engines/index.ts'
import { deleteVoiceTwin, putVoiceTwin } from '../library/index.ts'
import { rejectedBy, type VoiceEndpointDeps } from './voice-endpoint.ts'

export type TwinBookDeps = VoiceEndpointDeps & {
  /** Twins of an engine came, went or changed. */
  onChanged(engineId: EngineId, voiceIds: VoiceId[]): void
}

/** What the library knows of twins, kept as they are found. */
export type TwinBook = ReturnType<typeof createTwinBook>

type Found = Pick<VoiceTwin, 'status' | 'error'>

export const twinKey = ({ voiceId, memberId, remoteVoice }: VoiceTwin): string =>
  `${voiceId} ${memberId} ${remoteVoice}`

/** A twin that is made of what its voice is now. */
const ofVoice = (twin: VoiceTwin, { source, language }: Voice): VoiceTwin =>
  source.kind === 'promptAudio'
    ? { ...twin, audioSha256: source.audioSha256, promptText: source.promptText, language }
    : twin

const foundAs = (status: RemoteVoiceStatus, engine: RemoteEngine): Found =>
  status === 'rejected' ? { status: 'failed', error: rejectedBy(engine, 'enrol') } : { status, error: null }

export const createTwinBook = ({ library, remote, reach, onChanged }: TwinBookDeps) => {
  const nowEpochMs = (): number => Math.round(reach.clock.nowEpochMs())
  const find = (voiceId: VoiceId, memberId: MemberId): VoiceTwin | undefined =>
    remote.twins().find((twin) => twin.voiceId === voiceId && twin.memberId === memberId)
  const changed = ({ engineId, voiceId }: VoiceTwin): void => {
    remote.forgetVoices()
    onChanged(engineId, [voiceId])
  }
  const keep = (twin: VoiceTwin): VoiceTwin => {
    putVoiceTwin(library.db, twin)
    changed(twin)
    return twin
  }
  /** Only if it is still the one. */
  const found = (twin: VoiceTwin, state: Found): void => {
    const now = find(twin.voiceId, twin.memberId)
    if (now && twinKey(now) === twinKey(twin)) keep({ ...now, ...state, checkedAtEpochMs: nowEpochMs() })
  }
  return {
    find,
    /** A voice is at an endpoint as it is now. */
    add(
      voice: Voice,
      { engine, memberId, remoteVoice }: { engine: RemoteEngine; memberId: MemberId; remoteVoice: string },
      status: RemoteVoiceStatus,
      /** What is known to be said in its recording there; left out: what the voice says. */
      transcript?: string | null,
    ): VoiceTwin {
      const atEpochMs = nowEpochMs()
      const twin: VoiceTwin = {
        ...{ voiceId: voice.voiceId, engineId: engine.engineId, memberId, remoteVoice },
        ...{ audioSha256: '', promptText: '', language: null, ...foundAs(status, engine) },
        ...{ createdAtEpochMs: atEpochMs, checkedAtEpochMs: atEpochMs },
      }
      const promptText = transcript ?? undefined
      return keep({ ...ofVoice(twin, voice), ...(promptText !== undefined && { promptText }) })
    },
    /** A twin says the same as its voice again. */
    align: ({ status, ...twin }: VoiceTwin, voice: Voice): VoiceTwin =>
      keep(ofVoice({ ...twin, status: status === 'outdated' ? 'ready' : status }, voice)),
    checked: (twin: VoiceTwin, engine: RemoteEngine, status: RemoteVoiceStatus): void =>
      found(twin, foundAs(status, engine)),
    /** The endpoint could not be asked for one that it works on. */
    unasked: (twin: VoiceTwin, error: AppErrorData): void => found(twin, { status: 'pending', error }),
    /** The endpoint knows it no more. */
    lost(twin: VoiceTwin, engine: RemoteEngine, failure: unknown): void {
      found(twin, { status: 'failed', error: toAppError(toVoiceError(failure, engine.name, 'list')).toData() })
    },
    forget(twin: VoiceTwin): void {
      deleteVoiceTwin(library.db, twin.voiceId, twin.memberId)
      changed(twin)
    },
  }
}
