import { AppCancel } from '../../shared/kernel/index.ts'
import {
  classOfStatus,
  type FailureClass,
  type OwnReason,
  ownReason,
  RemoteFailure,
  retryAfterMs,
  type WireAnswer,
} from '../remote/index.ts'
import { type ErrorBody, readErrorBody, readErrorValue } from './openai/error-body.ts'
import { unsaid } from './openai/unsaid.ts'

/** What a server said of a failure. */
export type ServerWords = { readonly message: string; readonly code?: string }

const LONGEST_REASON = 300
const MAX_REFUSAL_BYTES = 64 * 1024

const toWords = ({ message, names, number }: ErrorBody): ServerWords => {
  const code = names[0] ?? (number === null ? undefined : String(number))
  return { message, ...(code !== undefined && { code }) }
}

/** Words of an error that came as JSON of a shape that errors have. @returns undefined where there are none */
export const wordsOfJson = (value: unknown): ServerWords | undefined => {
  const found = readErrorValue(value)
  return found.isShaped && found.message.trim() !== '' ? toWords(found) : undefined
}

/** Words of the body of a refusal, plain text and pages included. */
export const wordsOfBody = (body: string): ServerWords => toWords(readErrorBody(body))

/** @returns undefined for what is no JSON */
export const parsedJson = (source: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(source) }
  } catch {
    // That it is no JSON is the answer.
    return undefined
  }
}

/** What must not be repeated of what a server says: keys, and what was to be spoken. */
export type Private = { readonly keys: readonly string[]; readonly texts: readonly string[] }

/** @returns a password and what it stands behind; nothing for what is not encoded so */
const basicParts = (encoded: string): string[] => {
  const [, password] = /^[^:]*:(.+)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  return password === undefined ? [] : [password]
}

/** Keys that the headers of a request hold, in every form in which a server may quote them: the longest first. */
export const keysIn = (headers: Readonly<Record<string, string>> = {}): string[] =>
  Object.values(headers).flatMap((value) => {
    const [, scheme = '', key = value] = /^(\w+) +(.+)$/s.exec(value) ?? []
    return [...new Set([value, key]), ...(/^basic$/i.test(scheme) ? basicParts(key) : [])]
  })

/** Of a shorter key, its last four signs would give away too much. */
const MIN_MASKED_KEY = 12

const withoutKey = (words: string, key: string): string => {
  if (key === '') return words
  return key.length < MIN_MASKED_KEY ? words.replaceAll(key, '***') : unsaid(words, { apiKey: key, texts: [] })
}

/** Words of a server as they may be shown and written down. Keys go first: a text may be a part of one. */
export const toReason = (words: string, { keys, texts }: Private): string =>
  unsaid(keys.reduce(withoutKey, words), { texts }).slice(0, LONGEST_REASON)

/** What a server said; where it said nothing, the status. @param status undefined where none belongs to it */
export const saidOr = (words: string, status: number | undefined): OwnReason | { readonly reason: string } => {
  if (words !== '') return { reason: words }
  return status === undefined ? ownReason('no-words') : ownReason('http-status', { status })
}

/** A failure by the words of a server. */
export const failureOfWords = (
  failureClass: FailureClass,
  { message, code }: ServerWords,
  hidden: Private,
  requestId?: string,
): RemoteFailure =>
  new RemoteFailure(failureClass, {
    ...saidOr(toReason(message, hidden), undefined),
    ...(code !== undefined && { code: toReason(code, hidden) }),
    ...(requestId !== undefined && { requestId }),
  })

/** Body of a refusal, as far as it came and is worth reading. @throws AppCancel */
export const refusalBody = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
  const decoder = new TextDecoder()
  let body = ''
  try {
    for await (const piece of pieces) {
      body += decoder.decode(piece, { stream: true })
      if (body.length > MAX_REFUSAL_BYTES) break
    }
  } catch (error) {
    // The status says more than how the body of a refusal ended.
    if (error instanceof AppCancel) throw error
  }
  return body
}

/**
 * What an answer with a status that is no success means.
 *
 * @param classOf where the words decide; undefined leaves it to the status
 * @throws AppCancel
 */
export const refusalOf = async (
  answer: WireAnswer,
  hidden: Private,
  nowEpochMs: number,
  classOf: (status: number, message: string) => FailureClass | undefined = () => undefined,
): Promise<RemoteFailure> => {
  const { status } = answer
  const { message, code } = wordsOfBody(await refusalBody(answer.pieces()))
  const waitMs = retryAfterMs(answer.header('retry-after'), nowEpochMs)
  const requestId = answer.header('x-request-id')
  return new RemoteFailure(classOf(status, message) ?? classOfStatus(status), {
    ...saidOr(toReason(message, hidden), status),
    httpStatus: status,
    ...(code !== undefined && { code: toReason(code, hidden) }),
    ...(requestId !== null && { requestId }),
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  })
}

export const isSuccess = ({ status }: WireAnswer): boolean => status >= 200 && status < 300
