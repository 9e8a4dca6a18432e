import { z } from 'zod'
import { ownReason, RemoteFailure } from '../../remote/index.ts'
import { parsedJson, type ServerWords, wordsOfJson } from '../server-words.ts'

/** What one answer or event of speech over HTTP says. */
export type EasAnswer = {
  /** Base64. */
  readonly audio: string | undefined
  /** Whether it says that nothing follows. Streams need not say so. */
  readonly isLast: boolean
  readonly failure: ServerWords | undefined
  /** Words in a message without sound: an error only where no sound comes at all. */
  readonly words: ServerWords | undefined
  readonly requestId: string | undefined
}

/** What a frame of a WebSocket says. */
export type EasFrame = {
  readonly taskId: string | undefined
  readonly event: string | undefined
  readonly audio: string | undefined
  /** Of `task-failed`. */
  readonly failure: ServerWords
}

const optionalText = z.string().nullish().catch(undefined)
/** Where sound is due, anything but text or nothing is a fault: left out, a piece of the line would be missing. */
const outputSchema = z.object({
  finish_reason: optionalText,
  audio: z.object({ data: z.string().nullish() }).nullish(),
})
const answerSchema = z.object({
  output: outputSchema.nullish(),
  error: z.unknown().optional(),
  request_id: optionalText,
})
const frameSchema = z.object({
  header: z.object({
    event: optionalText,
    task_id: optionalText,
    error_code: optionalText,
    error_message: optionalText,
  }),
  payload: z
    .object({
      output: outputSchema.nullish(),
    })
    .nullish(),
})

const unreadable = (): RemoteFailure => new RemoteFailure('protocol', ownReason('answer-unreadable'))

const WITHOUT_WORDS: ServerWords = { message: '' }

/** @throws RemoteFailure `protocol` */
export const parseEasAnswer = (source: string): EasAnswer => {
  if (source.trim() === '[DONE]')
    return { audio: undefined, isLast: true, failure: undefined, words: undefined, requestId: undefined }
  const value = parsedJson(source)?.value
  const parsed = answerSchema.safeParse(value)
  if (!parsed.success) throw unreadable()
  const { output, error, request_id } = parsed.data
  return {
    audio: output?.audio?.data ?? undefined,
    isLast: output?.finish_reason === 'stop',
    failure: error == null ? undefined : (wordsOfJson(error) ?? WITHOUT_WORDS),
    words: output == null ? wordsOfJson(value) : undefined,
    requestId: request_id ?? undefined,
  }
}

/** @throws RemoteFailure `protocol` */
export const parseEasFrame = (source: string): EasFrame => {
  const parsed = frameSchema.safeParse(parsedJson(source)?.value)
  if (!parsed.success) throw unreadable()
  const { header, payload } = parsed.data
  return {
    taskId: header.task_id ?? undefined,
    event: header.event ?? undefined,
    audio: payload?.output?.audio?.data ?? undefined,
    failure: {
      message: header.error_message ?? WITHOUT_WORDS.message,
      ...(header.error_code != null && { code: header.error_code }),
    },
  }
}
