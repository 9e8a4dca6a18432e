import {
  type DashscopeAddresses,
  type DashscopeRegion,
  dashscopeAddresses,
  type TextFixes,
} from '../../../shared/endpoint/index.ts'
import { type Clock, orCancelled } from '../../clock/index.ts'
import { ownReason, RemoteFailure, type Wire } from '../../remote/index.ts'

export type DashscopeEndpoint = {
  /** http(s) or ws(s), of the host or of its API; a path before the API is kept. */
  readonly baseUrl: string
  /**
   * Asked for every connection and every request; a temporary one will do.
   * @param refused a key that was refused: another one, where there is another
   */
  readonly apiKey: (signal: AbortSignal, refused?: string) => Promise<string>
  /** Of a key that belongs to a workspace. */
  readonly workspaceId?: string | null
  /** `cn` where it is not told. */
  readonly region?: DashscopeRegion
  /** As the service counts them; 2000 where it is not told. */
  readonly charactersPerSend?: number
  readonly fixes?: TextFixes | undefined
}

/** What a server did that is not in its protocol and does no harm. */
export type DashscopeOddity = {
  readonly what:
    | 'unreadable-frame'
    | 'unknown-event'
    | 'frame-of-another-task'
    | 'sound-out-of-place'
    | 'connection-died'
  readonly taskId: string
}

export type DashscopeDeps = {
  readonly wire: Wire
  readonly clock: Clock
  readonly endpoint: DashscopeEndpoint
  /** For the log. */
  readonly onOddity?: (oddity: DashscopeOddity) => void
}

/** @throws RemoteFailure `protocol` for an address that is none */
export const addressesOf = ({ baseUrl }: DashscopeEndpoint): DashscopeAddresses => {
  const addresses = dashscopeAddresses(baseUrl)
  if (addresses) return addresses
  throw new RemoteFailure('protocol', ownReason('address-invalid'))
}

/**
 * A key that can be sent.
 * @throws RemoteFailure `auth` for none, and for one with characters that no key has; what its owner throws; AppCancel
 */
export const keyOf = async (endpoint: DashscopeEndpoint, signal: AbortSignal, refused?: string): Promise<string> => {
  const key = (await orCancelled(endpoint.apiKey(signal, refused), signal)).trim()
  if (/^[\x21-\x7e]+$/.test(key)) return key
  throw new RemoteFailure('auth', ownReason(key === '' ? 'no-key' : 'key-invalid'))
}

/** Does something with a key; once more where that key is refused and there is another. @throws as `keyOf`; what `use` throws */
export const withKey = async <Result>(
  endpoint: DashscopeEndpoint,
  signal: AbortSignal,
  use: (key: string) => Promise<Result>,
): Promise<Result> => {
  const key = await keyOf(endpoint, signal)
  try {
    return await use(key)
  } catch (error) {
    if (!(error instanceof RemoteFailure) || error.failureClass !== 'auth') throw error
    const another = await keyOf(endpoint, signal, key)
    if (another === key) throw error
    return await use(another)
  }
}

/** @source Alibaba Cloud Model Studio, CosyVoice WebSocket API (handshake) */
export const headersOf = ({ workspaceId }: DashscopeEndpoint, key: string): Record<string, string> => ({
  authorization: `Bearer ${key}`,
  ...(workspaceId && { 'x-dashscope-workspace': workspaceId }),
})
