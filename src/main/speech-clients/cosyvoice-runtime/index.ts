export { probeRuntime } from './probe-runtime.ts'
export {
  createRuntimeClient,
  type RuntimeClientDeps,
  type RuntimeEndpoint,
  runtimeSampleRateHz,
} from './runtime-client.ts'
export {
  RUNTIME_MAX_CHARACTERS,
  type RuntimeModel,
  type RuntimeRoute,
  type RuntimeVoiceAudio,
} from './runtime-request.ts'
