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
  'playback.play': (input) => transport.play(input),
  'playback.pause': () => transport.pause(),
  'playback.seek': ({ positionSamples }) => transport.seek(positionSamples),
  'playback.devices': () => transport.devices(),
  'playback.web-reported': (report) => transport.webReported(report),
})
