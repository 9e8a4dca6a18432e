import { z } from 'zod'
import {
  createPcmAssembler,
  type OwnReason,
  ownReason,
  RemoteFailure,
  type SpeechEvent,
  serverEvents,
  type WireAnswer,
} from '../../remote/index.ts'
import { decodeBase64 } from '../base64.ts'
import { type BodyKind, bodyKindOf, isTelling } from './body-kind.ts'
import type { Refusals } from './refusal.ts'
import { wavFormatOf } from './wav-format.ts'

/** Makes mono samples of an audio file of any format. */
export type DecodeSound = (
  bytes: Uint8Array<ArrayBuffer>,
) => Promise<{ readonly pcm: Float32Array<ArrayBuffer>; readonly sampleRateHz: number }>

type Pieces = AsyncGenerator<Uint8Array>
/** Bytes that ought to be sound. */
export type SoundSource = {
  readonly pieces: Pieces
  /** What they are said to be. */
  readonly type: string
  /** How many they are was said: then they are whole where they end without a failure. */
  readonly isSized: boolean
  /** What they say where they are words instead. */
  refusal(pieces: Pieces): Promise<RemoteFailure>
}
export type SoundDeps = {
  readonly refusals: Refusals
  readonly decode: DecodeSound
  /** `response_format` as it was asked for. */
  readonly format: string
  /** Of raw samples. */
  readonly rawSampleRateHz: number
}

const MAX_WAV_HEAD_BYTES = 64 * 1024
const MAX_FILE_BYTES = 256 * 1024 * 1024
/** Streams claim sizes beyond this: no line is that long. */
const ENDLESS_BYTES = 1024 * 1024 * 1024

const protocol = (reason: OwnReason): RemoteFailure => new RemoteFailure('protocol', reason)
const brokenOff = (): RemoteFailure =>
  new RemoteFailure('network', { ...ownReason('sound-cut-short'), hasPartialAudio: true })

const appended = (bytes: Uint8Array, piece: Uint8Array): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(bytes.length + piece.length)
  all.set(bytes)
  all.set(piece, bytes.length)
  return all
}

/** What came of a body until `isEnough` says so, and how it ended where it did. */
type Beginning = { head: Uint8Array<ArrayBuffer>; isWhole: boolean; failure: unknown }

const beginningOf = async (pieces: Pieces, isEnough: (head: Uint8Array) => boolean): Promise<Beginning> => {
  let head = new Uint8Array()
  try {
    while (!isEnough(head)) {
      const { done, value } = await pieces.next()
      if (done) return { head, isWhole: true, failure: undefined }
      head = appended(head, value)
    }
    return { head, isWhole: false, failure: undefined }
  } catch (failure) {
    return { head, isWhole: true, failure }
  }
}

async function* rejoined({ head, failure }: Beginning, rest: Pieces): Pieces {
  if (head.length > 0) yield head
  if (failure !== undefined) throw failure
  yield* rest
}

const isWavHeadRead = (head: Uint8Array): boolean => head.length > MAX_WAV_HEAD_BYTES || wavFormatOf(head) !== undefined

/** Sound of bytes that come in pieces, 16-bit mono, with or without headers. @param expectedBytes of samples, where known */
async function* pcmSound(
  pieces: Pieces,
  rateHz: number,
  expectedBytes: number | undefined,
): AsyncGenerator<SpeechEvent> {
  const assembler = createPcmAssembler(rateHz)
  for await (const piece of pieces) {
    const pcm = assembler.push(piece)
    if (pcm.length > 0) yield { kind: 'sound', pcm, sampleRateHz: assembler.sampleRateHz }
  }
  if (assembler.isOdd) throw brokenOff()
  if (expectedBytes !== undefined && assembler.samples * 2 < expectedBytes) throw brokenOff()
  if (assembler.samples === 0) throw protocol(ownReason('no-sound'))
}

/** Sound of a file that has to be whole before it can be read. */
async function* fileSound(pieces: Pieces, decode: DecodeSound): AsyncGenerator<SpeechEvent> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const piece of pieces) {
    parts.push(piece)
    sizeBytes += piece.length
    if (sizeBytes > MAX_FILE_BYTES) throw protocol(ownReason('endless'))
  }
  const bytes = new Uint8Array(sizeBytes)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  const sound = await decode(bytes).catch((cause: unknown) => {
    throw new RemoteFailure('protocol', { ...ownReason('sound-undecodable'), cause })
  })
  if (sound.pcm.length === 0) throw protocol(ownReason('no-sound'))
  yield { kind: 'sound', ...sound }
}

/** A failure after sound had come says so. */
async function* markingPartial(events: AsyncGenerator<SpeechEvent>): AsyncGenerator<SpeechEvent> {
  try {
    yield* events
  } catch (error) {
    throw error instanceof RemoteFailure && error.failureClass !== 'protocol' ? error.afterAudio() : error
  }
}

async function* wavSound(pieces: Pieces, isSized: boolean, deps: SoundDeps): AsyncGenerator<SpeechEvent> {
  const beginning = await beginningOf(pieces, isWavHeadRead)
  const format = wavFormatOf(beginning.head)
  if (!format && !beginning.isWhole) throw protocol(ownReason('wav-header-damaged'))
  const all = rejoined(beginning, pieces)
  if (format && (format.channels !== 1 || format.bits !== 16 || !format.isInteger)) {
    yield* fileSound(all, deps.decode)
    return
  }
  // Without a length of their own, the header alone tells where bytes are missing at their end. Streams do not know it yet.
  const isTold = format && !isSized && deps.format === 'wav' && format.dataBytes < ENDLESS_BYTES
  const expectedBytes = isTold ? format.dataBytes : undefined
  yield* pcmSound(all, deps.rawSampleRateHz, expectedBytes)
}

const audioSchema = z.union([z.string(), z.object({ data: z.string() }).transform(({ data }) => data)])
const eventSchema = z.looseObject({
  type: z.string().optional().catch(undefined),
  audio: audioSchema.nullish().catch(undefined),
  error: z.unknown().optional(),
})
type SoundEvent = z.output<typeof eventSchema>

/** @returns undefined for what is JSON, but no event */
const parsedEvent = (data: string): SoundEvent | undefined => {
  try {
    return eventSchema.safeParse(JSON.parse(data)).data
  } catch {
    // The error of the parser is no cause to keep: it repeats what could not be parsed.
    throw protocol(ownReason('answer-unreadable'))
  }
}

/** What an error within a stream stands for where it does not say: the server failed at what it had begun. */
const STATUS_OF_EVENT = 500

/**
 * Sound of a stream of events, of the forms that OpenAI, vLLM-Omni and SGLang-Omni have for them. Its mark of the end is
 * `speech.audio.done` or `[DONE]`.
 */
async function* eventSound(pieces: Pieces, { refusals, rawSampleRateHz }: SoundDeps): AsyncGenerator<SpeechEvent> {
  const assembler = createPcmAssembler(rawSampleRateHz)
  let hasSound = false
  const end = (): void => {
    if (assembler.isOdd) throw brokenOff()
    if (assembler.samples === 0) throw protocol(ownReason('no-sound'))
  }
  try {
    for await (const { event, data } of serverEvents(pieces)) {
      if (data.trim() === '[DONE]') return end()
      const parsed = parsedEvent(data)
      if (!parsed) continue
      const { type = event, audio, error } = parsed
      if (error || type === 'speech.audio.error' || type === 'error')
        throw refusals.ofValue(error ?? parsed, STATUS_OF_EVENT)
      if (type === 'speech.audio.done') return end()
      if (!audio) continue
      hasSound = true
      const bytes = decodeBase64(audio)
      if (!bytes) throw brokenOff()
      const pcm = assembler.push(bytes)
      if (pcm.length > 0) yield { kind: 'sound', pcm, sampleRateHz: assembler.sampleRateHz }
    }
    throw new RemoteFailure('network', ownReason('ended-unfinished'))
  } catch (error) {
    throw hasSound && error instanceof RemoteFailure ? error.afterAudio() : error
  }
}

const soundOf = (
  kind: BodyKind,
  pieces: Pieces,
  isSized: boolean,
  deps: SoundDeps,
): AsyncGenerator<SpeechEvent> | undefined => {
  if (kind === 'events') return eventSound(pieces, deps)
  if (kind === 'wav') return markingPartial(wavSound(pieces, isSized, deps))
  if (kind === 'mp3' || kind === 'opus' || kind === 'flac') return markingPartial(fileSound(pieces, deps.decode))
  return kind === 'raw' && deps.format === 'pcm'
    ? markingPartial(pcmSound(pieces, deps.rawSampleRateHz, undefined))
    : undefined
}

/**
 * Sound of bytes, by what they are and not by what they are called.
 * @throws RemoteFailure of an error that came where sound was due, or among events; `protocol` for what is no sound;
 * `network` where it broke off, then with `hasPartialAudio`; AppCancel
 */
export async function* soundFrom(source: SoundSource, deps: SoundDeps): AsyncGenerator<SpeechEvent> {
  const { pieces, type, isSized } = source
  try {
    const beginning = await beginningOf(pieces, isTelling)
    const { head, failure } = beginning
    if (head.length === 0) throw failure ?? protocol(ownReason('no-sound'))
    const kind = bodyKindOf(head, { isRawAsked: deps.format === 'pcm', type })
    const sound = soundOf(kind, rejoined(beginning, pieces), isSized, deps)
    if (!sound) {
      if (failure !== undefined) throw failure
      if (kind === 'raw') throw protocol(ownReason('not-sound'))
      throw await source.refusal(rejoined(beginning, pieces))
    }
    const isAsked = kind === deps.format || kind === 'events' || kind === 'raw'
    if (!isAsked) yield { kind: 'warning', field: 'format', reason: 'format-mismatch' }
    yield* sound
  } finally {
    await pieces.return(undefined)
  }
}

/** Sound of an answer with a status of success. @throws as `soundFrom` */
export const bodySound = (answer: WireAnswer, deps: SoundDeps): AsyncGenerator<SpeechEvent> =>
  soundFrom(
    {
      pieces: answer.pieces(),
      type: answer.header('content-type') ?? '',
      isSized: answer.header('content-length') !== null,
      refusal: (pieces) => deps.refusals.ofAnswer(answer, pieces),
    },
    deps,
  )
