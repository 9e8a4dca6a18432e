import {
  type Member,
  type MemberVoices,
  otherModelOfTwin,
  type RemoteEngine,
  remoteFacts,
} from '../../shared/endpoint/index.ts'
import { AppCancel, type EngineId, toAppError, type VoiceId } from '../../shared/kernel/index.ts'
import { isVoiceMissing, toVoiceError } from '../engines/index.ts'
import type { MembersJob } from './copy-voice.ts'
import type { TwinBook } from './twin-book.ts'
import { type VoiceEndpointDeps, voicesAt } from './voice-endpoint.ts'

/** What voices an endpoint has, and how those are that the library knows of. @throws AppCancel */
const memberVoices = async (
  deps: VoiceEndpointDeps,
  book: TwinBook,
  engine: RemoteEngine,
  member: Member,
  signal: AbortSignal,
): Promise<MemberVoices> => {
  const { remote } = deps
  const { memberId, baseUrl } = member
  const gone: VoiceId[] = []
  try {
    const access = voicesAt(deps, engine, member)
    const listed = (await access.list?.(signal)) ?? null
    const isListed = new Set(listed?.filter(({ isRejected }) => !isRejected).map(({ remoteVoice }) => remoteVoice))
    const ofModel = remote.twins().filter((known) => !otherModelOfTwin(engine.connection, known.remoteVoice))
    for (const twin of ofModel.filter((known) => known.memberId === memberId)) {
      if ((twin.status === 'ready' || twin.status === 'outdated') && isListed.has(twin.remoteVoice)) {
        book.checked(twin, engine, 'ready')
        continue
      }
      try {
        const status = await access.state?.(twin.remoteVoice, signal)
        if (status) book.checked(twin, engine, status)
      } catch (error) {
        if (!isVoiceMissing(error)) throw error
        book.lost(twin, engine, error)
        gone.push(twin.voiceId)
      }
    }
    const ofTwins = remote.twins().filter((twin) => twin.memberId === memberId || access.voicesOf === 'account')
    const ofEngine = [...remoteFacts(engine.connection).voices, ...engine.voices]
    const known = new Set([...ofTwins, ...ofEngine].map(({ remoteVoice }) => remoteVoice))
    const adoptable = listed?.filter(({ remoteVoice }) => !known.has(remoteVoice)) ?? null
    const mayHaveMore = listed !== null && listed.length >= (access.listsAtMost ?? Number.POSITIVE_INFINITY)
    return { memberId, baseUrl, adoptable, mayHaveMore, gone, error: null }
  } catch (error) {
    if (error instanceof AppCancel) throw error
    const told = toAppError(toVoiceError(error, engine.name, 'list')).toData()
    return { memberId, baseUrl, adoptable: null, mayHaveMore: false, gone, error: told }
  }
}

/**
 * Asks every endpoint of an engine what voices it has, and how those are that the library knows of.
 * @throws AppError `engine.remote-not-found`; AppCancel
 */
export const listRemoteVoices = async (
  deps: VoiceEndpointDeps,
  book: TwinBook,
  engineId: EngineId,
  { signal, progress, item }: MembersJob<MemberVoices>,
): Promise<MemberVoices[]> => {
  const engine = deps.remote.get(engineId)
  const totalMembers = engine.members.length
  const found: MemberVoices[] = []
  progress({ doneMembers: 0, totalMembers })
  for (const member of engine.members) {
    const voices = await memberVoices(deps, book, engine, member, signal)
    found.push(voices)
    item(voices)
    progress({ doneMembers: found.length, totalMembers })
  }
  return found
}
