export * from './action-button.tsx'
export * from './action-runs.ts'
export * from './use-actions.ts'
