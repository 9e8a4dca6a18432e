export * from './recording-limits.ts'
export * from './recording-report.ts'
export * from './voice.ts'
export * from './voice-twin.ts'
