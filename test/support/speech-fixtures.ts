import type { Clock } from '../../src/main/clock/index.ts'
import type { SpeechAsked, SpeechClient, SpeechEvent } from '../../src/main/remote/index.ts'
import { type FakeTime, fakeTime } from './fake-time.ts'

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(base64, 'base64'))
export const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** Eight samples. @source cosyvoice cloud-apis J.0 */
export const P = bytesOf('AADoA9AHuAvQB+gDAAAY/A==')
/** A whole WAV of them, 24 kHz. */
export const W = bytesOf('UklGRjQAAABXQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0YRAAAAAAAOgD0Ae4C9AH6AMAABj8')
/** The same as a stream writes it: its sizes are made up. */
export const WS = bytesOf('UklGRv///39XQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0Ydv//38AAOgD0Ae4C9AH6AMAABj8')
/** The head of a stream alone. */
export const H0 = bytesOf('UklGRv////9XQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0Yf////8=')
export const BAD64 = 'UklGRjQAAABXQVZFZm1'

const EIGHT = [0, 1000, 2000, 3000, 2000, 1000, 0, -1000].map((sample) => sample / 32_768)
/** The samples of `P`, so many times. */
export const eight = (times: number): number[] => Array.from({ length: times }, () => EIGHT).flat()

export const anAsk = (changes: Partial<SpeechAsked> = {}): SpeechAsked => ({
  text: '你好',
  model: 'any',
  voice: 'ref1',
  instruct: null,
  language: null,
  speed: 1,
  pitch: 1,
  volume: 50,
  seed: null,
  isSsml: false,
  isUrgent: false,
  sampleRateHz: 24_000,
  ...changes,
})

/** A clock that moves when the test says so. */
export const clockOf = (time: FakeTime): Clock => ({ nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer })
export const stillClock = (): { time: FakeTime; clock: Clock } => {
  const time = fakeTime()
  return { time, clock: clockOf(time) }
}

export type Attempt = { readonly events: readonly SpeechEvent[]; readonly failure?: unknown }

/** One attempt. @param onEvent sees each event before the next is asked for */
export const attempt = async (
  client: SpeechClient,
  asked: SpeechAsked,
  signal: AbortSignal = new AbortController().signal,
  onEvent: (event: SpeechEvent) => void = () => undefined,
): Promise<Attempt> => {
  const events: SpeechEvent[] = []
  try {
    for await (const event of client.speak(asked, signal)) {
      events.push(event)
      onEvent(event)
    }
    return { events }
  } catch (failure) {
    return { events, failure }
  }
}

export const samplesOf = ({ events }: Attempt): number[] =>
  events.flatMap((event) => (event.kind === 'sound' ? [...event.pcm] : []))
