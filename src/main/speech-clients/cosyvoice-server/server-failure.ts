import { z } from 'zod'
import { classOfStatus, type FailureClass, RemoteFailure, retryAfterMs, type WireAnswer } from '../../remote/index.ts'
import { type Private, parsedJson, toReason } from '../server-words.ts'

/** Pydantic's list of what is wrong with a request. */
const problemsSchema = z.array(
  z.object({
    loc: z.array(z.union([z.string(), z.number()])).catch([]),
    msg: z.string().catch(''),
  }),
)
/** The release answers `{error, message, details}`, older builds and FastAPI itself `{detail}`. */
const envelopeSchema = z.object({
  error: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  detail: z.union([z.string(), problemsSchema]).optional().catch(undefined),
  details: z
    .object({ errors: problemsSchema.optional().catch(undefined) })
    .optional()
    .catch(undefined),
})

const VOICE_IS_MISSING = /\bvoice\b.{0,300}\bnot found|voice_not_found/is
const TEXT_IS_TOO_LONG = /string_too_long|string should have at most|max_length|at most \d+ characters/i
const IS_INVALID = /validation error|input should be|_type\b|_parsing\b|greater_than|less_than/i
const IS_DUPLICATE = /already exists|voice_already_exists/i
/** What pydantic quotes of a request: it may be the script. */
const QUOTED_INPUT = /,?\s*input_value=.*?(?=, input_type=|\]|$)/gs

/** The code under which both generations' refusals of a voice's name are known here. */
export const DUPLICATE_VOICE = 'voice_already_exists'

const sentencesOf = (problems: z.infer<typeof problemsSchema>): string =>
  problems
    .map(({ loc, msg }) => [loc.filter((part) => part !== 'body').join('.'), msg].filter(Boolean).join(': '))
    .join('; ')

const NOTHING: Private = { keys: [], texts: [] }

const classOfMessage = (message: string, status: number): FailureClass => {
  if (status === 414) return 'text-too-long'
  if (![400, 404, 409, 422, 500].includes(status)) return classOfStatus(status)
  if (IS_DUPLICATE.test(message)) return 'bad-request'
  if (VOICE_IS_MISSING.test(message)) return 'voice-not-found'
  if (TEXT_IS_TOO_LONG.test(message)) return 'text-too-long'
  if (IS_INVALID.test(message)) return 'bad-request'
  return classOfStatus(status)
}

/**
 * What the server's own words about a request mean; it answers nearly everything with 500.
 * @param hidden what its words must not give away
 * @source cosyvoice cloud-apis E.6, I
 */
export const failureOfMessage = (
  message: string,
  {
    status = 500,
    code,
    hidden = NOTHING,
    waitMs,
  }: { status?: number; code?: string | undefined; hidden?: Private; waitMs?: number | undefined } = {},
): RemoteFailure => {
  const own = IS_DUPLICATE.test(`${code} ${message}`) ? DUPLICATE_VOICE : code
  return new RemoteFailure(classOfMessage(`${code ?? ''} ${message}`, status), {
    reason: toReason(message.replace(QUOTED_INPUT, ''), hidden) || `HTTP ${status}`,
    httpStatus: status,
    ...(own !== undefined && { code: own }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  })
}

/** An answer that is no success, in either of its shapes. */
export const failureOfAnswer = (
  answer: Pick<WireAnswer, 'status' | 'header'>,
  body: string,
  { hidden, nowEpochMs }: { hidden: Private; nowEpochMs: number },
): RemoteFailure => {
  const envelope = envelopeSchema.safeParse(parsedJson(body)?.value).data ?? {}
  const { error, message, detail, details } = envelope
  const problems = details?.errors ? sentencesOf(details.errors) : ''
  const told = message ?? (Array.isArray(detail) ? sentencesOf(detail) : detail) ?? error ?? ''
  return failureOfMessage([told, problems].filter(Boolean).join(': '), {
    status: answer.status,
    code: error,
    hidden,
    waitMs: retryAfterMs(answer.header('retry-after'), nowEpochMs),
  })
}
