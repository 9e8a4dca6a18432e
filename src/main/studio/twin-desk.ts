import type { MemberVoices, TwinOutcome } from '../../shared/endpoint/index.ts'
import type { EngineId, MemberId, VoiceId } from '../../shared/kernel/index.ts'
import { isTwinInStep, type VoiceTwin } from '../../shared/voice/index.ts'
import { type CopyVoiceDeps, copyVoice, type IsDue, type MembersJob, type TwinAsked } from './copy-voice.ts'
import { createDesignedVoices, type DesignedVoices, type DesignedVoicesDeps } from './designed-voices.ts'
import { listRemoteVoices } from './list-remote-voices.ts'
import { PendingTwins } from './pending-twins.ts'
import { takeTurns } from './take-turns.ts'
import { createTwinBook, type TwinBook, type TwinBookDeps } from './twin-book.ts'
import { cannotSpeak, knownVoice, memberOf, orVoiceError, removeVoiceAt, voicesAt } from './voice-endpoint.ts'

export type TwinDeskDeps = CopyVoiceDeps & DesignedVoicesDeps & TwinBookDeps

/** Voices of the library as endpoints know them: copied there, followed until they can be used, and kept in step. */
export class TwinDesk implements AsyncDisposable {
  readonly #deps: TwinDeskDeps
  readonly #book: TwinBook
  readonly #pending: PendingTwins
  readonly #designed: DesignedVoices
  readonly #inTurn = takeTurns()
  readonly #closing = new AbortController()
  readonly design: DesignedVoices['design']
  readonly discard: DesignedVoices['discard']
  readonly previewWav: DesignedVoices['previewWav']

  constructor(deps: TwinDeskDeps) {
    this.#deps = deps
    this.#book = createTwinBook({
      ...deps,
      onChanged: (engineId, voiceIds) => {
        deps.onChanged(engineId, voiceIds)
        this.start()
      },
    })
    this.#pending = new PendingTwins(deps, this.#book)
    this.#designed = createDesignedVoices(deps)
    ;({ design: this.design, discard: this.discard, previewWav: this.previewWav } = this.#designed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#pending[Symbol.asyncDispose]()
    await this.#designed[Symbol.asyncDispose]()
  }

  /** Goes on asking for what services were working on the last time. What fails is written to the log. */
  start(): void {
    this.#pending.start()
    this.#designed.start()
  }

  /**
   * Voices, engines or twins changed, or the app goes online, or a person wants to know: asks for what services work on and
   * nobody asks for, and for what is no more no longer.
   */
  follow(): void {
    this.#pending.follow()
    this.#designed.follow()
  }

  /** Copies a voice to every endpoint of an engine that has no copy that is of use. @throws as `copyVoice` */
  enrol(asked: TwinAsked, job: MembersJob<TwinOutcome>): Promise<TwinOutcome[]> {
    return this.#copy(asked, job, (twin) => !twin || twin.status === 'failed')
  }

  /** Makes the twins of a voice at an engine anew that are out of step with it, or failed. @throws as `copyVoice` */
  renew(asked: TwinAsked, job: MembersJob<TwinOutcome>): Promise<TwinOutcome[]> {
    return this.#copy(
      asked,
      job,
      (twin, voice) => twin !== undefined && (twin.status === 'failed' || !isTwinInStep(twin, voice)),
    )
  }

  #copy(asked: TwinAsked, job: MembersJob<TwinOutcome>, isDue: IsDue): Promise<TwinOutcome[]> {
    const room = { book: this.#book, pending: this.#pending, inTurn: this.#inTurn }
    return copyVoice(this.#deps, room, asked, job, isDue)
  }

  /** @throws as `listRemoteVoices` */
  async sync(engineId: EngineId, job: MembersJob<MemberVoices>): Promise<MemberVoices[]> {
    const found = await listRemoteVoices(this.#deps, this.#book, engineId, job)
    await this.#designed.look(engineId, job.signal)
    return found
  }

  /**
   * A person says that a voice of an endpoint is a copy of one of the library, as it is now, but for the words of its recording
   * where the endpoint tells those.
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
    const voice = knownVoice(this.#deps, voiceId)
    const access = voicesAt(this.#deps, engine, memberOf(engine, memberId))
    if (voice.source.kind !== 'promptAudio' || !access.enrol) throw cannotSpeak(engine, voice.name)
    const status = await orVoiceError(access.state?.(remoteVoice, signal), engine, 'adopt')
    const transcript = await orVoiceError(access.transcriptOf?.(remoteVoice, signal), engine, 'adopt')
    return this.#book.add(voice, { engine, memberId, remoteVoice }, status ?? 'ready', transcript)
  }

  /**
   * Removes a voice of an endpoint for good, and forgets whose copy it was, or that it was still being made of words.
   * @throws AppError `engine.remote-not-found`, `cloud.*`; AppCancel
   */
  async removeThere(
    { engineId, memberId, remoteVoice }: { engineId: EngineId; memberId: MemberId; remoteVoice: string },
    signal: AbortSignal = this.#closing.signal,
  ): Promise<void> {
    const { remote } = this.#deps
    const engine = remote.get(engineId)
    const access = voicesAt(this.#deps, engine, memberOf(engine, memberId))
    await orVoiceError(removeVoiceAt(access, remoteVoice, signal), engine, 'remove')
    for (const twin of remote.twins().filter((known) => known.remoteVoice === remoteVoice))
      if (twin.memberId === memberId || access.voicesOf === 'account') this.#book.forget(twin)
    if (engine.voices.some((voice) => voice.remoteVoice === remoteVoice && voice.isPending))
      remote.changeVoices(engineId, (voices) => voices.filter((voice) => voice.remoteVoice !== remoteVoice))
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
      const twin = this.#book.find(voiceId, memberId)
      if (!twin) return
      const engine = this.#deps.remote.get(twin.engineId)
      if (alsoThere) {
        const access = voicesAt(this.#deps, engine, memberOf(engine, memberId))
        await orVoiceError(removeVoiceAt(access, twin.remoteVoice, signal), engine, 'remove')
      }
      this.#book.forget(twin)
    })
  }
}
