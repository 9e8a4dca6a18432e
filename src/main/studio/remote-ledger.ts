import {
  costOf,
  type Money,
  type RemoteEngine,
  type RenderEstimate,
  type SpendingSumView,
} from '../../shared/endpoint/index.ts'
import { AppError, type EngineId, type MemberId, type ProjectId } from '../../shared/kernel/index.ts'
import type { EngineRegistry, RenderNote } from '../engines/index.ts'
import { addSpending, type Library, listRemoteEngines, listSpending, spentSince } from '../library/index.ts'

/** How a job is spread over the endpoints of an engine. */
export type Spread = Pick<RenderEstimate, 'expectedSec' | 'shares'>

type BilledEngine = Pick<RemoteEngine, 'engineId' | 'name' | 'price'>

export type RemoteLedgerDeps = {
  readonly library: Library
  readonly engines: Pick<EngineRegistry, 'memberStates'>
  nowEpochMs(): number
}

const startOfMonth = (nowEpochMs: number): number => {
  const now = new Date(nowEpochMs)
  return new Date(now.getFullYear(), now.getMonth(), 1).getTime()
}

/** What engines elsewhere cost: what was billed, what may still be spent, and what a job would come to. */
export class RemoteLedger {
  readonly #deps: RemoteLedgerDeps

  constructor(deps: RemoteLedgerDeps) {
    this.#deps = deps
  }

  get #db() {
    return this.#deps.library.db
  }

  /** Writes down what a service billed for a line. */
  note(engineId: EngineId, projectId: ProjectId | null, note: RenderNote): void {
    // A line may end after its engine was removed: it was billed all the same.
    const engine = listRemoteEngines(this.#db).find((known) => known.engineId === engineId)
    this.write(engine ?? { engineId, name: engineId, price: null }, projectId, note)
  }

  /** The same of an engine that may not be saved. @param projectId null: of no project, e.g. a trial */
  write(engine: BilledEngine, projectId: ProjectId | null, note: RenderNote): void {
    if (note.kind !== 'usage') return
    addSpending(this.#db, {
      engineId: engine.engineId,
      engineName: engine.name,
      projectId,
      units: note.units,
      cost: this.costOf(engine, note.units),
      requestId: note.requestId,
    })
  }

  /** Sums by engine and project. */
  usage(fromEpochMs: number, untilEpochMs: number): SpendingSumView[] {
    return listSpending(this.#db, fromEpochMs, untilEpochMs)
  }

  /** Null where no price is known. */
  costOf({ price }: Pick<RemoteEngine, 'price'>, units: number): Money | null {
    return price && { amount: costOf(units, price), currency: price.currency }
  }

  /** Null where no price is known. */
  spentThisMonth({ engineId, price }: RemoteEngine): Money | null {
    if (!price) return null
    const since = startOfMonth(this.#deps.nowEpochMs())
    return { amount: spentSince(this.#db, engineId, price.currency, since), currency: price.currency }
  }

  /** Each endpoint gets as much as it can speak in the same time. */
  spread({ engineId, members }: RemoteEngine, lines: number, units: number): Spread {
    const states = this.#deps.engines.memberStates(engineId)
    const paceOf = (memberId: MemberId): number | null =>
      states.find((state) => state.memberId === memberId)?.msPerUnit ?? null
    const open = members.filter(({ isDraining }) => !isDraining)
    const seen = open.flatMap(({ memberId }) => paceOf(memberId) ?? [])
    const usual = seen.length > 0 ? seen.reduce((sum, pace) => sum + pace, 0) / seen.length : null
    const speeds = open.map(({ memberId, concurrency }) => concurrency / (paceOf(memberId) ?? usual ?? 1))
    const total = speeds.reduce((sum, speed) => sum + speed, 0)
    return {
      expectedSec: usual === null || total === 0 ? null : units / total / 1000,
      shares: open.map(({ memberId, baseUrl }, index) => ({
        memberId,
        baseUrl,
        lines: total === 0 ? 0 : (lines * (speeds[index] ?? 0)) / total,
      })),
    }
  }

  /** @throws AppError `cloud.limit-reached` */
  admit(engine: RemoteEngine, units: number): void {
    const { monthlyLimit, price, name } = engine
    const spent = this.spentThisMonth(engine)
    if (monthlyLimit === null || !price || !spent) return
    const cost = costOf(units, price)
    if (spent.amount + cost <= monthlyLimit) return
    // Of less than a tenth, two digits would say nothing.
    const written = (amount: number): string => amount.toFixed(amount > 0 && amount < 0.1 ? 4 : 2)
    throw new AppError('cloud.limit-reached', {
      params: {
        engine: name,
        spent: written(spent.amount),
        limit: written(monthlyLimit),
        currency: price.currency,
        cost: written(cost),
      },
      remedies: ['raise-limit', 'choose-another-engine'],
    })
  }
}
