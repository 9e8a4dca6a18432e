import type { EngineCapabilities } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'

/** What is known of an engine without starting it: plain data, read at start by main and by the worker alike. */
export type EngineDescription = {
  capabilities: EngineCapabilities
  /** Ids are stable between versions: projects refer to them. */
  presetVoices: readonly Voice[]
  /** A process that has grown beyond this is ended when no line is spoken, and started afresh with the next. */
  memoryLimitBytes?: number
}
