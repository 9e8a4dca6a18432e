import { type Member, type RemoteEngine, remoteFacts } from '../../shared/endpoint/index.ts'
import { AppError, type AppErrorData, type MemberId, type VoiceId } from '../../shared/kernel/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import {
  isVoiceMissing,
  openVoiceAccess,
  type RemoteDeps,
  toVoiceError,
  type VoiceAccess,
  type VoiceDeed,
} from '../engines/index.ts'
import { findVoice, type Library } from '../library/index.ts'
import type { RemoteDesk } from './remote-desk.ts'

export type VoiceEndpointDeps = {
  readonly library: Library
  readonly remote: RemoteDesk
  readonly reach: RemoteDeps
}

/** @throws AppError `engine.remote-not-found` */
export const memberOf = (engine: RemoteEngine, memberId: MemberId): Member => {
  const member = engine.members.find((known) => known.memberId === memberId)
  if (!member) throw new AppError('engine.remote-not-found', { params: { engine: engine.name } })
  return member
}

/** The voices of an endpoint. @throws AppError `secret.missing`, `secret.unreadable` */
export const voicesAt = ({ remote, reach }: VoiceEndpointDeps, engine: RemoteEngine, member: Member): VoiceAccess => {
  const setup = remote.setupOf(engine)
  if (remoteFacts(engine.connection).needsKey && setup.keyOf(member.memberId) === undefined)
    throw new AppError('secret.missing', { params: { engine: engine.name }, remedies: ['enter-key'] })
  return openVoiceAccess(setup, member, reach)
}

/** @throws AppError `voice.not-found` */
export const knownVoice = ({ library }: Pick<VoiceEndpointDeps, 'library'>, voiceId: VoiceId): Voice => {
  const voice = findVoice(library.db, voiceId)
  if (!voice) throw new AppError('voice.not-found', { params: { voiceId }, remedies: ['choose-another-voice'] })
  return voice
}

export const cannotSpeak = (engine: RemoteEngine, voice: string): AppError =>
  new AppError('engine.unsupported-voice', {
    params: { engine: engine.name, voice },
    remedies: ['choose-another-engine'],
  })

/** The service has a voice, and never will speak with it. */
export const rejectedBy = (engine: RemoteEngine, deed: VoiceDeed): AppErrorData =>
  new AppError('cloud.rejected', {
    params: {
      engine: engine.name,
      reason: 'said',
      detail: 'UNDEPLOYED',
      deed,
      hint: deed === 'design' ? 'none' : 'sample',
    },
    remedies: ['choose-another-voice'],
  }).toData()

/** @throws AppError `cloud.*` by what was to be done; AppCancel */
export const orVoiceError = async <Output>(
  asked: Promise<Output> | undefined,
  { name }: RemoteEngine,
  deed: VoiceDeed,
): Promise<Output | undefined> => {
  try {
    return await asked
  } catch (error) {
    throw toVoiceError(error, name, deed)
  }
}

/** Removes a voice for good, where endpoints have a way for that; one that is gone is removed. @throws RemoteFailure, AppCancel */
export const removeVoiceAt = async (access: VoiceAccess, remoteVoice: string, signal: AbortSignal): Promise<void> => {
  try {
    await access.remove?.(remoteVoice, signal)
  } catch (error) {
    if (!isVoiceMissing(error)) throw error
  }
}
