import { MAX_RETRY_AFTER_MS, retryAfterMs } from './retry-delay.ts'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

type RangeRequest = {
  readonly url: string
  readonly fromByte: number
  /** Exclusive. */
  readonly toByte: number
  /** Of the whole file. */
  readonly sizeBytes: number
  /** Which version of the file the bytes before it came from: an ETag or a Last-Modified. */
  readonly validator: string | undefined
}

/** What a mirror said to a request for a part of a file. */
type RangeAnswer =
  | {
      /** `whole`: it sends the file from its first byte, since it knows no ranges. */
      readonly kind: 'range' | 'whole'
      readonly fromByte: number
      /** Exclusive. */
      readonly toByte: number
      readonly validator: string | undefined
      readonly body: AsyncIterable<Uint8Array>
    }
  /** It has another version than the one the validator names. */
  | { readonly kind: 'changed' }
  | NotSent

/** Nothing of the file has come. */
export type NotSent =
  /** It may work later. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number }
  /** It will never send this file. */
  | { readonly kind: 'refused'; readonly reason: string }

const refused = (reason: string): NotSent => ({ kind: 'refused', reason })
const failed = (reason: string): NotSent => ({ kind: 'failed', reason })

/**
 * Asks a mirror for bytes of a file and says what its answer means. The body is read by whoever asked; ending the request
 * is for its signal.
 * @throws what `fetch` says, for `whyNotReached`
 * @source RFC 9110 13.1.5 (If-Range), 14.2 (Range), 15.3.7 (206), 15.5.17 (416); fetch.spec.whatwg.org, HTTP-network-or-cache fetch
 */
export const askForRange = async (
  fetch: Fetch,
  request: RangeRequest,
  { signal, nowEpochMs }: { signal: AbortSignal; nowEpochMs: number },
): Promise<RangeAnswer> => {
  const { url, fromByte, toByte, validator } = request
  // Where there is a range, fetch asks for no compression by itself: a compressed answer counts other bytes than the file has.
  const headers: Record<string, string> = { range: `bytes=${fromByte}-${toByte - 1}` }
  if (validator !== undefined) headers['if-range'] = validator
  const response = await fetch(url, { headers, signal, redirect: 'follow' })
  const answer = interpret(response, request, nowEpochMs)
  // Unread bodies keep their connection.
  if (!('body' in answer)) await response.body?.cancel()
  return answer
}

export type SizeAnswer = { readonly kind: 'size'; readonly sizeBytes: number } | NotSent

/**
 * Asks a mirror how large a file is, where nobody has said it. Of the file it takes no more than the first byte.
 * @throws what `fetch` says, for `whyNotReached`
 */
export const askForSize = async (
  fetch: Fetch,
  url: string,
  { signal, nowEpochMs }: { signal: AbortSignal; nowEpochMs: number },
): Promise<SizeAnswer> => {
  // Some that send files do not answer HEAD, or answer it with another length.
  const response = await fetch(url, { headers: { range: 'bytes=0-0' }, signal, redirect: 'follow' })
  // What ignores ranges begins to send all of it.
  await response.body?.cancel()
  const { status, headers } = response
  if (isDowngraded(url, response)) return refused(DOWNGRADED)
  if (status !== 200 && status !== 206) return notSent(status, headers, nowEpochMs)
  const encoding = encodingOf(headers)
  if (encoding !== undefined) return refused(`it compresses the file (${encoding})`)
  const [, total] = /\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? []
  const sizeBytes = status === 200 ? lengthOf(headers) : total === undefined ? undefined : Number(total)
  return sizeBytes ? { kind: 'size', sizeBytes } : refused('it does not say how large the file is')
}

const DOWNGRADED = 'it leads to a place without encryption'
const isDowngraded = (url: string, response: Response): boolean =>
  url.startsWith('https:') && response.url.startsWith('http:')

const interpret = (response: Response, request: RangeRequest, nowEpochMs: number): RangeAnswer => {
  const { status, headers } = response
  if (isDowngraded(request.url, response)) return refused(DOWNGRADED)
  if (status === 206) return interpretPart(response, request)
  if (status === 200) return interpretWhole(response, request)
  if (status === 416) {
    const [, total] = /\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? []
    return total === undefined ? refused('it has no such bytes') : refused(otherSize(Number(total), request))
  }
  return notSent(status, headers, nowEpochMs)
}

/** What a status means that no part of a file comes with. */
const notSent = (status: number, headers: Headers, nowEpochMs: number): NotSent => {
  if (status === 429 || status === 503) {
    const waitMs = retryAfterMs(headers.get('retry-after'), nowEpochMs)
    if (waitMs === undefined) return failed(`it is busy (HTTP ${status})`)
    if (waitMs > MAX_RETRY_AFTER_MS) return refused(`it asks to come back in ${Math.ceil(waitMs / 60_000)} minutes`)
    return { kind: 'failed', reason: `it is busy (HTTP ${status})`, retryAfterMs: waitMs }
  }
  if (status === 408 || status >= 500) return failed(`it answers with HTTP ${status}`)
  return refused(`it answers with HTTP ${status}`)
}

const interpretPart = (response: Response, request: RangeRequest): RangeAnswer => {
  const { headers } = response
  const encoding = encodingOf(headers)
  if (encoding !== undefined) return refused(`it compresses the file (${encoding})`)
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? []
  if (first === undefined || last === undefined) return refused('it sends a part and does not say which')
  if (total !== '*' && Number(total) !== request.sizeBytes) return refused(otherSize(Number(total), request))
  const fromByte = Number(first)
  const toByte = Number(last) + 1
  // Fewer bytes than were asked for are allowed, other ones are not.
  if (fromByte !== request.fromByte || toByte <= fromByte || toByte > request.toByte)
    return refused('it sends other bytes than those asked for')
  const length = lengthOf(headers)
  if (length !== undefined && length !== toByte - fromByte)
    return failed(`it announces ${length} bytes for a part of ${toByte - fromByte}`)
  const validator = validatorOf(headers)
  if (request.validator !== undefined && validator !== undefined && validator !== request.validator)
    return { kind: 'changed' }
  return { kind: 'range', fromByte, toByte, validator, body: bytesOf(response) }
}

const interpretWhole = (response: Response, request: RangeRequest): RangeAnswer => {
  const { headers } = response
  const encoding = encodingOf(headers)
  if (encoding !== undefined) return refused(`it compresses the file (${encoding})`)
  const validator = validatorOf(headers)
  if (request.validator !== undefined && validator !== request.validator) return { kind: 'changed' }
  const length = lengthOf(headers)
  if (length !== undefined && length !== request.sizeBytes) return refused(otherSize(length, request))
  return { kind: 'whole', fromByte: 0, toByte: request.sizeBytes, validator, body: bytesOf(response) }
}

export const otherSize = (foundBytes: number, { sizeBytes }: { sizeBytes: number }): string =>
  `its file has ${foundBytes} bytes where ${sizeBytes} were expected`

const encodingOf = (headers: Headers): string | undefined => {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  return ['', 'identity'].includes(encoding) ? undefined : encoding
}

const lengthOf = (headers: Headers): number | undefined => {
  const length = headers.get('content-length')
  return length === null ? undefined : Number(length)
}

/** Weak ETags do not tell bytes apart. */
const validatorOf = (headers: Headers): string | undefined => {
  const etag = headers.get('etag')
  return etag !== null && !etag.startsWith('W/') ? etag : (headers.get('last-modified') ?? undefined)
}

async function* bytesOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body === null) return
  for await (const bytes of body) yield bytes
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'names cannot be looked up; is there a connection to the network',
  ECONNREFUSED: 'it does not answer',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ETIMEDOUT: 'it does not answer',
  ENETUNREACH: 'there is no connection to it',
  EHOSTUNREACH: 'there is no connection to it',
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'it stopped sending',
}

/**
 * Why a request came to nothing.
 * @returns undefined for what is no fault of a network
 */
export const whyNotReached = (error: unknown): NotSent | undefined => {
  // Electron's own fetch says it in the message.
  if (error instanceof Error && error.message.startsWith('net::ERR_'))
    return {
      kind: /CERT/.test(error.message) ? 'refused' : 'failed',
      reason: `the connection failed (${error.message})`,
    }
  // The one promise of `fetch`: what the network did is a TypeError, and its cause says more.
  if (!(error instanceof TypeError)) return undefined
  const { cause } = error
  if (!(cause instanceof Error)) return undefined
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  if (cause.message === 'redirect count exceeded') return { kind: 'refused', reason: 'it redirects in a circle' }
  if (code === undefined) return { kind: 'failed', reason: cause.message }
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code))
    return { kind: 'refused', reason: `its certificate is no good (${code})` }
  return { kind: 'failed', reason: REASONS[code] ?? `the connection failed (${code})` }
}
