import type { AppContract, InputOf, PayloadOf } from '../../shared/contract/index.ts'
import { type StreamPlatform, startStream } from './stream-sound.ts'

export type WebCommand = PayloadOf<AppContract, 'playback.web-commanded'>
export type WebReport = InputOf<AppContract, 'playback.web-reported'>

/** The part of the bridge that web audio needs. */
export type WebOutputBridge = {
  call(channel: 'playback.web-reported', report: WebReport): Promise<unknown>
  on(channel: 'playback.web-commanded', listener: (command: WebCommand) => void): () => void
}

export type WebOutputPlatform = StreamPlatform & {
  createAudio(): HTMLAudioElement
  mediaDevices: Pick<MediaDevices, 'enumerateDevices' | 'addEventListener' | 'removeEventListener'>
}

const windowPlatform = (): WebOutputPlatform => ({
  createAudio: () => new Audio(),
  createContext: (sampleRate) => new AudioContext({ sampleRate }),
  fetch: (url, init) => fetch(url, init),
  mediaDevices: navigator.mediaDevices,
  nowEpochMs: Date.now,
})

/** Main takes a window that says nothing for five seconds for dead. */
const REPORT_EVERY_MS = 1_000

type PlayCommand = Extract<WebCommand, { kind: 'play' }>

/**
 * Lets main play through this window: obeys its commands and reports where the sound is, and which devices there are.
 * @returns the way to stop, which also ends the sound
 */
export const connectWebOutput = (
  bridge: WebOutputBridge,
  platform: WebOutputPlatform = windowPlatform(),
): (() => void) => {
  let stopSound = (): void => {}

  const report = (message: WebReport): void => {
    bridge.call('playback.web-reported', message).catch(() => {
      // Main is going away, or will miss the report and end the run itself.
    })
  }

  const reportDevices = async (): Promise<void> => {
    const devices = await platform.mediaDevices.enumerateDevices()
    report({
      kind: 'devices',
      // Without permission to name them, devices come without names; only the system's choice is left then.
      devices: devices
        .filter(({ kind, label }) => kind === 'audiooutput' && label !== '')
        .map(({ deviceId, label }) => ({ deviceId, name: label })),
    })
  }
  const onDeviceChange = (): void => {
    reportDevices().catch(() => {
      // A window that may not look at devices plays on the system's choice.
    })
  }

  const stopListening = bridge.on('playback.web-commanded', (command) => {
    stopSound()
    if (command.kind === 'pause') stopSound = () => {}
    else if (command.streamRateHz === null) stopSound = startSound(command, platform, report)
    else stopSound = startStream(command, command.streamRateHz, platform, report)
  })
  platform.mediaDevices.addEventListener('devicechange', onDeviceChange)
  onDeviceChange()

  return () => {
    stopListening()
    platform.mediaDevices.removeEventListener('devicechange', onDeviceChange)
    stopSound()
  }
}

/** Plays one run on an element of its own, so that nothing late from an earlier run can be mistaken for this one. */
const startSound = (
  { playId, url, fromSec, deviceId }: PlayCommand,
  platform: WebOutputPlatform,
  report: (message: WebReport) => void,
): (() => void) => {
  const audio = platform.createAudio()
  let isOver = false
  let reportedAtMs = Number.NEGATIVE_INFINITY

  const finish = (last: WebReport | null): void => {
    if (isOver) return
    isOver = true
    for (const [type, listener] of Object.entries(listeners)) audio.removeEventListener(type, listener)
    audio.pause()
    // Lets go of the device and of the bytes that are still on their way.
    audio.removeAttribute('src')
    audio.load()
    if (last) report(last)
  }
  const fail = (error: unknown): void =>
    finish({ kind: 'failed', playId, detail: String(error instanceof Error ? error.message : error).slice(0, 1000) })
  const reportPlaying = (): void => {
    reportedAtMs = platform.nowEpochMs()
    report({ kind: 'playing', playId, positionSec: audio.currentTime, atEpochMs: reportedAtMs, isWaiting: false })
  }

  const listeners = {
    playing: reportPlaying,
    timeupdate: () => {
      if (!audio.paused && platform.nowEpochMs() - reportedAtMs >= REPORT_EVERY_MS) reportPlaying()
    },
    pause: () => {
      // A headset button or the system; an element that has ended pauses as well.
      if (!audio.ended) finish({ kind: 'paused', playId, positionSec: audio.currentTime })
    },
    ended: () => finish({ kind: 'ended', playId }),
    error: () => fail(audio.error?.message || `media error ${audio.error?.code ?? 0}`),
  }
  for (const [type, listener] of Object.entries(listeners)) audio.addEventListener(type, listener)

  const begin = async (): Promise<void> => {
    if (deviceId !== null) await audio.setSinkId(deviceId)
    if (isOver) return
    audio.preload = 'auto'
    audio.src = url
    audio.currentTime = fromSec
    await audio.play()
  }
  begin().catch(fail)
  return () => finish(null)
}
