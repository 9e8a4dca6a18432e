export * from './app-contract.ts'
export * from './define-contract.ts'
export * from './wire.ts'
export * from './wire-channels.ts'
