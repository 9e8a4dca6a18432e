export * from './serve-contract.ts'
