import { int16Wav } from '../../shared/audio/index.ts'
import {
  type Member,
  type MemberVoices,
  type RemoteEngine,
  remoteFacts,
  type TwinOutcome,
  type VoiceDesign,
  type VoicePreviewView,
} from '../../shared/endpoint/index.ts'
import {
  AppCancel,
  AppError,
  type AppErrorData,
  type EngineId,
  type MemberId,
  type MintId,
  toAppError,
  type VoiceId,
} from '../../shared/kernel/index.ts'
import { isTwinInStep, type RecordingReport, type Voice, type VoiceTwin } from '../../shared/voice/index.ts'
import {
  isVoiceMissing,
  openVoiceAccess,
  type Recording,
  type RemoteDeps,
  type RemoteVoiceStatus,
  toVoiceError,
  type VoiceAccess,
  type VoiceDeed,
} from '../engines/index.ts'
import {
  countCasts,
  deleteVoicesOfEngine,
  deleteVoiceTwin,
  findVoice,
  hasConsent,
  type Library,
  listVoices,
  putVoiceTwin,
} from '../library/index.ts'
import type { Log } from '../log/index.ts'
import { recordingFor } from './recording-for.ts'
import type { RemoteDesk } from './remote-desk.ts'

/** What a job over the endpoints of an engine may say while it runs. */
export type MembersJob<Item> = {
  readonly signal: AbortSignal
  progress(progress: { doneMembers: number; totalMembers: number }): void
  item(item: Item): void
}
export type DesignJob = {
  readonly signal: AbortSignal
  progress(progress: { stage: 'making' | 'waiting' }): void
  item(preview: VoicePreviewView): void
}
export type TwinAsked = {
  readonly voiceId: VoiceId
  readonly engineId: EngineId
  /** Where a person has put the recording themselves, for services that load it; null: it is uploaded. */
  readonly sampleUrl: string | null
}
export type DesignedVoiceView = {
  readonly voiceId: VoiceId
  readonly preview: VoicePreviewView | null
  readonly isPending: boolean
  readonly warnings: { field: string; reason: string }[]
}

export type TwinDeskDeps = {
  readonly library: Library
  readonly remote: RemoteDesk
  readonly reach: RemoteDeps
  /** Where the recording of a voice lies. */
  pathOf(audioSha256: string): string
  inspectRecording(file: string, signal?: AbortSignal): Promise<RecordingReport>
  readonly mint: MintId
  readonly log: Log
  /** Twins of an engine came, went or changed. */
  onChanged(engineId: EngineId, voiceIds: VoiceId[]): void
}

/** Services that keep words of consent get these. */
const CONSENT = 'The person who added this recording to Cosy Studio allowed that it be sent here.'
const PREVIEWS_KEPT = 20

type Recorded = { readonly voice: Voice; readonly recording: Recording; readonly report: RecordingReport }
type Watch = { readonly controller: AbortController; readonly ended: Promise<void> }

const keyOf = ({ voiceId, memberId, remoteVoice }: VoiceTwin): string => `${voiceId} ${memberId} ${remoteVoice}`
const isSame = (one: VoiceTwin, other: VoiceTwin): boolean => keyOf(one) === keyOf(other)

/** The promise, or AppCancel as soon as the signal says so: what is waited for goes on. */
const orCancelled = async (waiting: Promise<void>, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) throw new AppCancel()
  let cancel = (): void => undefined
  const cancelled = new Promise<void>((_resolve, reject) => {
    cancel = () => reject(new AppCancel())
    signal.addEventListener('abort', cancel)
  })
  try {
    await Promise.race([waiting, cancelled])
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** Voices of the library as endpoints know them: copied there, followed until they can be used, and kept in step. */
export class TwinDesk implements AsyncDisposable {
  readonly #deps: TwinDeskDeps
  readonly #watches = new Map<string, Watch>()
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #closing = new AbortController()
  #isStarted = false
  readonly #previews = new Map<string, Uint8Array<ArrayBuffer>>()

  constructor(deps: TwinDeskDeps) {
    this.#deps = deps
  }

  get #db() {
    return this.#deps.library.db
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#isStarted = false
    const watches = [...this.#watches.values()]
    for (const { controller } of watches) controller.abort()
    await Promise.all(watches.map(({ ended }) => ended))
  }

  /** Goes on asking for twins that services were working on the last time. What fails is written to the log. */
  start(): void {
    this.#isStarted = true
    this.follow()
  }

  /** Asks for twins that services work on, until they can be used or never will be; for those that are no more, no longer. */
  follow(): void {
    if (!this.#isStarted) return
    const pending = new Map(
      this.#deps.remote.twins().flatMap((twin) => (twin.status === 'pending' ? [[keyOf(twin), twin] as const] : [])),
    )
    for (const [key, { controller }] of this.#watches) if (!pending.has(key)) controller.abort()
    for (const [key, twin] of pending) {
      if (this.#watches.has(key)) continue
      const controller = new AbortController()
      const ended = this.#watch(twin, controller.signal).finally(() => this.#watches.delete(key))
      this.#watches.set(key, { controller, ended })
    }
  }

  async #watch(twin: VoiceTwin, signal: AbortSignal): Promise<void> {
    const { log, remote } = this.#deps
    try {
      const engine = remote.get(twin.engineId)
      const member = memberOf(engine, twin.memberId)
      try {
        const status = (await this.#accessOf(engine, member).settled?.(twin.remoteVoice, signal)) ?? 'ready'
        this.#checked(twin, engine, status)
      } catch (error) {
        if (!isVoiceMissing(error)) throw toVoiceError(error, engine.name, 'enrol')
        this.#lost(twin, engine, error)
      }
    } catch (error) {
      if (error instanceof AppCancel) return
      const { code } = toAppError(error)
      log('warn', 'a copy of a voice was not asked for', { memberId: twin.memberId, code, error })
    }
  }

  /**
   * Copies a voice to every endpoint of an engine that has no copy that is of use, and waits until they can be used.
   * @throws AppError `voice.not-found`, `engine.remote-not-found`, `engine.unsupported-voice`, `cloud.consent-needed`,
   *   `voice.prompt-unreadable`; why it failed everywhere. AppCancel
   */
  enrol(asked: TwinAsked, job: MembersJob<TwinOutcome>): Promise<TwinOutcome[]> {
    return this.#outcomes(asked, job, (twin) => (!twin ? 'enrol' : twin.status === 'failed' ? 'renew' : null))
  }

  /** Makes the twins of a voice at an engine anew that are out of step with it, or failed. @throws as `enrol` */
  renew(asked: TwinAsked, job: MembersJob<TwinOutcome>): Promise<TwinOutcome[]> {
    return this.#outcomes(asked, job, (twin, voice) =>
      twin && (twin.status === 'failed' || !isTwinInStep(twin, voice)) ? 'renew' : null,
    )
  }

  async #outcomes(
    { voiceId, engineId, sampleUrl }: TwinAsked,
    { signal, progress, item }: MembersJob<TwinOutcome>,
    deedFor: (twin: VoiceTwin | undefined, voice: Voice) => 'enrol' | 'renew' | null,
  ): Promise<TwinOutcome[]> {
    const engine = this.#deps.remote.get(engineId)
    const recorded = await this.#recorded(voiceId, engine, signal)
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
      const outcome = await this.#inTurn(`${voiceId} ${memberId}`, async (): Promise<TwinOutcome> => {
        const twin = this.#twin(voiceId, memberId)
        const deed = deedFor(twin, voice)
        if (deed === null) return { memberId, baseUrl, twin: twin ?? null, error: null }
        return this.#made(recorded, { engine, member, twin, deed, sampleUrl }, signal)
      })
      say(outcome)
      const watch = outcome.twin && this.#watches.get(keyOf(outcome.twin))
      if (!watch) {
        done()
        continue
      }
      const settled = orCancelled(watch.ended, signal).then(() => {
        const twin = this.#twin(voiceId, memberId) ?? null
        say({ memberId, baseUrl, twin, error: twin?.error ?? null })
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

  /** What is copied, when it may be. */
  async #recorded(voiceId: VoiceId, engine: RemoteEngine, signal: AbortSignal): Promise<Recorded> {
    const { pathOf, inspectRecording } = this.#deps
    const voice = this.#voice(voiceId)
    const { source } = voice
    if (source.kind !== 'promptAudio' || !remoteFacts(engine.connection).mayEnrol) throw cannotSpeak(engine, voice.name)
    if (!hasConsent(this.#db, voiceId, engine.engineId))
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

  async #made(
    { voice, recording, report }: Recorded,
    {
      engine,
      member,
      twin: former,
      deed,
      sampleUrl,
    }: {
      engine: RemoteEngine
      member: Member
      twin: VoiceTwin | undefined
      deed: 'enrol' | 'renew'
      sampleUrl: string | null
    },
    signal: AbortSignal,
  ): Promise<TwinOutcome> {
    const { memberId, baseUrl } = member
    const told = (error: unknown, about: VoiceDeed = deed): AppErrorData => {
      if (error instanceof AppCancel) throw error
      return toAppError(toVoiceError(error, engine.name, about)).toData()
    }
    const facts = { name: voice.name, report, sampleUrl, consent: CONSENT }
    try {
      const access = this.#accessOf(engine, member)
      if (former && former.status !== 'failed' && !access.takesTranscript && isOfSameSound(former, voice))
        return { memberId, baseUrl, twin: this.#keep(ofVoice(former, voice)), error: null }
      const { there, isInPlace } = await enrolled(access, { former, recording, facts }, signal)
      const nowEpochMs = this.#nowEpochMs
      const twin: VoiceTwin = ofVoice(
        {
          ...{ voiceId: voice.voiceId, engineId: engine.engineId, memberId, remoteVoice: there.remoteVoice },
          ...{ audioSha256: '', promptText: '', error: null, status: 'pending' },
          createdAtEpochMs: nowEpochMs,
          checkedAtEpochMs: nowEpochMs,
        },
        voice,
      )
      const kept = this.#keep({ ...twin, ...this.#stateOf(there.status, engine) })
      // A server gives a name that is free again to the next.
      if (!former || isInPlace || former.remoteVoice === there.remoteVoice)
        return { memberId, baseUrl, twin: kept, error: null }
      const error = await access.remove?.(former.remoteVoice, signal).then(
        () => null,
        (failure: unknown) => (isVoiceMissing(failure) ? null : told(failure, 'remove')),
      )
      return { memberId, baseUrl, twin: kept, error: error ?? null }
    } catch (error) {
      return { memberId, baseUrl, twin: this.#twin(voice.voiceId, memberId) ?? null, error: told(error) }
    }
  }

  /**
   * Asks every endpoint of an engine what voices it has, and how those are that the library knows of.
   * @throws AppError `engine.remote-not-found`; AppCancel
   */
  async sync(engineId: EngineId, { signal, progress, item }: MembersJob<MemberVoices>): Promise<MemberVoices[]> {
    const engine = this.#deps.remote.get(engineId)
    const totalMembers = engine.members.length
    const found: MemberVoices[] = []
    progress({ doneMembers: 0, totalMembers })
    for (const member of engine.members) {
      const voices = await this.#voicesAt(engine, member, signal)
      found.push(voices)
      item(voices)
      progress({ doneMembers: found.length, totalMembers })
    }
    return found
  }

  async #voicesAt(engine: RemoteEngine, member: Member, signal: AbortSignal): Promise<MemberVoices> {
    const { memberId, baseUrl } = member
    const gone: VoiceId[] = []
    try {
      const access = this.#accessOf(engine, member)
      const listed = (await access.list?.(signal)) ?? null
      const isListed = new Set(listed?.map(({ remoteVoice }) => remoteVoice))
      for (const twin of this.#deps.remote.twins().filter((known) => known.memberId === memberId)) {
        if (twin.status === 'ready' && isListed.has(twin.remoteVoice)) {
          this.#checked(twin, engine, 'ready')
          continue
        }
        try {
          const status = await access.state?.(twin.remoteVoice, signal)
          if (status) this.#checked(twin, engine, status)
        } catch (error) {
          if (!isVoiceMissing(error)) throw error
          this.#lost(twin, engine, error)
          gone.push(twin.voiceId)
        }
      }
      const known = new Set([
        ...this.#deps.remote
          .twins()
          .filter((twin) => twin.memberId === memberId || access.voicesOf === 'account')
          .map(({ remoteVoice }) => remoteVoice),
        ...[...remoteFacts(engine.connection).voices, ...engine.voices].map(({ remoteVoice }) => remoteVoice),
      ])
      const adoptable = listed?.filter(({ remoteVoice }) => !known.has(remoteVoice)) ?? null
      return { memberId, baseUrl, adoptable, gone, error: null }
    } catch (error) {
      if (error instanceof AppCancel) throw error
      const told = toAppError(toVoiceError(error, engine.name, 'list')).toData()
      return { memberId, baseUrl, adoptable: null, gone, error: told }
    }
  }

  /**
   * A person says that a voice of an endpoint is a copy of one of the library, as it is now.
   * @throws AppError `voice.not-found`, `engine.remote-not-found`, `engine.unsupported-voice`, `cloud.*`; AppCancel
   */
  async adopt(
    {
      voiceId,
      engineId,
      memberId,
      remoteVoice,
    }: { voiceId: VoiceId; engineId: EngineId; memberId: MemberId; remoteVoice: string },
    signal: AbortSignal = this.#closing.signal,
  ): Promise<VoiceTwin> {
    const engine = this.#deps.remote.get(engineId)
    const voice = this.#voice(voiceId)
    const access = this.#accessOf(engine, memberOf(engine, memberId))
    if (voice.source.kind !== 'promptAudio' || !access.enrol) throw cannotSpeak(engine, voice.name)
    const status = await orVoiceError(access.state?.(remoteVoice, signal), engine, 'adopt')
    const nowEpochMs = this.#nowEpochMs
    return this.#keep(
      ofVoice(
        {
          ...{ voiceId, engineId, memberId, remoteVoice, audioSha256: '', promptText: '' },
          ...this.#stateOf(status ?? 'ready', engine),
          createdAtEpochMs: nowEpochMs,
          checkedAtEpochMs: nowEpochMs,
        },
        voice,
      ),
    )
  }

  /**
   * Forgets a twin. One that is gone there already is forgotten all the same.
   * @param alsoThere removes the copy at the endpoint too, for good; where that fails, the twin stays
   * @throws AppError `cloud.*`; AppCancel
   */
  async remove(
    { voiceId, memberId, alsoThere }: { voiceId: VoiceId; memberId: MemberId; alsoThere: boolean },
    signal: AbortSignal = this.#closing.signal,
  ): Promise<void> {
    await this.#inTurn(`${voiceId} ${memberId}`, async () => {
      const twin = this.#twin(voiceId, memberId)
      if (!twin) return
      const engine = this.#deps.remote.get(twin.engineId)
      if (alsoThere) {
        const access = this.#accessOf(engine, memberOf(engine, memberId))
        const removal = access.remove?.(twin.remoteVoice, signal).catch((error: unknown) => {
          if (!isVoiceMissing(error)) throw error
        })
        await orVoiceError(removal, engine, 'remove')
      }
      deleteVoiceTwin(this.#db, voiceId, memberId)
      this.#changed(twin)
    })
  }

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
    const { remote, log } = this.#deps
    const engine = remote.get(engineId)
    const member = engine.members.find(({ isDraining }) => !isDraining) ?? engine.members[0]
    const access = member && this.#accessOf(engine, member)
    progress({ stage: 'making' })
    const made = await orVoiceError(
      access?.design?.({ name, description, previewText, language }, signal),
      engine,
      'design',
    )
    if (!made) throw cannotSpeak(engine, name)
    const { remoteVoice, preview: heard, warnings } = made
    remote.changeVoices(engineId, (voices) => [...voices, { remoteVoice, name, language, gender }])
    const preview = heard && this.#previewOf(heard)
    if (preview) item(preview)
    progress({ stage: 'waiting' })
    const status = await orVoiceError(access?.settled?.(remoteVoice, signal), engine, 'design')
    if (status === 'rejected') {
      remote.changeVoices(engineId, (voices) => voices.filter((voice) => voice.remoteVoice !== remoteVoice))
      // It would count there, and nobody would see it.
      await access?.remove?.(remoteVoice, signal).catch((error: unknown) => {
        if (error instanceof AppCancel) throw error
        log('warn', 'a voice that was rejected was not removed', { engineId, error })
      })
      throw AppError.fromData(rejectedBy(engine, 'design'))
    }
    const voice = listVoices(this.#db).find(
      ({ source }) => source.kind === 'presetSpeaker' && source.engineId === engineId && source.speaker === remoteVoice,
    )
    if (!voice) throw new AppError('engine.remote-not-found', { params: { engine: engineId } })
    return { voiceId: voice.voiceId, preview, isPending: status === 'pending', warnings: [...warnings] }
  }

  /**
   * Removes a voice of an engine's own that was made from words: at whichever endpoint has it, then here.
   * @throws AppError `voice.not-found`, `voice.in-use` with the count of projects, `engine.unsupported-voice` for a voice that
   *   the service has for everybody, `cloud.*`; AppCancel
   */
  async discard(voiceId: VoiceId, signal: AbortSignal = new AbortController().signal): Promise<void> {
    const { remote } = this.#deps
    const { source, name } = this.#voice(voiceId)
    if (source.kind !== 'presetSpeaker')
      throw new AppError('voice.not-found', { params: { voiceId }, remedies: ['choose-another-voice'] })
    const { engineId, speaker } = source
    const engine = remote.get(engineId)
    const isOwn = engine.voices.some(({ remoteVoice }) => remoteVoice === speaker)
    if (!isOwn || !remoteFacts(engine.connection).mayDesign) throw cannotSpeak(engine, name)
    const count = countCasts(this.#db).get(voiceId) ?? 0
    if (count > 0) throw new AppError('voice.in-use', { params: { count }, remedies: ['choose-another-voice'] })
    for (const member of engine.members) {
      const removal = this.#accessOf(engine, member)
        .remove?.(speaker, signal)
        .catch((error: unknown) => {
          if (!isVoiceMissing(error)) throw error
        })
      await orVoiceError(removal, engine, 'remove')
    }
    deleteVoicesOfEngine(this.#db, engineId)
    remote.changeVoices(engineId, (voices) => voices.filter(({ remoteVoice }) => remoteVoice !== speaker))
  }

  #previewOf({ pcm, sampleRateHz }: { pcm: Float32Array; sampleRateHz: number }): VoicePreviewView {
    const previewId = this.#deps.mint()
    this.#previews.set(previewId, int16Wav(pcm, sampleRateHz))
    const [oldest] = this.#previews.keys()
    if (this.#previews.size > PREVIEWS_KEPT && oldest !== undefined) this.#previews.delete(oldest)
    return { url: `voice-preview/${previewId}`, durationSec: pcm.length / sampleRateHz }
  }

  /** What a designed voice said, as a WAV; undefined for what is not kept any longer. */
  previewWav(previewId: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#previews.get(previewId)
  }

  get #nowEpochMs(): number {
    return Math.round(this.#deps.reach.clock.nowEpochMs())
  }

  /** @throws AppError `secret.missing`, `secret.unreadable` */
  #accessOf(engine: RemoteEngine, member: Member): VoiceAccess {
    const setup = this.#deps.remote.setupOf(engine)
    if (remoteFacts(engine.connection).needsKey && setup.keyOf(member.memberId) === undefined)
      throw new AppError('secret.missing', { params: { engine: engine.name }, remedies: ['enter-key'] })
    return openVoiceAccess(setup, member, this.#deps.reach)
  }

  #voice(voiceId: VoiceId): Voice {
    const voice = findVoice(this.#db, voiceId)
    if (!voice) throw new AppError('voice.not-found', { params: { voiceId }, remedies: ['choose-another-voice'] })
    return voice
  }

  #twin(voiceId: VoiceId, memberId: MemberId): VoiceTwin | undefined {
    return this.#deps.remote.twins().find((twin) => twin.voiceId === voiceId && twin.memberId === memberId)
  }

  #stateOf(status: RemoteVoiceStatus, engine: RemoteEngine): Pick<VoiceTwin, 'status' | 'error'> {
    return status === 'rejected' ? { status: 'failed', error: rejectedBy(engine, 'enrol') } : { status, error: null }
  }

  /** Writes down how a twin was found, if it is still the one. */
  #checked(twin: VoiceTwin, engine: RemoteEngine, status: RemoteVoiceStatus): void {
    this.#found(twin, this.#stateOf(status, engine))
  }

  #lost(twin: VoiceTwin, engine: RemoteEngine, failure: unknown): void {
    const error = toAppError(toVoiceError(failure, engine.name, 'list')).toData()
    this.#found(twin, { status: 'failed', error })
  }

  #found(twin: VoiceTwin, state: Pick<VoiceTwin, 'status' | 'error'>): void {
    const now = this.#twin(twin.voiceId, twin.memberId)
    if (now && isSame(now, twin)) this.#keep({ ...now, ...state, checkedAtEpochMs: this.#nowEpochMs })
  }

  #keep(twin: VoiceTwin): VoiceTwin {
    putVoiceTwin(this.#db, twin)
    this.#changed(twin)
    return twin
  }

  #changed({ engineId, voiceId }: VoiceTwin): void {
    this.#deps.remote.forgetVoices()
    this.#deps.onChanged(engineId, [voiceId])
    if (!this.#closing.signal.aborted) this.start()
  }

  /** One after the other for each twin: asked for twice at the same time, a voice would be there twice. */
  async #inTurn<Output>(key: string, action: () => Promise<Output>): Promise<Output> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(action)
    const over = turn.catch(() => undefined)
    this.#turns.set(key, over)
    try {
      return await turn
    } finally {
      if (this.#turns.get(key) === over) this.#turns.delete(key)
    }
  }
}

const memberOf = (engine: RemoteEngine, memberId: MemberId): Member => {
  const member = engine.members.find((known) => known.memberId === memberId)
  if (!member) throw new AppError('engine.remote-not-found', { params: { engine: engine.name } })
  return member
}

const cannotSpeak = (engine: RemoteEngine, voice: string): AppError =>
  new AppError('engine.unsupported-voice', {
    params: { engine: engine.name, voice },
    remedies: ['choose-another-engine'],
  })

const rejectedBy = (engine: RemoteEngine, deed: VoiceDeed): AppErrorData =>
  new AppError('cloud.rejected', {
    params: { engine: engine.name, reason: 'UNDEPLOYED', deed, hint: deed === 'design' ? 'none' : 'sample' },
    remedies: ['choose-another-voice'],
  }).toData()

const orVoiceError = async <Output>(
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

/** A twin that is made of what its voice is now. */
const ofVoice = (twin: VoiceTwin, { source }: Voice): VoiceTwin =>
  source.kind === 'promptAudio' ? { ...twin, audioSha256: source.audioSha256, promptText: source.promptText } : twin
const isOfSameSound = ({ audioSha256 }: VoiceTwin, { source }: Voice): boolean =>
  source.kind === 'promptAudio' && source.audioSha256 === audioSha256

/** Under the name of the former copy where the endpoint has a way for that; else as another one. */
const enrolled = async (
  { enrol, update }: VoiceAccess,
  {
    former,
    recording,
    facts,
  }: { former: VoiceTwin | undefined; recording: Recording; facts: Parameters<NonNullable<VoiceAccess['enrol']>>[1] },
  signal: AbortSignal,
) => {
  if (former && update)
    try {
      return { there: await update(former.remoteVoice, recording, facts, signal), isInPlace: true }
    } catch (error) {
      if (!isVoiceMissing(error)) throw error
    }
  if (!enrol) throw new Error('an endpoint that voices can be copied to has a way for that')
  return { there: await enrol(recording, facts, signal), isInPlace: false }
}
