export * from './count-characters.ts'
