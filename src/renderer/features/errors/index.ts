export * from './error-notice.tsx'
export * from './live-region.tsx'
export * from './notice-region.tsx'
