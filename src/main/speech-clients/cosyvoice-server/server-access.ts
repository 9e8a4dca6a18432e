import { z } from 'zod'
import type { Clock } from '../../clock/index.ts'
import {
  ownReason,
  type Patience,
  RemoteFailure,
  retryAfterMs,
  type Wire,
  type WireAnswer,
  wordsOf,
} from '../../remote/index.ts'
import { httpAddress } from '../address.ts'
import { isSuccess, keysIn, type Private, parsedJson, refusalBody } from '../server-words.ts'
import { failureOfBody, failureOfMessage } from './server-failure.ts'

/** Where a server is, as a person wrote it: `http(s)` or `ws(s)`, with the path of a gateway in front of it. */
export type ServerAddress = {
  readonly baseUrl: string
  /** What a gateway in front of the server wants; the server itself has no keys. */
  readonly headers?: Readonly<Record<string, string>>
}

export type ServerAccess = {
  readonly wire: Wire
  readonly clock: Clock
  readonly endpoint: ServerAddress
}

/** v1 is v2 under its old name; v3 has another model and voices of its own. */
export type ServerGeneration = 'v1' | 'v2' | 'v3'

/** What a server may take: it answers a synthesis when all of it is done. */
export const SYNTHESIS_PATIENCE: Partial<Patience> = { headMs: 300_000 }

export type ServerRequest = {
  readonly path: string
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly json?: unknown
  readonly form?: FormData
  readonly patience?: Partial<Patience>
  /** What may not be told to anybody, though the server quote it. */
  readonly texts?: readonly string[]
}

const hiddenOf = ({ endpoint }: ServerAccess, texts: readonly string[] = []): Private => ({
  keys: keysIn(endpoint.headers),
  texts,
})

/** What a message of the server about a request means. @throws nothing */
export const failureTold = (access: ServerAccess, message: string, texts: readonly string[]): RemoteFailure =>
  failureOfMessage(message, { hidden: hiddenOf(access, texts) })

/** What a refused upgrade says. */
export const refusedUpgrade = (access: ServerAccess, { failureClass, facts }: RemoteFailure): RemoteFailure => {
  const { httpStatus: status, retryAfterMs } = facts
  return status === undefined
    ? new RemoteFailure(failureClass, facts)
    : failureOfBody(wordsOf(facts) ?? '', { status, retryAfterMs, hidden: hiddenOf(access, []) })
}

/** No answer but sound is longer; more of it is not read. */
const LONGEST_JSON_BYTES = 8 * 1024 * 1024

/** @throws RemoteFailure where the server refuses; as `Wire.ask` */
export const askServer = async (
  access: ServerAccess,
  { path, method = 'GET', json, form, patience, texts }: ServerRequest,
  signal: AbortSignal,
): Promise<WireAnswer> => {
  const body = json === undefined ? form : JSON.stringify(json)
  const answer = await access.wire.ask(
    {
      url: httpAddress(access.endpoint.baseUrl, path),
      method,
      headers: { ...access.endpoint.headers, ...(json !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body }),
      ...(patience && { patience }),
    },
    signal,
  )
  if (isSuccess(answer)) return answer
  throw failureOfBody(await refusalBody(answer.pieces()), {
    status: answer.status,
    hidden: hiddenOf(access, texts),
    retryAfterMs: retryAfterMs(answer.header('retry-after'), access.clock.nowEpochMs()),
  })
}

const refusalSchema = z.object({ success: z.literal(false) })

/** What a body says that should have been sound. */
export const failureInsteadOfSound = (access: ServerAccess, body: string, texts: readonly string[]): RemoteFailure => {
  const isToldError = z
    .union([refusalSchema, z.object({ error: z.string() }), z.object({ detail: z.unknown() })])
    .safeParse(parsedJson(body)?.value).success
  return isToldError
    ? failureOfBody(body, { hidden: hiddenOf(access, texts) })
    : new RemoteFailure('protocol', ownReason('not-sound'))
}

/** JSON, or undefined where a body is none. @throws RemoteFailure `protocol` where it does not end; as `pieces` */
export const jsonOf = async (answer: WireAnswer): Promise<unknown> => {
  const decoder = new TextDecoder()
  let [text, sizeBytes] = ['', 0]
  for await (const piece of answer.pieces()) {
    sizeBytes += piece.length
    if (sizeBytes > LONGEST_JSON_BYTES) throw new RemoteFailure('protocol', ownReason('endless'))
    text += decoder.decode(piece, { stream: true })
  }
  return parsedJson(text)?.value
}

/**
 * A JSON answer of a known form; fields that are not known are left out.
 * @throws RemoteFailure `protocol` for another form; of its class for `success: false`; as `askServer`
 */
export const askFor = async <Schema extends z.ZodType>(
  access: ServerAccess,
  request: ServerRequest,
  schema: Schema,
  signal: AbortSignal,
): Promise<z.infer<Schema>> => {
  const answer = await askServer(access, request, signal)
  const json = await jsonOf(answer)
  if (refusalSchema.safeParse(json).success)
    throw failureInsteadOfSound(access, JSON.stringify(json), request.texts ?? [])
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const field = parsed.error.issues[0]?.path.join('.') ?? ''
  const why = field === '' ? ownReason('answer-unreadable') : ownReason('answer-lacks', { field })
  throw new RemoteFailure('protocol', { ...why, httpStatus: answer.status })
}
