export * from './recording-report.ts'
export * from './voice.ts'
