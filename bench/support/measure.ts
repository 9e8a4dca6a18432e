import { setTimeout } from 'node:timers/promises'

/** The middle one, or the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)]
  return ((sorted[low] ?? Number.NaN) + (sorted[high] ?? Number.NaN)) / 2
}

/** How long something took each time it was done. */
export type Timing = { readonly durationsMs: readonly number[]; readonly medianMs: number; readonly bestMs: number }
export const timingOf = (durationsMs: readonly number[]): Timing => ({
  durationsMs,
  medianMs: median(durationsMs),
  bestMs: Math.min(...durationsMs),
})

/**
 * How many times faster one thing is than another that was measured in turns with it: the middle of what each turn says,
 * since a spell of noise falls on both sides of a turn, and what the best times say.
 */
export const speedUp = (fast: Timing, slow: Timing, share = 1): { middle: number; best: number } => ({
  middle: share * median(fast.durationsMs.map((took, turn) => (slow.durationsMs[turn] ?? Number.NaN) / took)),
  best: (share * slow.bestMs) / fast.bestMs,
})

export const millisecondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}

/** Threads of the session that ran before look for work for a while; whoever is measured next shall not pay for them. */
const SETTLING_MS = 50

/**
 * Measures several ways of doing a thing in turns, so that a spell of noise falls on all of them.
 * @param ways each called once a round; gives how long it took, once or several times
 */
export const alternate = async <Name extends string>(
  rounds: number,
  ways: Readonly<Record<Name, (round: number) => Promise<number | readonly number[]>>>,
): Promise<Record<Name, Timing>> => {
  const names = Object.keys(ways) as Name[]
  const durationsMs = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const name of names) {
      await setTimeout(SETTLING_MS)
      const took = await ways[name](round)
      durationsMs.get(name)?.push(...(typeof took === 'number' ? [took] : took))
    }
  const timings = names.map((name) => [name, timingOf(durationsMs.get(name) ?? [])])
  return Object.fromEntries(timings) as Record<Name, Timing>
}

/** Prints one figure as a line of JSON; `bench/run.ts` makes a table of them. */
export const printFigure = (figure: string, value: string | number): void => {
  console.log(JSON.stringify({ [figure]: value }))
}

/** Three digits that count, and no more than are there. */
export const readable = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString()

/** What was seen in the middle, and at best. */
export const withBest = (middle: number, best: number, unit = ''): string =>
  `${readable(middle)}${unit} (best ${readable(best)}${unit})`
