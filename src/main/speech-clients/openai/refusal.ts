import {
  classOfStatus,
  type FailureClass,
  type FailureFacts,
  ownReason,
  RemoteFailure,
  retryAfterMs,
  type WireAnswer,
} from '../../remote/index.ts'
import { keysIn, refusalBody, saidOr, toReason } from '../server-words.ts'
import { authorizationOf, type OpenAiDeps } from './endpoint.ts'
import { type ErrorBody, readErrorBody, readErrorValue } from './error-body.ts'

/** Names that say more than a status does. @source OpenAI API reference, error codes; vllm-project/vllm error types */
const NAMED: ReadonlyMap<string, FailureClass> = new Map([
  ['invalid_api_key', 'auth'],
  ['authentication_error', 'auth'],
  ['AuthenticationError', 'auth'],
  ['permission_error', 'auth'],
  ['insufficient_quota', 'quota'],
  ['billing_hard_limit_reached', 'quota'],
  ['rate_limit_exceeded', 'rate-limit'],
  ['rate_limit_error', 'rate-limit'],
  ['RateLimitError', 'rate-limit'],
  ['model_not_found', 'model-mismatch'],
  ['voice_not_found', 'voice-not-found'],
  ['string_above_max_length', 'text-too-long'],
  ['context_length_exceeded', 'text-too-long'],
  ['content_policy_violation', 'content-blocked'],
  ['content_filter', 'content-blocked'],
])
/** Overloaded. @source docs.siliconflow.cn, error codes */
const SILICONFLOW_OVERLOADED = 50_505
/** What a kind of error stands for where there is no status: in events, in items, and with a status of success. */
const STATUS_OF_NAME: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['BadRequestError', 400],
  ['NotFoundError', 404],
  ['not_found_error', 404],
  ['server_error', 500],
  ['api_error', 500],
  ['InternalServerError', 500],
  ['internal_error', 500],
])

const TOO_LONG = /too long|length|4096|at most \d+ characters|过长|超长/i
const VOICE = /voice|speaker|音色|发音人/i
const MODEL = /model|模型/i
/** Gateways say it with 400, 403 and 429 as well as with 402. */
const NO_MONEY = /insufficient.{0,20}balance|balance.{0,20}insufficient|余额不足|欠费/i

const classOf = (body: ErrorBody, status: number): FailureClass => {
  const { message, names, number, isShaped } = body
  const named = names.map((name) => NAMED.get(name)).find((found) => found !== undefined)
  if (named) return named
  if (number === SILICONFLOW_OVERLOADED) return 'unavailable'
  if (status < 500 && NO_MONEY.test(message)) return 'quota'
  if (status === 400) {
    if (TOO_LONG.test(message)) return 'text-too-long'
    return VOICE.test(message) ? 'voice-not-found' : 'bad-request'
  }
  if (status === 404 && isShaped) {
    if (VOICE.test(message)) return 'voice-not-found'
    return MODEL.test(message) ? 'model-mismatch' : 'protocol'
  }
  if (status === 422) return /at most \d+ characters/.test(message) ? 'text-too-long' : 'bad-request'
  return status < 400 ? 'protocol' : classOfStatus(status)
}

const isStatus = (number: number | null): number is number => number !== null && number >= 400 && number < 600

/** The status that an error without one stands for. */
const statusOf = ({ names, number }: ErrorBody, otherwise: number): number =>
  isStatus(number)
    ? number
    : (names.map((name) => STATUS_OF_NAME.get(name)).find((found) => found !== undefined) ?? otherwise)

/** Names errors, and keeps what was sent out of them. */
export type Refusals = {
  /** Of an answer whose status is no success, or whose body is an error all the same. @throws AppCancel */
  ofAnswer(answer: WireAnswer, pieces?: AsyncIterable<Uint8Array>): Promise<RemoteFailure>
  /** The same, of a body that is read. */
  ofBody(answer: WireAnswer, body: string): RemoteFailure
  /** Of an error within an event or an item. @param status it stands for where it does not say */
  ofValue(error: unknown, status: number): RemoteFailure
}

const REQUEST_ID_HEADERS = ['x-request-id', 'x-siliconcloud-trace-id']
export const requestIdOf = (answer: WireAnswer): string | null =>
  REQUEST_ID_HEADERS.map((name) => answer.header(name)?.slice(0, 200)).find((id) => id) ?? null

export const createRefusals = ({ clock, endpoint }: OpenAiDeps, texts: readonly string[]): Refusals => {
  const toFailure = (
    body: ErrorBody,
    status: number,
    facts: Omit<FailureFacts, 'reason' | 'params'>,
  ): RemoteFailure => {
    const failureClass = classOf(body, status)
    const hidden = { keys: keysIn(authorizationOf(endpoint)), texts }
    const said = toReason(body.message, hidden)
    const isNoRoute = status === 404 && failureClass === 'protocol'
    const [code] = body.names.length > 0 ? body.names : body.number === null ? [] : [String(body.number)]
    return new RemoteFailure(failureClass, {
      ...facts,
      ...(isNoRoute ? ownReason('check-address', { detail: said || 'none' }) : saidOr(said, facts.httpStatus)),
      ...(code !== undefined && { code: toReason(code, hidden).slice(0, 100) }),
    })
  }
  const ofBody = (answer: WireAnswer, text: string): RemoteFailure => {
    const body = readErrorBody(text)
    const waitMs = retryAfterMs(answer.header('retry-after'), clock.nowEpochMs())
    const requestId = requestIdOf(answer)
    return toFailure(body, answer.status < 400 && body.isShaped ? statusOf(body, 400) : answer.status, {
      httpStatus: answer.status,
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
      ...(requestId !== null && { requestId }),
    })
  }
  return {
    async ofAnswer(answer, pieces = answer.pieces()) {
      return ofBody(answer, await refusalBody(pieces))
    },
    ofBody,
    ofValue(error, status) {
      const body = readErrorValue(error)
      return toFailure(body, statusOf(body, status), {})
    },
  }
}
