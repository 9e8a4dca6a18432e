import { z } from 'zod'
import { ownReason, RemoteFailure } from '../../remote/index.ts'
import type { OpenAiDeps } from './endpoint.ts'
import { askJson } from './json-answer.ts'
import { fileNameOf } from './siliconflow-voices.ts'
import type { VoiceAudio } from './speech-body.ts'

/** @source vllm-project/vllm-omni docs/serving/speech_api.md */
const BYTES_PER_MB = 1024 * 1024
const MAX_SAMPLE_BYTES = 10 * BYTES_PER_MB

export type VllmVoice = {
  /** What a request for speech names. A voice of the same name is replaced. */
  readonly name: string
  readonly recording: VoiceAudio
  /** Words by which whoever is heard agreed; the server keeps them. */
  readonly consent: string
  readonly description?: string
}

/** @throws RemoteFailure `bad-request` for a recording that is too large, before it is sent; AppCancel */
export const uploadVllmVoice = async (
  deps: OpenAiDeps,
  { name, recording, consent, description }: VllmVoice,
  signal: AbortSignal,
): Promise<void> => {
  if (recording.bytes.length > MAX_SAMPLE_BYTES)
    throw new RemoteFailure(
      'bad-request',
      ownReason('recording-too-large', { limitMb: MAX_SAMPLE_BYTES / BYTES_PER_MB }),
    )
  const form = new FormData()
  form.set('audio_sample', new Blob([recording.bytes], { type: recording.type }), fileNameOf(recording))
  form.set('consent', consent)
  form.set('name', name)
  if (recording.transcript !== '') form.set('ref_text', recording.transcript)
  if (description !== undefined) form.set('speaker_description', description)
  const request = { path: 'audio/voices', method: 'POST', body: form } as const
  await askJson(deps, request, z.looseObject({}), { signal, texts: [recording.transcript, consent] })
}

/** @throws RemoteFailure `voice-not-found` where there is none of that name; AppCancel */
export const deleteVllmVoice = async (deps: OpenAiDeps, name: string, signal: AbortSignal): Promise<void> => {
  const request = { path: `audio/voices/${encodeURIComponent(name)}`, method: 'DELETE' } as const
  await askJson(deps, request, z.unknown(), { signal })
}
