import { dashscopeCapabilities } from './dashscope-models.ts'
import { OPENAI_PROFILES } from './openai-profiles.ts'
import type { Connection } from './remote-engine.ts'

/** Whether an endpoint reads SSML with a voice that it knows by this name. */
export const endpointReadsSsml = (connection: Connection, remoteVoice: string): boolean => {
  if (connection.kind === 'openai') return OPENAI_PROFILES[connection.profile].hasSsml
  if (connection.kind !== 'dashscope') return false
  return dashscopeCapabilities(connection.model, remoteVoice, connection.region).hasSsml
}
