import {
  billedUnit,
  costOf,
  type Member,
  type Money,
  type RemoteEngine,
  type RenderEstimate,
  type SpendingSumView,
} from '../../shared/endpoint/index.ts'
import { AppError, type EngineId, type MemberId, type ProjectId } from '../../shared/kernel/index.ts'
import type { EngineRegistry, MemberState, RenderNote } from '../engines/index.ts'
import {
  addSpending,
  type Library,
  listMemberPaces,
  listRemoteEngines,
  listSpending,
  putMemberPace,
  spentSince,
} from '../library/index.ts'

/** How a job is spread over the endpoints of an engine. */
export type Spread = Pick<RenderEstimate, 'expectedSec' | 'shares'>

/** A line that is to be spoken, and where it can be. */
export type LineToSpread = { readonly units: number; readonly memberIds: readonly MemberId[] }

type BilledEngine = Pick<RemoteEngine, 'engineId' | 'name' | 'price'>
type PacedEngine = Pick<RemoteEngine, 'engineId' | 'price' | 'connection'>

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
  /** Paces as they were written down last. */
  readonly #remembered = new Map<MemberId, number>()

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
    if (engine && note.kind === 'usage') this.#rememberPaces(engine)
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

  /** Milliseconds for a unit, as it was seen, or else remembered. */
  #paces(engine: PacedEngine): ReadonlyMap<MemberId, number> {
    const unit = billedUnit(engine)
    const remembered = listMemberPaces(this.#db, engine.engineId).filter((pace) => pace.unit === unit)
    const seen = this.#deps.engines.memberStates(engine.engineId)
    return new Map(
      [...remembered, ...seen].flatMap(({ memberId, msPerUnit }) =>
        msPerUnit === null ? [] : [[memberId, msPerUnit] as const],
      ),
    )
  }

  /** How the endpoints of an engine are, with the pace of the last time where nothing was seen since. */
  statesOf(engine: PacedEngine): MemberState[] {
    const paces = this.#paces(engine)
    const states = this.#deps.engines.memberStates(engine.engineId)
    return states.map((state) => ({ ...state, msPerUnit: paces.get(state.memberId) ?? null }))
  }

  #rememberPaces(engine: RemoteEngine): void {
    const { engineId } = engine
    for (const { memberId, msPerUnit } of this.#deps.engines.memberStates(engineId)) {
      if (msPerUnit === null || this.#remembered.get(memberId) === msPerUnit) continue
      this.#remembered.set(memberId, msPerUnit)
      putMemberPace(this.#db, { memberId, engineId, unit: billedUnit(engine), msPerUnit })
    }
  }

  /** Each line goes to the endpoint that would be done with it first, of those that can speak it. */
  spread(engine: PacedEngine & Pick<RemoteEngine, 'members'>, lines: readonly LineToSpread[]): Spread {
    const states = this.#deps.engines.memberStates(engine.engineId)
    const isAsked = ({ memberId, isDraining }: Member): boolean => {
      const resting = states.find((state) => state.memberId === memberId)?.resting
      return !isDraining && resting !== 'blocked' && resting !== 'down'
    }
    const paces = this.#paces(engine)
    const known = engine.members.flatMap(({ memberId }) => paces.get(memberId) ?? [])
    const usual = known.length > 0 ? known.reduce((sum, pace) => sum + pace, 0) / known.length : null
    const places = engine.members.filter(isAsked).map(({ memberId, baseUrl, concurrency, requestsPerSecond }) => ({
      ...{ memberId, baseUrl, concurrency, msPerUnit: paces.get(memberId) ?? usual ?? 1 },
      msPerRequest: requestsPerSecond === null ? 0 : 1000 / requestsPerSecond,
      ...{ lines: 0, busyMs: 0, canSpeak: false },
    }))
    let longestMs = 0
    for (const { units, memberIds } of lines) {
      const able = places.filter(({ memberId }) => memberIds.includes(memberId))
      for (const place of able) place.canSpeak = true
      const doneMs = (place: (typeof places)[number]): number =>
        place.busyMs + Math.max((units * place.msPerUnit) / place.concurrency, place.msPerRequest)
      const [first] = able.toSorted((one, other) => doneMs(one) - doneMs(other))
      if (!first) continue
      first.busyMs = doneMs(first)
      first.lines += 1
      // A line is spoken one piece after another, however many lines are spoken at once.
      longestMs = Math.max(longestMs, first.busyMs, units * first.msPerUnit)
    }
    return {
      expectedSec: usual === null || longestMs === 0 ? null : longestMs / 1000,
      shares: places
        .filter(({ canSpeak }) => canSpeak)
        .map(({ memberId, baseUrl, lines: count }) => ({ memberId, baseUrl, lines: count })),
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
