export * from './read-audio.ts'
