export { type KeptRecording, openVoiceStore, type SweptVoices, type VoiceStore } from './voice-store.ts'
