import { AppCancel } from '../../shared/kernel/index.ts'
import type { Engine } from './engine.ts'
import type { EngineDescription } from './engine-description.ts'

/** An engine that can be replaced while it speaks. */
export interface RetirableEngine extends Engine {
  /** Speaks what it speaks to the end, and is disposed of then. */
  retire(): Promise<void>
}

type Hand = { readonly engine: RetirableEngine; lines: number }

/**
 * Several processes of one engine, each of which speaks one line at a time. A process starts when a line comes while all
 * others are busy, and not before.
 * @param makeEngine one process; each has the same description
 */
export const createEngineCrew = (
  { capabilities, presetVoices }: EngineDescription,
  makeEngine: () => RetirableEngine,
  count: number,
): RetirableEngine => {
  const hands: Hand[] = []
  /** The one that speaks least; a new one while there may be more. */
  const choose = (): Hand => {
    const [least] = hands.toSorted((one, other) => one.lines - other.lines)
    if (least && (least.lines === 0 || hands.length >= count)) return least
    const hand = { engine: makeEngine(), lines: 0 }
    hands.push(hand)
    return hand
  }
  const all = async (end: (engine: RetirableEngine) => PromiseLike<unknown>): Promise<void> => {
    await Promise.all(hands.map(({ engine }) => end(engine)))
  }
  return {
    capabilities,
    presetVoices,
    async prepare(signal) {
      if (signal.aborted) throw new AppCancel()
      await choose().engine.prepare(signal)
    },
    async *render(request, job) {
      const hand = choose()
      hand.lines += 1
      try {
        yield* hand.engine.render(request, job)
      } finally {
        hand.lines -= 1
      }
    },
    retire: () => all((engine) => engine.retire()),
    [Symbol.asyncDispose]: () => all((engine) => engine[Symbol.asyncDispose]()),
  }
}
