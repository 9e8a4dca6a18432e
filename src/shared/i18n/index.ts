export * from './catalogues.ts'
export * from './translator.ts'
