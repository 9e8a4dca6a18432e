import { z } from 'zod'

/** Every way something can fail that a person may be told about. Each has texts in every catalogue of the window. */
export const APP_ERROR_CODES = [
  'contract.invalid-input',
  'contract.unknown-channel',
  'script.empty',
  'script.not-text',
  'script.too-large',
  'script.undecodable',
  'script.line-too-long',
  'script.file-unreadable',
  'script.ssml-invalid',
  'cast.invalid',
  'project.not-found',
  'project.edit-conflict',
  'project.nothing-to-undo',
  'project.nothing-to-redo',
  'voice.not-found',
  'voice.not-enrolled',
  'voice.copy-outdated',
  'voice.none-to-try',
  'voice.audio-missing',
  'voice.in-use',
  'voice.not-writable',
  'voice.prompt-rate',
  'voice.prompt-silent',
  'voice.prompt-too-long',
  'voice.prompt-too-short',
  'voice.prompt-unreadable',
  'take.missing',
  'take.disk-full',
  'take.not-writable',
  'engine.unknown',
  'engine.remote-not-found',
  'engine.unsupported-language',
  'engine.unsupported-voice',
  'engine.nothing-to-say',
  'engine.crashed',
  'engine.no-model',
  'engine.out-of-memory',
  'engine.gpu-unavailable',
  'engine.provider-wrong',
  'cloud.unauthorized',
  'cloud.quota',
  'cloud.rate-limited',
  'cloud.rejected',
  'cloud.text-too-long',
  'cloud.voice-not-found',
  'cloud.model-mismatch',
  'cloud.unavailable',
  'cloud.unreachable',
  'cloud.timeout',
  'cloud.protocol',
  'cloud.content-blocked',
  'cloud.offline',
  'cloud.consent-needed',
  'cloud.limit-reached',
  'cloud.sample-unfit',
  'secret.missing',
  'secret.no-vault',
  'secret.unreadable',
  'audio.device-unavailable',
  'export.path-not-writable',
  'export.disk-full',
  'export.encoder-failed',
  'export.nothing-rendered',
  'export.unsupported-settings',
  'library.newer-than-app',
  'library.corrupt',
  'library.locked',
  'library.not-writable',
  'checkpoint.missing-file',
  'checkpoint.unreadable',
  'checkpoint.forbidden-code',
  'checkpoint.missing-tensor',
  'checkpoint.wrong-shape',
  'checkpoint.unknown-architecture',
  'model.not-found',
  'model.corrupt',
  'model.newer-than-app',
  'model.output-exists',
  'model.not-writable',
  'model.busy',
  'model.interrupted',
  'model.disk-full',
  'model.download-failed',
  'model.download-damaged',
  'model.licence-not-accepted',
  'model.offline',
  'model.verification-failed',
  'model.graph-rejected',
  'grant.expired',
  'usage.invalid',
  'internal.bug',
] as const
export const appErrorCodeSchema = z.enum(APP_ERROR_CODES)
export type AppErrorCode = z.output<typeof appErrorCodeSchema>

/** What a person can do about a failure. The window offers each as a button where it can, the command line as a sentence. */
export const REMEDIES = [
  'try-again',
  'choose-another-file',
  'choose-another-folder',
  'choose-another-voice',
  'choose-another-engine',
  'choose-another-language',
  'split-long-lines',
  'free-disk-space',
  'render-again',
  'render-first',
  'restore-backup',
  'update-app',
  'close-other-app',
  'check-permissions',
  'download-again',
  'convert-again',
  'choose-another-precision',
  'reload-project',
  'open-models',
  'open-engines',
  'open-settings',
  'enter-key',
  'keep-in-file',
  'allow-sending',
  'raise-limit',
  'enrol-voice',
  'renew-copy',
  'give-address',
  'see-help',
  'report',
] as const
export const remedySchema = z.enum(REMEDIES)
export type Remedy = z.output<typeof remedySchema>

/** Facts that the texts of an error mention: names, counts, sizes; never script text or secrets. */
export const appErrorParamsSchema = z.record(z.string(), z.union([z.string(), z.number()]))
export type AppErrorParams = z.output<typeof appErrorParamsSchema>

/** An AppError as plain data, for crossing a process or a database. */
export const appErrorDataSchema = z.object({
  code: appErrorCodeSchema,
  params: appErrorParamsSchema,
  remedies: z.array(remedySchema),
  retryable: z.boolean(),
})
export type AppErrorData = z.output<typeof appErrorDataSchema>

export type AppErrorOptions = {
  params?: AppErrorParams
  remedies?: readonly Remedy[]
  /** True where the very same request may succeed later without the person changing anything. */
  retryable?: boolean
  /** The foreign error behind it, for the log. */
  cause?: unknown
}

/** The one error type that crosses boundaries: what failed (code), the facts (params), what to do (remedies). */
export class AppError extends Error {
  readonly code: AppErrorCode
  readonly params: AppErrorParams
  readonly remedies: readonly Remedy[]
  readonly retryable: boolean

  constructor(code: AppErrorCode, options: AppErrorOptions = {}) {
    super(`${code} ${JSON.stringify(options.params ?? {})}`, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.params = options.params ?? {}
    this.remedies = options.remedies ?? []
    this.retryable = options.retryable ?? false
  }

  static fromData(data: AppErrorData): AppError {
    return new AppError(data.code, data)
  }

  toData(): AppErrorData {
    return { code: this.code, params: this.params, remedies: [...this.remedies], retryable: this.retryable }
  }
}

/** Cancelling is not failing: a terminal state of its own. */
export class AppCancel extends Error {
  constructor() {
    super('cancelled')
    this.name = 'AppCancel'
  }
}

/** Names a failure nobody named yet. The original rides along as cause. */
export const toAppError = (error: unknown): AppError =>
  error instanceof AppError
    ? error
    : new AppError('internal.bug', {
        params: { detail: error instanceof Error ? error.message : String(error) },
        remedies: ['report'],
        cause: error,
      })

/** A programmer's mistake, not a person's. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed: ${message}`)
}
