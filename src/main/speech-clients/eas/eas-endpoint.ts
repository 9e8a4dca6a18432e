import { type FailureClass, ownReason, type Patience, RemoteFailure } from '../../remote/index.ts'

/** A service of PAI-EAS: of several in one deployment, the front end. */
export type EasEndpoint = {
  /** With the path that the console shows, typically `/api/predict/<service>`. */
  readonly baseUrl: string
  readonly token: string
}

const TOKEN = /^[\x21-\x7e]+$/

/** @throws RemoteFailure `auth` for a token that no header can hold */
export const easHeaders = ({ token }: EasEndpoint): Record<string, string> => {
  const trimmed = token.trim()
  if (!TOKEN.test(trimmed)) throw new RemoteFailure('auth', ownReason(trimmed === '' ? 'no-key' : 'key-invalid'))
  return { authorization: `Bearer ${trimmed}` }
}

const TOTAL_MS = 300_000
/** What comes whole is spoken before its head is sent. */
export const EAS_HTTP_PATIENCE: Readonly<Record<'whole' | 'stream', Patience>> = {
  whole: { headMs: TOTAL_MS, idleMs: 30_000, totalMs: TOTAL_MS },
  stream: { headMs: 60_000, firstMs: 60_000, idleMs: 30_000, totalMs: TOTAL_MS },
}

/** Class of an error of the service itself; it has words only. @source cosyvoice cloud-apis I, row EAS */
export const classOfWords = (message: string): FailureClass => {
  if (/reference/i.test(message)) return 'voice-not-found'
  return /instruct/i.test(message) ? 'bad-request' : 'unavailable'
}

const TOO_LONG = /too long|length|exceed/i

/** Class of a status where it depends on the words. */
export const easStatusClass =
  ({ input }: { readonly input: Readonly<Record<string, string | number>> }) =>
  (status: number, message: string): FailureClass | undefined => {
    const id = String(input.reference_audio_id)
    if (status === 404) return id !== '' && message.includes(id) ? 'voice-not-found' : 'protocol'
    if (status !== 400) return undefined
    if (/reference/i.test(message)) return 'voice-not-found'
    return TOO_LONG.test(message) ? 'text-too-long' : undefined
  }
