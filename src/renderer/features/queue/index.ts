export * from './queue-panel.tsx'
