import { z } from 'zod'
import { RemoteFailure } from '../../remote/index.ts'
import { askFor, type ServerAccess, type ServerGeneration } from './server-access.ts'
import { DUPLICATE_VOICE } from './server-failure.ts'
import { endingOf, filePart, type ServerVoiceAudio } from './speak-file.ts'

/** A voice of the server. Those of v3 are in a store of their own. */
export type ServerVoice = {
  readonly voiceId: string
  readonly name: string
  readonly description: string | null
  readonly voiceType: string
  readonly language: string | null
  /** Null where the server does not tell it in a way that can be read. */
  readonly createdAtEpochMs: number | null
  readonly durationSec: number | null
  readonly sampleRateHz: number | null
  readonly sizeBytes: number | null
  readonly isActive: boolean
}

const absent = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().catch(null)
/** Dates come without a zone; the server writes them in UTC. */
const epochMsOf = (date: string | null | undefined): number | null => {
  const ms = Date.parse(date && !/(Z|[+-]\d\d:?\d\d)$/i.test(date) ? `${date}Z` : (date ?? ''))
  return Number.isNaN(ms) ? null : ms
}

/** @source cosyvoice cloud-apis E.1 */
const voiceSchema = z
  .object({
    voice_id: z.string().min(1),
    name: z.string().catch(''),
    description: absent(z.string()),
    voice_type: z.string().catch(''),
    language: absent(z.string()),
    created_at: absent(z.string()),
    duration: absent(z.number().nonnegative()),
    sample_rate: absent(z.number().positive()),
    file_size: absent(z.number().nonnegative()),
    is_active: z.boolean().catch(true),
  })
  .transform(
    (voice): ServerVoice => ({
      voiceId: voice.voice_id,
      name: voice.name || voice.voice_id,
      description: voice.description ?? null,
      voiceType: voice.voice_type,
      language: voice.language ?? null,
      createdAtEpochMs: epochMsOf(voice.created_at),
      durationSec: voice.duration ?? null,
      sampleRateHz: voice.sample_rate ?? null,
      sizeBytes: voice.file_size ?? null,
      isActive: voice.is_active,
    }),
  )

const pageSchema = z.object({ voices: z.array(z.unknown()), total: z.number().int().nonnegative() })

/** What the server takes at most. */
const PAGE_SIZE = 100
const MOST_PAGES = 1000

/** The slash at its end belongs to it: without, the server redirects. */
const collectionOf = (generation: ServerGeneration): string => `/api/${generation}/voices/`
const pathOf = (generation: ServerGeneration, voiceId: string): string =>
  `${collectionOf(generation)}${encodeURIComponent(voiceId)}`

export type NewServerVoice = {
  readonly voiceId: string
  readonly name: string
  readonly audio: Pick<ServerVoiceAudio, 'bytes' | 'fileName'>
  /** The words of the recording, where they are known. */
  readonly promptText?: string
  readonly description?: string
  readonly language?: string
}

/** Whether a voice could not be created only because its name is taken: `nextVoiceId` has another one. */
export const isDuplicateVoice = (error: unknown): boolean =>
  error instanceof RemoteFailure && error.facts.code === DUPLICATE_VOICE

/** Another name: `a`, `a_2`, `a_3`. */
export const nextVoiceId = (voiceId: string): string => {
  const [, stem = voiceId, number = '1'] = /^(.*)_(\d{1,6})$/.exec(voiceId) ?? []
  return `${stem}_${Number(number) + 1}`
}

/**
 * Uploads a recording as a voice. Asked once: after a failure the voice may be there all the same.
 * @throws RemoteFailure `bad-request` for a name that is taken (see `isDuplicateVoice`) or a recording that is not wanted
 */
export const createServerVoice = (
  access: ServerAccess,
  generation: ServerGeneration,
  { voiceId, name, audio, promptText, description, language }: NewServerVoice,
  signal: AbortSignal,
): Promise<ServerVoice> => {
  const form = new FormData()
  const fields = {
    voice_id: voiceId,
    name,
    voice_type: 'cross_lingual',
    description,
    language,
    prompt_text: promptText,
    audio_format: endingOf(audio),
  }
  for (const [field, value] of Object.entries(fields)) if (value !== undefined) form.set(field, value)
  form.set('audio_file', ...filePart(audio))
  return askFor(
    access,
    { path: collectionOf(generation), method: 'POST', form, texts: promptText === undefined ? [] : [promptText] },
    voiceSchema,
    signal,
  )
}

/**
 * All voices of a generation. What the server says of the size of its pages is wrong, so they are counted here.
 * @throws as `askFor`
 */
export const listServerVoices = async (
  access: ServerAccess,
  generation: ServerGeneration,
  signal: AbortSignal,
): Promise<ServerVoice[]> => {
  const voices = new Map<string, ServerVoice>()
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const path = `${collectionOf(generation)}?page=${page}&page_size=${PAGE_SIZE}`
    const told = await askFor(access, { path }, pageSchema, signal)
    for (const row of told.voices) {
      const { data } = voiceSchema.safeParse(row)
      if (data) voices.set(data.voiceId, data)
    }
    if (told.voices.length === 0 || page * PAGE_SIZE >= told.total) break
  }
  return [...voices.values()]
}

/** What FastAPI says of a route that it does not have. */
const NO_SUCH_ROUTE = 'Not Found'

const asMissing = (error: unknown): unknown => {
  const isMissing =
    error instanceof RemoteFailure && error.facts.httpStatus === 404 && error.facts.reason !== NO_SUCH_ROUTE
  return isMissing ? new RemoteFailure('voice-not-found', error.facts) : error
}

const ofVoice = <Output>(asked: Promise<Output>): Promise<Output> =>
  asked.catch((error: unknown) => {
    throw asMissing(error)
  })

/** @throws RemoteFailure `voice-not-found`; as `askFor` */
export const serverVoice = (
  access: ServerAccess,
  generation: ServerGeneration,
  voiceId: string,
  signal: AbortSignal,
): Promise<ServerVoice> => ofVoice(askFor(access, { path: pathOf(generation, voiceId) }, voiceSchema, signal))

/** Changes what it is called; its sound stays. @throws RemoteFailure `voice-not-found`; as `askFor` */
export const updateServerVoice = (
  access: ServerAccess,
  generation: ServerGeneration,
  voiceId: string,
  changes: { readonly name?: string; readonly description?: string; readonly language?: string },
  signal: AbortSignal,
): Promise<ServerVoice> =>
  ofVoice(askFor(access, { path: pathOf(generation, voiceId), method: 'PUT', json: changes }, voiceSchema, signal))

/** @throws RemoteFailure `voice-not-found`; as `askFor` */
export const deleteServerVoice = async (
  access: ServerAccess,
  generation: ServerGeneration,
  voiceId: string,
  signal: AbortSignal,
): Promise<void> => {
  await ofVoice(askFor(access, { path: pathOf(generation, voiceId), method: 'DELETE' }, z.unknown(), signal))
}
