import {
  classOfClose,
  classOfStatus,
  type FailureClass,
  ownReason,
  RemoteFailure,
  withWords,
  wordsOf,
} from '../../remote/index.ts'
import { unsaid } from '../openai/unsaid.ts'
import { saidOr } from '../server-words.ts'
import { parseRefusal } from './messages.ts'

const REASON_LENGTH = 300
/** Of words of a server, before anything is looked for in them. */
const MOST_READ = 4000

/** By the code alone; the first that matches. */
const CODES: readonly (readonly [RegExp, FailureClass])[] = [
  [
    /^(Arrearage|AllocationQuota\..*|Throttling\.AllocationQuota|insufficient_quota|P(re|ost)paidBillOverdue|CommodityNotPurchased|isv\.OUT_OF_SERVICE|.*\.Unpurchased)$/i,
    'quota',
  ],
  [/^(Throttling(\..*)?|LimitRequests)$/i, 'rate-limit'],
  [/^(DataInspectionFailed|data_inspection_failed)$/i, 'content-blocked'],
  [/^(InvalidApiKey|invalid_api_key|NOT AUTHORIZED|(.*\.)?AccessDenied(\..*)?)$/i, 'auth'],
  [/^ModelNotFound$/i, 'model-mismatch'],
  [/^(RequestTimeOut|ResponseTimeout|InternalError\..*Timeout.*)$/i, 'timeout'],
]
/** Of a direction that the voice does not take, or a text in a language that it does not speak: it tells not which. */
const REFUSED_BY_VOICE = /error code: 428\b/i
/** By the message, where the code tells too little. */
const MESSAGES: readonly (readonly [RegExp, FailureClass])[] = [
  [/error code: 418\b/i, 'voice-not-found'],
  [/error code: (411|431)\b/i, 'model-mismatch'],
  [REFUSED_BY_VOICE, 'bad-request'],
  [/timeout after \d+ seconds/i, 'timeout'],
  [/Please ensure input text is valid/i, 'bad-request'],
  [/Text request limit violated/i, 'bad-request'],
  [/SSML text is not supported/i, 'bad-request'],
  [/Request voice is invalid/i, 'voice-not-found'],
  [/Missing required parameter|task can not be null/i, 'protocol'],
  [/Model not (exist|found)/i, 'model-mismatch'],
]
const LEFT_CODES: readonly (readonly [RegExp, FailureClass])[] = [
  [
    /^(InternalError(\..*)?|SystemError|ModelServiceFailed|ModelUnavailable|ServiceUnavailable|ClientDisconnect)$/i,
    'unavailable',
  ],
  [/^(InvalidParameter(\..*)?|CLIENT_ERROR|BadRequest(\..*)?)$/i, 'bad-request'],
]

const firstIn = (rows: readonly (readonly [RegExp, FailureClass])[], words: string): FailureClass | undefined =>
  rows.find(([pattern]) => pattern.test(words))?.[1]

/**
 * What a code and a message of the service mean.
 * @returns undefined where neither is known
 * @source Alibaba Cloud Model Studio, error codes; CosyVoice WebSocket API (task-failed)
 */
export const classOfDashscopeError = (code: string, message: string): FailureClass | undefined =>
  firstIn(CODES, code) ?? firstIn(MESSAGES, message) ?? firstIn(LEFT_CODES, code)

/** What it said, in our own words where its own explain nothing. */
const told = (words: string, status?: number): ReturnType<typeof saidOr> =>
  REFUSED_BY_VOICE.test(words) ? ownReason('refused-by-voice', { detail: words }) : saidOr(words, status)

export type TaskError = {
  readonly code: string
  readonly message: string
  readonly requestId: string | undefined
}

/** Of a task that failed, or of an event that is an error. */
export const taskFailure = ({ code, message, requestId }: TaskError): RemoteFailure =>
  new RemoteFailure(classOfDashscopeError(code, message) ?? 'protocol', {
    ...told(message || code),
    code,
    ...(requestId !== undefined && { requestId }),
  })

/** Of a connection that was closed before the end was marked. */
export const closeFailure = (close: { readonly code: number; readonly reason: string } | undefined): RemoteFailure => {
  const { code, reason } = close ?? { code: 1006, reason: '' }
  return new RemoteFailure(firstIn(MESSAGES, reason) ?? classOfClose(code), {
    ...ownReason('closed', { closeCode: code, detail: reason || 'none' }),
    closeCode: code,
  })
}

/** Of an answer that refuses a request. @param body of it, or its beginning */
export const statusFailure = (httpStatus: number, body: string, retryAfterMs?: number): RemoteFailure => {
  const refusal = parseRefusal(body)
  const failureClass = refusal && classOfDashscopeError(refusal.code, refusal.message ?? '')
  return new RemoteFailure(failureClass ?? classOfStatus(httpStatus), {
    ...told(refusal?.message || refusal?.code || '', httpStatus),
    httpStatus,
    ...(refusal && { code: refusal.code }),
    ...(refusal?.requestId !== undefined && { requestId: refusal.requestId }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

/** Of a WebSocket that was not opened: the words of the refusal are in its reason. */
export const upgradeFailure = (failure: RemoteFailure): RemoteFailure => {
  const { httpStatus, retryAfterMs } = failure.facts
  return httpStatus === undefined ? failure : statusFailure(httpStatus, wordsOf(failure.facts) ?? '', retryAfterMs)
}

const maskOf = (key: string): string => `sk-***${key.slice(-4)}`
const KEY = /\b(?:sk|st)-[\w-]{4,}/g

/**
 * A failure as it may be shown and written down: a server may repeat in its message what was sent to it.
 * @param apiKey that was sent; @param texts that were sent
 */
export const withoutSecrets = (
  failure: RemoteFailure,
  apiKey: string | undefined,
  texts: readonly string[],
): RemoteFailure => {
  const { cause: _, ...facts } = failure.facts
  const clean = (words: string): string =>
    unsaid(words.slice(0, MOST_READ), { apiKey, texts }).replace(KEY, maskOf).slice(0, REASON_LENGTH)
  const cleaned = {
    ...withWords(facts, clean),
    ...(facts.code !== undefined && { code: clean(facts.code) }),
    ...(facts.requestId !== undefined && { requestId: clean(facts.requestId) }),
  }
  const isClean =
    wordsOf(cleaned) === wordsOf(facts) && cleaned.code === facts.code && cleaned.requestId === facts.requestId
  // A cause could hold the same words.
  return isClean ? failure : new RemoteFailure(failure.failureClass, cleaned)
}
