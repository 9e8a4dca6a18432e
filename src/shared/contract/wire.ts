import { z } from 'zod'
import { type appErrorDataSchema, jobIdSchema } from '../kernel/index.ts'

export const wireCallSchema = z.object({ channel: z.string().max(100), input: z.unknown().optional() })
export type WireCall = z.output<typeof wireCallSchema>

/** The caller mints the job id, so that a cancel can be sent before the start is acknowledged. */
export const wireStartSchema = wireCallSchema.extend({ jobId: jobIdSchema })
export type WireStart = z.output<typeof wireStartSchema>

export const wireCancelSchema = z.object({ jobId: jobIdSchema })

/** Failures travel as values: Electron keeps only the message of a thrown error. */
export type WireAnswer = { ok: true; output?: unknown } | { ok: false; error: z.output<typeof appErrorDataSchema> }

export type WireEvent = { channel: string; payload: unknown }

export type WireJobMessage = { jobId: string } & (
  | { kind: 'progress'; progress: unknown }
  | { kind: 'item'; item: unknown }
  | { kind: 'done'; output: unknown }
  | { kind: 'failed'; error: z.output<typeof appErrorDataSchema> }
  | { kind: 'cancelled' }
)

declare const answerBrand: unique symbol
/**
 * A WireAnswer as JSON. The bridge between the worlds of a window copies objects value by value, which takes a second for
 * a project of 10,000 lines; text it copies at once.
 */
export type WireAnswerText = string & { readonly [answerBrand]: true }
export const writeAnswer = (answer: WireAnswer): WireAnswerText => JSON.stringify(answer) as WireAnswerText
export const readAnswer = (text: WireAnswerText): WireAnswer => JSON.parse(text)

/** What preload puts on `window.cosy`. */
export type CosyBridge = {
  call(message: WireCall): Promise<WireAnswerText>
  start(message: WireStart): Promise<WireAnswerText>
  cancel(jobId: string): void
  /** Both return the way to stop listening. */
  onEvent(listener: (event: WireEvent) => void): () => void
  onJob(listener: (message: WireJobMessage) => void): () => void
}
