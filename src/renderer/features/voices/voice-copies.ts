import {
  type Connection,
  checkDashscopeSample,
  checkEasSample,
  DASHSCOPE_SAMPLE_LIMITS,
  type Member,
  OPENAI_PROFILES,
  otherModelOfTwin,
  type RecordingWay,
  type RemoteEngine,
  remoteFacts,
  type SampleCheck,
  type TwinGap,
  twinGaps,
} from '../../../shared/endpoint/index.ts'
import type { RecordingReport, VoiceTwin } from '../../../shared/voice/index.ts'
import type { RecordedVoice } from '../../state/voices.ts'

/**
 * How a voice stands at one endpoint. `stale`: its copy was made of something else than the voice is now; `other-model`: it
 * speaks with a model that the engine had before.
 */
export type CopyState = 'none' | 'pending' | 'ready' | 'stale' | 'failed' | 'other-model'

/** How it stands at an engine. `partial`: some of its endpoints have a copy, others not. */
export type EngineCopyState = CopyState | 'partial'

export type EngineCopies = {
  readonly engine: RemoteEngine
  readonly way: RecordingWay
  readonly mayEnrol: boolean
  readonly copies: readonly { readonly member: Member; readonly twin: VoiceTwin | null; readonly state: CopyState }[]
  readonly state: EngineCopyState
}

const copyState = (twin: VoiceTwin | null, voice: RecordedVoice, connection: Connection): CopyState => {
  if (!twin) return 'none'
  if (otherModelOfTwin(connection, twin.remoteVoice) !== undefined) return 'other-model'
  if (twin.status === 'pending' || twin.status === 'failed') return twin.status
  return twinGaps(connection, twin, voice).length === 0 ? 'ready' : 'stale'
}

/** What a person has to know first comes first. */
const engineState = (states: readonly CopyState[]): EngineCopyState => {
  const worst = (['pending', 'failed', 'other-model', 'stale'] as const).find((state) => states.includes(state))
  if (worst) return worst
  if (!states.includes('ready')) return 'none'
  return states.includes('none') ? 'partial' : 'ready'
}

/** How recordings get to an engine elsewhere that can speak with them at all. */
export type EngineWay = Pick<EngineCopies, 'engine' | 'way' | 'mayEnrol'>

export const waysOf = (engines: readonly RemoteEngine[]): readonly EngineWay[] =>
  engines.flatMap((engine) => {
    const { recordings: way, mayEnrol } = remoteFacts(engine.connection)
    return way === 'none' ? [] : [{ engine, way, mayEnrol }]
  })

/** How a voice gets to speak at engines elsewhere. */
export const copiesOf = (
  voice: RecordedVoice,
  ways: readonly EngineWay[],
  twins: readonly VoiceTwin[],
): readonly EngineCopies[] => {
  const ofVoice = twins.filter(({ voiceId }) => voiceId === voice.voiceId)
  return ways.map(({ engine, way, mayEnrol }): EngineCopies => {
    const copies = engine.members.map((member) => {
      const twin = ofVoice.find(({ memberId }) => memberId === member.memberId) ?? null
      return { member, twin, state: copyState(twin, voice, engine.connection) }
    })
    // An endpoint that gets nothing new needs no copy.
    const counted = copies.filter(({ member, twin }) => !member.isDraining || twin !== null)
    return { engine, way, mayEnrol, copies, state: engineState(counted.map(({ state }) => state)) }
  })
}

/** What of a voice is no longer as its copy was made. */
export const changeSince = (twin: VoiceTwin, voice: RecordedVoice, connection: Connection): TwinGap =>
  twinGaps(connection, twin, voice)[0] ?? 'recording'

/** Hosts that a recording would go to, each once. */
export const hostsOf = ({ members }: Pick<RemoteEngine, 'members'>): readonly string[] => [
  ...new Set(
    members
      .filter(({ isDraining }) => !isDraining)
      .map(({ baseUrl }) => (URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl)),
  ),
]

/** What is to be said about a recording before it is sent. */
export type SampleFinding = {
  /** As texts choose by it. */
  readonly rule: string
  readonly measured: number
  readonly limit: number
}

const DASHSCOPE_RATE_HZ = 24_000
const HEADER_BYTES = 44
const ruleOf = (rule: string): string => rule.replaceAll(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase())

const wantsTranscript = (connection: Connection): boolean =>
  connection.kind === 'eas' ||
  (connection.kind === 'openai' && OPENAI_PROFILES[connection.profile].voiceUpload === 'siliconflow')

/**
 * What a service would refuse a recording for, and what could be better about it.
 * @param report of the recording as it lies in the library
 */
export const sampleFindings = (
  connection: Connection,
  { promptText }: Pick<RecordedVoice['source'], 'promptText'>,
  report: RecordingReport,
): { readonly problems: readonly SampleFinding[]; readonly advice: readonly SampleFinding[] } => {
  const plain = (rules: readonly string[]): SampleFinding[] =>
    rules.map((rule) => ({ rule: ruleOf(rule), measured: 0, limit: 0 }))
  const sizeBytes = (rateHz: number): number =>
    HEADER_BYTES + Math.ceil(report.durationSec * rateHz) * Int16Array.BYTES_PER_ELEMENT
  const told = (found: SampleCheck['problems']): SampleFinding[] =>
    found.map(({ rule, measured, limit }) => ({ rule: ruleOf(rule), measured, limit }))
  if (connection.kind === 'dashscope') {
    const { problems, advice } = checkDashscopeSample(report, sizeBytes(DASHSCOPE_RATE_HZ))
    // The service has its own idea of what is long and what is short.
    const ofSound = report.advice.filter((kind) => kind === 'clipped' || kind === 'quiet' || kind === 'noisy')
    return { problems: told(problems), advice: [...told(advice), ...plain(ofSound)] }
  }
  const noWords = wantsTranscript(connection) && promptText.trim() === '' ? plain(['no-transcript']) : []
  const { problems, advice } =
    connection.kind === 'eas' ? checkEasSample(report, sizeBytes(report.sampleRateHz)) : { problems: [], advice: [] }
  return { problems: [...told(problems), ...noWords], advice: [...told(advice), ...plain(report.advice)] }
}

/** How long a recording is best, where the service says so. */
export const bestLength = ({ kind }: Connection): { fromSec: number; toSec: number } =>
  kind === 'dashscope'
    ? { fromSec: DASHSCOPE_SAMPLE_LIMITS.bestFromSec, toSec: DASHSCOPE_SAMPLE_LIMITS.bestToSec }
    : { fromSec: 3, toSec: 10 }
