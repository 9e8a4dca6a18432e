import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import {
  audioKindOf,
  classOfClose,
  ownReason,
  RemoteFailure,
  serverEvents,
  type WireSocket,
} from '../../remote/index.ts'
import { socketAddress } from '../address.ts'
import { parsedJson } from '../server-words.ts'
import {
  askServer,
  failureInsteadOfSound,
  failureTold,
  refusedUpgrade,
  type ServerAccess,
  type ServerGeneration,
} from './server-access.ts'
import { bytesOfBase64, createWavStream, type WavSound, type WavStream } from './wav-stream.ts'

export type StreamAsked = {
  readonly text: string
  readonly voice: string
  readonly speed: number
  /** Wanted. */
  readonly sampleRateHz: number
}

/** Nothing for so long, and it is given up. */
const IDLE_MS = 30_000

/** The server has three; the model itself speaks at 24000 Hz. @source cosyvoice cloud-apis E.5 */
const QUALITIES = [
  { quality: 'low', sampleRateHz: 16_000 },
  { quality: 'medium', sampleRateHz: 22_050 },
] as const
const qualityOf = (sampleRateHz: number): string =>
  QUALITIES.find((offered) => offered.sampleRateHz >= sampleRateHz)?.quality ?? 'high'

const fieldsOf = ({ text, voice, speed, sampleRateHz }: StreamAsked): Record<string, string> => ({
  text,
  voice_id: voice,
  format: 'wav',
  speed: String(speed),
  quality: qualityOf(sampleRateHz),
})

const soundOfChunk = (stream: WavStream, chunk: unknown): WavSound[] => {
  const { data } = z.object({ audio_data: z.string() }).safeParse(chunk)
  if (!data) throw new RemoteFailure('protocol', ownReason('not-sound'))
  return stream.push(bytesOfBase64(data.audio_data))
}

const soundAtEnd = (access: ServerAccess, stream: WavStream, texts: readonly string[]): WavSound[] => {
  const { sounds, errorText } = stream.end()
  if (errorText !== undefined) throw failureTold(access, errorText, texts)
  return sounds
}

const eventErrorSchema = z.object({ error: z.string().catch('') }).catch({ error: '' })

/** Server-sent events: `start`, `audio_chunk`s, and `complete` or `error`, which end them. */
export async function* speakByEvents(
  access: ServerAccess,
  generation: ServerGeneration,
  asked: StreamAsked,
  signal: AbortSignal,
): AsyncGenerator<WavSound> {
  const path = `/api/${generation}/streaming/cross-lingual/sse?${new URLSearchParams(fieldsOf(asked))}`
  const answer = await askServer(access, { path, texts: [asked.text], patience: { idleMs: IDLE_MS } }, signal)
  const stream = createWavStream()
  for await (const { event, data } of serverEvents(answer.pieces())) {
    if (event === 'audio_chunk') yield* soundOfChunk(stream, parsedJson(data)?.value)
    else if (event === 'error')
      throw failureTold(access, eventErrorSchema.parse(parsedJson(data)?.value).error, [asked.text])
    else if (event === 'complete') {
      yield* soundAtEnd(access, stream, [asked.text])
      return
    }
  }
  throw new RemoteFailure('network', ownReason('ended-unfinished'))
}

/** A body of sound: it is complete where the body ends as HTTP says, and no `ERROR:` stands in it. */
export async function* speakByBody(
  access: ServerAccess,
  generation: ServerGeneration,
  asked: StreamAsked,
  signal: AbortSignal,
): AsyncGenerator<WavSound> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fieldsOf(asked))) form.set(name, value)
  const answer = await askServer(
    access,
    {
      path: `/api/${generation}/streaming/cross-lingual`,
      method: 'POST',
      form,
      texts: [asked.text],
      patience: { idleMs: IDLE_MS },
    },
    signal,
  )
  const stream = createWavStream()
  let json: string | undefined
  const decoder = new TextDecoder()
  let isFirst = true
  for await (const piece of answer.pieces()) {
    if (isFirst && audioKindOf(piece) === 'json') json = ''
    isFirst = false
    if (json === undefined) yield* stream.push(piece)
    else json = (json + decoder.decode(piece, { stream: true })).slice(0, 64 * 1024)
  }
  if (json !== undefined) throw failureInsteadOfSound(access, json, [asked.text])
  yield* soundAtEnd(access, stream, [asked.text])
}

const messageSchema = z.object({
  message_type: z.string(),
  request_id: z.string().nullish().catch(undefined),
  error_code: z.string().catch(''),
  error_message: z.string().catch(''),
})

const failureOfMessageCode = (
  access: ServerAccess,
  code: string,
  message: string,
  texts: readonly string[],
): RemoteFailure => {
  const told = failureTold(access, message, texts)
  if (code === 'UNKNOWN_MESSAGE_TYPE' || code === 'INVALID_JSON')
    return new RemoteFailure('protocol', { ...told.facts, code })
  return new RemoteFailure(told.failureClass, { ...told.facts, code })
}

const openStream = async (
  access: ServerAccess,
  generation: ServerGeneration,
  signal: AbortSignal,
): Promise<WireSocket> => {
  const url = socketAddress(access.endpoint.baseUrl, `/api/${generation}/ws/stream?client_id=${randomUUID()}`)
  try {
    return await access.wire.openSocket({ url, headers: access.endpoint.headers ?? {} }, signal)
  } catch (error) {
    if (!(error instanceof RemoteFailure)) throw error
    if (error.facts.httpStatus === 403 && generation === 'v3')
      throw new RemoteFailure('unavailable', {
        ...error.facts,
        ...ownReason('model-not-loaded', { model: 'CosyVoice3' }),
      })
    throw refusedUpgrade(access, error)
  }
}

/**
 * One request on a socket of its own: the server reads nothing while it speaks, so there is neither a ping nor a cancel, only
 * the end of the socket.
 */
export async function* speakBySocket(
  access: ServerAccess,
  generation: ServerGeneration,
  asked: StreamAsked,
  signal: AbortSignal,
): AsyncGenerator<WavSound> {
  const socket = await openStream(access, generation, signal)
  try {
    const requestId = randomUUID()
    const { text, voice, speed, sampleRateHz } = asked
    const quality = qualityOf(sampleRateHz)
    const request = { message_type: 'text_request', request_id: requestId, text, voice_id: voice, format: 'wav', speed }
    socket.send(JSON.stringify({ ...request, quality }))
    const stream = createWavStream()
    for await (const frame of socket.messages({ idleMs: IDLE_MS }, signal)) {
      const json = typeof frame === 'string' ? parsedJson(frame)?.value : undefined
      if (json === undefined) throw new RemoteFailure('protocol', ownReason('answer-unreadable'))
      const { data: message } = messageSchema.safeParse(json)
      if (!message || (typeof message.request_id === 'string' && message.request_id !== requestId)) continue
      if (message.message_type === 'audio_chunk') yield* soundOfChunk(stream, json)
      else if (message.message_type === 'error')
        throw failureOfMessageCode(access, message.error_code, message.error_message || message.error_code, [text])
      else if (message.message_type === 'synthesis_complete') {
        yield* soundAtEnd(access, stream, [text])
        return
      }
    }
    const closeCode = socket.close?.code ?? 1006
    throw new RemoteFailure(classOfClose(closeCode), {
      ...ownReason('closed', { closeCode, detail: 'none' }),
      closeCode,
    })
  } finally {
    socket.destroy()
  }
}
