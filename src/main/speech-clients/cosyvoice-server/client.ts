import type { Clock } from '../../clock/index.ts'
import {
  type FailureClass,
  type OwnReason,
  ownReason,
  RemoteFailure,
  type SpeechAsked,
  type SpeechClient,
  type SpeechEvent,
  type Wire,
} from '../../remote/index.ts'
import { requirePlainText } from '../plain-text.ts'
import { type ProbedServer, probeServer } from './probe.ts'
import { registerScheduled, removeScheduled, renderScheduled, scheduledState } from './schedule.ts'
import type { ServerAccess, ServerAddress, ServerGeneration } from './server-access.ts'
import { type ServerVoiceAudio, speakWithAudio, speakWithCache } from './speak-file.ts'
import { speakByBody, speakByEvents, speakBySocket } from './speak-stream.ts'
import { removeTask, soundOfTask, startTask, type TaskKind, taskState } from './tasks.ts'
import { createTwins } from './twins.ts'
import type { WavSound } from './wav-stream.ts'

/** By which of the server's routes a line is spoken. Files are for production, streams for listening. */
export const SERVER_TRANSPORTS = ['cache', 'sse', 'websocket', 'http-stream', 'task', 'schedule'] as const
export type ServerTransport = (typeof SERVER_TRANSPORTS)[number]

export type CosyVoiceServerEndpoint = ServerAddress & {
  readonly transport: ServerTransport
}

export type CosyVoiceServerDeps = {
  readonly wire: Wire
  readonly clock: Clock
  readonly endpoint: CosyVoiceServerEndpoint
  /** The recording of a voice; undefined where there is none. Directions in words are possible only with it. */
  voiceAudio?(voice: string): Promise<ServerVoiceAudio | undefined>
}

/** In code points, as Python counts. It takes more, but cuts the sound of it without a word. @source cosyvoice cloud-apis E.2 */
const LONGEST_TEXT = 300
const [SLOWEST, FASTEST] = [0.5, 2]
/** Old builds of v1 put lines of text between the pieces of a body, and have no events. */
const NEEDED: Partial<Readonly<Record<ServerTransport, readonly ServerGeneration[]>>> = {
  sse: ['v2', 'v3'],
  'http-stream': ['v2', 'v3'],
  schedule: ['v3'],
}

/** Failures after which what the server said of itself is not to be trusted any more. */
const OUTDATING: readonly FailureClass[] = ['unavailable', 'network', 'voice-not-found']

const rejected = (reason: OwnReason): RemoteFailure => new RemoteFailure('bad-request', reason)
const warning = (field: string, reason: string): SpeechEvent => ({ kind: 'warning', field, reason })
const soundOf = ({ pcm, sampleRateHz }: WavSound): SpeechEvent => ({ kind: 'sound', pcm, sampleRateHz })

/** The generation that a model belongs to, by its name or as the part of the address; undefined: the best there is. */
export const generationOfModel = (model: string): ServerGeneration | undefined => {
  const name = model.trim().toLowerCase()
  if (name === 'v1' || name === 'v2' || name === 'v3') return name
  if (/cosyvoice-?3/.test(name)) return 'v3'
  if (/cosyvoice-?2/.test(name)) return 'v2'
  return undefined
}

/** What speaks. */
type Chosen = {
  readonly generation: ServerGeneration
  readonly warnings: readonly string[]
  /** The server said it of an earlier line. */
  readonly isRemembered: boolean
}

/** What is said before anything is sent. @throws RemoteFailure `bad-request`, `text-too-long` */
const checkAsked = (asked: SpeechAsked, transport: ServerTransport, generation: ServerGeneration): void => {
  requirePlainText(asked, LONGEST_TEXT)
  const needed = NEEDED[transport]
  if (needed && !needed.includes(generation))
    throw rejected(ownReason('needs-generation', { value: transport, expected: needed.join(' / '), found: generation }))
}

const speedOf = (speed: number): number => Math.round(Math.min(Math.max(speed, SLOWEST), FASTEST) * 100) / 100

function* warningsOf(asked: SpeechAsked): Generator<SpeechEvent> {
  if (asked.speed < SLOWEST || asked.speed > FASTEST) yield warning('speed', 'out-of-range')
  if (asked.pitch !== 1) yield warning('pitch', 'not-supported')
  if (asked.volume !== 50) yield warning('volume', 'not-supported')
  if (asked.seed !== null) yield warning('seed', 'not-supported')
  if (asked.language !== null) yield warning('language', 'told-from-text')
}

/**
 * Speaks by the CosyVoice API server that a person runs themselves. Which generation speaks follows from the model that is
 * asked for; where it names none, from what the server has loaded.
 * @source cosyvoice cloud-apis E
 */
export const createCosyVoiceServerClient = (deps: CosyVoiceServerDeps): SpeechClient => {
  const { endpoint } = deps
  const access: ServerAccess = deps
  const twins = createTwins(deps.clock)
  let probed: Extract<ProbedServer, { kind: 'supported' }> | undefined

  const chosen = async (model: string, signal: AbortSignal): Promise<Chosen> => {
    const named = generationOfModel(model)
    if (named) return { generation: named, warnings: [], isRemembered: false }
    if (probed) return { ...probed, isRemembered: true }
    const found = await probeServer(access, signal)
    if (found.kind === 'unsupported') throw new RemoteFailure('protocol', found.why)
    probed = found
    return { ...found, isRemembered: false }
  }

  const soundsOfTask = (
    generation: ServerGeneration,
    { isUrgent, ...asked }: { text: string; voice: string; speed: number; isUrgent: boolean },
    signal: AbortSignal,
  ): Promise<{ sounds: WavSound[]; taskId: string }> => {
    const kind: TaskKind =
      endpoint.transport === 'task'
        ? {
            register: (at) => startTask(access, generation, asked, at),
            state: (taskId, at) => taskState(access, generation, taskId, at),
            remove: (taskId, at) => removeTask(access, generation, taskId, at),
          }
        : {
            register: (at) => registerScheduled(access, { ...asked, priority: isUrgent ? 'high' : 'normal' }, at),
            begin: (taskId) => renderScheduled(access, taskId, signal),
            state: (taskId, at) => scheduledState(access, taskId, at),
            remove: (taskId, at) => removeScheduled(access, taskId, at),
          }
    return soundOfTask(access, { twins, kind, asked, generation }, signal)
  }

  async function* spoken(
    asked: SpeechAsked,
    generation: ServerGeneration,
    signal: AbortSignal,
  ): AsyncGenerator<SpeechEvent> {
    const { text, voice, sampleRateHz } = asked
    const speed = speedOf(asked.speed)
    const audio = await deps.voiceAudio?.(voice)
    const isDirected = asked.instruct !== null && asked.instruct.trim() !== ''
    const instruct = isDirected && generation === 'v3' && audio ? asked.instruct : null
    if (isDirected && instruct === null)
      yield warning('instruct', generation === 'v3' ? 'needs-recording' : 'not-supported')
    if (audio && (instruct !== null || !audio.isOnServer)) {
      for (const sound of await speakWithAudio(access, generation, { text, speed, audio, instruct }, signal))
        yield soundOf(sound)
      return
    }
    const { transport } = endpoint
    if (transport === 'cache') {
      for (const sound of await speakWithCache(access, generation, { text, voice, speed }, signal)) yield soundOf(sound)
      return
    }
    if (transport === 'task' || transport === 'schedule') {
      const { sounds, taskId } = await soundsOfTask(
        generation,
        { text, voice, speed, isUrgent: asked.isUrgent },
        signal,
      )
      for (const sound of sounds) yield soundOf(sound)
      yield { kind: 'usage', characters: null, requestId: taskId }
      return
    }
    const speak = { sse: speakByEvents, websocket: speakBySocket, 'http-stream': speakByBody }[transport]
    for await (const sound of speak(access, generation, { text, voice, speed, sampleRateHz }, signal))
      yield soundOf(sound)
  }

  async function* spokenBy(
    { generation, warnings }: Chosen,
    asked: SpeechAsked,
    signal: AbortSignal,
  ): AsyncGenerator<SpeechEvent> {
    checkAsked(asked, endpoint.transport, generation)
    const held = [...warnings.map((reason) => warning('model', reason)), ...warningsOf(asked)]
    let hasSound = false
    try {
      for await (const event of spoken(asked, generation, signal)) {
        hasSound ||= event.kind === 'sound'
        // Together with the first sound: another generation may have to be asked, of which other things are true.
        if (event.kind === 'warning') held.push(event)
        else yield* [...held.splice(0), event]
      }
    } catch (error) {
      if (!(error instanceof RemoteFailure)) throw error
      // It may be another server, or another model, when it answers again.
      if (OUTDATING.includes(error.failureClass)) probed = undefined
      throw hasSound ? error.afterAudio() : error
    }
  }

  return {
    async *speak(asked, signal) {
      const first = await chosen(asked.model, signal)
      try {
        yield* spokenBy(first, asked, signal)
      } catch (error) {
        const mayBeElsewhere = error instanceof RemoteFailure && error.failureClass === 'voice-not-found'
        if (!mayBeElsewhere || !first.isRemembered || error.facts.hasPartialAudio) throw error
        // Voices of v3 are in a store of their own, and it may have been loaded since.
        const second = await chosen(asked.model, signal)
        if (second.generation === first.generation) throw error
        yield* spokenBy(second, asked, signal)
      }
    },
    async [Symbol.asyncDispose]() {
      await twins.close()
    },
  }
}
