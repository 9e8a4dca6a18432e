import { z } from 'zod'
import { concatFloat32 } from '../../../shared/audio/index.ts'
import { assert } from '../../../shared/kernel/index.ts'
import { ownReason, RemoteFailure, type SpeechAsked, type SpeechEvent } from '../../remote/index.ts'
import { decodeBase64 } from '../base64.ts'
import type { OpenAiClientDeps } from './client.ts'
import { profileOf } from './endpoint.ts'
import { askJson } from './json-answer.ts'
import { createRefusals, type Refusals } from './refusal.ts'
import { type SoundDeps, soundFrom } from './sound.ts'
import { type SpeechBody, speechBody } from './speech-body.ts'

/** @source vllm-project/vllm-omni docs/serving/speech_api.md */
export const BATCH_MAX_ITEMS = 32
/** Fields that each item has of its own. */
const ITEM_FIELDS = ['input', 'voice', 'speed', 'instructions', 'ref_audio', 'ref_text']
const FORMAT = 'wav'
const TOTAL_MS = 1_800_000

type SpokenPiece = {
  readonly pcm: Float32Array<ArrayBuffer>
  readonly sampleRateHz: number
  readonly warnings: readonly { readonly field: string; readonly reason: string }[]
}
export type BatchPiece =
  | { readonly kind: 'spoken'; readonly piece: SpokenPiece }
  | { readonly kind: 'failed'; readonly failure: RemoteFailure }

const resultSchema = z.object({
  index: z.number().int().nonnegative(),
  status: z.string(),
  audio_data: z.string().nullish().catch(undefined),
  media_type: z.string().nullish().catch(undefined),
  error: z.unknown().optional(),
})
type Result = z.output<typeof resultSchema>
const answerSchema = z
  .object({ results: z.array(z.unknown()) })
  .transform(({ results }) => results.flatMap((result) => resultSchema.safeParse(result).data ?? []))

type Prepared = { readonly body: SpeechBody } | { readonly failure: RemoteFailure }

const ofFailure = (error: unknown): { readonly failure: RemoteFailure } => {
  if (error instanceof RemoteFailure) return { failure: error }
  throw error
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const soundOfResult = (
  { audio_data: audio, media_type: type }: Result,
  refusals: Refusals,
  deps: SoundDeps,
): AsyncGenerator<SpeechEvent> => {
  const bytes = decodeBase64(audio ?? '')
  if (!bytes) throw new RemoteFailure('network', { ...ownReason('sound-cut-short'), hasPartialAudio: true })
  const refusal = (): Promise<RemoteFailure> => Promise.resolve(new RemoteFailure('protocol', ownReason('not-sound')))
  return soundFrom({ pieces: once(bytes), type: type ?? '', isSized: false, refusal }, { ...deps, refusals })
}

const pieceOf = async (events: AsyncGenerator<SpeechEvent>, warnings: SpeechBody['warnings']): Promise<BatchPiece> => {
  const all: SpokenPiece['warnings'][number][] = warnings.map(({ field, reason }) => ({ field, reason }))
  const blocks: Float32Array[] = []
  let sampleRateHz = 0
  for await (const event of events) {
    if (event.kind === 'warning') all.push({ field: event.field, reason: event.reason })
    if (event.kind !== 'sound') continue
    blocks.push(event.pcm)
    sampleRateHz = event.sampleRateHz
  }
  return { kind: 'spoken', piece: { pcm: concatFloat32(blocks), sampleRateHz, warnings: all } }
}

/**
 * Pieces spoken by one request of vLLM-Omni, all by the same model. What no server takes is not sent, and one that fails leaves
 * the others as they are.
 *
 * @param pieces 1 to `BATCH_MAX_ITEMS`
 * @returns of each piece, in their order
 * @throws RemoteFailure where all of the request failed; AppCancel
 */
export const speakBatch = async (
  { voiceAudio, decode, ...deps }: OpenAiClientDeps,
  pieces: readonly SpeechAsked[],
  signal: AbortSignal,
): Promise<readonly BatchPiece[]> => {
  assert(pieces.length >= 1 && pieces.length <= BATCH_MAX_ITEMS, 'a batch has 1 to 32 pieces')
  const model = pieces[0]?.model
  assert(
    pieces.every((piece) => piece.model === model),
    'a batch has one model',
  )
  const { extra, ...plainEndpoint } = deps.endpoint
  const texts = pieces.flatMap(({ text, instruct }) => [text, instruct ?? ''])
  const prepared: Prepared[] = []
  for (const piece of pieces) {
    const recording = await voiceAudio?.(piece.voice)
    if (recording) texts.push(recording.transcript)
    try {
      prepared.push({ body: speechBody({ ...piece, language: null }, plainEndpoint, { format: FORMAT, recording }) })
    } catch (error) {
      prepared.push(ofFailure(error))
    }
  }
  const sent = prepared.flatMap((one, index) => ('body' in one ? [{ index, body: one.body }] : []))
  const items = sent.map(({ body }) =>
    Object.fromEntries(Object.entries(body.fields).filter(([field]) => ITEM_FIELDS.includes(field))),
  )
  const results =
    items.length === 0
      ? []
      : await askJson(
          deps,
          {
            path: 'audio/speech/batch',
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ model, response_format: FORMAT, items, ...extra }),
            patience: { headMs: TOTAL_MS, totalMs: TOTAL_MS },
          },
          answerSchema,
          { signal, texts },
        )
  const refusals = createRefusals(deps, texts)
  const rawSampleRateHz = deps.endpoint.sampleRateHz ?? profileOf(deps.endpoint).rawSampleRateHz
  const soundDeps = { refusals, decode, format: FORMAT, rawSampleRateHz }
  const spoken = async (one: Prepared, index: number): Promise<BatchPiece> => {
    if ('failure' in one) return { kind: 'failed', failure: one.failure }
    const result = results.find((found) => sent[found.index]?.index === index)
    if (!result)
      return { kind: 'failed', failure: new RemoteFailure('protocol', ownReason('answer-lacks', { field: 'results' })) }
    if (result.status !== 'success') return { kind: 'failed', failure: refusals.ofValue(result.error ?? '', 400) }
    const isLanguageLost = pieces[index]?.language != null
    const lost = isLanguageLost ? [{ kind: 'warning', field: 'language', reason: 'not-supported' } as const] : []
    try {
      return await pieceOf(soundOfResult(result, refusals, soundDeps), [...one.body.warnings, ...lost])
    } catch (error) {
      return { kind: 'failed', ...ofFailure(error) }
    }
  }
  return Promise.all(prepared.map(spoken))
}
