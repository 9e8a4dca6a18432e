import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { MAX_TAKE_SAMPLES, type PcmBlock, planOfTake } from '../../shared/audio/index.ts'
import { lineIdSchema } from '../../shared/kernel/index.ts'
import { openTakeStore } from '../take-store/index.ts'
import type { PlayablePlan } from './audio-output.ts'
import { knownSample, RATE_HZ, takeIdOf, takeKeyOf } from './test-bench.ts'

/** A line that is being rendered into a real take store, block by block as the test says. */
export type GrowingLine = AsyncDisposable & {
  playable: PlayablePlan
  takesDirectory: string
  /** The engine speaks this many samples more. @returns when the store has taken them */
  speak(samples: number): Promise<void>
  fail(error: Error): void
  end(): void
  /** Settles when the take is kept, or lost. */
  kept: Promise<{ durationSamples: number }>
  /** The take as it was kept. */
  read(): Promise<Float32Array>
  followers(): number
}

const TAKE_NUMBER = 7

export const growingLine = (takesDirectory: string): GrowingLine => {
  const store = openTakeStore(takesDirectory)
  const takeKey = takeKeyOf(TAKE_NUMBER)
  const spoken: (PcmBlock | Error | null)[] = []
  let spokenSamples = 0
  let followers = 0
  let wakeEngine = (): void => undefined
  let wakeTest = (): void => undefined
  const say = (next: PcmBlock | Error | null): void => {
    spoken.push(next)
    wakeEngine()
  }
  async function* blocks(): AsyncGenerator<PcmBlock> {
    for (;;) {
      if (spoken.length === 0) wakeTest()
      while (spoken.length === 0)
        await new Promise<void>((resolve) => {
          wakeEngine = resolve
        })
      const next = spoken.shift()
      if (!next) return
      if (next instanceof Error) throw next
      yield next
    }
  }
  const kept = store.keep(takeKey, RATE_HZ, blocks())
  kept.catch(() => {
    // Tests that wait for it hear of it.
  })
  return {
    playable: {
      plan: planOfTake({
        lineId: lineIdSchema.parse('line_1'),
        takeId: takeIdOf(TAKE_NUMBER),
        sampleRateHz: RATE_HZ,
        durationSamples: MAX_TAKE_SAMPLES,
      }),
      takeKeys: new Map([[takeIdOf(TAKE_NUMBER), takeKey]]),
      growing: (onGrowth) => {
        followers++
        const stop = store.follow(takeKey, onGrowth)
        return () => {
          followers--
          stop()
        }
      },
    },
    takesDirectory,
    speak: async (samples) => {
      const from = spokenSamples
      spokenSamples += samples
      const isTaken = new Promise<void>((resolve) => {
        wakeTest = resolve
      })
      say(Float32Array.from({ length: samples }, (_, index) => knownSample(TAKE_NUMBER, from + index)))
      await isTaken
    },
    fail: say,
    end: () => say(null),
    kept,
    read: async () => {
      const samples = new Float32Array((await kept).durationSamples)
      await store.read(takeKey, 0, samples)
      return samples
    },
    followers: () => followers,
    [Symbol.asyncDispose]: async () => {
      say(null)
      await kept.catch(() => undefined)
      await store[Symbol.asyncDispose]()
    },
  }
}

/** Files of takes in a folder that a process holds open; undefined where the system does not say. */
export const openTakeFiles = (takesDirectory: string, processId: number | 'self' = 'self'): number | undefined => {
  const descriptors = `/proc/${processId}/fd`
  if (!existsSync(descriptors)) return undefined
  return readdirSync(descriptors).filter((descriptor) => {
    try {
      return readlinkSync(path.join(descriptors, descriptor)).startsWith(takesDirectory)
    } catch {
      // Closed in the meantime.
      return false
    }
  }).length
}
