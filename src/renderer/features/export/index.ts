export * from './export-dialog.tsx'
