export * from './open-projects.ts'
export * from './studio.ts'
