export * from './export-project.ts'
export * from './import-script.ts'
export * from './open-studio.ts'
export * from './studio.ts'
