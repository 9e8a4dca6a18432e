export * from './settings-file.ts'
