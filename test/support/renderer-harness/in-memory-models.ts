import type { AppContract, Handlers } from '../../../src/shared/contract/index.ts'

export type ModelChannels = Extract<keyof AppContract, `model.${string}`> & Exclude<keyof AppContract, 'model.changed'>

/** Models kept in memory: installs take a second or two. */
export const inMemoryModels = ({
  emit,
}: {
  emit(channel: string, payload: unknown): void
}): Handlers<AppContract, ModelChannels, AbortSignal> => ({
  'model.list': () => ({ available: [], installed: [], directory: '/models', unfinishedBytes: 0, freeBytes: null }),
  'model.install': async () => ({ id: 'cosyvoice3-cpu' }),
  'model.choose-source': () => null,
  'model.import': async () => ({ id: 'cosyvoice3-cpu' }),
  'model.choose-pack-target': () => null,
  'model.export-pack': async () => ({ path: '/models/pack.cosypack' }),
  'model.repair': async () => ({ repairedFiles: 0 }),
  'model.remove': () => emit('model.changed', {}),
  'model.remove-unfinished': () => ({ removedBytes: 0 }),
})
