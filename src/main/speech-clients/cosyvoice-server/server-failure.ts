import { z } from 'zod'
import { classOfStatus, type FailureClass, RemoteFailure } from '../../remote/index.ts'
import { type Private, parsedJson, saidOr, toReason } from '../server-words.ts'

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

const classOfMessage = (message: string, status: number): FailureClass => {
  if (status === 414) return 'text-too-long'
  if (![400, 404, 409, 422, 500].includes(status)) return classOfStatus(status)
  if (VOICE_IS_MISSING.test(message)) return 'voice-not-found'
  if (TEXT_IS_TOO_LONG.test(message)) return 'text-too-long'
  if (IS_INVALID.test(message)) return 'bad-request'
  return classOfStatus(status)
}

/** How a message came. */
export type Told = {
  /** Undefined where no status belongs to it: in an event, a task, a body of sound. */
  readonly status?: number | undefined
  readonly code?: string | undefined
  /** What its words must not give away. */
  readonly hidden: Private
  readonly retryAfterMs?: number | undefined
}

/**
 * What the server's own words about a request mean; it answers nearly everything with 500.
 * @source cosyvoice cloud-apis E.6, I
 */
export const failureOfMessage = (
  message: string,
  { status, code, hidden, retryAfterMs: waitMs }: Told,
): RemoteFailure => {
  const words = `${code ?? ''} ${message}`
  const known = IS_DUPLICATE.test(words) ? DUPLICATE_VOICE : code
  return new RemoteFailure(classOfMessage(words, status ?? 500), {
    ...saidOr(toReason(message.replace(QUOTED_INPUT, ''), hidden), status),
    ...(status !== undefined && { httpStatus: status }),
    ...(known !== undefined && { code: toReason(known, hidden) }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  })
}

/** What a body in either of the server's shapes says of a failure. */
export const failureOfBody = (body: string, told: Omit<Told, 'code'>): RemoteFailure => {
  const { error, message, detail, details } = envelopeSchema.safeParse(parsedJson(body)?.value).data ?? {}
  const problems = details?.errors ? sentencesOf(details.errors) : ''
  const words = message ?? (Array.isArray(detail) ? sentencesOf(detail) : detail) ?? error ?? ''
  return failureOfMessage([words, problems].filter(Boolean).join(': '), { ...told, code: error })
}
