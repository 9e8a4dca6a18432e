import type { ModelProgress } from '../../shared/model/index.ts'

type PaceSample = { readonly atMs: number; readonly doneBytes: number }

/** How the bytes of one stage came in, as far back as speed is measured. */
export type Pace = {
  readonly stage: ModelProgress['stage']
  readonly totalBytes: number
  /** When the stage was first heard of. */
  readonly sinceMs: number
  /** When measuring began, and then when something came; never empty. */
  readonly samples: readonly [PaceSample, ...PaceSample[]]
}

const WINDOW_MS = 20_000
/** Samples closer than this are one. */
const SAMPLE_EVERY_MS = 500
/** What an earlier download has left is counted one file after the other at first: that is no speed. */
const SETTLING_MS = 2000
/** What is measured over less is a guess. */
const SHORTEST_MEASURE_MS = 3000

/** Adds a report; another stage, or a count that begins anew, is measured from its own start. */
export const addToPace = (pace: Pace | null, progress: ModelProgress, nowMs: number): Pace => {
  const { stage, totalBytes, doneBytes } = progress
  const sample = { atMs: nowMs, doneBytes }
  const last = pace?.samples.at(-1)
  if (!pace || !last || pace.stage !== stage || pace.totalBytes !== totalBytes || doneBytes < last.doneBytes)
    return { stage, totalBytes, sinceMs: nowMs, samples: [sample] }
  if (nowMs - pace.sinceMs < SETTLING_MS) return { ...pace, samples: [sample] }
  if (doneBytes === last.doneBytes) return pace
  const [first, ...later] = pace.samples
  const before = pace.samples.at(-2)
  const kept = before && last.atMs - before.atMs < SAMPLE_EVERY_MS ? later.slice(0, -1) : later
  const from = [first, ...kept].findLast(({ atMs }) => atMs <= nowMs - WINDOW_MS) ?? first
  return { ...pace, samples: [from, ...kept.filter(({ atMs }) => atMs > from.atMs), sample] }
}

export type PaceMeasure = {
  /** Null while too little was seen. */
  readonly bytesPerSec: number | null
  /** Of this stage; null where nothing can be said. */
  readonly remainingSec: number | null
  /** How long nothing has come. */
  readonly silentSec: number
}

/** What was measured up to now. Silence counts: speed falls while nothing comes. */
export const measurePace = ({ samples, totalBytes }: Pace, nowMs: number): PaceMeasure => {
  const last = samples.at(-1) ?? samples[0]
  const from = samples.findLast(({ atMs }) => atMs <= nowMs - WINDOW_MS) ?? samples[0]
  const spanMs = nowMs - from.atMs
  const silentSec = Math.max(0, (nowMs - last.atMs) / 1000)
  if (spanMs < SHORTEST_MEASURE_MS) return { bytesPerSec: null, remainingSec: null, silentSec }
  const bytesPerSec = ((last.doneBytes - from.doneBytes) * 1000) / spanMs
  const remainingSec = bytesPerSec > 0 ? (totalBytes - last.doneBytes) / bytesPerSec : null
  return { bytesPerSec, remainingSec, silentSec }
}
