export * from './certificate.ts'
export * from './device-trial.ts'
export * from './provider.ts'
