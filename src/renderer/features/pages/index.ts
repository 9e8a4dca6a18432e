export * from './pages-dialog.tsx'
