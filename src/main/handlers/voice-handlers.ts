import path from 'node:path'
import type { GrantId, VoiceId } from '../../shared/kernel/index.ts'
import type { StudioVoices } from '../studio/index.ts'
import type { HandlersOf } from './handlers-of.ts'
import type { EmitEvent } from './serve-contract.ts'

export type VoiceHandlersDeps = {
  voices: StudioVoices
  emit: EmitEvent
  /** Asks for a file of sound; null when the person closed the dialog. */
  chooseRecording(): Promise<string | null>
  grants: { give(path: string): GrantId; pathOf(grantId: GrantId): string }
}

type Channels =
  | 'voice.choose-recording'
  | 'voice.inspect-recording'
  | 'voice.inspect'
  | 'voice.create'
  | 'voice.change'
  | 'voice.delete'

export const voiceHandlers = (deps: VoiceHandlersDeps): HandlersOf<Channels> => {
  const { voices, grants } = deps
  const changed = (voiceId: VoiceId): void => deps.emit('voice.changed', { voiceIds: [voiceId] })
  return {
    'voice.choose-recording': async () => {
      const file = await deps.chooseRecording()
      return file === null ? null : { grantId: grants.give(file), name: path.basename(file) }
    },
    'voice.inspect-recording': ({ grantId }) => voices.inspectRecording(grants.pathOf(grantId)),
    'voice.inspect': ({ voiceId }) => voices.inspect(voiceId),
    'voice.create': async ({ grantId, ...said }) => {
      const { voiceId } = (await voices.create(grants.pathOf(grantId), said)).voice
      changed(voiceId)
      return { voiceId }
    },
    'voice.change': async ({ voiceId, ...said }) => {
      await voices.change(voiceId, said)
      changed(voiceId)
    },
    'voice.delete': async ({ voiceId }) => {
      await voices.delete(voiceId)
      changed(voiceId)
    },
  }
}
