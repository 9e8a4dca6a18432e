import type { Transport } from '../playback/index.ts'
import type { HandlersOf } from './handlers-of.ts'

type Channels =
  | 'playback.state'
  | 'playback.play'
  | 'playback.pause'
  | 'playback.seek'
  | 'playback.devices'
  | 'playback.web-reported'

export const playbackHandlers = (transport: Transport): HandlersOf<Channels> => ({
  'playback.state': () => transport.state(),
  'playback.play': async (input) => {
    await transport.play(input)
    return undefined
  },
  'playback.pause': async () => {
    await transport.pause()
    return undefined
  },
  'playback.seek': async ({ positionSamples }) => {
    await transport.seek(positionSamples)
    return undefined
  },
  'playback.devices': () => transport.devices(),
  'playback.web-reported': (report) => {
    transport.webReported(report)
    return undefined
  },
})
