import { wavOf } from './cosyvoice-api-server.ts'

/** What a server says to a text, at 24 kHz, in [-1, 1]. */
export type SoundOf = (text: string) => readonly number[]

const SAMPLES_PER_SIGN = 480

/** A tone that is as long as its text: 20 ms for every sign. Lines are told apart by how long they are. */
export const toneOf: SoundOf = (text) =>
  Array.from(
    { length: SAMPLES_PER_SIGN * [...text].length },
    (_, n) => 0.25 * Math.sin((2 * Math.PI * 220 * n) / 24_000),
  )

/** Little-endian samples of 16 bits. */
export const pcmOf = (samples: readonly number[]): Uint8Array<ArrayBuffer> => wavOf(samples).subarray(44)
