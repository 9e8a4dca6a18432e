import type { Clock } from '../../clock/index.ts'
import {
  createPcmAssembler,
  ownReason,
  type Patience,
  RemoteFailure,
  type SpeechAsked,
  type SpeechClient,
  type SpeechEvent,
  type Wire,
} from '../../remote/index.ts'
import { httpAddress } from '../address.ts'
import { bodyKindOf, HEAD_BYTES } from '../openai/body-kind.ts'
import { isSuccess, keysIn, type Private, refusalOf } from '../server-words.ts'
import { type RuntimeModel, type RuntimeRequest, type RuntimeVoiceAudio, toRuntimeRequest } from './runtime-request.ts'

export type RuntimeEndpoint = {
  readonly baseUrl: string
  /** For a gateway before it: the runtime itself asks for no key. */
  readonly headers?: Readonly<Record<string, string>>
}

export type RuntimeClientDeps = {
  readonly wire: Wire
  readonly clock: Clock
  readonly endpoint: RuntimeEndpoint & {
    readonly model: RuntimeModel
    /** It does not say. Where nothing is said here: 22050 for the first model, 24000 for the others. */
    readonly sampleRateHz?: number
  }
  /** Of a voice; null: it is a speaker of the model's own. */
  voiceAudio(voice: string): Promise<RuntimeVoiceAudio | null>
}

/** The head comes before anything is spoken, and nothing more until a whole sentence is: on a slow machine that takes long. */
const PATIENCE: Patience = { headMs: 60_000, idleMs: 120_000, totalMs: 600_000 }

export const runtimeSampleRateHz = (model: RuntimeModel): number => (model === 'cosyvoice' ? 22_050 : 24_000)

const formOf = ({ fields, promptWav }: RuntimeRequest): FormData => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  if (promptWav) form.set('prompt_wav', new Blob([promptWav], { type: 'audio/wav' }), 'prompt.wav')
  return form
}

/** Pieces of the sound, once their beginning has shown that they are sound. @throws RemoteFailure `protocol` */
async function* soundPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const check = (head: Uint8Array): Uint8Array => {
    const kind = bodyKindOf(head.subarray(0, HEAD_BYTES), { isRawAsked: true, type: '' })
    if (kind === 'raw' || kind === 'wav') return head
    throw new RemoteFailure('protocol', ownReason('other-kind', { found: kind }))
  }
  let head: Uint8Array | undefined = new Uint8Array()
  for await (const piece of pieces) {
    if (!head) yield piece
    else {
      head = new Uint8Array(Buffer.concat([head, piece]))
      if (head.length < HEAD_BYTES) continue
      yield check(head)
      head = undefined
    }
  }
  if (head && head.length > 0) yield check(head)
}

async function* spoken(
  { wire, clock, endpoint }: RuntimeClientDeps,
  request: RuntimeRequest,
  hidden: Private,
  signal: AbortSignal,
): AsyncGenerator<SpeechEvent> {
  const answer = await wire.ask(
    {
      url: httpAddress(endpoint.baseUrl, `/${request.route}`),
      method: 'POST',
      headers: endpoint.headers ?? {},
      body: formOf(request),
      patience: PATIENCE,
    },
    signal,
  )
  if (!isSuccess(answer)) throw await refusalOf(answer, hidden, clock.nowEpochMs())
  const assembler = createPcmAssembler(endpoint.sampleRateHz ?? runtimeSampleRateHz(endpoint.model))
  for await (const piece of soundPieces(answer.pieces())) {
    const pcm = assembler.push(piece)
    if (pcm.length > 0) yield { kind: 'sound', pcm, sampleRateHz: assembler.sampleRateHz }
  }
  if (assembler.isOdd) throw new RemoteFailure('network', { ...ownReason('sound-cut-short'), hasPartialAudio: true })
  // It sends its head before it begins, so what stops it shows only as nothing.
  if (assembler.samples === 0) throw new RemoteFailure('unavailable', ownReason('no-sound'))
}

/**
 * The official CosyVoice runtime (FastAPI). It keeps no voices: each request carries the recording.
 *
 * Nothing marks the end but the end of the body.
 *
 * @source cosyvoice cloud-apis F.1; FunAudioLLM/CosyVoice runtime/python/fastapi/server.py
 */
export const createRuntimeClient = (deps: RuntimeClientDeps): SpeechClient => ({
  async *speak(asked: SpeechAsked, signal: AbortSignal): AsyncGenerator<SpeechEvent> {
    const audio = await deps.voiceAudio(asked.voice)
    const request = toRuntimeRequest(asked, deps.endpoint.model, audio)
    for (const warning of request.warnings) yield { kind: 'warning', ...warning }
    const texts = [asked.text, asked.instruct ?? '', audio?.transcript ?? '']
    let hasSound = false
    try {
      for await (const event of spoken(deps, request, { keys: keysIn(deps.endpoint.headers), texts }, signal)) {
        hasSound = true
        yield event
      }
    } catch (error) {
      throw error instanceof RemoteFailure && hasSound ? error.afterAudio() : error
    }
  },
  // Nothing of it outlives a request.
  [Symbol.asyncDispose]: () => Promise.resolve(),
})
