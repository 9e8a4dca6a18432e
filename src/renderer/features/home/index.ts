export * from './home-view.tsx'
export * from './new-project-dialog.tsx'
