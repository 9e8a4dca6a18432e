export { createEasClient, type EasClientDeps } from './eas-client.ts'
export type { EasEndpoint } from './eas-endpoint.ts'
export {
  createEasReferenceAudio,
  type EasReferenceAudio,
  type EasReferenceAudioDeps,
  type EasReferenceAudioStore,
  type NewEasReferenceAudio,
} from './eas-reference-audio.ts'
export { type EasFormat, type EasTransport, easBitRate } from './eas-request.ts'
export type { DecodeAudio } from './eas-sound.ts'
