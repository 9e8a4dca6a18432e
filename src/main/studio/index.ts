export * from './export-project.ts'
export * from './import-script.ts'
export * from './studio.ts'
