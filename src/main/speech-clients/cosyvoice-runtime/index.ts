export { probeRuntime } from './probe-runtime.ts'
export {
  createRuntimeClient,
  type RuntimeClientDeps,
  type RuntimeEndpoint,
  runtimeSampleRateHz,
} from './runtime-client.ts'
export type {
  RuntimeModel,
  RuntimeRoute,
  RuntimeVoiceAudio,
} from './runtime-request.ts'
