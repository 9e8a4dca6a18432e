export * from './line-mark.tsx'
export * from './script-pane.tsx'
