export * from './engines-page.tsx'
