export * from './direction-fields.tsx'
export * from './direction-view.ts'
export * from './inspector.tsx'
