export * from './settings-dialog.tsx'
