import { AppCancel, type MemberId } from '../../../shared/kernel/index.ts'
import type { Clock } from '../../clock/index.ts'
import {
  type Circuit,
  createCircuit,
  createRequestGate,
  failureOfError,
  ownReason,
  type RateGate,
  RemoteFailure,
} from '../../remote/index.ts'

/** Too many requests: half as many for a while. */
const SLOWED_MS = 60_000
/** Where the endpoint does not say how long. */
const REST_MS = 1000
/** A key that is refused, an account that is empty: not asked again with every line. */
const BLOCKED_MS = 30_000
/** All endpoints are down: pieces wait no longer for one of them. */
const DOWN_PATIENCE_MS = 600_000
/** Of a member's pace, how much each piece counts. */
const PACE_SHARE = 0.2

export type PoolMember = {
  readonly memberId: MemberId
  readonly concurrency: number
  readonly requestsPerSecond: number | null
  readonly isDraining: boolean
  /** In place of one of its own for its requests a second: others pass it, too. */
  readonly gate?: RateGate | undefined
  /** Finds out, at no cost, whether the endpoint is there again after it was down; without it, a piece finds out. */
  readonly probe?: ((signal: AbortSignal) => Promise<void>) | undefined
}

/** A place at a member, given back when it is disposed of. */
export interface Lease<Member extends PoolMember> extends Disposable {
  readonly member: Member
  /** @param units of text that were spoken */
  succeeded(units: number): void
  failed(failure: RemoteFailure): void
}

export type MemberState = {
  readonly memberId: MemberId
  readonly running: number
  /** Milliseconds for a unit of text, as it was seen; null before anything was. */
  readonly msPerUnit: number | null
  /** Why it is not asked at present. */
  readonly resting: 'draining' | 'blocked' | 'down' | 'rate-limited' | null
}

/** Spreads pieces over the endpoints of an engine. */
export interface MemberPool<Member extends PoolMember> extends Disposable {
  /**
   * Waits for a place: at the member with the most room, the faster one of equals.
   * @param mayUse tells which members can serve at all, e.g. because they know the voice
   * @param avoid a member that has just failed; taken all the same where no other can serve
   * Endpoints that are down are waited for, for a while.
   * @throws RemoteFailure why none of them can be asked; AppCancel
   */
  acquire(
    asked: { readonly mayUse: (member: Member) => boolean; readonly avoid?: MemberId | undefined },
    signal: AbortSignal,
  ): Promise<Lease<Member>>
  /** Whether another member could be asked now, or as soon as it has room. */
  hasOther(memberId: MemberId, mayUse: (member: Member) => boolean): boolean
  states(): readonly MemberState[]
}

class Place<Member extends PoolMember> {
  readonly member: Member
  readonly circuit: Circuit
  readonly #gate: RateGate | undefined
  readonly #clock: Clock
  running = 0
  msPerUnit: number | null = null
  #slowedUntilEpochMs = Number.NEGATIVE_INFINITY
  #restsUntilEpochMs = Number.NEGATIVE_INFINITY
  #isLooking = false
  #blocked: { readonly failure: RemoteFailure; readonly untilEpochMs: number } | undefined

  constructor(member: Member, clock: Clock) {
    this.member = member
    this.circuit = createCircuit(clock)
    this.#clock = clock
    const { requestsPerSecond, gate } = member
    this.#gate = gate ?? (requestsPerSecond === null ? undefined : createRequestGate(requestsPerSecond, clock))
  }

  get #room(): number {
    if (this.circuit.downForMs !== undefined) return 1
    const { concurrency } = this.member
    const isSlowed = this.#clock.nowEpochMs() < this.#slowedUntilEpochMs
    return isSlowed ? Math.max(1, Math.floor(concurrency / 2)) : concurrency
  }

  get load(): number {
    return this.running / this.#room
  }

  get hasRoom(): boolean {
    return this.isReady && this.running < this.#room
  }

  /** Whether it may be asked now, as soon as it has room. */
  get isReady(): boolean {
    return !this.refusal && this.restsForMs === 0 && !this.needsProbe
  }

  /** Until it may be asked again: it asked for less, or did not answer several times in a row. */
  get restsForMs(): number {
    return Math.max(0, this.#restsUntilEpochMs - this.#clock.nowEpochMs(), this.circuit.openForMs)
  }

  /** It was down, and nobody knows yet whether it is there again. */
  get isDown(): boolean {
    return this.circuit.openForMs > 0 || this.needsProbe
  }

  /** Down for so long, and looked for in vain just now, that nobody waits for it. */
  get isGone(): boolean {
    return this.circuit.openForMs > 0 && (this.circuit.downForMs ?? 0) >= DOWN_PATIENCE_MS
  }

  get needsProbe(): boolean {
    return this.circuit.downForMs !== undefined && this.member.probe !== undefined
  }

  /** Why it cannot be asked, however long anybody waits. */
  get refusal(): RemoteFailure | undefined {
    return this.#blocked && this.#clock.nowEpochMs() < this.#blocked.untilEpochMs ? this.#blocked.failure : undefined
  }

  get resting(): MemberState['resting'] {
    if (this.member.isDraining) return 'draining'
    if (this.isDown) return 'down'
    if (this.refusal) return 'blocked'
    return this.restsForMs > 0 ? 'rate-limited' : null
  }

  /** Looks whether it is there again; one look at a time. @returns whether anything is to be done anew */
  async look(signal: AbortSignal): Promise<boolean> {
    if (this.#isLooking || !this.needsProbe || this.circuit.openForMs > 0) return false
    this.#isLooking = true
    try {
      await this.member.probe?.(signal)
      this.circuit.succeeded()
    } catch (error) {
      if (error instanceof AppCancel) return false
      this.circuit.failed(failureOfError(error))
    } finally {
      this.#isLooking = false
    }
    return true
  }

  pass(signal: AbortSignal): Promise<void> {
    return this.#gate?.pass(signal) ?? Promise.resolve()
  }

  succeeded(msPerUnit: number): void {
    this.circuit.succeeded()
    this.msPerUnit = this.msPerUnit === null ? msPerUnit : this.msPerUnit + PACE_SHARE * (msPerUnit - this.msPerUnit)
  }

  failed(failure: RemoteFailure): void {
    this.circuit.failed(failure)
    const nowEpochMs = this.#clock.nowEpochMs()
    const { failureClass, facts } = failure
    if (failureClass === 'auth' || failureClass === 'quota')
      this.#blocked = { failure, untilEpochMs: nowEpochMs + BLOCKED_MS }
    if (failureClass !== 'rate-limit') return
    this.#slowedUntilEpochMs = nowEpochMs + SLOWED_MS
    this.#restsUntilEpochMs = nowEpochMs + Math.min(facts.retryAfterMs ?? REST_MS, SLOWED_MS)
  }
}

type Waiting<Member extends PoolMember> = {
  readonly mayUse: (member: Member) => boolean
  readonly avoid: MemberId | undefined
  resolve(place: Place<Member>): void
  reject(failure: RemoteFailure): void
}

export const createMemberPool = <Member extends PoolMember>(
  members: readonly Member[],
  clock: Clock,
): MemberPool<Member> => {
  const places = members.map((member) => new Place(member, clock))
  const waiting = new Set<Waiting<Member>>()
  const closing = new AbortController()
  let stopTimer: (() => void) | undefined

  const usableBy = ({
    mayUse,
    avoid,
  }: Pick<Waiting<Member>, 'mayUse' | 'avoid'>): readonly Place<Member>[] | RemoteFailure => {
    const able = places.filter(({ member }) => !member.isDraining && mayUse(member))
    const open = able.filter(({ refusal, isGone }) => refusal === undefined && !isGone)
    if (open.length === 0) return whyNone(able)
    const others = open.filter(({ member, isDown }) => member.memberId !== avoid && !isDown)
    return others.length > 0 ? others : open
  }
  const whyNone = (able: readonly Place<Member>[]): RemoteFailure => {
    const why =
      able.length > 0 ? ownReason('long-down', { minutes: DOWN_PATIENCE_MS / 60_000 }) : ownReason('all-draining')
    return able.find(({ refusal }) => refusal)?.refusal ?? new RemoteFailure('unavailable', why)
  }
  const best = (usable: readonly Place<Member>[]): Place<Member> | undefined =>
    usable
      .filter(({ hasRoom }) => hasRoom)
      .toSorted((one, other) => one.load - other.load || (one.msPerUnit ?? 0) - (other.msPerUnit ?? 0))[0]

  const serve = (): void => {
    stopTimer?.()
    stopTimer = undefined
    for (const waiter of [...waiting]) {
      const usable = usableBy(waiter)
      if (usable instanceof RemoteFailure) {
        waiting.delete(waiter)
        waiter.reject(usable)
        continue
      }
      const place = best(usable)
      if (!place) continue
      waiting.delete(waiter)
      place.running += 1
      waiter.resolve(place)
    }
    if (waiting.size === 0) return
    for (const place of places) void place.look(closing.signal).then((hasLooked) => hasLooked && serve())
    const rests = places.map(({ restsForMs }) => restsForMs).filter((ms) => ms > 0)
    if (rests.length > 0) stopTimer = clock.setTimer(serve, Math.min(...rests))
  }

  const placeFor = ({ mayUse, avoid }: Pick<Waiting<Member>, 'mayUse' | 'avoid'>, signal: AbortSignal) =>
    new Promise<Place<Member>>((resolve, reject) => {
      const settled = (): void => signal.removeEventListener('abort', cancel)
      const waiter: Waiting<Member> = {
        mayUse,
        avoid,
        resolve: (place) => {
          settled()
          resolve(place)
        },
        reject: (failure) => {
          settled()
          reject(failure)
        },
      }
      const cancel = (): void => {
        waiting.delete(waiter)
        settled()
        reject(new AppCancel())
      }
      if (signal.aborted) return reject(new AppCancel())
      signal.addEventListener('abort', cancel)
      waiting.add(waiter)
      serve()
    })

  return {
    async acquire({ mayUse, avoid }, signal) {
      const place = await placeFor({ mayUse, avoid }, signal)
      let isHeld = true
      const release = (): void => {
        if (!isHeld) return
        isHeld = false
        place.running -= 1
        serve()
      }
      try {
        await place.pass(signal)
      } catch (error) {
        release()
        throw error
      }
      const startedEpochMs = clock.nowEpochMs()
      return {
        member: place.member,
        succeeded: (units) => place.succeeded((clock.nowEpochMs() - startedEpochMs) / Math.max(1, units)),
        failed: (failure) => place.failed(failure),
        [Symbol.dispose]: release,
      }
    },
    hasOther: (memberId, mayUse) =>
      places.some(
        ({ member, isReady }) => member.memberId !== memberId && !member.isDraining && mayUse(member) && isReady,
      ),
    states: () =>
      places.map(({ member, running, msPerUnit, resting }) => ({
        memberId: member.memberId,
        running,
        msPerUnit,
        resting,
      })),
    [Symbol.dispose]() {
      stopTimer?.()
      closing.abort()
    },
  }
}
