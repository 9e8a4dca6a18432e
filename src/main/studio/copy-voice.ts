import {
  type Member,
  otherModelOfTwin,
  type RemoteEngine,
  remoteFacts,
  type TwinGap,
  type TwinOutcome,
  twinGaps,
} from '../../shared/endpoint/index.ts'
import {
  AppCancel,
  AppError,
  type AppErrorData,
  type EngineId,
  type MemberId,
  toAppError,
  type VoiceId,
} from '../../shared/kernel/index.ts'
import type { RecordingReport, Voice, VoiceTwin } from '../../shared/voice/index.ts'
import { orCancelled } from '../clock/index.ts'
import { isVoiceMissing, type Recording, toVoiceError, type VoiceAccess, type VoiceDeed } from '../engines/index.ts'
import { hasConsent } from '../library/index.ts'
import type { PendingTwins } from './pending-twins.ts'
import { recordingFor } from './recording-for.ts'
import type { InTurn } from './take-turns.ts'
import type { TwinBook } from './twin-book.ts'
import { cannotSpeak, knownVoice, removeVoiceAt, type VoiceEndpointDeps, voicesAt } from './voice-endpoint.ts'

/** What a job over the endpoints of an engine may say while it runs. */
export type MembersJob<Item> = {
  readonly signal: AbortSignal
  progress(progress: { doneMembers: number; totalMembers: number }): void
  item(item: Item): void
}
export type TwinAsked = {
  readonly voiceId: VoiceId
  readonly engineId: EngineId
  /** Where a person has put the recording themselves, for services that load it; null: it is uploaded. */
  readonly sampleUrl: string | null
  /** Whether the service is to take noise away first, where it can. */
  readonly isCleaned?: boolean | undefined
}
/** Whether a voice is to be copied to an endpoint, by its twin there. */
export type IsDue = (twin: VoiceTwin | undefined, voice: Voice) => boolean

export type CopyVoiceDeps = VoiceEndpointDeps & {
  /** Where the recording of a voice lies. */
  pathOf(audioSha256: string): string
  inspectRecording(file: string, signal?: AbortSignal): Promise<RecordingReport>
}
type CopyRoom = { readonly book: TwinBook; readonly pending: PendingTwins; readonly inTurn: InTurn }

/** Services that keep words of consent get these. */
const CONSENT = 'The person who added this recording to Cosy Studio allowed that it be sent here.'

type Recorded = { readonly voice: Voice; readonly recording: Recording; readonly report: RecordingReport }
type Place = { readonly engine: RemoteEngine; readonly member: Member; readonly asked: TwinAsked }

/** What is copied, when it may be. */
const recordedVoice = async (
  deps: CopyVoiceDeps,
  voiceId: VoiceId,
  engine: RemoteEngine,
  signal: AbortSignal,
): Promise<Recorded> => {
  const { library, pathOf, inspectRecording } = deps
  const voice = knownVoice(deps, voiceId)
  const { source } = voice
  if (source.kind !== 'promptAudio' || !remoteFacts(engine.connection).mayEnrol) throw cannotSpeak(engine, voice.name)
  if (!hasConsent(library.db, voiceId, engine.engineId))
    throw new AppError('cloud.consent-needed', {
      params: {
        ...{ engine: engine.name, engineId: engine.engineId },
        ...{ subject: 'voice', subjectId: voiceId, voice: voice.name },
      },
      remedies: ['allow-sending', 'choose-another-engine'],
    })
  const recording = await recordingFor(voice, pathOf)
  if (!recording) throw new Error('a voice of a recording has one')
  return { voice, recording, report: await inspectRecording(pathOf(source.audioSha256), signal) }
}

/** Under the name of the former copy where the endpoint has a way for that and all it needs to know; else as another one. */
const enrolled = async (
  { enrol, update }: VoiceAccess,
  former: VoiceTwin | undefined,
  recording: Recording,
  facts: Parameters<NonNullable<VoiceAccess['enrol']>>[1],
  signal: AbortSignal,
) => {
  if (former && update)
    try {
      return await update(former.remoteVoice, recording, facts, signal)
    } catch (error) {
      if (!isVoiceMissing(error)) throw error
    }
  if (!enrol) throw new Error('an endpoint that voices can be copied to has a way for that')
  return enrol(recording, facts, signal)
}

/** Brings a copy in step that need not be made anew for it: what it was made of is the same. @returns whether it could */
const isRelabelled = async (
  { relabel }: VoiceAccess,
  { status, remoteVoice }: VoiceTwin,
  gaps: readonly TwinGap[],
  { name, language }: Voice,
  signal: AbortSignal,
): Promise<boolean> => {
  if (status === 'failed') return false
  if (gaps.length === 0) return true
  if (!relabel || gaps.some((gap) => gap !== 'language')) return false
  try {
    await relabel(remoteVoice, { name, language }, signal)
    return true
  } catch (error) {
    if (isVoiceMissing(error)) return false
    throw error
  }
}

/** @throws AppCancel */
const copiedTo = async (
  deps: CopyVoiceDeps & { readonly book: TwinBook },
  { voice, recording, report }: Recorded,
  { engine, member, asked: { sampleUrl, isCleaned = false } }: Place,
  former: VoiceTwin | undefined,
  signal: AbortSignal,
): Promise<TwinOutcome> => {
  const { book } = deps
  const { memberId, baseUrl } = member
  const told = (error: unknown, about: VoiceDeed): AppErrorData => {
    if (error instanceof AppCancel) throw error
    return toAppError(toVoiceError(error, engine.name, about)).toData()
  }
  const facts = { name: voice.name, report, sampleUrl, isCleaned, consent: CONSENT }
  // One of another model is another voice: it stays there for engines that have that model.
  const replaced = former && otherModelOfTwin(engine.connection, former.remoteVoice) === undefined ? former : undefined
  const gaps = replaced ? twinGaps(engine.connection, replaced, voice) : []
  try {
    const access = voicesAt(deps, engine, member)
    if (replaced && (await isRelabelled(access, replaced, gaps, voice, signal)))
      return { memberId, baseUrl, twin: book.align(replaced, voice), error: null, warnings: [] }
    const mayKeepName = !gaps.includes('language')
    const made = await enrolled(access, mayKeepName ? replaced : undefined, recording, facts, signal)
    const { remoteVoice, status, remarks = [] } = made
    const warnings = [...remarks]
    const twin = book.add(voice, { engine, memberId, remoteVoice }, status)
    // A server gives a name that is free again to the next.
    if (!replaced || replaced.remoteVoice === remoteVoice) return { memberId, baseUrl, twin, error: null, warnings }
    const error = await removeVoiceAt(access, replaced.remoteVoice, signal).then(
      () => null,
      (failure: unknown) => told(failure, 'remove'),
    )
    return { memberId, baseUrl, twin, error, warnings }
  } catch (error) {
    const twin = book.find(voice.voiceId, memberId) ?? null
    return { memberId, baseUrl, twin, error: told(error, former ? 'renew' : 'enrol'), warnings: [] }
  }
}

/**
 * Copies a voice to the endpoints of an engine that are due, and waits until the copies can be used.
 * @throws AppError `voice.not-found`, `engine.remote-not-found`, `engine.unsupported-voice`, `cloud.consent-needed`,
 *   `voice.prompt-unreadable`; why it failed everywhere. AppCancel
 */
export const copyVoice = async (
  deps: CopyVoiceDeps,
  { book, pending, inTurn }: CopyRoom,
  asked: TwinAsked,
  { signal, progress, item }: MembersJob<TwinOutcome>,
  isDue: IsDue,
): Promise<TwinOutcome[]> => {
  const { voiceId } = asked
  const engine = deps.remote.get(asked.engineId)
  const recorded = await recordedVoice(deps, voiceId, engine, signal)
  const { voice } = recorded
  const members = engine.members.filter(({ isDraining }) => !isDraining)
  const outcomes = new Map<MemberId, TwinOutcome>()
  const say = (outcome: TwinOutcome): void => {
    outcomes.set(outcome.memberId, outcome)
    item(outcome)
  }
  let doneMembers = 0
  const done = (): void => {
    doneMembers += 1
    progress({ doneMembers, totalMembers: members.length })
  }
  progress({ doneMembers, totalMembers: members.length })
  const waiting: Promise<void>[] = []
  for (const member of members) {
    const { memberId, baseUrl } = member
    const outcome = await inTurn(`${voiceId} ${memberId}`, async (): Promise<TwinOutcome> => {
      const twin = book.find(voiceId, memberId)
      if (!isDue(twin, voice)) return { memberId, baseUrl, twin: twin ?? null, error: null, warnings: [] }
      return copiedTo({ ...deps, book }, recorded, { engine, member, asked }, twin, signal)
    })
    say(outcome)
    const ended = outcome.twin && pending.asked(outcome.twin)
    if (!ended) {
      done()
      continue
    }
    const settled = orCancelled(ended, signal).then(() => {
      const twin = book.find(voiceId, memberId) ?? null
      say({ ...outcome, twin, error: twin?.error ?? null })
      done()
    })
    // Awaited below; a cancel that comes while others are still being made must not go unheard until then.
    settled.catch(() => undefined)
    waiting.push(settled)
  }
  await Promise.all(waiting)
  const all = [...outcomes.values()]
  const [failed] = all.flatMap(({ error }) => error ?? [])
  const isAnyOfUse = all.some(({ twin }) => twin !== null && twin.status !== 'failed')
  if (failed && !isAnyOfUse) throw AppError.fromData(failed)
  return all
}
