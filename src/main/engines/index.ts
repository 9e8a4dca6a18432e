export type { Engine, EngineJob, RenderProgress } from './engine.ts'
export { createEngineRegistry, type EngineRegistry } from './registry.ts'
export { createToneEngine, type ToneEngineOptions } from './tone/tone-engine.ts'
