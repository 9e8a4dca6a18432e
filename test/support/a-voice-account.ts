import { systemClock } from '../../src/main/clock/index.ts'
import { createWire } from '../../src/main/remote/index.ts'
import {
  createDashscopeVoices,
  type SampleDeps,
  type SampleWay,
} from '../../src/main/speech-clients/dashscope-voices/index.ts'
import { startDashscopeVoicesServer, VOICES_KEY } from './dashscope-voices-server.ts'
import { leapingClock } from './leaping-clock.ts'

/** 2026-01-05 10:00:00 in Beijing. */
export const VOICES_EPOCH_MS = Date.parse('2026-01-05T02:00:00Z')

/** An account of DashScope on this machine, and what makes voices there; waits take no time, patience is real. */
export const aVoiceAccount = async ({
  deps = {},
  underPath = '',
  allows = () => true,
}: {
  deps?: Partial<SampleDeps>
  underPath?: string
  allows?: (way: SampleWay) => boolean
} = {}) => {
  const clock = leapingClock(VOICES_EPOCH_MS)
  const server = await startDashscopeVoicesServer({ nowEpochMs: clock.nowEpochMs, underPath })
  const askedFor: SampleWay[] = []
  const voices = createDashscopeVoices({
    wire: createWire({ clock: systemClock, isOffline: () => false }),
    clock,
    random: () => 0,
    endpoint: { baseUrl: server.url, apiKey: async () => VOICES_KEY },
    mayUpload: async (way) => {
      askedFor.push(way)
      return allows(way)
    },
    ...deps,
  })
  return { server, voices, clock, askedFor, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
