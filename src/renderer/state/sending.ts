import { createStore, type StoreApi } from 'zustand/vanilla'
import type { RenderScope } from '../../shared/contract/index.ts'
import type { Money, RenderEstimate } from '../../shared/endpoint/index.ts'
import {
  AppError,
  type AppErrorData,
  type EngineId,
  engineIdSchema,
  type ProjectId,
  projectIdSchema,
  type VoiceId,
  voiceIdSchema,
} from '../../shared/kernel/index.ts'
import type { Bridge } from '../bridge/index.ts'

/** Something that nobody has allowed to be sent yet. */
export type MissingConsent = {
  readonly engineId: EngineId
  readonly engineName: string
} & (
  | { readonly kind: 'text'; readonly subjectId: ProjectId }
  | { readonly kind: 'voice'; readonly subjectId: VoiceId; readonly voiceName: string }
)

/** What a person is asked before anything leaves this computer. */
export type SendingQuestion = {
  /** Unlike that of any other question. */
  readonly questionId: number
  /** What would be sent and cost; none where nothing but the consent is in question. */
  readonly estimates: readonly RenderEstimate[]
  readonly missing: readonly MissingConsent[]
  /** Whether rendering was asked for, and not something that needs it. */
  readonly isRender: boolean
  /** What was asked for; done once all is allowed. */
  go(): Promise<void>
}

export type Sending = {
  store: StoreApi<SendingQuestion | null>
  /** Does it at once where nothing is to be asked, else asks first. */
  render(projectId: ProjectId, scope: RenderScope, work: () => Promise<void>): Promise<void>
  /**
   * Does it, and where it was refused for want of a consent, asks for that and does it then.
   * @param lines of a project, whose consents are all asked for at once
   */
  orAsk(work: () => Promise<void>, lines?: { projectId: ProjectId; scope: RenderScope }): Promise<void>
  /** Asks for the consent that an error speaks of. @returns false where it speaks of none */
  ask(error: AppErrorData, work: () => Promise<void>): boolean
  /**
   * Everything that is missing is allowed, and what was asked for is done.
   * @param unasked engines that need not be asked about again, as long as the window is open, for what costs no more than this
   * @throws AppError
   */
  allow(question: SendingQuestion, unasked?: ReadonlySet<EngineId>): Promise<void>
  /** What an engine costs is asked about again. */
  askAgain(engineId: EngineId): void
  dismiss(): void
}

/** True where a person should see it before it is done: it costs something, or is not allowed yet. */
export const isWorthAsking = ({ cost, needsConsent }: Pick<RenderEstimate, 'cost' | 'needsConsent'>): boolean =>
  (cost !== null && cost.amount > 0) || needsConsent.length > 0

/** The lines would cost more than the month has left. */
export const isOverLimit = ({
  cost,
  spentThisMonth: spent,
  monthlyLimit,
}: Pick<RenderEstimate, 'cost' | 'spentThisMonth' | 'monthlyLimit'>): boolean =>
  cost !== null && spent !== null && monthlyLimit !== null && spent.amount + cost.amount > monthlyLimit

/** What has to be allowed before these lines are rendered. */
export const missingConsents = (estimates: readonly RenderEstimate[]): readonly MissingConsent[] =>
  estimates.flatMap(({ engineId, engineName, needsConsent }) =>
    needsConsent.map(({ kind, subjectId, name }): MissingConsent => {
      const engine = { engineId, engineName }
      return kind === 'text'
        ? { ...engine, kind, subjectId: projectIdSchema.parse(subjectId) }
        : { ...engine, kind, subjectId: voiceIdSchema.parse(subjectId), voiceName: name }
    }),
  )

/** The consent that an error of that code speaks of. */
export const consentOfError = ({ code, params }: Pick<AppErrorData, 'code' | 'params'>): MissingConsent | undefined => {
  if (code !== 'cloud.consent-needed') return undefined
  const engineId = engineIdSchema.safeParse(params.engineId)
  if (!engineId.success) return undefined
  const engine = { engineId: engineId.data, engineName: String(params.engine ?? engineId.data) }
  const projectId = projectIdSchema.safeParse(params.subjectId)
  if (params.subject === 'text' && projectId.success) return { ...engine, kind: 'text', subjectId: projectId.data }
  const voiceId = voiceIdSchema.safeParse(params.subjectId)
  if (params.subject === 'voice' && voiceId.success)
    return { ...engine, kind: 'voice', subjectId: voiceId.data, voiceName: String(params.voice ?? '') }
  return undefined
}

/** Asks before anything leaves this computer, and does afterwards what was asked for. */
export const createSending = (
  bridge: Bridge,
  deps: { hasRemoteEngines(): boolean; tellError(error: unknown): void },
): Sending => {
  const store = createStore<SendingQuestion | null>(() => null)
  let lastId = 0
  /** What a person was content to pay at once, without being asked again. */
  const content = new Map<EngineId, Money>()
  const isContent = (estimate: RenderEstimate): boolean => {
    const most = content.get(estimate.engineId)
    const { cost, needsConsent } = estimate
    if (!most || !cost || needsConsent.length > 0 || isOverLimit(estimate)) return false
    return cost.currency === most.currency && cost.amount <= most.amount
  }
  const open = (question: Omit<SendingQuestion, 'questionId'>): void => {
    lastId += 1
    store.setState({ ...question, questionId: lastId }, true)
  }
  const estimate = (projectId: ProjectId, scope: RenderScope): Promise<RenderEstimate[]> =>
    bridge.call('render.estimate', { projectId, scope })

  const ask: Sending['ask'] = (error, work) => {
    const missing = consentOfError(error)
    if (missing) open({ estimates: [], missing: [missing], isRender: false, go: () => orAsk(work) })
    return missing !== undefined
  }
  const orAsk: Sending['orAsk'] = async (work, lines) => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'cloud.consent-needed') throw error
      const estimates = lines ? (await estimate(lines.projectId, lines.scope)).filter(isWorthAsking) : []
      const missing = missingConsents(estimates)
      if (missing.length > 0) open({ estimates, missing, isRender: false, go: () => orAsk(work) })
      else if (!ask(error.toData(), work)) throw error
    }
  }
  return {
    store,
    ask,
    orAsk,
    async render(projectId, scope, work) {
      const go = (): Promise<void> => orAsk(work, { projectId, scope })
      if (!deps.hasRemoteEngines()) return go()
      const estimates = await estimate(projectId, scope)
      if (!estimates.some((one) => isWorthAsking(one) && !isContent(one))) return go()
      open({ estimates, missing: missingConsents(estimates), isRender: true, go })
    },
    async allow({ missing, estimates, go }, unasked) {
      for (const { subjectId, engineId } of missing) await bridge.call('consent.give', { subjectId, engineId })
      for (const { engineId, cost } of estimates) if (cost && unasked?.has(engineId)) content.set(engineId, cost)
      store.setState(null, true)
      go().catch(deps.tellError)
    },
    askAgain: (engineId) => void content.delete(engineId),
    dismiss: () => store.setState(null, true),
  }
}
