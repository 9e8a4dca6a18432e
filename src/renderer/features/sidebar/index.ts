export * from './sidebar.tsx'
