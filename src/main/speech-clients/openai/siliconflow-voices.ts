import { z } from 'zod'
import type { OpenAiDeps } from './endpoint.ts'
import { askJson } from './json-answer.ts'
import type { VoiceAudio } from './speech-body.ts'

/** A voice of somebody's own at SiliconFlow. */
export type SiliconFlowVoice = {
  /** `speech:…`: what a request for speech names. */
  readonly voice: string
  readonly name: string
  readonly model: string
  /** What is said in its recording. */
  readonly transcript: string
}

const EXTENSION_OF: ReadonlyMap<string, string> = new Map([
  ['audio/mpeg', 'mp3'],
  ['audio/flac', 'flac'],
  ['audio/opus', 'opus'],
  ['audio/ogg', 'opus'],
])
export const fileNameOf = ({ type }: Pick<VoiceAudio, 'type'>): string => `voice.${EXTENSION_OF.get(type) ?? 'wav'}`

/**
 * Makes a voice of a recording. It is asked for once: said twice, there are two voices.
 * @returns its name in requests for speech
 * @throws RemoteFailure; AppCancel
 */
export const uploadSiliconFlowVoice = async (
  deps: OpenAiDeps,
  { name, model, recording }: { readonly name: string; readonly model: string; readonly recording: VoiceAudio },
  signal: AbortSignal,
): Promise<string> => {
  const form = new FormData()
  form.set('model', model)
  form.set('customName', name)
  form.set('text', recording.transcript)
  form.set('file', new Blob([recording.bytes], { type: recording.type }), fileNameOf(recording))
  const { uri } = await askJson(
    deps,
    { path: 'uploads/audio/voice', method: 'POST', body: form },
    z.object({ uri: z.string().min(1) }),
    { signal, texts: [recording.transcript] },
  )
  return uri
}

const voiceSchema = z.object({
  uri: z.string().min(1),
  customName: z.string().catch(''),
  model: z.string().catch(''),
  text: z.string().catch(''),
})
const listSchema = z
  .object({ result: z.array(z.unknown()) })
  .transform(({ result }) => result.flatMap((item) => voiceSchema.safeParse(item).data ?? []))

/** @throws RemoteFailure; AppCancel */
export const listSiliconFlowVoices = async (
  deps: OpenAiDeps,
  signal: AbortSignal,
): Promise<readonly SiliconFlowVoice[]> => {
  const listed = await askJson(deps, { path: 'audio/voice/list' }, listSchema, { signal })
  return listed.map(({ uri, customName, model, text }) => ({
    voice: uri,
    name: customName || uri,
    model,
    transcript: text,
  }))
}

/** @param voice `speech:…` @throws RemoteFailure; AppCancel */
export const deleteSiliconFlowVoice = async (deps: OpenAiDeps, voice: string, signal: AbortSignal): Promise<void> => {
  await askJson(
    deps,
    {
      path: 'audio/voice/deletions',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri: voice }),
    },
    z.unknown(),
    { signal },
  )
}
