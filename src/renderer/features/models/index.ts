export * from './models-page.tsx'
