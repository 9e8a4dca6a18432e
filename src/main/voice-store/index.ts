export { openVoiceStore, type VoiceStore } from './voice-store.ts'
