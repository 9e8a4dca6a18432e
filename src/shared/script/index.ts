export * from './import-options.ts'
export * from './limits.ts'
