export type { PlayablePlan } from './audio-output.ts'
export { type MixWav, openMixWav } from './mix-wav.ts'
export { createTransport, type Transport, type TransportDeps } from './transport.ts'
