export * from './timeline.tsx'
export * from './transport-bar.tsx'
