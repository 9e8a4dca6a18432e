export * from './cast-panel.tsx'
