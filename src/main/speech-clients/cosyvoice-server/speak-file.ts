import { ownReason, RemoteFailure } from '../../remote/index.ts'
import { askFor, type ServerAccess, type ServerGeneration, SYNTHESIS_PATIENCE } from './server-access.ts'
import { downloadSound, madeSchema } from './sound-file.ts'
import type { WavSound } from './wav-stream.ts'

/** The recording of a voice, as a file. */
export type ServerVoiceAudio = {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Its ending says what it is: wav, mp3, flac or m4a. */
  readonly fileName: string
  /** Whether the server has a voice of this name; else the recording goes along with each request. */
  readonly isOnServer: boolean
}

/** @source cosyvoice cloud-apis E.0, E.1 */
const BYTES_PER_MB = 1024 * 1024
const MAX_FILE_BYTES = 50 * BYTES_PER_MB
const MIMES: Readonly<Record<string, string>> = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
}

/** How a recording's file ends. @throws RemoteFailure `bad-request` for what the server would answer 500 to */
export const endingOf = ({ bytes, fileName }: Pick<ServerVoiceAudio, 'bytes' | 'fileName'>): string => {
  const ending = /\.(\w+)$/.exec(fileName)?.[1]?.toLowerCase() ?? ''
  const why =
    (bytes.length === 0 && ownReason('no-recording')) ||
    (bytes.length > MAX_FILE_BYTES && ownReason('recording-too-large', { limitMb: MAX_FILE_BYTES / BYTES_PER_MB })) ||
    (!(ending in MIMES) && ownReason('recording-format', { allowed: Object.keys(MIMES).join(' / ').toUpperCase() }))
  if (why) throw new RemoteFailure('bad-request', why)
  return ending
}

/** A part of a form that is a file. @throws as `endingOf` */
export const filePart = (audio: Pick<ServerVoiceAudio, 'bytes' | 'fileName'>): [Blob, string] => {
  const ending = endingOf(audio)
  const type = MIMES[ending] ?? ''
  // The name of the file on this machine is nobody's business.
  return [new Blob([audio.bytes], { type }), `voice.${ending}`]
}

export type FileAsked = { readonly text: string; readonly voice: string; readonly speed: number }

/** With a voice of the server. @throws as `askFor`, `downloadSound` */
export const speakWithCache = async (
  access: ServerAccess,
  generation: ServerGeneration,
  { text, voice, speed }: FileAsked,
  signal: AbortSignal,
): Promise<WavSound[]> => {
  const { audio_url: audioUrl } = await askFor(
    access,
    {
      path: `/api/${generation}/cross-lingual/with-cache`,
      method: 'POST',
      json: { text, voice_id: voice, format: 'wav', speed, stream: false },
      patience: SYNTHESIS_PATIENCE,
      texts: [text],
    },
    madeSchema,
    signal,
  )
  return await downloadSound(access, { audioUrl, generation, texts: [text] }, signal)
}

/** With a recording that goes along, and directions where `instruct` is given (v3). @throws as `speakWithCache` */
export const speakWithAudio = async (
  access: ServerAccess,
  generation: ServerGeneration,
  { text, speed, audio, instruct }: Omit<FileAsked, 'voice'> & { audio: ServerVoiceAudio; instruct: string | null },
  signal: AbortSignal,
): Promise<WavSound[]> => {
  const texts = instruct === null ? [text] : [text, instruct]
  const form = new FormData()
  form.set('text', text)
  form.set('prompt_audio', ...filePart(audio))
  form.set('format', 'wav')
  form.set('speed', String(speed))
  form.set('stream', 'false')
  // The server puts the model's own prefix before it.
  if (instruct !== null) form.set('instruct_text', instruct)
  const route = instruct === null ? 'with-audio' : 'instruct'
  const { audio_url: audioUrl } = await askFor(
    access,
    {
      path: `/api/${generation}/cross-lingual/${route}`,
      method: 'POST',
      form,
      patience: SYNTHESIS_PATIENCE,
      texts,
    },
    madeSchema,
    signal,
  )
  return await downloadSound(access, { audioUrl, generation, texts }, signal)
}
