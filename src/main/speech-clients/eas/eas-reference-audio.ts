import { z } from 'zod'
import type { Clock } from '../../clock/index.ts'
import { ownReason, RemoteFailure, type Wire, type WireRequest } from '../../remote/index.ts'
import { httpAddress } from '../address.ts'
import { isSuccess, parsedJson, refusalOf } from '../server-words.ts'
import { type EasEndpoint, easHeaders, easStatusClass } from './eas-endpoint.ts'

/** A recording that the service has and speaks like; its id is the voice. */
export type EasReferenceAudio = {
  readonly id: string
  readonly fileName: string | null
  readonly sizeBytes: number | null
  readonly createdAtEpochMs: number | null
  readonly transcript: string | null
}

export type NewEasReferenceAudio = {
  /** WAV, MP3 or PCM. */
  readonly file: Uint8Array<ArrayBuffer>
  /** The service tells the kind by its ending. */
  readonly fileName: string
  /** Word for word. */
  readonly transcript: string
}

/**
 * Reference audio of a service. Everything is asked once: sent again, an upload might be there twice.
 * @throws RemoteFailure, `voice-not-found` for an id that the service does not know; AppCancel
 */
export interface EasReferenceAudioStore {
  upload(audio: NewEasReferenceAudio, signal: AbortSignal): Promise<EasReferenceAudio>
  /** There is no way to page: what is beyond `limit` is not told. @param order by the time of the upload */
  list(
    options: { readonly limit?: number; readonly order?: 'asc' | 'desc' },
    signal: AbortSignal,
  ): Promise<EasReferenceAudio[]>
  get(id: string, signal: AbortSignal): Promise<EasReferenceAudio>
  delete(id: string, signal: AbortSignal): Promise<void>
}

export type EasReferenceAudioDeps = { readonly wire: Wire; readonly clock: Clock; readonly endpoint: EasEndpoint }

const PATH = '/api/v1/audio/reference_audio'
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().catch(undefined)
const referenceSchema = z
  .object({
    id: z.string().min(1),
    filename: optional(z.string()),
    bytes: optional(z.number().nonnegative()),
    created_at: optional(z.number().nonnegative()),
    text: optional(z.string()),
  })
  .transform(
    ({ id, filename, bytes, created_at, text }): EasReferenceAudio => ({
      id,
      fileName: filename ?? null,
      sizeBytes: bytes ?? null,
      createdAtEpochMs: created_at == null ? null : created_at * 1000,
      transcript: text ?? null,
    }),
  )

/** Of the kinds that the service takes. */
const TYPE_OF: ReadonlyMap<string, string> = new Map([
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mpeg'],
  ['pcm', 'audio/pcm'],
])
const typeOf = (fileName: string): string =>
  TYPE_OF.get(fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase()) ?? 'application/octet-stream'

const parsed = <Output>(schema: z.ZodType<Output>, body: string): Output => {
  const result = schema.safeParse(parsedJson(body)?.value)
  if (!result.success) throw new RemoteFailure('protocol', ownReason('answer-unreadable'))
  return result.data
}

const check = ({ file, transcript }: NewEasReferenceAudio): void => {
  if (file.length === 0) throw new RemoteFailure('bad-request', ownReason('no-recording'))
  if (transcript.trim() === '') throw new RemoteFailure('bad-request', ownReason('no-transcript'))
}

/** @source cosyvoice cloud-apis D.2 */
export const createEasReferenceAudio = ({ wire, clock, endpoint }: EasReferenceAudioDeps): EasReferenceAudioStore => {
  const ask = async (
    request: Omit<WireRequest, 'url' | 'headers'> & { readonly path: string },
    about: { readonly id?: string; readonly transcript?: string },
    signal: AbortSignal,
  ): Promise<string> => {
    const { path, ...rest } = request
    const answer = await wire.ask(
      { ...rest, url: httpAddress(endpoint.baseUrl, path), headers: easHeaders(endpoint) },
      signal,
    )
    if (isSuccess(answer)) return answer.text()
    const hidden = { keys: [endpoint.token], texts: [about.transcript ?? ''] }
    throw await refusalOf(
      answer,
      hidden,
      clock.nowEpochMs(),
      easStatusClass({ input: { reference_audio_id: about.id ?? '' } }),
    )
  }

  return {
    async upload(audio, signal) {
      check(audio)
      const body = new FormData()
      body.set('file', new Blob([audio.file], { type: typeOf(audio.fileName) }), audio.fileName)
      body.set('text', audio.transcript)
      return parsed(
        referenceSchema,
        await ask({ path: PATH, method: 'POST', body }, { transcript: audio.transcript }, signal),
      )
    },
    async list({ limit = 100, order = 'desc' }, signal) {
      const answer = await ask({ path: `${PATH}?${new URLSearchParams({ limit: String(limit), order })}` }, {}, signal)
      // An entry that cannot be read is no reason to hide the others.
      return parsed(z.array(z.unknown()), answer).flatMap((entry) => {
        const found = referenceSchema.safeParse(entry)
        return found.success ? [found.data] : []
      })
    },
    async get(id, signal) {
      return parsed(referenceSchema, await ask({ path: `${PATH}/${encodeURIComponent(id)}` }, { id }, signal))
    },
    async delete(id, signal) {
      await ask({ path: `${PATH}/${encodeURIComponent(id)}`, method: 'DELETE' }, { id }, signal)
    },
  }
}
