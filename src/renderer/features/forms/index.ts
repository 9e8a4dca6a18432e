export * from './download-terms.tsx'
export * from './form-dialog.tsx'
export * from './question.tsx'
export * from './use-submit.ts'
