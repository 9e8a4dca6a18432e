import {
  billedUnit,
  billedUnits,
  isTwinOutdated,
  type MemberTrial,
  otherModelOfTwin,
  type RemoteDraft,
  type RemoteEngine,
  type RemoteListing,
  type RemoteVoice,
  type RenderEstimate,
  remoteFacts,
  sendsRecording,
} from '../../shared/endpoint/index.ts'
import {
  AppCancel,
  AppError,
  type EngineId,
  engineIdSchema,
  type MemberId,
  type MintId,
  type ProjectId,
  type VoiceId,
} from '../../shared/kernel/index.ts'
import type { RenderPlanItem, RenderRequest } from '../../shared/render/index.ts'
import type { Voice, VoiceTwin } from '../../shared/voice/index.ts'
import {
  billedTexts,
  type EngineRegistry,
  listModels,
  openVoiceAccess,
  type RemoteDeps,
  type RemoteSetup,
  type RenderNote,
  readsSsml,
  serverQueue,
} from '../engines/index.ts'
import {
  type ConsentSubject,
  deleteRemoteEngine,
  deleteVoicesOfEngine,
  getRemoteEngine,
  giveConsent,
  hasConsent,
  type Library,
  listRemoteEngines,
  listVoices,
  listVoiceTwins,
  putRemoteEngine,
  putVoices,
  withdrawConsents,
} from '../library/index.ts'
import type { Secrets } from '../secrets/index.ts'
import { recordingFor } from './recording-for.ts'
import { RemoteLedger } from './remote-ledger.ts'
import { tryMember } from './try-remote.ts'

export type TestJob = {
  readonly signal: AbortSignal
  progress(progress: { doneMembers: number; totalMembers: number }): void
  item(trial: MemberTrial): void
}

export type RemoteDeskDeps = {
  readonly library: Library
  readonly engines: EngineRegistry
  readonly secrets: Secrets
  /** How engines elsewhere are reached. */
  readonly reach: RemoteDeps
  /** A variable of the process's environment: keys for those who keep them there. */
  environment(name: string): string | undefined
  /** Where the recording of a voice lies. */
  pathOf(audioSha256: string): string
  nowEpochMs(): number
  readonly mint: MintId
  /** Engines came, went or changed, and their voices with them. */
  onChanged(engineIds: EngineId[]): void
}

const ID_LETTERS = 6

/** `COSY_KEY_` and the engine's id in capitals. */
export const keyVariable = (engineId: EngineId): string => `COSY_KEY_${engineId.toUpperCase().replaceAll('-', '_')}`

/** What an endpoint says of itself; that it does not is told by the sentence, where it matters. @throws AppCancel */
const whereTold = async <Told>(ask: () => Promise<Told | null> | undefined): Promise<Told | null> => {
  try {
    return (await ask()) ?? null
  } catch (error) {
    if (error instanceof AppCancel) throw error
    return null
  }
}

/** Twins as they are of use now: to an engine of another model they are of none, and what its voice is no more has to be renewed. */
const asOfNow = (
  twins: readonly VoiceTwin[],
  engines: readonly RemoteEngine[],
  voices: readonly Voice[],
): VoiceTwin[] => {
  const voiceById = new Map(voices.map((voice) => [voice.voiceId, voice]))
  return twins.map((twin) => {
    const engine = engines.find(({ engineId }) => engineId === twin.engineId)
    const voice = voiceById.get(twin.voiceId)
    if (!engine || !voice) return twin
    const model = otherModelOfTwin(engine.connection, twin.remoteVoice)
    if (model === undefined) {
      const isOutdated = twin.status === 'ready' && isTwinOutdated(engine.connection, twin, voice)
      return isOutdated ? { ...twin, status: 'outdated' } : twin
    }
    const params = { engine: engine.name, reason: 'voice-of-other-model', model, deed: 'speech' }
    return { ...twin, status: 'failed', error: new AppError('cloud.model-mismatch', { params }).toData() }
  })
}

/** The endpoints that know a voice. Found out once for each: a book has few voices and many lines. */
const membersByVoice = ({ engine, remoteVoice }: RemoteSetup): ((voice: RenderRequest['voice']) => MemberId[]) => {
  const known = new Map<VoiceId, MemberId[]>()
  return (voice) => {
    const found =
      known.get(voice.voiceId) ??
      engine.members.map(({ memberId }) => memberId).filter((memberId) => remoteVoice(voice, memberId) !== undefined)
    known.set(voice.voiceId, found)
    return found
  }
}

/** Engines that compute elsewhere: what they are made of, and what may be sent to them. */
export class RemoteDesk {
  readonly #deps: RemoteDeskDeps
  #twins: readonly VoiceTwin[] | undefined
  #voices: readonly Voice[] | undefined

  readonly ledger: RemoteLedger

  constructor(deps: RemoteDeskDeps) {
    this.#deps = deps
    this.ledger = new RemoteLedger(deps)
  }

  get #db() {
    return this.#deps.library.db
  }

  /** Makes the engines what the library and the keys say now. */
  adopt(): void {
    const { engines, onChanged } = this.#deps
    const changed = engines.setRemote(listRemoteEngines(this.#db).map((engine) => this.setupOf(engine)))
    for (const engineId of changed) deleteVoicesOfEngine(this.#db, engineId)
    const isRemote = (voice: Voice): boolean =>
      voice.source.kind === 'presetSpeaker' && changed.includes(voice.source.engineId)
    putVoices(this.#db, engines.presetVoices().filter(isRemote))
    if (changed.length > 0) onChanged(changed)
  }

  /** Voices or their twins changed: they are read anew when they are needed. */
  forgetVoices(): void {
    this.#twins = undefined
    this.#voices = undefined
  }

  /** What an engine is made of. @param keys that are not saved yet, by member */
  setupOf(engine: RemoteEngine, keys: Readonly<Record<string, string | null>> = {}): RemoteSetup {
    const { secrets, environment } = this.#deps
    const { engineId, connection } = engine
    const { recordings } = remoteFacts(connection)
    const keyOf = (memberId: MemberId): string | undefined => {
      const given = keys[memberId]
      if (given !== undefined) return given ?? undefined
      return environment(keyVariable(engineId)) ?? secrets.read(memberId)
    }
    const twinAt = (remoteVoice: string, memberId: MemberId): VoiceTwin | undefined =>
      this.twins().find((twin) => twin.memberId === memberId && twin.remoteVoice === remoteVoice)
    /** What goes along is known by its voice's id: two voices may have one recording, and other words and languages. */
    const voiceAt = (remoteVoice: string, memberId: MemberId): Voice | undefined => {
      const voiceId = twinAt(remoteVoice, memberId)?.voiceId ?? remoteVoice
      return this.#allVoices().find((voice) => voice.voiceId === voiceId)
    }
    const ownLanguage = (remoteVoice: string): string | undefined =>
      engine.voices.find((voice) => voice.remoteVoice === remoteVoice)?.language ?? undefined
    return {
      engine,
      keyOf,
      keyMark: (memberId) =>
        environment(keyVariable(engineId)) === undefined ? secrets.mark(memberId) : 'environment',
      remoteVoice: ({ voiceId, source }, memberId) => {
        if (source.kind === 'presetSpeaker') return source.engineId === engineId ? source.speaker : undefined
        const twin = this.twins().find(
          (known) => known.status === 'ready' && known.voiceId === voiceId && known.memberId === memberId,
        )
        return twin?.remoteVoice ?? (recordings === 'sent-along' ? voiceId : undefined)
      },
      recordingOf: async (remoteVoice, memberId) => {
        // Where recordings go along, a copy is there so that this one need not.
        if (recordings === 'sent-along' && twinAt(remoteVoice, memberId)) return undefined
        return recordingFor(voiceAt(remoteVoice, memberId), this.#deps.pathOf)
      },
      languageOf: (remoteVoice, memberId) =>
        voiceAt(remoteVoice, memberId)?.language ?? ownLanguage(remoteVoice) ?? null,
      admit: (units) => this.ledger.admit(engine, units),
    }
  }

  list(): RemoteListing[] {
    const { secrets } = this.#deps
    return listRemoteEngines(this.#db).map((engine) => ({
      engine,
      keyHints: Object.fromEntries(engine.members.map(({ memberId }) => [memberId, secrets.hint(memberId)])),
      members: this.ledger.statesOf(engine),
      spentThisMonth: this.ledger.spentThisMonth(engine),
    }))
  }

  /** @throws AppError `engine.remote-not-found` */
  get(engineId: EngineId): RemoteEngine {
    return getRemoteEngine(this.#db, engineId)
  }

  /** The engine that a form describes; its id is new where it has none yet. @throws AppError `engine.remote-not-found` */
  engineOf({ engineId, engine }: Pick<RemoteDraft, 'engineId' | 'engine'>): RemoteEngine {
    if (engineId !== null) return { ...this.get(engineId), ...engine }
    const letters = this.#deps
      .mint()
      .toLowerCase()
      .replace(/[^0-9a-z]/g, '')
      .slice(0, ID_LETTERS)
    return {
      ...engine,
      engineId: engineIdSchema.parse(`${engine.connection.kind}-${letters}`),
      createdAtEpochMs: this.#deps.nowEpochMs(),
    }
  }

  /**
   * Adds an engine or changes one. Keys come first: an engine whose keys cannot be kept is not saved.
   * @throws AppError `secret.no-vault`, `engine.remote-not-found`
   */
  save(draft: RemoteDraft, { mayKeepKeysInFile }: { mayKeepKeysInFile: boolean }): EngineId {
    const { secrets } = this.#deps
    const engine = this.engineOf(draft)
    for (const { memberId } of engine.members) {
      const key = draft.keys[memberId]
      if (key === null) secrets.remove(memberId)
      else if (key !== undefined) secrets.put(memberId, key.trim(), { mayLieInFile: mayKeepKeysInFile })
    }
    const former = draft.engineId === null ? [] : this.get(draft.engineId).members
    putRemoteEngine(this.#db, engine)
    const kept = new Set(engine.members.map(({ memberId }) => memberId))
    for (const { memberId } of former) if (!kept.has(memberId)) secrets.remove(memberId)
    this.forgetVoices()
    this.adopt()
    return engine.engineId
  }

  /** Changes the voices of an engine that it has of its own. @throws AppError `engine.remote-not-found` */
  changeVoices(engineId: EngineId, change: (voices: readonly RemoteVoice[]) => RemoteVoice[]): void {
    const engine = this.get(engineId)
    putRemoteEngine(this.#db, { ...engine, voices: change(engine.voices) })
    this.forgetVoices()
    this.adopt()
  }

  /**
   * Forgets an engine with its keys, twins and consents; copies of voices at the service stay there.
   * @returns how many
   */
  remove(engineId: EngineId): { twinsLeftThere: number } {
    const { members } = this.get(engineId)
    const twinsLeftThere = this.twins().filter((twin) => twin.engineId === engineId).length
    deleteRemoteEngine(this.#db, engineId)
    deleteVoicesOfEngine(this.#db, engineId)
    for (const { memberId } of members) this.#deps.secrets.remove(memberId)
    this.forgetVoices()
    this.adopt()
    return { twinsLeftThere }
  }

  /** False: keys that are saved lie in a file as they are. */
  get hasVault(): boolean {
    return this.#deps.secrets.hasVault
  }

  /**
   * Speaks a sentence at every endpoint of an engine, saved or not. What it costs is written down. A recording that goes
   * along is sent: whoever asks for the test has been told.
   * @param voiceId null: the first voice that the engine has, or else the first that the endpoint lists
   * @throws AppError `engine.remote-not-found`; AppCancel
   */
  async test(draft: RemoteDraft, voiceId: VoiceId | null, job: TestJob): Promise<MemberTrial[]> {
    const engine = this.engineOf(draft)
    const voice = voiceId === null ? undefined : this.#allVoices().find((known) => known.voiceId === voiceId)
    const trials: MemberTrial[] = []
    for (const member of engine.members) {
      const alone = { ...engine, members: [{ ...member, isDraining: false }] }
      const setup = this.setupOf(alone, draft.keys)
      const note = (said: RenderNote): void => this.ledger.write(engine, null, said)
      const models = await whereTold(() => listModels(setup, member, this.#deps.reach, job.signal))
      const listed = await whereTold(() => openVoiceAccess(setup, member, this.#deps.reach).list?.(job.signal))
      const voices = listed?.filter(({ isRejected }) => !isRejected) ?? null
      const queue = await whereTold(() => serverQueue(setup, member, this.#deps.reach, job.signal))
      const isUnheardOf = engine.voices.length + remoteFacts(engine.connection).voices.length === 0
      const tried = isUnheardOf ? this.setupOf({ ...alone, voices: voices?.slice(0, 1) ?? [] }, draft.keys) : setup
      const spoken = await tryMember(tried, voice, this.#deps.reach, job.signal, note)
      const trial = { ...spoken, queue, models: models && [...models], voices: voices && [...voices] }
      trials.push(trial)
      job.item(trial)
      job.progress({ doneMembers: trials.length, totalMembers: engine.members.length })
    }
    return trials
  }

  twins(): readonly VoiceTwin[] {
    this.#twins ??= asOfNow(listVoiceTwins(this.#db), listRemoteEngines(this.#db), this.#allVoices())
    return this.#twins
  }

  #allVoices(): readonly Voice[] {
    this.#voices ??= listVoices(this.#db)
    return this.#voices
  }

  giveConsent(subjectId: ConsentSubject, engineId: EngineId): void {
    this.get(engineId)
    giveConsent(this.#db, subjectId, engineId)
  }

  withdrawConsents(engineId: EngineId): void {
    withdrawConsents(this.#db, engineId)
  }

  /**
   * Whether everything that these lines send may be sent.
   * @throws AppError `cloud.consent-needed` for the first that may not
   */
  requireConsent(projectId: ProjectId, items: readonly Pick<RenderPlanItem, 'request'>[]): void {
    for (const engine of this.#enginesOf(items)) {
      const [missing] = this.#missingConsents(projectId, engine, items)
      if (!missing) continue
      throw new AppError('cloud.consent-needed', {
        params: {
          engine: engine.name,
          engineId: engine.engineId,
          subject: missing.kind,
          subjectId: missing.subjectId,
          ...(missing.kind === 'voice' && { voice: missing.name }),
        },
        remedies: ['allow-sending', 'choose-another-engine'],
      })
    }
  }

  /** What these lines would send, where, and at what cost. Lines of engines on this computer are not among them. */
  estimate(projectId: ProjectId, items: readonly Pick<RenderPlanItem, 'request'>[]): RenderEstimate[] {
    return this.#enginesOf(items).map((engine) => {
      const requests = items.filter(({ request }) => request.engineId === engine.engineId)
      const setup = this.setupOf(engine)
      const membersOf = membersByVoice(setup)
      const spoken = requests.map(({ request: { text, voice } }) => ({
        memberIds: membersOf(voice),
        units: billedTexts(text, readsSsml(setup, voice)).reduce(
          (sum, part) => sum + billedUnits(part, billedUnit(engine)),
          0,
        ),
      }))
      const units = spoken.reduce((sum, line) => sum + line.units, 0)
      return {
        engineId: engine.engineId,
        engineName: engine.name,
        lines: requests.length,
        units,
        cost: this.ledger.costOf(engine, units),
        spentThisMonth: this.ledger.spentThisMonth(engine),
        monthlyLimit: engine.monthlyLimit,
        ...this.ledger.spread(engine, spoken),
        needsConsent: this.#missingConsents(projectId, engine, items),
      }
    })
  }

  #enginesOf(items: readonly Pick<RenderPlanItem, 'request'>[]): RemoteEngine[] {
    const asked = new Set(items.map(({ request }) => request.engineId))
    return listRemoteEngines(this.#db).filter(({ engineId }) => asked.has(engineId))
  }

  #missingConsents(
    projectId: ProjectId,
    { engineId, connection }: RemoteEngine,
    items: readonly Pick<RenderPlanItem, 'request'>[],
  ): RenderEstimate['needsConsent'] {
    const missing: RenderEstimate['needsConsent'] = []
    if (!hasConsent(this.#db, projectId, engineId)) missing.push({ subjectId: projectId, kind: 'text', name: '' })
    const sent = new Set<VoiceId>(
      items
        .filter(({ request }) => request.engineId === engineId)
        .filter(({ request: { voice, instruct } }) => sendsRecording(connection, voice, instruct))
        .map(({ request }) => request.voice.voiceId),
    )
    for (const voiceId of sent) {
      if (hasConsent(this.#db, voiceId, engineId)) continue
      const name = this.#allVoices().find((voice) => voice.voiceId === voiceId)?.name ?? ''
      missing.push({ subjectId: voiceId, kind: 'voice', name })
    }
    return missing
  }
}
