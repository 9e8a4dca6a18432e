import { z } from 'zod'
import type { SpokenWord } from '../../../shared/render/index.ts'

const text = z.string().optional().catch(undefined)
const count = z.number().int().nonnegative().optional().catch(undefined)
const word = z.object({
  text: z.string().min(1),
  begin_time: z.number().nonnegative(),
  end_time: z.number().nonnegative(),
})
const words = z.array(z.unknown()).optional().catch(undefined)

const frameSchema = z.object({
  header: z.object({
    event: z.string(),
    task_id: text,
    error_code: text,
    error_message: text,
    attributes: z.object({ request_uuid: text }).optional().catch(undefined),
  }),
  payload: z
    .object({
      output: z
        .object({ sentence: z.object({ index: count, words }).optional().catch(undefined) })
        .optional()
        .catch(undefined),
      usage: z.object({ characters: count }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
})

/** A text frame of the server. Every level of it may be missing but the name of the event. */
export type ServerFrame = {
  readonly event: string
  readonly taskId: string | undefined
  readonly errorCode: string | undefined
  readonly errorMessage: string | undefined
  readonly requestId: string | undefined
  readonly sentenceIndex: number | undefined
  readonly words: readonly SpokenWord[]
  /** Of the task so far. */
  readonly characters: number | undefined
}

const jsonOf = (message: string): unknown => {
  try {
    return JSON.parse(message)
  } catch {
    // Whoever asks takes undefined for what cannot be read.
    return undefined
  }
}

/** Words of a sentence; what does not have the shape of one is left out. */
const wordsOf = (found: readonly unknown[] = []): SpokenWord[] =>
  found.flatMap((one) => {
    const { success, data } = word.safeParse(one)
    return success ? [{ text: data.text, beginMs: data.begin_time, endMs: data.end_time }] : []
  })

/** @returns undefined for what is no frame of this protocol */
export const parseFrame = (message: string): ServerFrame | undefined => {
  const { success, data } = frameSchema.safeParse(jsonOf(message))
  if (!success) return undefined
  const { header, payload } = data
  const sentence = payload?.output?.sentence
  return {
    event: header.event,
    taskId: header.task_id,
    errorCode: header.error_code,
    errorMessage: header.error_message,
    requestId: header.attributes?.request_uuid,
    sentenceIndex: sentence?.index,
    words: wordsOf(sentence?.words),
    characters: payload?.usage?.characters,
  }
}

const refusalSchema = z.object({ code: z.string(), message: text, request_id: text })

export type ServerRefusal = {
  readonly code: string
  readonly message: string | undefined
  readonly requestId: string | undefined
}

/** What a refused request says of its reason; undefined where it does not. */
export const parseRefusal = (body: string): ServerRefusal | undefined => {
  const { success, data } = refusalSchema.safeParse(jsonOf(body))
  return success && data.code !== ''
    ? { code: data.code, message: data.message, requestId: data.request_id }
    : undefined
}

const answerSchema = z.object({
  request_id: text,
  output: z
    .object({
      finish_reason: text,
      audio: z.object({ data: text, url: text }).optional().catch(undefined),
      sentence: z.object({ index: count, words }).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
  usage: z.object({ characters: count }).optional().catch(undefined),
})

/** The answer to a request, or one event of a streamed one. */
export type ServerAnswer = {
  readonly requestId: string | undefined
  readonly isLast: boolean
  /** Base64. */
  readonly data: string | undefined
  readonly url: string | undefined
  readonly sentenceIndex: number | undefined
  readonly words: readonly SpokenWord[]
  readonly characters: number | undefined
}

/** @returns undefined for what is no answer of this protocol */
export const parseAnswer = (body: string): ServerAnswer | undefined => {
  const { success, data } = answerSchema.safeParse(jsonOf(body))
  if (!success) return undefined
  const { request_id, output, usage } = data
  const { data: sound, url } = output?.audio ?? {}
  return {
    requestId: request_id,
    isLast: output?.finish_reason === 'stop',
    data: sound === '' ? undefined : sound,
    url: url === '' ? undefined : url,
    sentenceIndex: output?.sentence?.index,
    words: wordsOf(output?.sentence?.words),
    characters: usage?.characters,
  }
}

const tokenSchema = z.object({ token: z.string().min(1) })

/** @returns undefined for what is no temporary key */
export const parseToken = (body: string): string | undefined => tokenSchema.safeParse(jsonOf(body)).data?.token

type TaskHead = { readonly taskId: string }

const frame = (action: string, { taskId }: TaskHead, payload: object): string =>
  JSON.stringify({ header: { action, task_id: taskId, streaming: 'duplex' }, payload })

/** @param parameters of the task, as the service names them */
export const runTask = (head: TaskHead, model: string, parameters: Readonly<Record<string, unknown>>): string =>
  frame('run-task', head, {
    task_group: 'audio',
    task: 'tts',
    function: 'SpeechSynthesizer',
    model,
    parameters,
    input: {},
  })
export const continueTask = (head: TaskHead, words: string): string =>
  frame('continue-task', head, { input: { text: words } })
export const finishTask = (head: TaskHead): string => frame('finish-task', head, { input: {} })
