import {
  AppError,
  type AppErrorCode,
  type AppErrorParams,
  type REMOTE_REASONS,
  type Remedy,
  type RemoteReason,
} from '../../shared/kernel/index.ts'

/** What went wrong with a request to a remote engine, as retries, circuits and people look at it. */
export const FAILURE_CLASSES = [
  'auth',
  'quota',
  'rate-limit',
  'bad-request',
  'text-too-long',
  'voice-not-found',
  'model-mismatch',
  'unavailable',
  'network',
  'timeout',
  'protocol',
  'content-blocked',
  'offline',
] as const
export type FailureClass = (typeof FAILURE_CLASSES)[number]

/** Why it failed, in a sentence of our own, with what the sentence mentions. */
export type OwnReason = { readonly reason: RemoteReason; readonly params: AppErrorParams }

type ParamsOf<Reason extends RemoteReason> = (typeof REMOTE_REASONS)[Reason] extends readonly []
  ? []
  : [Readonly<Record<(typeof REMOTE_REASONS)[Reason][number], string | number>>]

/** What happened, as every language has a sentence for it. */
export const ownReason = <Reason extends RemoteReason>(reason: Reason, ...params: ParamsOf<Reason>): OwnReason => ({
  reason,
  params: params[0] ?? {},
})

/** What the server said, for a person who knows the service; never a key. */
type WordsOfServer = { readonly reason: string; readonly params?: undefined }

export type FailureFacts = (OwnReason | WordsOfServer) & {
  readonly retryAfterMs?: number
  readonly httpStatus?: number
  /** Close code of a WebSocket. */
  readonly closeCode?: number
  /** The server's own name for it. */
  readonly code?: string
  readonly requestId?: string
  /** Sound had come before it failed: said again, it is paid twice. */
  readonly hasPartialAudio?: boolean
  /** Its certificate, or how it secures the connection, was refused. */
  readonly isTls?: boolean
  readonly cause?: unknown
}

const forLog = ({ reason, params = {} }: FailureFacts): string =>
  Object.keys(params).length === 0 ? reason : `${reason} ${JSON.stringify(params)}`

/** A request that failed. It becomes an AppError at the engine's door. */
export class RemoteFailure extends Error {
  readonly failureClass: FailureClass
  readonly facts: FailureFacts

  constructor(failureClass: FailureClass, facts: FailureFacts) {
    super(`${failureClass}: ${forLog(facts)}`, { cause: facts.cause })
    this.name = 'RemoteFailure'
    this.failureClass = failureClass
    this.facts = facts
  }

  /** The same, after sound had come. */
  afterAudio(): RemoteFailure {
    return new RemoteFailure(this.failureClass, { ...this.facts, hasPartialAudio: true })
  }
}

/** Words of the server; undefined where it said nothing. */
export const wordsOf = ({ reason, params }: FailureFacts): string | undefined => {
  if (!params) return reason
  return params.detail === undefined || params.detail === 'none' ? undefined : String(params.detail)
}

/** The same facts with other words of the server, where it said any. */
export const withWords = (facts: FailureFacts, change: (words: string) => string): FailureFacts => {
  if (!facts.params) return { ...facts, reason: change(facts.reason) }
  const words = wordsOf(facts)
  return words === undefined ? facts : { ...facts, params: { ...facts.params, detail: change(words) } }
}

type Told = { readonly code: AppErrorCode; readonly remedies: readonly Remedy[]; readonly retryable: boolean }

const TOLD: Readonly<Record<FailureClass, Told>> = {
  auth: { code: 'cloud.unauthorized', remedies: ['enter-key', 'choose-another-engine'], retryable: false },
  quota: { code: 'cloud.quota', remedies: ['open-engines', 'choose-another-engine'], retryable: false },
  'rate-limit': { code: 'cloud.rate-limited', remedies: ['try-again', 'choose-another-engine'], retryable: true },
  'bad-request': { code: 'cloud.rejected', remedies: ['choose-another-engine', 'report'], retryable: false },
  'text-too-long': { code: 'cloud.text-too-long', remedies: ['split-long-lines'], retryable: false },
  'voice-not-found': { code: 'cloud.voice-not-found', remedies: ['choose-another-voice'], retryable: false },
  'model-mismatch': {
    code: 'cloud.model-mismatch',
    remedies: ['open-engines', 'choose-another-voice'],
    retryable: false,
  },
  unavailable: { code: 'cloud.unavailable', remedies: ['try-again', 'choose-another-engine'], retryable: true },
  network: { code: 'cloud.unreachable', remedies: ['try-again', 'choose-another-engine'], retryable: true },
  timeout: { code: 'cloud.timeout', remedies: ['try-again', 'choose-another-engine'], retryable: true },
  protocol: { code: 'cloud.protocol', remedies: ['open-engines', 'report'], retryable: false },
  'content-blocked': { code: 'cloud.content-blocked', remedies: ['choose-another-engine'], retryable: false },
  offline: { code: 'cloud.offline', remedies: ['open-settings', 'choose-another-engine'], retryable: false },
}

/**
 * What a person is told.
 * @param engine as they call it
 * @param retryable whether it may be tried again by itself, where that is known better than by the class
 */
export const toAppError = (
  failure: RemoteFailure,
  engine: string,
  retryable: boolean = TOLD[failure.failureClass].retryable,
): AppError => {
  const { code, remedies } = TOLD[failure.failureClass]
  const { reason, params, requestId } = failure.facts
  const { reason: why, params: facts }: OwnReason = params ? { reason, params } : ownReason('said', { detail: reason })
  return new AppError(code, {
    params: { ...facts, engine, reason: why, ...(requestId !== undefined && { requestId }) },
    remedies,
    retryable,
    cause: failure,
  })
}

const NETWORK_CODES =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|HPE_\w+)$/
const TIMEOUT_CODES = /^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/
const TLS_CODES = /^(CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERR_TLS_|HOSTNAME_MISMATCH)/

type SystemReason = {
  [Reason in RemoteReason]: (typeof REMOTE_REASONS)[Reason] extends readonly ['systemCode'] ? Reason : never
}[RemoteReason]

/** What a code of the system means; the first that matches. */
const SYSTEM_REASONS: readonly (readonly [RegExp, SystemReason])[] = [
  [TIMEOUT_CODES, 'timed-out'],
  [/^CERT_HAS_EXPIRED$/, 'certificate-expired'],
  [/^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/, 'certificate-wrong-host'],
  [TLS_CODES, 'certificate-untrusted'],
  [/^ECONNREFUSED$/, 'nothing-answers'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'host-unknown'],
  [/^EHOSTUNREACH$/, 'host-unreachable'],
  [/^ENETUNREACH$/, 'no-network'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, 'connection-broke'],
]

const codesOf = (error: unknown): string[] => {
  if (!(error instanceof Error)) return []
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : []
  return [...own, ...codesOf(error.cause)]
}

/** Of a system's errors the code alone: their words may hold addresses with keys. */
export const failureOfError = (error: unknown): RemoteFailure => {
  if (error instanceof RemoteFailure) return error
  const codes = codesOf(error)
  const [code = error instanceof Error ? error.name : 'unknown'] = codes
  const has = (known: RegExp): boolean => codes.some((found) => known.test(found))
  const reason = SYSTEM_REASONS.find(([known]) => has(known))?.[1] ?? 'system-error'
  const facts = { ...ownReason(reason, { systemCode: code }), code, cause: error }
  if (has(TIMEOUT_CODES)) return new RemoteFailure('timeout', facts)
  if (has(TLS_CODES)) return new RemoteFailure('network', { ...facts, isTls: true })
  if (has(NETWORK_CODES) || error instanceof TypeError) return new RemoteFailure('network', facts)
  return new RemoteFailure('protocol', facts)
}

/** Whether trying again is of no use: a certificate does not become right by that. */
export const isTlsFailure = ({ facts }: RemoteFailure): boolean => facts.isTls === true

/** What a status means where nothing better is known. */
export const classOfStatus = (status: number): FailureClass => {
  if (status === 401 || status === 403) return 'auth'
  if (status === 402) return 'quota'
  if (status === 408 || status === 504) return 'timeout'
  if (status === 413) return 'text-too-long'
  if (status === 429) return 'rate-limit'
  if (status === 404) return 'protocol'
  return status >= 500 ? 'unavailable' : 'bad-request'
}

/** What the close of a WebSocket means where the end had not been marked. */
export const classOfClose = (closeCode: number): FailureClass => {
  if (closeCode === 1008) return 'auth'
  if (closeCode === 1009) return 'text-too-long'
  if (closeCode === 1006 || closeCode === 1015) return 'network'
  return [1001, 1011, 1012, 1013].includes(closeCode) ? 'unavailable' : 'protocol'
}
