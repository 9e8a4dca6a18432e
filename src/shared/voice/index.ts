export * from './voice.ts'
