export * from './billed-units.ts'
export * from './count-characters.ts'
export * from './remote-engine.ts'
