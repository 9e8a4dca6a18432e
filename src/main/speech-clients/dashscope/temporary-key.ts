import { ownReason, RemoteFailure, retryAfterMs } from '../../remote/index.ts'
import { refusalBody } from '../server-words.ts'
import { addressesOf, type DashscopeDeps, headersOf, keyOf } from './endpoint.ts'
import { statusFailure, withoutSecrets } from './failures.ts'
import { parseToken } from './messages.ts'

const LONGEST_SEC = 1800
/** One that is left with less is not used any more. */
const LEAST_LEFT_MS = 15_000

export type TemporaryKey = { readonly token: string; readonly expiresAtEpochMs: number }

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
  const url = `${tokens}?expire_in_seconds=${Math.min(LONGEST_SEC, Math.max(1, Math.round(lifetimeSec)))}`
  const answer = await wire.ask({ url, method: 'POST', headers: headersOf(endpoint, key) }, signal)
  if (answer.status !== 200) {
    const waitMs = retryAfterMs(answer.header('retry-after'), clock.nowEpochMs())
    throw withoutSecrets(statusFailure(answer.status, await refusalBody(answer.pieces()), waitMs), key, [])
  }
  const token = parseToken(await answer.text())
  if (token) return token
  throw new RemoteFailure('protocol', { ...ownReason('answer-lacks', { field: 'token' }), httpStatus: 200 })
}

/** Keys for `DashscopeEndpoint.apiKey`: the temporary one that there is, or a new one when that is about to end. */
export const createTemporaryKeys = (
  deps: KeyDeps,
  lifetimeSec: number = LONGEST_SEC,
): ((signal: AbortSignal) => Promise<string>) => {
  let current: TemporaryKey | undefined
  return async (signal) => {
    if (!current || current.expiresAtEpochMs - deps.clock.nowEpochMs() < LEAST_LEFT_MS)
      current = await askTemporaryKey(deps, lifetimeSec, signal)
    return current.token
  }
}
