import { z } from 'zod'
import { RemoteFailure } from '../../remote/index.ts'
import { type OpenAiDeps, profileOf } from './endpoint.ts'
import { askJson } from './json-answer.ts'
import { listSiliconFlowVoices } from './siliconflow-voices.ts'

/** A voice as the server calls it, and as people do. */
export type OpenAiListedVoice = { readonly voice: string; readonly name: string }

const PATIENCE = { headMs: 20_000, totalMs: 30_000 }
const MAX_LISTED = 10_000

/** @returns undefined where the server has no such list: that is no failure */
const whereListed = async <Output>(list: Promise<Output>): Promise<Output | undefined> => {
  try {
    return await list
  } catch (error) {
    const status = error instanceof RemoteFailure ? error.facts.httpStatus : undefined
    if (status === 404 || status === 405) return undefined
    throw error
  }
}

const modelsSchema = z
  .union([z.array(z.unknown()), z.object({ data: z.array(z.unknown()) }).transform(({ data }) => data)])
  .transform((items) => items.flatMap((item) => modelSchema.safeParse(item).data ?? []))
const modelSchema = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)])

/**
 * Models that the server says it has, each once, in its order.
 * @returns undefined where it does not list any
 * @throws RemoteFailure; AppCancel
 */
export const listOpenAiModels = (deps: OpenAiDeps, signal: AbortSignal): Promise<readonly string[] | undefined> =>
  whereListed(
    askJson(deps, { path: 'models', patience: PATIENCE }, modelsSchema, { signal }).then((models) =>
      [...new Set(models)].filter((model) => model !== '').slice(0, MAX_LISTED),
    ),
  )

const text = z.string().optional().catch(undefined)
const voiceSchema = z.union([
  z.string().transform((voice): OpenAiListedVoice => ({ voice, name: voice })),
  z.object({ id: text, voice_id: text, name: text }).transform(({ id, voice_id, name }): OpenAiListedVoice => {
    const voice = id ?? voice_id ?? name ?? ''
    return { voice, name: name ?? voice }
  }),
])
const items = z.array(z.unknown()).catch([])
const voicesSchema = z
  .union([
    z.array(z.unknown()),
    z
      .object({ voices: z.array(z.unknown()), uploaded_voices: items })
      .transform((found) => [...found.voices, ...found.uploaded_voices]),
    z.object({ data: z.array(z.unknown()) }).transform(({ data }) => data),
  ])
  .transform((listed) => listed.flatMap((item) => voiceSchema.safeParse(item).data ?? []))

/**
 * Voices that the server says it has, each once: those that it came with and those that were uploaded.
 * @returns undefined where it does not list any
 * @throws RemoteFailure; AppCancel
 */
export const listOpenAiVoices = async (
  deps: OpenAiDeps,
  signal: AbortSignal,
): Promise<readonly OpenAiListedVoice[] | undefined> => {
  const { voiceList } = profileOf(deps.endpoint)
  if (voiceList === 'no') return undefined
  if (voiceList === 'siliconflow')
    return (await listSiliconFlowVoices(deps, signal)).map(({ voice, name }) => ({ voice, name }))
  const listed = await whereListed(
    askJson(deps, { path: 'audio/voices', patience: PATIENCE }, voicesSchema, { signal }),
  )
  if (!listed) return undefined
  const byVoice = new Map(listed.filter(({ voice }) => voice !== '').map((found) => [found.voice, found]))
  return [...byVoice.values()].slice(0, MAX_LISTED)
}
