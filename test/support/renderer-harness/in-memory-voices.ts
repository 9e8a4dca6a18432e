import type { AppContract, Handlers } from '../../../src/shared/contract/index.ts'
import { AppError } from '../../../src/shared/kernel/index.ts'

export type VoiceChannels =
  | 'voice.choose-recording'
  | 'voice.inspect-recording'
  | 'voice.create'
  | 'voice.change'
  | 'voice.delete'

/** Voices kept in memory. */
export const inMemoryVoices = (_deps: {
  emit(channel: string, payload: unknown): void
}): Handlers<AppContract, VoiceChannels, AbortSignal> => ({
  'voice.choose-recording': () => null,
  'voice.inspect-recording': () => {
    throw new AppError('grant.expired', { remedies: ['choose-another-file'] })
  },
  'voice.create': () => {
    throw new AppError('grant.expired', { remedies: ['choose-another-file'] })
  },
  'voice.change': () => undefined,
  'voice.delete': () => undefined,
})
