export * from './arrange.ts'
export * from './mix-plan-of.ts'
