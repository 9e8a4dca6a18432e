export * from './project-window.tsx'
