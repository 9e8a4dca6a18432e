import { createResampler, type PcmBlock } from '../../../shared/audio/index.ts'
import { AppCancel, AppError, type MemberId } from '../../../shared/kernel/index.ts'
import {
  type EngineCapabilities,
  isSpeakable,
  type RenderRequest,
  type SpokenWord,
  speaksLanguage,
  type TakeKey,
} from '../../../shared/render/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'
import { type Clock, waitUntil } from '../../clock/index.ts'
import {
  type FailureClass,
  ownReason,
  RemoteFailure,
  retryDelayMs,
  type SpeechAsked,
  type SpeechClient,
  type SpeechEvent,
  toAppError,
} from '../../remote/index.ts'
import type { EngineJob } from '../engine.ts'
import type { RetirableEngine } from '../engine-crew.ts'
import { pcmBlocks } from '../pcm-blocks.ts'
import { billedTexts } from '../ssml/billed-texts.ts'
import { lineSteps, type Piece, type RemoteLimits, unitsOfPiece, withinLimits } from './line-steps.ts'
import { createMemberPool, type MemberState, type PoolMember } from './member-pool.ts'
import { createSeam } from './seam.ts'

export type RemoteMember = PoolMember & { readonly client: SpeechClient }

export type RemoteEngineOptions = {
  readonly capabilities: EngineCapabilities
  readonly presetVoices: readonly Voice[]
  readonly model: string
  readonly limits: RemoteLimits
  /** What a text without tags counts, in the unit of the price. */
  billed(text: string): number
  /** Whether the endpoints read SSML with a voice. */
  readsSsml(voice: RenderRequest['voice']): boolean
  readonly members: readonly RemoteMember[]
  /** The name by which an endpoint knows a voice; undefined where it does not. */
  remoteVoice(voice: RenderRequest['voice'], memberId: MemberId): string | undefined
  /**
   * Asked before a piece is sent.
   * @throws AppError why it may not be, e.g. because the month's limit is reached
   */
  admit(units: number): void
  readonly clock: Clock
  /** Uniform in [0, 1); spreads retries. */
  random(): number
}

/** An engine that computes elsewhere. */
export interface RemoteEngine extends RetirableEngine {
  memberStates(): readonly MemberState[]
}

/** CosyVoice's services take 0 to 100 and leave a voice as it is at 50. */
const UNCHANGED_VOLUME = 50
const SEMITONES_AN_OCTAVE = 12
/** No service has a limit as low as this: what it refuses then is something else. */
const LEAST_PIECE_UNITS = 4
/** An endpoint that does not have a voice is spared it for so long, where another one can speak. */
const LACKING_MS = 600_000
/** Failures of an endpoint's own, which another one need not have. */
const OWN_TROUBLES: readonly FailureClass[] = ['auth', 'quota', 'voice-not-found', 'model-mismatch']
const LACKS_VOICE: readonly FailureClass[] = ['voice-not-found', 'model-mismatch']

/** A line that failed after sound had come, and may be asked for once more. */
type Again = { readonly notBeforeEpochMs: number; readonly avoid: MemberId }

/** Sound of the line had come, and is paid. */
class AfterSound extends Error {
  readonly failure: RemoteFailure
  readonly memberId: MemberId

  constructor(failure: RemoteFailure, memberId: MemberId) {
    super(failure.message)
    this.failure = failure.afterAudio()
    this.memberId = memberId
  }
}

/** What an endpoint said of a piece beside its sound. */
type Spoken = {
  usage?: Extract<SpeechEvent, { kind: 'usage' }>
  /** From the first sample of the piece. */
  words?: readonly SpokenWord[]
}

/** Words of a piece in its line. What would be heard where the piece is over is no word of it. */
const wordsInLine = (words: readonly SpokenWord[], startMs: number, durationMs: number): SpokenWord[] =>
  words
    .filter(({ beginMs, endMs }) => beginMs <= endMs && beginMs < durationMs)
    .map(({ text, beginMs, endMs }) => ({
      ...{ text, beginMs: startMs + beginMs, endMs: startMs + Math.min(endMs, durationMs) },
    }))

/** Speaks lines in pieces that the service takes, each at the endpoint that has room for it. */
export const createRemoteEngine = (options: RemoteEngineOptions): RemoteEngine => {
  const { capabilities, presetVoices, clock } = options
  /** As the service turned out to have them, with lines that came whole. */
  let knownLimits = options.limits
  const pool = createMemberPool(options.members, clock)
  const closing = new AbortController()
  const running = new Set<Promise<void>>()
  /** Lines that failed after sound had come, which the queue asks for once more: a third time would be paid a third time. */
  const askedAgain = new Map<TakeKey, Again>()
  /** Until when, by endpoint and voice. */
  const lackingUntilEpochMs = new Map<string, number>()

  const refuseUnreadable = ({ text, language, voice }: RenderRequest): void => {
    if (!isSpeakable(text)) throw new AppError('engine.nothing-to-say')
    const preset = presetVoices.find(({ voiceId }) => voiceId === voice.voiceId)
    if (language !== null && !speaksLanguage(capabilities, language, preset?.language ?? null))
      throw new AppError('engine.unsupported-language', {
        params: { engine: capabilities.name, language },
        remedies: ['choose-another-language', 'choose-another-engine'],
      })
  }
  const askedOf = (
    request: RenderRequest,
    { text, isSsml, manner }: Piece,
    voice: string,
    isUrgent: boolean,
  ): SpeechAsked => ({
    text,
    voice,
    model: options.model,
    instruct: request.instruct,
    language: request.language,
    speed: manner.rate ?? request.speed ?? 1,
    pitch: manner.pitch ?? 2 ** ((request.pitchSemitones ?? 0) / SEMITONES_AN_OCTAVE),
    volume: manner.volume ?? UNCHANGED_VOLUME,
    seed: request.seed,
    isSsml,
    isUrgent,
    sampleRateHz: capabilities.sampleRateHz,
  })

  const unitsOf = ({ text, isSsml }: Piece): number =>
    billedTexts(text, isSsml).reduce((sum, part) => sum + options.billed(part), 0)

  /** Blocks at the engine's own rate, whatever rate comes. */
  async function* atOwnRate(events: AsyncIterable<SpeechEvent>, tell: (event: SpeechEvent) => void) {
    let resampler: ReturnType<typeof createResampler> | undefined
    for await (const event of events) {
      if (event.kind !== 'sound') tell(event)
      else if (event.sampleRateHz === capabilities.sampleRateHz) yield event.pcm
      else {
        resampler ??= createResampler(event.sampleRateHz, capabilities.sampleRateHz)
        yield resampler.push(event.pcm)
      }
    }
    if (resampler) yield resampler.flush()
  }

  const knows = (voice: RenderRequest['voice'], { memberId }: RemoteMember): boolean =>
    options.remoteVoice(voice, memberId) !== undefined
  /** Whether it is to speak with a voice: one that said lately that it lacks it is asked only where no other is left. */
  const has = (voice: RenderRequest['voice'], member: RemoteMember): boolean =>
    knows(voice, member) &&
    !member.isDraining &&
    (lackingUntilEpochMs.get(`${member.memberId} ${voice.voiceId}`) ?? 0) <= clock.nowEpochMs()

  /**
   * One piece, asked for again where that is safe: of what was heard nothing can be taken back.
   * @throws RemoteFailure; AfterSound; AppCancel
   */
  async function* speakPiece(
    request: RenderRequest,
    piece: Piece,
    signal: AbortSignal,
    job: EngineJob,
    again: Again | undefined,
  ): AsyncGenerator<PcmBlock, Spoken> {
    const { voice: asking } = request
    const hasVoice = (member: RemoteMember): boolean => has(asking, member)
    const mayUse = (member: RemoteMember): boolean =>
      options.members.some(hasVoice) ? hasVoice(member) : knows(asking, member)
    let avoid = again?.avoid
    for (let attempts = 1; ; attempts += 1) {
      let wasHeard = false
      let isWhole = false
      let delayMs: number
      {
        using lease = await pool.acquire({ mayUse, avoid }, signal)
        const { memberId, client } = lease.member
        const voice = options.remoteVoice(request.voice, memberId) ?? ''
        const asked = askedOf(request, piece, voice, job.isUrgent ?? false)
        const spoken: Spoken = {}
        const tell = (event: SpeechEvent): void => {
          if (event.kind === 'usage') spoken.usage = event
          if (event.kind === 'words') spoken.words = event.words
          if (event.kind === 'warning') job.note?.({ kind: 'warning', field: event.field, reason: event.reason })
        }
        try {
          for await (const pcm of atOwnRate(client.speak(asked, signal), tell)) {
            if (signal.aborted) throw new AppCancel()
            if (pcm.length === 0) continue
            wasHeard = true
            yield pcm
          }
          if (!wasHeard) throw new RemoteFailure('protocol', ownReason('no-sound'))
          lease.succeeded(unitsOf(piece))
          isWhole = true
          return spoken
        } catch (error) {
          if (!(error instanceof RemoteFailure)) throw error
          const { failureClass } = error
          lease.failed(error)
          if (LACKS_VOICE.includes(failureClass))
            lackingUntilEpochMs.set(`${memberId} ${asking.voiceId}`, clock.nowEpochMs() + LACKING_MS)
          if (wasHeard || error.facts.hasPartialAudio) throw new AfterSound(error, memberId)
          // Sound had come the last time: this was the one more time.
          const waitMs = again ? undefined : retryDelayMs(error, attempts, options.random())
          const canGoElsewhere = pool.hasOther(memberId, LACKS_VOICE.includes(failureClass) ? hasVoice : mayUse)
          if (waitMs === undefined && !(OWN_TROUBLES.includes(failureClass) && canGoElsewhere)) throw error
          avoid = memberId
          delayMs = canGoElsewhere ? 0 : (waitMs ?? 0)
        } finally {
          // What a service says it counted it may bill, also of what came to nothing.
          const { characters, requestId } = spoken.usage ?? { characters: null, requestId: null }
          if (!isWhole && characters) job.note?.({ kind: 'usage', units: characters, requestId })
        }
      }
      await waitUntil(clock, clock.nowEpochMs() + delayMs, signal)
    }
  }

  /** A warning about a line is told once, of however many pieces it is true. */
  const tellingOnce = ({ note, ...job }: EngineJob): EngineJob => {
    const told = new Set<string>()
    return {
      ...job,
      note(said) {
        const key = said.kind === 'warning' ? JSON.stringify([said.field, said.reason]) : undefined
        if (key !== undefined && told.has(key)) return
        if (key !== undefined) told.add(key)
        note?.(said)
      },
    }
  }

  async function* speakLine(
    request: RenderRequest,
    job: EngineJob,
    signal: AbortSignal,
    again: Again | undefined,
  ): AsyncGenerator<PcmBlock> {
    let limits = knownLimits
    const { steps, remarks } = lineSteps(request.text, options.readsSsml(request.voice), limits)
    for (const { field, reason } of remarks) job.note?.({ kind: 'warning', field, reason })
    let left = [...steps]
    const totalLength = steps.reduce((sum, step) => sum + (step.kind === 'speech' ? step.piece.text.length : 0), 0)
    const seam = createSeam(capabilities.sampleRateHz)
    const toMs = (samples: number): number => (1000 * samples) / capabilities.sampleRateHz
    let spokenSamples = 0
    let doneLength = 0
    for (let step = left.shift(); step !== undefined; step = left.shift()) {
      if (step.kind === 'silence') {
        const silence = new Float32Array(Math.round(step.durationSec * capabilities.sampleRateHz))
        spokenSamples += silence.length
        yield silence
        continue
      }
      const { piece } = step
      const units = unitsOf(piece)
      options.admit(units)
      const startSamples = spokenSamples
      const speaking = speakPiece(request, piece, signal, job, again)
      try {
        for (;;) {
          const { done, value } = await speaking.next()
          if (done) {
            const { usage, words = [] } = value
            job.note?.({ kind: 'usage', units: usage?.characters ?? units, requestId: usage?.requestId ?? null })
            const heard = wordsInLine(words, toMs(startSamples), toMs(spokenSamples - startSamples))
            if (heard.length > 0) job.note?.({ kind: 'words', words: heard })
            break
          }
          spokenSamples += value.length
          yield* seam.push(value)
        }
      } catch (error) {
        if (!(error instanceof RemoteFailure) || error.failureClass !== 'text-too-long') throw error
        // The service takes less than its documentation says, or counts otherwise: so it will with what comes next.
        const pieceUnits = Math.floor(unitsOfPiece(piece, limits) / 2)
        const smaller = { ...limits, pieceUnits }
        const pieces = pieceUnits < LEAST_PIECE_UNITS ? [] : withinLimits([step], smaller)
        if (pieces.length < 2) throw error
        limits = smaller
        left = [...pieces, ...withinLimits(left, smaller)]
        continue
      } finally {
        // Whoever stops listening lets go of the connection.
        await speaking.return({})
      }
      doneLength += piece.text.length
      if (left.length > 0) yield* seam.join()
      job.progress({ fraction: Math.min(1, doneLength / totalLength) * (left.length > 0 ? 0.999 : 1) })
    }
    yield* seam.end()
    if (limits.pieceUnits < knownLimits.pieceUnits) knownLimits = limits
    job.progress({ fraction: 1 })
  }

  /** What can be tried again was tried again here, but for what was heard: that the queue may ask for once more. */
  const told = (error: unknown, takeKey?: TakeKey): unknown => {
    if (error instanceof RemoteFailure) return toAppError(error, capabilities.name, false)
    if (!(error instanceof AfterSound)) return error
    const delayMs = retryDelayMs(error.failure, 1, options.random())
    const mayBeAsked = delayMs !== undefined && takeKey !== undefined
    if (mayBeAsked) askedAgain.set(takeKey, { notBeforeEpochMs: clock.nowEpochMs() + delayMs, avoid: error.memberId })
    return toAppError(error.failure, capabilities.name, mayBeAsked)
  }

  const dispose = async (): Promise<void> => {
    closing.abort()
    pool[Symbol.dispose]()
    await Promise.all(options.members.map(({ client }) => client[Symbol.asyncDispose]()))
  }

  return {
    capabilities,
    presetVoices,
    memberStates: () => pool.states(),
    async prepare(signal) {
      if (signal.aborted) throw new AppCancel()
      // A key that was just refused is not asked again with every line that waits.
      const states = pool.states()
      if (states.some(({ resting }) => resting !== 'blocked')) return
      try {
        using _lease = await pool.acquire({ mayUse: () => true }, signal)
      } catch (error) {
        throw told(error)
      }
    },
    async *render(request, job) {
      if (job.signal.aborted || closing.signal.aborted) throw new AppCancel()
      refuseUnreadable(request)
      if (!options.members.some((member) => knows(request.voice, member)))
        throw new AppError('voice.not-enrolled', {
          params: { engine: capabilities.name },
          remedies: ['enrol-voice', 'choose-another-voice', 'choose-another-engine'],
        })
      const signal = AbortSignal.any([job.signal, closing.signal])
      let hasEnded = (): void => undefined
      const ended = new Promise<void>((resolve) => {
        hasEnded = resolve
      })
      running.add(ended)
      const again = askedAgain.get(request.takeKey)
      askedAgain.delete(request.takeKey)
      try {
        if (again) await waitUntil(clock, again.notBeforeEpochMs, signal)
        for await (const pcm of speakLine(request, tellingOnce(job), signal, again)) yield* pcmBlocks(pcm)
      } catch (error) {
        if (signal.aborted) throw new AppCancel()
        throw told(error, again ? undefined : request.takeKey)
      } finally {
        running.delete(ended)
        hasEnded()
      }
    },
    async retire() {
      while (running.size > 0) await Promise.all(running)
      await dispose()
    },
    [Symbol.asyncDispose]: dispose,
  }
}
