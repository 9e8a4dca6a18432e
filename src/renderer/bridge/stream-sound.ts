import type { AppContract, InputOf, PayloadOf } from '../../shared/contract/index.ts'

type WebReport = InputOf<AppContract, 'playback.web-reported'>
type PlayCommand = Extract<PayloadOf<AppContract, 'playback.web-commanded'>, { kind: 'play' }>

export type StreamPlatform = {
  createContext(sampleRateHz: number): AudioContext
  fetch(url: string, init: { signal: AbortSignal }): Promise<Response>
  nowEpochMs(): number
}

const CHANNEL_COUNT = 2
const FRAME_BYTES = CHANNEL_COUNT * Float32Array.BYTES_PER_ELEMENT
/** What has to be there before the first of it is heard, and before it goes on once it ran out. */
const START_SEC = 0.2
const RESUME_SEC = 1
/** Handed to the device ahead of the sound, in pieces; what is beyond stays in the stream. */
const AHEAD_SEC = 2
const PIECE_SEC = 0.25
/** Sound that follows in less than this may come too late for its place; it begins anew instead. */
const MARGIN_SEC = 0.02
const REPORT_EVERY_MS = 1_000

type AudioContextWithSink = AudioContext & { setSinkId(deviceId: string): Promise<void> }
const hasSink = (context: AudioContext): context is AudioContextWithSink => 'setSinkId' in context

/**
 * Plays samples as they arrive, without a gap and each exactly once. Where they arrive too slowly the sound waits and says
 * so. An audio element would want to have seconds of it first.
 * @returns the way to stop
 */
export const startStream = (
  { playId, url, fromSec, deviceId }: PlayCommand,
  sampleRateHz: number,
  platform: StreamPlatform,
  report: (message: WebReport) => void,
): (() => void) => {
  const context = platform.createContext(sampleRateHz)
  const fetching = new AbortController()
  /** Arrived and not handed on, interleaved. */
  let arrived = new Float32Array(0)
  /** Frame of the sound that is handed on next, and the frame of the context where the one before it ends. */
  let nextFrame = Math.round(fromSec * sampleRateHz)
  let endFrame = 0
  /** From which frame of the context to which of the sound it is, since the sound last began. */
  let begin = { contextFrame: 0, soundFrame: nextFrame }
  let isWaiting = true
  let hasSounded = false
  let isAllHere = false
  let isOver = false
  let wakeReader = (): void => {}

  const nowFrame = (): number => Math.round(context.currentTime * sampleRateHz)
  const arrivedFrames = (): number => arrived.length / CHANNEL_COUNT
  /** Between the clock of the context and the ear. */
  const latencySec = (): number => context.outputLatency || context.baseLatency || 0

  const finish = (last: WebReport | null): void => {
    if (isOver) return
    isOver = true
    clearInterval(reporting)
    context.removeEventListener('statechange', onStateChange)
    fetching.abort()
    wakeReader()
    context.close().catch(() => {
      // It was closed by whoever took the device away.
    })
    if (last) report(last)
  }
  const fail = (error: unknown): void =>
    finish({ kind: 'failed', playId, detail: String(error instanceof Error ? error.message : error).slice(0, 1000) })

  const heardFrame = (): number => {
    if (isWaiting) return nextFrame
    const playedFrames = nowFrame() - begin.contextFrame - Math.round(latencySec() * sampleRateHz)
    return Math.min(begin.soundFrame + Math.max(0, playedFrames), nextFrame)
  }
  const reportNow = (): void => {
    // Without a clock there is no sound, and main is to find out by the silence.
    if (context.state !== 'running') return
    const leadSec = isWaiting ? 0 : Math.max(0, begin.contextFrame / sampleRateHz + latencySec() - context.currentTime)
    const atEpochMs = platform.nowEpochMs() + leadSec * 1000
    report({ kind: 'playing', playId, positionSec: heardFrame() / sampleRateHz, atEpochMs, isWaiting })
  }
  const reporting = setInterval(reportNow, REPORT_EVERY_MS)

  const wait = (): void => {
    isWaiting = true
    reportNow()
  }
  const hand = (frames: number): void => {
    const buffer = context.createBuffer(CHANNEL_COUNT, frames, sampleRateHz)
    for (let channel = 0; channel < CHANNEL_COUNT; channel++) {
      const samples = buffer.getChannelData(channel)
      for (let frame = 0; frame < frames; frame++) samples[frame] = arrived[frame * CHANNEL_COUNT + channel] ?? 0
    }
    arrived = arrived.slice(frames * CHANNEL_COUNT)
    const source = new AudioBufferSourceNode(context, { buffer })
    source.connect(context.destination)
    source.start(endFrame / sampleRateHz)
    endFrame += frames
    nextFrame += frames
    const endsAt = endFrame
    source.addEventListener('ended', () => {
      if (isOver) return
      schedule()
      if (endsAt < endFrame || isWaiting) return
      // Closing the context would cut off what is still on its way to the ear.
      if (isAllHere) setTimeout(() => finish({ kind: 'ended', playId }), latencySec() * 1000)
      else wait()
    })
  }
  const begins = (): boolean => {
    if (isAllHere) return true
    return arrivedFrames() >= (hasSounded ? RESUME_SEC : START_SEC) * sampleRateHz
  }
  /** Hands on what there is room for, then lets more arrive. */
  const schedule = (): void => {
    if (isOver) return
    const hasRunOut = !isWaiting && endFrame < nowFrame() + MARGIN_SEC * sampleRateHz
    if (hasRunOut && arrived.length > 0) wait()
    if (isWaiting && begins()) {
      endFrame = Math.max(endFrame, nowFrame() + Math.round(MARGIN_SEC * sampleRateHz))
      begin = { contextFrame: endFrame, soundFrame: nextFrame }
      isWaiting = false
      hasSounded = true
      reportNow()
    }
    if (isWaiting) {
      wakeReader()
      return
    }
    while (arrived.length > 0 && hasRoom()) hand(Math.min(arrivedFrames(), Math.round(PIECE_SEC * sampleRateHz)))
    if (arrived.length === 0) wakeReader()
  }
  const hasRoom = (): boolean => endFrame - nowFrame() < AHEAD_SEC * sampleRateHz

  const roomToRead = async (): Promise<void> => {
    while (!isOver && !isWaiting && (arrived.length > 0 || !hasRoom()))
      await new Promise<void>((resolve) => {
        wakeReader = resolve
      })
  }
  const read = async (): Promise<void> => {
    const response = await platform.fetch(url, { signal: fetching.signal })
    if (!response.ok || !response.body) throw new Error(`${url}: ${response.status}`)
    const reader = response.body.getReader()
    let rest = new Uint8Array(0)
    for (;;) {
      await roomToRead()
      const { done, value } = await reader.read()
      if (isOver) return
      if (done) break
      const bytes = joined(rest, value)
      const wholeBytes = bytes.length - (bytes.length % FRAME_BYTES)
      rest = bytes.slice(wholeBytes)
      arrived = joinedSamples(arrived, new Float32Array(bytes.buffer, 0, wholeBytes / 4))
      schedule()
    }
    isAllHere = true
    if (isWaiting && arrived.length === 0) finish({ kind: 'ended', playId })
    schedule()
  }
  const onStateChange = (): void => {
    // The system took the sound away; a context that has not begun yet is no news.
    if (context.state !== 'running' && hasSounded)
      finish({ kind: 'paused', playId, positionSec: heardFrame() / sampleRateHz })
  }

  const start = async (): Promise<void> => {
    if (deviceId !== null && hasSink(context)) await context.setSinkId(deviceId)
    if (isOver) return
    context.addEventListener('statechange', onStateChange)
    await context.resume()
    if (isOver) return
    reportNow()
    await read()
  }
  start().catch(fail)
  return () => finish(null)
}

const joined = (left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> => {
  const both = new Uint8Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}

const joinedSamples = (left: Float32Array, right: Float32Array): Float32Array<ArrayBuffer> => {
  const both = new Float32Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}
