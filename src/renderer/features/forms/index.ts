export * from './download-terms.tsx'
export * from './form-dialog.tsx'
export * from './use-submit.ts'
