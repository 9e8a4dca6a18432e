import { orCancelled } from '../../clock/index.ts'
import { ownReason, RemoteFailure, retryAfterMs } from '../../remote/index.ts'
import { refusalBody } from '../server-words.ts'
import { addressesOf, type DashscopeDeps, headersOf, keyOf } from './endpoint.ts'
import { statusFailure, withoutSecrets } from './failures.ts'
import { parseToken } from './messages.ts'

const LONGEST_SEC = 1800
/** One that is left with less is not used any more. */
const LEAST_LEFT_MS = 15_000

export type TemporaryKey = {
  readonly token: string
  /** By the clock of this computer, whatever that of the service says. */
  readonly expiresAtEpochMs: number
}

type KeyDeps = Pick<DashscopeDeps, 'wire' | 'clock' | 'endpoint'>

/**
 * A key for some minutes with the rights of the permanent one; it cannot be revoked.
 * @param lifetimeSec 1 to 1800
 * @throws RemoteFailure; AppCancel
 * @source Alibaba Cloud Model Studio, temporary API keys
 */
export const askTemporaryKey = async (
  { wire, clock, endpoint }: KeyDeps,
  lifetimeSec: number,
  signal: AbortSignal,
): Promise<TemporaryKey> => {
  const { tokens } = addressesOf(endpoint)
  const key = await keyOf(endpoint, signal)
  const askedSec = Math.min(LONGEST_SEC, Math.max(1, Math.round(lifetimeSec)))
  const askedAtEpochMs = clock.nowEpochMs()
  const url = `${tokens}?expire_in_seconds=${askedSec}`
  const answer = await wire.ask({ url, method: 'POST', headers: headersOf(endpoint, key) }, signal)
  if (answer.status !== 200) {
    const waitMs = retryAfterMs(answer.header('retry-after'), clock.nowEpochMs())
    throw withoutSecrets(statusFailure(answer.status, await refusalBody(answer.pieces()), waitMs), key, [])
  }
  const token = parseToken(await answer.text())
  if (token !== undefined) return { token, expiresAtEpochMs: askedAtEpochMs + 1000 * askedSec }
  throw new RemoteFailure('protocol', { ...ownReason('answer-lacks', { field: 'token' }), httpStatus: 200 })
}

/** A request for a key that lines wait for, all of them for the same one. */
type Asking = { readonly answer: Promise<TemporaryKey>; readonly giveUp: AbortController; waiting: number }

/**
 * Keys for `DashscopeEndpoint.apiKey`: the temporary one that there is, or a new one when that is about to end or was refused.
 */
export const createTemporaryKeys = (
  deps: KeyDeps,
  lifetimeSec: number = LONGEST_SEC,
): ((signal: AbortSignal, refused?: string) => Promise<string>) => {
  let current: TemporaryKey | undefined
  let asking: Asking | undefined

  const ask = (): Asking => {
    const giveUp = new AbortController()
    const answer = askTemporaryKey(deps, lifetimeSec, giveUp.signal)
    const asked: Asking = { answer, giveUp, waiting: 0 }
    const isOver = (): void => {
      if (asking === asked) asking = undefined
    }
    answer.then((key) => {
      current = key
      isOver()
    }, isOver)
    return asked
  }

  return async (signal, refused) => {
    if (refused !== undefined && current?.token === refused) current = undefined
    if (current && current.expiresAtEpochMs - deps.clock.nowEpochMs() >= LEAST_LEFT_MS) return current.token
    asking ??= ask()
    const asked = asking
    asked.waiting += 1
    try {
      return (await orCancelled(asked.answer, signal)).token
    } finally {
      asked.waiting -= 1
      if (asked.waiting === 0) {
        asked.giveUp.abort()
        if (asking === asked) asking = undefined
      }
    }
  }
}
