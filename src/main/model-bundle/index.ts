export * from './model-description.ts'
