import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { takeFile } from '../../src/main/take-store/take-paths.ts'
import { floatWavHeader, type MixPlan } from '../../src/shared/audio/index.ts'
import { lineIdSchema, type TakeId, takeIdSchema, trackIdSchema } from '../../src/shared/kernel/index.ts'
import { type TakeKey, takeKeySchema } from '../../src/shared/render/index.ts'

const RATE_HZ = 24_000
const CLIPS_PER_HOUR = 5000
const TRACK_COUNT = 4

export type Book = { plan: MixPlan; takes: { directory: string; keys: Map<TakeId, TakeKey> } }

/** Something like a voice: pulses of a wandering pitch and some breath through two resonances, syllable by syllable. */
const voice = (durationSamples: number, seed: number): Float32Array<ArrayBuffer> => {
  const pcm = new Float32Array(durationSamples)
  let state = (seed * 2_654_435_761) >>> 0 || 1
  const noise = (): number => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
  const pitchHz = 100 + (seed % 7) * 20
  let cycle = 0
  let low1 = 0
  let low2 = 0
  let high1 = 0
  let high2 = 0
  for (let i = 0; i < durationSamples; i++) {
    const sec = i / RATE_HZ
    cycle += (pitchHz * (1 + 0.15 * Math.sin(5 * sec + seed))) / RATE_HZ
    const source = (cycle % 1 < 0.05 ? 1 : 0) + 0.04 * noise()
    const lowTurn = (2 * Math.PI * (550 + 250 * Math.sin(7 * sec + seed))) / RATE_HZ
    const low = 0.1 * source + 1.94 * Math.cos(lowTurn) * low1 - 0.9409 * low2
    low2 = low1
    low1 = low
    const highTurn = (2 * Math.PI * (2100 + 600 * Math.sin(4 * sec))) / RATE_HZ
    const high = 0.3 * low + 1.88 * Math.cos(highTurn) * high1 - 0.8836 * high2
    high2 = high1
    high1 = high
    pcm[i] = 0.1 * (low + high) * Math.max(0, Math.sin(2 * Math.PI * 2.1 * sec)) ** 0.5
  }
  return pcm
}

/** A book of many short lines in several voices, its takes on disk as the take store keeps them. */
export const makeBook = (directory: string, durationSec: number): Book => {
  const clipCount = Math.round((durationSec / 3600) * CLIPS_PER_HOUR)
  const spacingSamples = Math.floor((durationSec * RATE_HZ) / clipCount)
  const keys = new Map<TakeId, TakeKey>()
  const clips = Array.from({ length: clipCount }, (_, index) => {
    const takeId = takeIdSchema.parse(`take_${index}`)
    const takeKey = takeKeySchema.parse(index.toString(16).padStart(4, '0').repeat(16))
    const durationSamples = Math.round(spacingSamples * (0.75 + 0.2 * ((index % 5) / 5)))
    const file = takeFile(directory, takeKey, 'wav')
    mkdirSync(path.dirname(file), { recursive: true })
    const pcm = voice(durationSamples, index + 1)
    const header = floatWavHeader({ sampleRateHz: RATE_HZ, durationSamples })
    writeFileSync(file, Buffer.concat([header, new Uint8Array(pcm.buffer)]))
    keys.set(takeId, takeKey)
    return {
      lineId: lineIdSchema.parse(`line_${index}`),
      takeId,
      trackId: trackIdSchema.parse(`track_${index % TRACK_COUNT}`),
      startSamples: index * spacingSamples,
      durationSamples,
      gainDb: -(index % 3),
      fadeInSamples: 240,
      fadeOutSamples: 480,
    }
  })
  const tracks = Array.from({ length: TRACK_COUNT }, (_, index) => ({
    trackId: trackIdSchema.parse(`track_${index}`),
    gainDb: index - 2,
    pan: (index - 1.5) / 2,
  }))
  const plan: MixPlan = { sampleRateHz: RATE_HZ, durationSamples: clipCount * spacingSamples, clips, tracks }
  return { plan, takes: { directory, keys } }
}
