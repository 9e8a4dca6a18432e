import type { AppContract, Handlers, RenderScope } from '../../../src/shared/contract/index.ts'
import {
  billedUnits,
  type Connection,
  costOf,
  type Member,
  type MemberTrial,
  type NewRemoteEngine,
  type RemoteEngine,
  type RemoteListing,
  type RenderEstimate,
  remoteFacts,
  type SpendingSumView,
} from '../../../src/shared/endpoint/index.ts'
import {
  AppCancel,
  AppError,
  type AppErrorData,
  type EngineId,
  engineIdSchema,
  memberIdSchema,
  voiceIdSchema,
} from '../../../src/shared/kernel/index.ts'
import type { EngineCapabilities, RenderPlanItem, RenderWorld } from '../../../src/shared/render/index.ts'
import type { Voice } from '../../../src/shared/voice/index.ts'
import { anEngine } from '../a-project.ts'
import { HARNESS_PROJECT } from './sample-records.ts'

type RemoteChannels =
  | 'remote.list'
  | 'remote.save'
  | 'remote.remove'
  | 'remote.test'
  | 'remote.usage'
  | 'render.estimate'
  | 'consent.give'
  | 'consent.withdraw'

const member = (name: string, baseUrl: string, patch: Partial<Member> = {}): Member => ({
  ...{ memberId: memberIdSchema.parse(`member_${name}`), baseUrl, concurrency: 2, requestsPerSecond: null },
  isDraining: false,
  ...patch,
})
const engine = (
  id: string,
  name: string,
  connection: Connection,
  patch: Partial<RemoteEngine> & Pick<RemoteEngine, 'members'>,
): RemoteEngine => ({
  ...{ engineId: engineIdSchema.parse(id), name, connection, price: remoteFacts(connection).price, monthlyLimit: null },
  ...{ voices: [], createdAtEpochMs: 0 },
  ...patch,
})

const SAMPLES: readonly RemoteEngine[] = [
  engine(
    'dashscope-abc123',
    'Bailian',
    { kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket', workspaceId: null },
    {
      members: [member('d', 'https://dashscope.aliyuncs.com', { concurrency: 3, requestsPerSecond: 3 })],
      monthlyLimit: 50,
    },
  ),
  engine(
    'openai-pool01',
    'Studio pool',
    {
      ...{ kind: 'openai', profile: 'vllm-omni', model: 'FunAudioLLM/Fun-CosyVoice3-0.5B-2512' },
      ...{ sampleRateHz: 24_000, takesInstructions: false },
    } as Connection,
    {
      members: [
        member('p1', 'http://192.168.1.20:8000/v1', { concurrency: 4 }),
        member('p2', 'http://192.168.1.21:8000/v1'),
        member('p3', 'http://gpu-3.studio.example:8000/v1', { isDraining: true }),
      ],
      voices: [{ remoteVoice: 'anna', name: 'Anna', language: 'zh', gender: 'female' }],
    },
  ),
  engine(
    'eas-nokey1',
    'PAI-EAS Shanghai',
    { kind: 'eas', transport: 'websocket' },
    {
      members: [member('e', 'http://1234.cn-shanghai.pai-eas.aliyuncs.com/api/predict/cosyvoice')],
    },
  ),
]

const capabilitiesOf = ({ engineId, name, connection, members }: RemoteEngine, hasKey: boolean): EngineCapabilities => {
  const facts = remoteFacts(connection)
  return anEngine({
    ...{ engineId, name, isRemote: true, needsEnrolment: facts.recordings === 'enrolled', modes: [...facts.modes] },
    ...{ languages: [...facts.languages], sampleRateHz: facts.sampleRateHz, streaming: facts.streaming },
    honoursInstruct: facts.instructSpeakers?.length !== 0 || facts.modes.includes('instruct'),
    instructSpeakers: facts.instructSpeakers && [...facts.instructSpeakers],
    ...(facts.listedOnlySpeakers && { listedOnlySpeakers: [...facts.listedOnlySpeakers] }),
    ...{ instructs: [...facts.instructs], honoursSeed: facts.honoursSeed, speed: facts.speed },
    pitchSemitones: facts.pitch && { min: -12, max: 12 },
    concurrency: members.reduce((sum, { concurrency }) => sum + concurrency, 0),
    unavailable: hasKey
      ? null
      : new AppError('secret.missing', { params: { engine: name }, remedies: ['enter-key'] }).toData(),
  })
}
const voicesOf = ({ engineId, connection, voices }: RemoteEngine): Voice[] =>
  [...remoteFacts(connection).voices, ...voices].map(({ remoteVoice, name, language, gender }) => ({
    voiceId: voiceIdSchema.parse(`voice_${`${engineId}-${remoteVoice}`.replace(/[^0-9A-Za-z-]/g, '-').slice(-48)}`),
    source: { kind: 'presetSpeaker', engineId, speaker: remoteVoice },
    ...{ name, language, gender, notes: '', createdAtEpochMs: 0 },
  }))

const mask = (key: string): string => `${/^[a-z]{2,4}-/.exec(key)?.[0] ?? ''}***${key.slice(-4)}`
const refused = (baseUrl: string): AppErrorData =>
  baseUrl.includes('gone')
    ? new AppError('cloud.unreachable', {
        params: { engine: 'Studio pool', reason: 'nothing-answers', systemCode: 'ECONNREFUSED' },
        remedies: ['try-again'],
        retryable: true,
      }).toData()
    : new AppError('cloud.unauthorized', {
        params: { engine: 'Studio pool', reason: 'said', detail: 'Invalid API key provided' },
        remedies: ['enter-key'],
      }).toData()

/**
 * Engines elsewhere, kept in memory. `?remote=some` begins with three, two of which may be asked; `?vault=none`: keys would lie in
 * a file; `?consent=given`: the project's text may go anywhere. An address with `refuses` or `gone` in it fails its test.
 */
export const inMemoryRemote = ({
  emit,
  world,
  plan,
}: {
  emit(channel: string, payload: unknown): void
  world: RenderWorld
  plan(scope: RenderScope): readonly RenderPlanItem[]
}): Handlers<AppContract, RemoteChannels, AbortSignal> & {
  /** @throws AppError `cloud.consent-needed` */
  requireConsent(items: readonly RenderPlanItem[]): void
  /** A line was spoken. */
  spoke(engineId: EngineId, text: string): void
  list(): readonly RemoteEngine[]
  hasConsent(subjectId: string, engineId: EngineId): boolean
  /** Changes the voices that an engine has of its own. */
  setVoices(engine: RemoteEngine, voices: RemoteEngine['voices']): void
} => {
  const query = new URLSearchParams('location' in globalThis ? location.search : '')
  const engines = new Map<EngineId, RemoteEngine>()
  const keys = new Map<string, string>()
  const spendings: (SpendingSumView & { atEpochMs: number })[] = []
  const consents = new Set<string>()
  const worldEngines = world.engines instanceof Map ? world.engines : new Map()
  const worldVoices = world.voices instanceof Map ? world.voices : new Map()
  const consentOf = (subjectId: string, engineId: EngineId): string => `${subjectId} ${engineId}`

  const forget = (engineId: EngineId): void => {
    engines.delete(engineId)
    worldEngines.delete(engineId)
    for (const { voiceId, source } of [...worldVoices.values()])
      if (source.kind === 'presetSpeaker' && source.engineId === engineId) worldVoices.delete(voiceId)
  }
  const adopt = (entry: RemoteEngine): void => {
    forget(entry.engineId)
    engines.set(entry.engineId, entry)
    const hasKey = !remoteFacts(entry.connection).needsKey || entry.members.some(({ memberId }) => keys.has(memberId))
    worldEngines.set(entry.engineId, capabilitiesOf(entry, hasKey))
    for (const voice of voicesOf(entry)) worldVoices.set(voice.voiceId, voice)
  }
  const spend = (entry: RemoteEngine, units: number, projectId: SpendingSumView['projectId'], atEpochMs: number) =>
    spendings.push({
      ...{ engineId: entry.engineId, engineName: entry.name, projectId, units, pieces: 1, atEpochMs },
      cost: entry.price && { amount: costOf(units, entry.price), currency: entry.price.currency },
    })
  const monthAgo = Date.now() - 31 * 86_400_000
  if (query.get('remote') === 'some') {
    keys.set('member_d', 'sk-0123456789cdef')
    for (const entry of SAMPLES) {
      adopt(entry)
      if (entry.connection.kind === 'eas') continue
      spend(entry, 128_400, HARNESS_PROJECT, Date.now())
      spend(entry, 21, null, Date.now())
      spend(entry, 311_000, HARNESS_PROJECT, monthAgo)
    }
  }
  if (query.get('consent') === 'given')
    for (const { engineId } of SAMPLES) consents.add(consentOf(HARNESS_PROJECT, engineId))

  const spent = ({ engineId, price }: RemoteEngine): RemoteListing['spentThisMonth'] => {
    const since = new Date(new Date().getFullYear(), new Date().getMonth(), 1).getTime()
    const amounts = spendings.filter((one) => one.engineId === engineId && one.atEpochMs >= since)
    return price && { amount: amounts.reduce((sum, one) => sum + (one.cost?.amount ?? 0), 0), currency: price.currency }
  }
  const missingOf = (entry: RemoteEngine, items: readonly RenderPlanItem[]): RenderEstimate['needsConsent'] => {
    const missing: RenderEstimate['needsConsent'] = []
    if (!consents.has(consentOf(HARNESS_PROJECT, entry.engineId)))
      missing.push({ subjectId: HARNESS_PROJECT, kind: 'text', name: '' })
    if (remoteFacts(entry.connection).recordings !== 'sent-along') return missing
    for (const voiceId of new Set(items.map(({ request }) => request.voice.voiceId))) {
      const voice = world.voices.get(voiceId)
      if (voice?.source.kind === 'promptAudio' && !consents.has(consentOf(voiceId, entry.engineId)))
        missing.push({ subjectId: voiceId, kind: 'voice', name: voice.name })
    }
    return missing
  }
  const itemsOf = (entry: RemoteEngine, items: readonly RenderPlanItem[]): readonly RenderPlanItem[] =>
    items.filter(({ request }) => request.engineId === entry.engineId)
  const estimateOf = (entry: RemoteEngine, items: readonly RenderPlanItem[]): RenderEstimate => {
    const { engineId, name, price, monthlyLimit, members, connection } = entry
    const unit = price?.unit ?? remoteFacts(connection).text.unit
    const units = items.reduce((sum, { request }) => sum + billedUnits(request.text, unit), 0)
    const open = members.filter(({ isDraining }) => !isDraining)
    const total = open.reduce((sum, { concurrency }) => sum + concurrency, 0)
    return {
      ...{ engineId, engineName: name, lines: items.length, units, spentThisMonth: spent(entry), monthlyLimit },
      cost: price && { amount: costOf(units, price), currency: price.currency },
      expectedSec: connection.kind === 'eas' ? null : (units * 24) / total / 1000,
      shares: open.map(({ memberId, baseUrl, concurrency }) => ({
        ...{ memberId, baseUrl, lines: (items.length * concurrency) / total },
      })),
      needsConsent: missingOf(entry, items),
    }
  }
  const trialOf = ({ memberId, baseUrl }: Member, { connection }: NewRemoteEngine): MemberTrial => {
    const fails = /refuses|gone/.test(baseUrl)
    return {
      ...{ memberId, baseUrl, error: fails ? refused(baseUrl) : null },
      spoken: fails ? null : { firstSoundMs: 184.2, tookMs: 912, durationSec: 2.4, levelDb: -3.1 },
      warnings: fails || remoteFacts(connection).honoursSeed ? [] : [{ field: 'seed', reason: 'not-supported' }],
      queue:
        fails || connection.kind !== 'cosyvoice-server' || connection.transport !== 'schedule'
          ? null
          : { waitingLines: 3, secPerLine: 1.4 },
      models: fails || connection.kind !== 'openai' ? null : [connection.model, 'another-model'],
      voices:
        fails || connection.kind === 'dashscope'
          ? null
          : ['anna', 'bella', 'charles'].map((name) => ({
              ...{ remoteVoice: name, name: name[0]?.toUpperCase() + name.slice(1), language: null, gender: 'neutral' },
            })),
    }
  }
  let lastId = 0

  return {
    requireConsent: (items) => {
      for (const entry of engines.values()) {
        const [missing] = missingOf(entry, itemsOf(entry, items))
        if (!missing || itemsOf(entry, items).length === 0) continue
        throw new AppError('cloud.consent-needed', {
          params: {
            ...{ engine: entry.name, engineId: entry.engineId, subject: missing.kind, subjectId: missing.subjectId },
            ...(missing.kind === 'voice' && { voice: missing.name }),
          },
          remedies: ['allow-sending', 'choose-another-engine'],
        })
      }
    },
    spoke: (engineId, text) => {
      const entry = engines.get(engineId)
      if (entry) spend(entry, billedUnits(text, entry.price?.unit ?? 'code-points'), HARNESS_PROJECT, Date.now())
    },
    list: () => [...engines.values()],
    hasConsent: (subjectId, engineId) => consents.has(consentOf(subjectId, engineId)),
    setVoices: (entry, voices) => {
      adopt({ ...entry, voices })
      emit('engine.changed', { engineIds: [entry.engineId] })
    },
    'remote.list': () => ({
      engines: [...engines.values()].map((entry) => ({
        engine: entry,
        keyHints: Object.fromEntries(
          entry.members.map(({ memberId }) => {
            const key = keys.get(memberId)
            return [memberId, key === undefined ? null : mask(key)]
          }),
        ),
        members: entry.members.map(({ memberId, isDraining }, index) => ({
          memberId,
          running: entry.connection.kind === 'openai' && index === 0 ? 2 : 0,
          msPerUnit: entry.connection.kind === 'eas' ? null : 18 + 11 * index,
          resting: isDraining ? 'draining' : entry.connection.kind === 'openai' && index === 1 ? 'down' : null,
        })),
        spentThisMonth: spent(entry),
      })),
      hasVault: query.get('vault') !== 'none',
    }),
    'remote.save': ({ engineId, engine: said, keys: given, mayKeepKeysInFile }) => {
      if (query.get('vault') === 'none' && !mayKeepKeysInFile && Object.values(given).some((key) => key !== null))
        throw new AppError('secret.no-vault', { remedies: ['keep-in-file'] })
      lastId += 1
      const id = engineId ?? engineIdSchema.parse(`${said.connection.kind}-new${lastId}`)
      for (const [memberId, key] of Object.entries(given)) {
        if (key === null) keys.delete(memberId)
        else keys.set(memberId, key)
      }
      adopt({ ...said, engineId: id, createdAtEpochMs: Date.now() })
      emit('engine.changed', { engineIds: [id] })
      return { engineId: id }
    },
    'remote.remove': ({ engineId }) => {
      forget(engineId)
      emit('engine.changed', { engineIds: [engineId] })
      return { twinsLeftThere: 2 }
    },
    'remote.test': async ({ engine: said }, { progress, item, signal }) => {
      const trials: MemberTrial[] = []
      for (const one of said.members) {
        await new Promise((resolve) => setTimeout(resolve, 400))
        if (signal.aborted) throw new AppCancel()
        const trial = trialOf(one, said)
        trials.push(trial)
        item(trial)
        progress({ doneMembers: trials.length, totalMembers: said.members.length })
      }
      return { trials }
    },
    'remote.usage': ({ fromEpochMs, untilEpochMs }) => {
      const sums = new Map<string, SpendingSumView>()
      for (const { atEpochMs, ...one } of spendings) {
        if (atEpochMs < fromEpochMs || atEpochMs >= untilEpochMs) continue
        const known = sums.get(`${one.engineId} ${one.projectId}`)
        const add = (a: SpendingSumView['cost'], b: SpendingSumView['cost']) =>
          a && b ? { ...a, amount: a.amount + b.amount } : (a ?? b)
        sums.set(
          `${one.engineId} ${one.projectId}`,
          known
            ? { ...known, units: known.units + one.units, pieces: known.pieces + 1, cost: add(known.cost, one.cost) }
            : one,
        )
      }
      return [...sums.values()]
    },
    'render.estimate': ({ scope }) => {
      const items = plan(scope)
      return [...engines.values()]
        .filter((entry) => itemsOf(entry, items).length > 0)
        .map((entry) => estimateOf(entry, itemsOf(entry, items)))
    },
    'consent.give': ({ subjectId, engineId }) => {
      consents.add(consentOf(subjectId, engineId))
    },
    'consent.withdraw': ({ engineId }) => {
      for (const consent of [...consents]) if (consent.endsWith(` ${engineId}`)) consents.delete(consent)
    },
  }
}
