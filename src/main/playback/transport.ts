import {
  type AudioDevice,
  type PlaybackState,
  type PlaybackSubject,
  playbackPositionAt,
} from '../../shared/audio/index.ts'
import { AppCancel, type AppError, toAppError } from '../../shared/kernel/index.ts'
import { createTakeReader, type TakeReader } from '../take-store/index.ts'
import type { SpawnWorker } from '../worker-process/index.ts'
import { AnnouncedMixes } from './announced-mixes.ts'
import { type PlayablePlan, type PlaybackAnchor, type SetTimer, systemTimer } from './audio-output.ts'
import type { MixWav } from './mix-wav.ts'
import { OutputChoice, type OutputWish } from './output-choice.ts'
import { PortAudioOutput } from './portaudio-output.ts'
import { WebAudioOutput, type WebCommand, type WebReport } from './web-audio-output.ts'

export type TransportDeps = {
  spawnWorker: SpawnWorker
  takesDirectory: string
  /** @throws AppError `project.not-found`, `take.missing`; of a line, why it cannot be rendered */
  planOf(subject: PlaybackSubject): Promise<PlayablePlan>
  settings(): OutputWish
  onChanged(state: PlaybackState): void
  emitWebCommand(command: WebCommand): void
  nowEpochMs(): number
  /** For tests with a clock of their own. */
  setTimer?: SetTimer
}

/** Plays, pauses and seeks; knows where playback stands and which output sounds. */
export interface Transport extends AsyncDisposable {
  state(): PlaybackState
  /** @throws AppError as `planOf` does; what goes wrong later is told in the state */
  play(input: { subject: PlaybackSubject; fromSamples: number; untilSamples: number | null }): Promise<void>
  pause(): void
  /** Playing goes on from there. @throws AppError as `planOf` does */
  seek(positionSamples: number): Promise<void>
  /** Looks again: an output that failed earlier gets another chance at the next play. */
  devices(): Promise<AudioDevice[]>
  webReported(report: WebReport): void
  /** Moves the sound to another output or device when the settings now ask for one. */
  settingsChanged(): void
  /** The subject is gone, with all that is part of it: it stops, and nothing is loaded any more. */
  forget(subject: PlaybackSubject): void
  /** What was lately played, as the WAV that windows fetch under `mix/<planId>`. */
  mixWav(planId: string): MixWav | undefined
  /** What is played while it is rendered, as the samples that windows fetch under `mix/<planId>/stream`. */
  mixStream(planId: string): AsyncIterable<Uint8Array> | undefined
}

export const createTransport = (deps: TransportDeps): Transport => new PlaybackTransport(deps)

/** What the person asked for last. */
type Intent = {
  subject: PlaybackSubject
  isPlaying: boolean
  fromSamples: number
  untilSamples: number | null
}

type Run = { controller: AbortController; settled: Promise<void> }

/** Nobody sees or hears a playhead that is off by less; anchors within this are not sent. */
const ANCHOR_TOLERANCE_MS = 30

/** Lines go with their project. */
const isPartOf = (subject: PlaybackSubject, whole: PlaybackSubject): boolean => {
  if (whole.kind === 'project') return subject.kind !== 'take' && subject.projectId === whole.projectId
  if (whole.kind === 'take') return subject.kind === 'take' && subject.takeId === whole.takeId
  return subject.kind === 'line' && subject.projectId === whole.projectId && subject.lineId === whole.lineId
}

class PlaybackTransport implements Transport {
  readonly #deps: TransportDeps
  readonly #web: WebAudioOutput
  readonly #outputs: OutputChoice
  readonly #takes: TakeReader
  readonly #mixes: AnnouncedMixes
  #wish: OutputWish
  #state: PlaybackState
  #intent: Intent | undefined
  /** The intent that the state shows; another one is still being planned. */
  #shown: Intent | undefined
  #run: Run | undefined
  /** Where the output last said the sound was. */
  #heardSamples = 0

  constructor(deps: TransportDeps) {
    this.#deps = deps
    const { spawnWorker, takesDirectory, emitWebCommand, setTimer = systemTimer } = deps
    this.#takes = createTakeReader(takesDirectory)
    this.#mixes = new AnnouncedMixes(this.#takes)
    this.#web = new WebAudioOutput(emitWebCommand, setTimer)
    this.#outputs = new OutputChoice(new PortAudioOutput({ spawnWorker, takesDirectory, setTimer }), this.#web)
    const { audioOutput, audioDeviceName } = deps.settings()
    this.#wish = { audioOutput, audioDeviceName }
    this.#state = {
      subject: null,
      isPlaying: false,
      isWaiting: false,
      positionSamples: 0,
      atEpochMs: deps.nowEpochMs(),
      sampleRateHz: 24_000,
      durationSamples: 0,
      output: this.#outputs.wished(this.#wish),
      failure: null,
    }
  }

  state(): PlaybackState {
    return this.#state
  }

  play(input: { subject: PlaybackSubject; fromSamples: number; untilSamples: number | null }): Promise<void> {
    return this.#follow({ ...input, isPlaying: true })
  }

  pause(): void {
    const intent = this.#intent
    if (!intent?.isPlaying) return
    const fromSamples = this.#positionSamples()
    if (this.#shown === intent) {
      this.#run?.controller.abort()
      this.#stopAt(fromSamples, null)
    }
    // Still being planned: whoever asked for it hears of a failure; nobody waits for this one.
    else this.#follow({ ...intent, isPlaying: false, fromSamples }).catch(() => undefined)
  }

  async seek(positionSamples: number): Promise<void> {
    const intent = this.#intent
    if (!intent) return
    const isBeforeEnd = intent.untilSamples !== null && positionSamples < intent.untilSamples
    await this.#follow({
      ...intent,
      fromSamples: positionSamples,
      untilSamples: isBeforeEnd ? intent.untilSamples : null,
    })
  }

  devices(): Promise<AudioDevice[]> {
    this.#outputs.recheck()
    return this.#outputs.devices()
  }

  webReported(report: WebReport): void {
    this.#web.report(report)
  }

  settingsChanged(): void {
    const { audioOutput, audioDeviceName } = this.#deps.settings()
    if (audioOutput === this.#wish.audioOutput && audioDeviceName === this.#wish.audioDeviceName) return
    this.#wish = { audioOutput, audioDeviceName }
    this.#outputs.recheck()
    const intent = this.#intent
    this.#change({ output: this.#outputs.wished(this.#wish) })
    if (intent?.isPlaying && this.#shown === intent)
      // A plan that cannot be made again is told in the state; nobody waits for this promise.
      this.#follow({ ...intent, fromSamples: this.#positionSamples() }).catch(() => undefined)
  }

  forget(subject: PlaybackSubject): void {
    if (!this.#intent || !isPartOf(this.#intent.subject, subject)) return
    this.#run?.controller.abort()
    this.#intent = undefined
    this.#shown = undefined
    this.#change({
      ...{ subject: null, isPlaying: false, isWaiting: false },
      ...{ positionSamples: 0, durationSamples: 0, failure: null },
    })
  }

  mixWav(planId: string): MixWav | undefined {
    return this.#mixes.find(planId)
  }

  mixStream(planId: string): AsyncIterable<Uint8Array> | undefined {
    return this.#mixes.stream(planId)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#intent = undefined
    this.#run?.controller.abort()
    await this.#run?.settled
    await this.#outputs[Symbol.asyncDispose]()
    await this.#takes[Symbol.asyncDispose]()
  }

  /** Where playback is now, or will be once the newest intent is planned. */
  #positionSamples(): number {
    if (this.#intent && this.#shown !== this.#intent) return this.#intent.fromSamples
    return playbackPositionAt(this.#state, this.#deps.nowEpochMs())
  }

  /** Plans what was asked, anew each time so that edits are heard, and plays it unless something newer was asked. */
  async #follow(intent: Intent): Promise<void> {
    this.#intent = intent
    this.#run?.controller.abort()
    let playable: PlayablePlan
    try {
      playable = await this.#deps.planOf(intent.subject)
    } catch (error) {
      if (this.#intent === intent) {
        this.#intent = this.#shown
        this.#stopAt(playbackPositionAt(this.#state, this.#deps.nowEpochMs()), null)
      }
      throw error
    }
    if (this.#intent !== intent) return
    const { durationSamples, sampleRateHz } = playable.plan
    const untilSamples = Math.min(intent.untilSamples ?? durationSamples, durationSamples)
    const fromSamples = Math.min(intent.fromSamples, durationSamples)
    this.#shown = intent
    const isPlaying = intent.isPlaying && fromSamples < untilSamples
    const isGrowing = playable.growing !== undefined
    this.#change({
      ...{ subject: intent.subject, isPlaying, isWaiting: isPlaying && isGrowing, positionSamples: fromSamples },
      ...{ sampleRateHz, durationSamples: isGrowing ? null : durationSamples, failure: null },
    })
    if (this.#state.isPlaying) this.#run = this.#startRun(playable, fromSamples, untilSamples)
    else this.#intent = this.#shown = { ...intent, isPlaying: false, fromSamples }
  }

  #startRun(playable: PlayablePlan, fromSamples: number, untilSamples: number): Run {
    const previous = this.#run?.settled
    const controller = new AbortController()
    const { signal } = controller
    const ended = new AbortController()
    const part = { ...playable, fromSamples, untilSamples }
    const url = this.#mixes.announce({ ...part, signal: AbortSignal.any([signal, ended.signal]) })
    const perform = async (): Promise<void> => {
      // One device, one stream: the sound before this one has to be gone.
      await previous
      if (signal.aborted) return
      const unfollow = playable.growing?.((growth) => {
        if (growth.kind === 'growing' && growth.isWhole && !signal.aborted)
          this.#change({ durationSamples: growth.writtenSamples })
      })
      try {
        const stoppedSamples = await this.#outputs.play({ ...part, url }, this.#wish, {
          signal,
          onChosen: (output) => this.#change({ output, positionSamples: this.#heardSamples }),
          onAnchor: (anchor) => this.#takeAnchor(anchor, signal),
        })
        if (!signal.aborted) this.#stopAt(stoppedSamples, null)
      } catch (error) {
        // What nobody wants rendered any more ends without a word: it is no failure.
        if (!signal.aborted) this.#stopAt(this.#heardSamples, error instanceof AppCancel ? null : toAppError(error))
      } finally {
        unfollow?.()
        ended.abort()
      }
    }
    this.#heardSamples = fromSamples
    return { controller, settled: perform() }
  }

  #takeAnchor(anchor: PlaybackAnchor, signal: AbortSignal): void {
    if (signal.aborted) return
    this.#heardSamples = anchor.positionSamples
    const expectedSamples = playbackPositionAt(this.#state, anchor.atEpochMs)
    const offMs = (Math.abs(anchor.positionSamples - expectedSamples) * 1000) / this.#state.sampleRateHz
    if (offMs > ANCHOR_TOLERANCE_MS || anchor.isWaiting !== this.#state.isWaiting) this.#change(anchor)
  }

  /** The sound has ended, by itself or by failing. */
  #stopAt(positionSamples: number, failure: AppError | null): void {
    if (this.#intent) this.#intent = this.#shown = { ...this.#intent, isPlaying: false, fromSamples: positionSamples }
    this.#change({ isPlaying: false, isWaiting: false, positionSamples, failure: failure?.toData() ?? null })
  }

  #change(change: Partial<PlaybackState>): void {
    const atEpochMs = this.#deps.nowEpochMs()
    const positionSamples = playbackPositionAt(this.#state, atEpochMs)
    this.#state = { ...this.#state, positionSamples, atEpochMs, ...change }
    this.#deps.onChanged(this.#state)
  }
}
