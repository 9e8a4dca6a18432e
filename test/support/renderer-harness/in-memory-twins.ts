import type { AppContract, Handlers, JobReporter } from '../../../src/shared/contract/index.ts'
import {
  type Member,
  type MemberVoices,
  type RemoteEngine,
  remoteFacts,
  type TwinOutcome,
} from '../../../src/shared/endpoint/index.ts'
import {
  AppCancel,
  AppError,
  type AppErrorData,
  type EngineId,
  type MemberId,
  type VoiceId,
} from '../../../src/shared/kernel/index.ts'
import { enrolmentsOf, type RenderWorld } from '../../../src/shared/render/index.ts'
import { isTwinInStep, type Voice, type VoiceTwin } from '../../../src/shared/voice/index.ts'
import { voiceReport } from './in-memory-voices.ts'

type TwinChannels =
  | 'twin.enrol'
  | 'twin.renew'
  | 'twin.sync'
  | 'twin.adopt'
  | 'twin.follow'
  | 'twin.remove-there'
  | 'twin.remove'
  | 'voice.design'
  | 'voice.discard'
  | 'voice.inspect'

type Reporter<Progress, Item> = JobReporter<Progress, Item, AbortSignal>

const STEP_MS = 600
const PREVIEW_SEC = 3.2

const failure = (engine: RemoteEngine, deed: string): AppErrorData =>
  new AppError('cloud.rejected', {
    params: { engine: engine.name, reason: 'said', detail: 'Audio.SilentAudioError', deed, hint: 'sample' },
    remedies: ['try-again', 'choose-another-voice'],
  }).toData()

/**
 * Copies of voices at engines elsewhere, kept in memory. `?twins=some`: the first recorded voice has copies in every state;
 * `?twins=fail`: endpoints refuse recordings; `?design=fails`: no voice is made from words.
 */
export const inMemoryTwins = ({
  emit,
  world,
  engines,
  hasConsent,
  setVoices,
}: {
  emit(channel: string, payload: unknown): void
  world: RenderWorld
  engines(): readonly RemoteEngine[]
  hasConsent(subjectId: string, engineId: EngineId): boolean
  /** Changes the voices that an engine has of its own. */
  setVoices(engine: RemoteEngine, voices: RemoteEngine['voices']): void
}): Handlers<AppContract, TwinChannels, AbortSignal> & { twins(): readonly VoiceTwin[] } => {
  const query = new URLSearchParams('location' in globalThis ? location.search : '')
  let twins: readonly VoiceTwin[] = []
  let made = 0

  const keep = (next: readonly VoiceTwin[], engineId: EngineId): void => {
    twins = next
    world.enrolments = enrolmentsOf(twins)
    emit('engine.changed', { engineIds: [engineId] })
  }
  const engineOf = (engineId: EngineId): RemoteEngine => {
    const engine = engines().find((known) => known.engineId === engineId)
    if (!engine) throw new AppError('engine.remote-not-found', { params: { engine: engineId } })
    return engine
  }
  const recorded = (voiceId: VoiceId): Voice & { source: Extract<Voice['source'], { kind: 'promptAudio' }> } => {
    const voice = world.voices.get(voiceId)
    if (voice?.source.kind !== 'promptAudio')
      throw new AppError('voice.not-found', { params: { voiceId }, remedies: ['choose-another-voice'] })
    return { ...voice, source: voice.source }
  }
  const find = (voiceId: VoiceId, memberId: MemberId): VoiceTwin | undefined =>
    twins.find((twin) => twin.voiceId === voiceId && twin.memberId === memberId)
  const put = (twin: VoiceTwin): VoiceTwin => {
    const others = twins.filter(({ voiceId, memberId }) => voiceId !== twin.voiceId || memberId !== twin.memberId)
    keep([...others, twin], twin.engineId)
    return twin
  }
  const twinOf = (
    voiceId: VoiceId,
    engine: RemoteEngine,
    { memberId }: Member,
    patch: Partial<VoiceTwin> = {},
  ): VoiceTwin => {
    made += 1
    const { source, language } = recorded(voiceId)
    const { audioSha256, promptText } = source
    return {
      ...{ voiceId, engineId: engine.engineId, memberId, remoteVoice: `cosyvoice-lin${made}x4c9` },
      ...{ status: 'ready', error: null, audioSha256, promptText, language, createdAtEpochMs: 0, checkedAtEpochMs: 0 },
      ...patch,
    }
  }
  const wait = async (signal: AbortSignal): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS))
    if (signal.aborted) throw new AppCancel()
  }
  const requireConsent = (voice: Voice, engine: RemoteEngine): void => {
    if (hasConsent(voice.voiceId, engine.engineId)) return
    throw new AppError('cloud.consent-needed', {
      params: {
        ...{ engine: engine.name, engineId: engine.engineId },
        ...{ subject: 'voice', subjectId: voice.voiceId, voice: voice.name },
      },
      remedies: ['allow-sending', 'choose-another-engine'],
    })
  }
  const copy =
    (deed: 'enrol' | 'renew') =>
    async (
      { voiceId, engineId }: { voiceId: VoiceId; engineId: EngineId },
      { signal, progress, item }: Reporter<{ doneMembers: number; totalMembers: number }, TwinOutcome>,
    ): Promise<{ outcomes: TwinOutcome[] }> => {
      const engine = engineOf(engineId)
      const voice = recorded(voiceId)
      requireConsent(voice, engine)
      const members = engine.members.filter(({ isDraining }) => !isDraining)
      const outcomes: TwinOutcome[] = []
      progress({ doneMembers: 0, totalMembers: members.length })
      for (const member of members) {
        const { memberId, baseUrl } = member
        const known = find(voiceId, memberId)
        const isDue = deed === 'enrol' ? !known : known && (known.status === 'failed' || !isTwinInStep(known, voice))
        if (isDue) {
          put(twinOf(voiceId, engine, member, { status: 'pending' }))
          await wait(signal)
          await wait(signal)
          const error = query.get('twins') === 'fail' ? failure(engine, deed) : null
          put(twinOf(voiceId, engine, member, error ? { status: 'failed', error } : {}))
        }
        const twin = find(voiceId, memberId) ?? null
        const outcome = { memberId, baseUrl, twin, error: twin?.error ?? null, warnings: [] }
        outcomes.push(outcome)
        item(outcome)
        progress({ doneMembers: outcomes.length, totalMembers: members.length })
      }
      const [failed] = outcomes.flatMap(({ error }) => error ?? [])
      if (failed && outcomes.every(({ error }) => error !== null)) throw AppError.fromData(failed)
      return { outcomes }
    }

  const begin = (): void => {
    const [first, second] = [...world.voices.values()].filter(({ source }) => source.kind === 'promptAudio')
    const able = engines().filter(({ connection }) => remoteFacts(connection).mayEnrol)
    if (query.get('twins') !== 'some' || !first) return
    const unasked = new AppError('cloud.offline', {
      params: { engine: 'Bailian', reason: 'app-offline', deed: 'follow' },
      remedies: ['open-settings'],
    }).toData()
    const patches: readonly Partial<VoiceTwin>[] = [
      {},
      { promptText: '你好' },
      { status: 'pending', error: unasked },
      { status: 'pending' },
    ]
    const all = able.flatMap((engine) => engine.members.map((member) => ({ engine, member })))
    for (const [index, { engine, member }] of all.entries()) {
      const error = failure(engine, 'enrol')
      put(twinOf(first.voiceId, engine, member, patches[index] ?? { status: 'failed', error }))
      if (second && index === 0) put(twinOf(second.voiceId, engine, member))
    }
  }
  queueMicrotask(begin)

  return {
    twins: () => twins,
    'twin.enrol': copy('enrol'),
    'twin.renew': copy('renew'),
    'twin.sync': async ({ engineId }, { signal, progress, item }) => {
      const { members: asked, name } = engineOf(engineId)
      const members: MemberVoices[] = []
      progress({ doneMembers: 0, totalMembers: asked.length })
      for (const [index, { memberId, baseUrl }] of asked.entries()) {
        await wait(signal)
        const known = new Set(twins.map(({ remoteVoice }) => remoteVoice))
        const gone = twins.filter((twin) => twin.memberId === memberId && twin.status === 'failed')
        const voices = Array.from({ length: index === 0 ? 3 : 90 }, (_none, at) => ({
          ...{ remoteVoice: `cosyvoice-v3-ferry${index}${at}`, name: `ferry${index}${at}` },
          ...{ language: null, gender: 'neutral' as const, ...(at === 1 && { isRejected: true }) },
        }))
        const isDown = index === 1
        const found: MemberVoices = {
          ...{ memberId, baseUrl, gone: isDown ? [] : gone.map(({ voiceId }) => voiceId) },
          adoptable: isDown ? null : voices.filter(({ remoteVoice }) => !known.has(remoteVoice)),
          mayHaveMore: index > 1,
          error: isDown
            ? new AppError('cloud.unreachable', {
                params: { engine: name, reason: 'nothing-answers', systemCode: 'ECONNREFUSED', deed: 'list' },
                remedies: ['try-again', 'choose-another-engine'],
                retryable: true,
              }).toData()
            : null,
        }
        members.push(found)
        item(found)
        progress({ doneMembers: members.length, totalMembers: asked.length })
      }
      return { members }
    },
    'twin.adopt': ({ voiceId, engineId, memberId, remoteVoice }) => {
      const engine = engineOf(engineId)
      const member = engine.members.find((known) => known.memberId === memberId)
      if (!member) throw new AppError('engine.remote-not-found', { params: { engine: engine.name } })
      return put(twinOf(voiceId, engine, member, { remoteVoice }))
    },
    'twin.follow': () => undefined,
    'twin.remove-there': () => undefined,
    'twin.remove': ({ voiceId, memberId }) => {
      const twin = find(voiceId, memberId)
      if (twin)
        keep(
          twins.filter((known) => known !== twin),
          twin.engineId,
        )
    },
    'voice.design': async ({ engineId, name, language, gender }, { signal, progress, item }) => {
      const engine = engineOf(engineId)
      progress({ stage: 'making' })
      await wait(signal)
      await wait(signal)
      if (query.get('design') === 'fails')
        throw new AppError('cloud.quota', {
          params: {
            engine: engine.name,
            reason: 'said',
            detail: 'Throttling.AllocationQuota',
            deed: 'design',
            hint: 'deleteVoices',
          },
          remedies: ['open-engines'],
        })
      made += 1
      const remoteVoice = `cosyvoice-v3-vd-${made}`
      setVoices(engine, [...engine.voices, { remoteVoice, name, language, gender }])
      const preview = { url: 'voice-preview/harness', durationSec: PREVIEW_SEC }
      item(preview)
      progress({ stage: 'waiting' })
      await wait(signal)
      const voice = [...world.voices.values()].find(
        ({ source }) => source.kind === 'presetSpeaker' && source.speaker === remoteVoice,
      )
      if (!voice) throw new AppError('engine.remote-not-found', { params: { engine: engineId } })
      return { voiceId: voice.voiceId, preview, isPending: false, warnings: [] }
    },
    'voice.discard': ({ voiceId }) => {
      const source = world.voices.get(voiceId)?.source
      if (source?.kind !== 'presetSpeaker')
        throw new AppError('voice.not-found', { params: { voiceId }, remedies: ['choose-another-voice'] })
      const engine = engineOf(source.engineId)
      setVoices(
        engine,
        engine.voices.filter(({ remoteVoice }) => remoteVoice !== source.speaker),
      )
    },
    'voice.inspect': ({ voiceId }) => {
      recorded(voiceId)
      return voiceReport(query.get('recording') ?? 'good')
    },
  }
}
