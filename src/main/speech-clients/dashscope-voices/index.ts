export type { CloneAsked, ClonedVoice, CreatedVoice } from './create-voice.ts'
export { createDashscopeVoices, type DashscopeVoices } from './dashscope-voices.ts'
export type { DesignAsked, DesignedVoice, VoicePreview } from './design-voice.ts'
export type { EnrolledVoice, EnrolledVoiceState } from './enrolled-voice.ts'
export type { MadeVoice } from './find-made-voice.ts'
export {
  SAMPLE_WAYS,
  type SampleDeps,
  type SampleWay,
  type SampleWayFailed,
  type VoiceSample,
  waysOfSample,
} from './sample-address.ts'
export { VOICE_HINTS, type VoiceHint, voiceHintOf } from './voice-failure.ts'
export type { VoicesEndpoint } from './voice-service.ts'
