export * from './llm/llm-decoder.ts'
export * from './sessions.ts'
