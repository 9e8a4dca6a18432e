export * from './export-settings.ts'
export * from './mix-plan.ts'
export * from './pcm.ts'
export * from './playback-state.ts'
