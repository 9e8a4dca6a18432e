import { classOfStatus, type FailureClass, type FailureFacts, RemoteFailure, wordsOf } from '../../remote/index.ts'
import { classOfDashscopeError } from '../dashscope/failures.ts'
import { saidOr } from '../server-words.ts'

/**
 * What the service says of voices and samples only.
 * @source Alibaba Cloud Model Studio, CosyVoice voice cloning API reference (error codes)
 */
const RULES: readonly { readonly code: RegExp; readonly message?: RegExp; readonly failureClass: FailureClass }[] = [
  { code: /^BadRequest\.VoiceNotFound$/i, failureClass: 'voice-not-found' },
  { code: /^(BadRequest|Audio)\./i, failureClass: 'bad-request' },
  { code: /^InvalidParameter/i, message: /\bvoice\b.*\blimit\b.*\bexceed/i, failureClass: 'quota' },
]

const classOf = (status: number, code: string, message: string): FailureClass => {
  const rule = RULES.find((one) => one.code.test(code) && (one.message?.test(message) ?? true))
  const known = rule?.failureClass ?? classOfDashscopeError(code, message)
  // An error that nobody knows, with a status that says that all is well: asked for again it would be the same.
  return known ?? (status < 400 ? 'bad-request' : classOfStatus(status))
}

const LONGEST_REASON = 300

/** The words of the service without what must not be read in them: keys, and whatever else is given. */
export const masked = (words: string, secrets: readonly string[]): string =>
  secrets
    .filter((secret) => secret.length > 3)
    .reduce((text, secret) => text.replaceAll(secret, '***'), words)
    .replaceAll(/\bs[kt]-[\w-]{4,}/g, '***')
    .replaceAll(/\b(data:|oss:\/\/|https?:\/\/)[^\s"'<>]+/gi, '$1***')
    .slice(0, LONGEST_REASON)

/** What a refusal of the service says. */
export type Refusal = {
  readonly status: number
  /** The service's own name for it; null where it gave none. */
  readonly code: string | null
  readonly message: string
  readonly requestId: string | null
  readonly retryAfterMs: number | undefined
}

/** @param secrets which the service may have repeated */
export const failureOfRefusal = (
  { status, code, message, requestId, retryAfterMs }: Refusal,
  secrets: readonly string[],
): RemoteFailure =>
  new RemoteFailure(code === null ? classOfStatus(status) : classOf(status, code, message), {
    ...saidOr(masked([code, message].filter(Boolean).join(': '), secrets), status),
    httpStatus: status,
    ...(code !== null && { code }),
    ...(requestId !== null && { requestId }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })

/** What about a voice is to be changed so that its making succeeds. */
export const VOICE_HINTS = ['address', 'format', 'size', 'rate', 'sample', 'delete-voices'] as const
export type VoiceHint = (typeof VOICE_HINTS)[number]

const HINTS: readonly (readonly [RegExp, VoiceHint])[] = [
  [/^BadRequest\.(InputDownloadFailed|ResourceNotExist)$/i, 'address'],
  [/^(BadRequest\.UnsupportedFileFormat|Audio\.DecoderError)$/i, 'format'],
  [/^Audio\.FileSizeExceed$/i, 'size'],
  [/^Audio\.AudioRateError$/i, 'rate'],
  [/^Audio\.(AudioShortError|AudioSilentError|DurationLimitError|PreprocessError)$/i, 'sample'],
  // Failing again after it was asked once more, it is the sample that the service cannot take.
  [/^(ModelServiceFailed|InternalError(?!\.Timeout))/i, 'sample'],
]

/** What a person can change, told from the name of the failure; undefined where it says nothing of that. */
export const voiceHintOf = ({ failureClass, facts }: RemoteFailure): VoiceHint | undefined => {
  if (failureClass === 'quota' && /^InvalidParameter/i.test(facts.code ?? '')) return 'delete-voices'
  if (isAddressRefusal(facts)) return 'address'
  return HINTS.find(([code]) => code.test(facts.code ?? ''))?.[1]
}

/** Whether the service could not load the sample from where it was told to: another way may do. */
export const isAddressRefusal = (facts: FailureFacts): boolean => {
  const { code = '', httpStatus } = facts
  return (
    /^BadRequest\.(InputDownloadFailed|ResourceNotExist)$/i.test(code) ||
    (/^(InvalidParameter|BadRequest|InvalidURL)/i.test(code) && /\burl\b/i.test(wordsOf(facts) ?? '')) ||
    // A sample that stands in the request itself makes it large.
    httpStatus === 413
  )
}
