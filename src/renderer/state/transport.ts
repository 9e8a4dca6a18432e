import { createStore, type StoreApi } from 'zustand/vanilla'
import { type PlaybackState, playbackPositionAt } from '../../shared/audio/index.ts'
import { AppError, type LineId, type ProjectId, samplesToSec, type TakeId } from '../../shared/kernel/index.ts'
import type { SpokenWord } from '../../shared/render/index.ts'
import { type Arrangement, clipIndexAt } from '../../shared/timeline/index.ts'
import type { Bridge } from '../bridge/index.ts'
import type { Sending } from './sending.ts'
import type { SpokenWordsOf } from './spoken-words.ts'

/** The word that is heard, or was last: `words[index]` of the take of a line. */
export type PlayingWord = { lineId: LineId; words: readonly SpokenWord[]; index: number }

export type Transport = {
  store: StoreApi<PlaybackState>
  /** The line that sounds now, for following the text. */
  playingLine: StoreApi<LineId | null>
  /** Null also where the engine of the take told no words. */
  playingWord: StoreApi<PlayingWord | null>
  /** Where the open project's playhead stands: it moves while the project plays and waits while a take or a line plays by itself. */
  positionSamples(): number
  /** Called with the playhead once per frame while it moves, and once after each change. @returns the way to stop */
  onFrame(listener: (positionSamples: number) => void): () => void
  isProjectPlaying(): boolean
  playProject(fromSamples: number): Promise<void>
  playTake(takeId: TakeId): Promise<void>
  /** Plays what the line says now; what is not rendered yet is rendered before anything else, and heard meanwhile. */
  playLine(lineId: LineId): Promise<void>
  pause(): Promise<void>
  seek(positionSamples: number): Promise<void>
}

type Sources = {
  /** Wall clock of main minus ours. */
  clockSkewMs: number
  projectId(): ProjectId | null
  arrangement(): Arrangement
  lineOfTake(takeId: TakeId): LineId | undefined
  /** What plays for a line. */
  takeOfLine(lineId: LineId): TakeId | undefined
  wordsOf: SpokenWordsOf
  /** Settles when main knows all that was written. */
  settled(): Promise<void>
  tellError(error: unknown): void
  /** Does it, and asks first where something may not be sent yet. */
  orAsk: Sending['orAsk']
}

/** Mirror of playback in main: an anchor that is extrapolated here, frame by frame, outside React. */
export const openTransport = async (bridge: Bridge, sources: Sources): Promise<Transport> => {
  const first = await bridge.call('playback.state')
  const store = createStore<PlaybackState>(() => first)
  const playingLine = createStore<LineId | null>(() => null)
  const playingWord = createStore<PlayingWord | null>(() => null)
  const listeners = new Set<(positionSamples: number) => void>()
  let frame: number | undefined
  /** The playhead while main has something else loaded. */
  let parked: { projectId: ProjectId | null; positionSamples: number } = { projectId: null, positionSamples: 0 }

  const isAbout = ({ subject }: PlaybackState): boolean =>
    subject?.kind === 'project' && subject.projectId === sources.projectId()
  const heard = (state: PlaybackState): number => playbackPositionAt(state, Date.now() + sources.clockSkewMs)
  const positionSamples = (): number => {
    const state = store.getState()
    if (isAbout(state)) return heard(state)
    return parked.projectId === sources.projectId() ? parked.positionSamples : 0
  }
  const park = (position: number): void => {
    parked = { projectId: sources.projectId(), positionSamples: position }
  }

  /** The line that sounds, its take, and how much of that has been heard. */
  const soundNow = (): { lineId: LineId; takeId: TakeId | undefined; heardSamples: number } | undefined => {
    const state = store.getState()
    const { subject } = state
    if (!state.isPlaying || !subject) return undefined
    const heardSamples = heard(state)
    if (subject.kind === 'take') {
      const lineId = sources.lineOfTake(subject.takeId)
      return lineId && { lineId, takeId: subject.takeId, heardSamples }
    }
    if (subject.projectId !== sources.projectId()) return undefined
    if (subject.kind === 'line')
      return { lineId: subject.lineId, takeId: sources.takeOfLine(subject.lineId), heardSamples }
    const { clips } = sources.arrangement()
    const clip = clips[clipIndexAt(clips, heardSamples)]
    return clip && { lineId: clip.lineId, takeId: clip.takeId, heardSamples: heardSamples - clip.startSamples }
  }

  const wordIn = (sound: ReturnType<typeof soundNow>): PlayingWord | null => {
    const words = sound?.takeId && sources.wordsOf(sound.takeId)
    const last = words?.at(-1)
    if (!words || !last) return null
    const heardMs = 1000 * samplesToSec(sound.heardSamples, store.getState().sampleRateHz)
    const index = words.findLastIndex(({ beginMs }) => beginMs <= heardMs)
    return index < 0 || heardMs > last.endMs ? null : { lineId: sound.lineId, words, index }
  }

  const tick = (): void => {
    frame = undefined
    const position = positionSamples()
    for (const listener of listeners) listener(position)
    const sound = soundNow()
    const lineId = sound?.lineId ?? null
    if (lineId !== playingLine.getState()) playingLine.setState(lineId, true)
    const [word, before] = [wordIn(sound), playingWord.getState()]
    if (word?.words !== before?.words || word?.index !== before?.index) playingWord.setState(word, true)
    const { isPlaying, isWaiting } = store.getState()
    if (isPlaying && !isWaiting) wake()
  }
  const wake = (): void => {
    if (frame === undefined) frame = requestAnimationFrame(tick)
  }

  bridge.on('playback.changed', (state) => {
    const before = store.getState()
    if (isAbout(before) && !isAbout(state)) park(heard(before))
    store.setState(state, true)
    if (state.failure && !before.failure) sources.tellError(AppError.fromData(state.failure))
    wake()
  })
  if (first.isPlaying) wake()

  return {
    store,
    playingLine,
    playingWord,
    positionSamples,
    onFrame(listener) {
      listeners.add(listener)
      wake()
      return () => {
        listeners.delete(listener)
      }
    },
    isProjectPlaying: () => store.getState().isPlaying && isAbout(store.getState()),
    async playProject(fromSamples) {
      const projectId = sources.projectId()
      if (projectId)
        await bridge.call('playback.play', { subject: { kind: 'project', projectId }, fromSamples, untilSamples: null })
    },
    playTake: (takeId) =>
      bridge.call('playback.play', { subject: { kind: 'take', takeId }, fromSamples: 0, untilSamples: null }),
    async playLine(lineId) {
      const projectId = sources.projectId()
      if (!projectId) return
      await sources.settled()
      const subject = { kind: 'line', projectId, lineId } as const
      await sources.orAsk(() => bridge.call('playback.play', { subject, fromSamples: 0, untilSamples: null }), {
        projectId,
        scope: { kind: 'lines', lineIds: [lineId] },
      })
    },
    pause: () => bridge.call('playback.pause'),
    async seek(position) {
      if (isAbout(store.getState())) return bridge.call('playback.seek', { positionSamples: position })
      park(position)
      wake()
    },
  }
}
