export * from './accelerator.ts'
export * from './action-table.ts'
