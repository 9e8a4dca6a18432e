import { RemoteFailure } from '../../remote/index.ts'
import {
  createServerVoice,
  deleteServerVoice,
  isDuplicateVoice,
  listServerVoices,
  nextVoiceId,
  probeServer,
  type ServerAddress,
  type ServerGeneration,
  serverVoice,
  updateServerVoice,
} from '../../speech-clients/index.ts'
import type { RemoteDeps } from './remote-setup.ts'
import type { VoiceAccess } from './voice-access.ts'
import { voiceSlug } from './voice-slug.ts'

const FILE_NAME = 'voice.wav'
/** A name that is taken is no failure, until it is one all the time. */
const MOST_NAMES = 20

/** Voices of a CosyVoice API server, in the store of the generation that speaks there. */
export const serverVoiceAccess = (endpoint: ServerAddress, { wire, clock, random }: RemoteDeps): VoiceAccess => {
  const access = { wire, clock, endpoint }
  const generationAt = async (signal: AbortSignal): Promise<ServerGeneration> => {
    const found = await probeServer(access, signal)
    if (found.kind === 'supported') return found.generation
    throw new RemoteFailure('protocol', found.why)
  }
  return {
    takesTranscript: true,
    voicesOf: 'endpoint',
    list: async (signal) => {
      const voices = await listServerVoices(access, await generationAt(signal), signal)
      return voices.map(({ voiceId, name, language }) => ({
        remoteVoice: voiceId.slice(0, 300),
        name: name.slice(0, 200),
        language: language !== null && /^[a-z]{2,3}(-|$)/i.test(language) && language.length <= 35 ? language : null,
        gender: 'neutral' as const,
      }))
    },
    enrol: async ({ wav, transcript, language }, { name }, signal) => {
      const generation = await generationAt(signal)
      const audio = { bytes: wav, fileName: FILE_NAME }
      const facts = {
        ...{ name, audio },
        ...(transcript !== null && { promptText: transcript }),
        ...(language !== null && { language }),
      }
      let voiceId = voiceSlug(name, random)
      for (let names = 1; ; names += 1) {
        try {
          const made = await createServerVoice(access, generation, { voiceId, ...facts }, signal)
          return { remoteVoice: made.voiceId, status: 'ready' }
        } catch (error) {
          if (!isDuplicateVoice(error) || names === MOST_NAMES) throw error
          voiceId = nextVoiceId(voiceId)
        }
      }
    },
    state: async (remoteVoice, signal) => {
      const { isActive } = await serverVoice(access, await generationAt(signal), remoteVoice, signal)
      return isActive ? 'ready' : 'rejected'
    },
    relabel: async (remoteVoice, { name, language }, signal) => {
      const changes = { name, ...(language !== null && { language }) }
      await updateServerVoice(access, await generationAt(signal), remoteVoice, changes, signal)
    },
    remove: async (remoteVoice, signal) => deleteServerVoice(access, await generationAt(signal), remoteVoice, signal),
  }
}
