import { isDeepStrictEqual } from 'node:util'
import { type Clock, waitUntil } from '../../src/main/clock/index.ts'
import { conformanceRequest } from '../../src/main/engines/engine-conformance.ts'
import { presetVoice } from '../../src/main/engines/preset-voice.ts'
import { createRemoteEngine, type RemoteEngine } from '../../src/main/engines/remote/remote-engine.ts'
import type { SpeechAsked, SpeechClient, SpeechEvent } from '../../src/main/remote/index.ts'
import { MAX_ATTEMPTS, retryDelayMs as queueDelayMs } from '../../src/main/render-queue/retry-delay.ts'
import { concatFloat32 } from '../../src/shared/audio/index.ts'
import {
  AppError,
  engineIdSchema,
  memberIdSchema,
  SAMPLE_RATES_HZ,
  type SampleRateHz,
} from '../../src/shared/kernel/index.ts'
import { leapingClock } from './leaping-clock.ts'

export type SpokenPiece = {
  readonly pcm: Float32Array<ArrayBuffer>
  readonly sampleRateHz: number
  readonly characters: number | null
  readonly requestId: string | null
  readonly warnings: readonly { readonly field: string; readonly reason: string }[]
}

export type Heard = {
  /** Samples and what else is known, where it succeeded. */
  readonly piece?: SpokenPiece
  /** What became of it in the end, where it did not. */
  readonly failure?: unknown
  /** What a person is told of that. */
  readonly told?: AppError
  /** How each attempt failed, also those that others followed. */
  readonly failures: readonly unknown[]
  /** Waits between the attempts. */
  readonly delaysMs: readonly number[]
}

/** Sees what a client says, and when. */
const watched = (client: SpeechClient, asked: SpeechAsked, { nowEpochMs }: Clock) => {
  const failures: unknown[] = []
  const delaysMs: number[] = []
  let events: SpeechEvent[] = []
  let endedEpochMs: number | undefined
  const watching: SpeechClient = {
    async *speak(_asked, signal) {
      if (endedEpochMs !== undefined) delaysMs.push(nowEpochMs() - endedEpochMs)
      events = []
      try {
        for await (const event of client.speak(asked, signal)) {
          events.push(event)
          yield event
        }
      } catch (error) {
        failures.push(error)
        throw error
      } finally {
        endedEpochMs = nowEpochMs()
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  const piece = (): SpokenPiece => {
    const sounds = events.flatMap((event) => (event.kind === 'sound' ? [event] : []))
    const usage = events.findLast((event) => event.kind === 'usage')
    return {
      pcm: concatFloat32(sounds.map(({ pcm }) => pcm)),
      sampleRateHz: sounds[0]?.sampleRateHz ?? 0,
      characters: usage?.characters ?? null,
      requestId: usage?.requestId ?? null,
      warnings: events.flatMap((event) =>
        event.kind === 'warning' ? [{ field: event.field, reason: event.reason }] : [],
      ),
    }
  }
  return { watching, failures, delaysMs, piece }
}

const VOICE = presetVoice('far', 'anna', { name: 'Anna', gender: 'female', notes: '' })

/** An engine with one endpoint, which knows every voice and takes any text at once. */
export const engineOver = (client: SpeechClient, clock: Clock, sampleRateHz: SampleRateHz = 24_000): RemoteEngine =>
  createRemoteEngine({
    capabilities: {
      ...{ engineId: engineIdSchema.parse('far'), version: '1', name: 'Far', isDraft: false, isRemote: true },
      ...{ needsEnrolment: false, modes: ['presetSpeaker' as const], languages: [], sampleRateHz, streaming: true },
      ...{ speaksForAnyVoice: false, honoursInstruct: false, instructSpeakers: null, instructs: [] },
      ...{ honoursSeed: true, speed: null, pitchSemitones: null, concurrency: 1, unavailable: null },
    },
    presetVoices: [VOICE],
    model: 'any',
    limits: { pieceUnits: Number.POSITIVE_INFINITY, measure: (text) => text.length },
    billed: (text) => text.length,
    readsSsml: () => false,
    members: [
      {
        memberId: memberIdSchema.parse('member_only'),
        ...{ client, concurrency: 1, requestsPerSecond: null, isDraining: false },
      },
    ],
    remoteVoice: () => 'anna',
    admit: () => undefined,
    clock,
    random: () => 0,
  })

/** Has a piece spoken as the app does: by an engine and, where it says so, by the queue once more. Nobody waits. */
export const hear = async (
  client: SpeechClient,
  asked: SpeechAsked,
  signal: AbortSignal = new AbortController().signal,
): Promise<Heard> => {
  const clock = leapingClock()
  const { watching, failures, delaysMs, piece } = watched(client, asked, clock)
  const rateHz = SAMPLE_RATES_HZ.find((known) => known === asked.sampleRateHz)
  if (rateHz === undefined) throw new Error(`No engine speaks at ${asked.sampleRateHz} Hz.`)
  const engine = engineOver(watching, clock, rateHz)
  // What cannot be halved stays one piece.
  const request = conformanceRequest(engine, { text: 'a', language: null })
  for (let attempts = 1; ; attempts += 1) {
    try {
      const blocks: Float32Array[] = []
      for await (const pcm of engine.render(request, { signal, progress: () => undefined })) blocks.push(pcm)
      const spoken = piece()
      const rendered = concatFloat32(blocks)
      if (spoken.sampleRateHz === asked.sampleRateHz && !isDeepStrictEqual(rendered, spoken.pcm))
        throw new Error('The engine made something else of what its client said.')
      return { piece: spoken, failures, delaysMs }
    } catch (error) {
      if (!(error instanceof AppError)) return { failure: error, failures, delaysMs }
      if (!error.retryable || attempts >= MAX_ATTEMPTS) return { failure: error.cause, told: error, failures, delaysMs }
      await waitUntil(clock, clock.nowEpochMs() + queueDelayMs(attempts, 0), signal)
    }
  }
}
