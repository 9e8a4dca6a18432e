export * from './conversion-plan.ts'
export * from './convert-checkpoint.ts'
export { reportOfFailure } from './judge-report.ts'
export * from './write-bundle.ts'
