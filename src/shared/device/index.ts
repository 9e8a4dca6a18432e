export * from './certificate.ts'
export * from './cuda-offer.ts'
export * from './device-trial.ts'
export * from './provider.ts'
