import { OPENAI_PROFILES } from '../../../shared/endpoint/index.ts'
import { ownReason, RemoteFailure } from '../../remote/index.ts'
import {
  deleteSiliconFlowVoice,
  deleteVllmVoice,
  listOpenAiVoices,
  listSiliconFlowVoices,
  type OpenAiEndpoint,
  uploadSiliconFlowVoice,
  uploadVllmVoice,
  type VoiceAudio,
} from '../../speech-clients/index.ts'
import type { Recording, RemoteDeps } from './remote-setup.ts'
import { requireTranscript } from './sample-rules.ts'
import type { VoiceAccess } from './voice-access.ts'
import { voiceSlug } from './voice-slug.ts'

const NEUTRAL = 'neutral' as const

const audioOf = ({ wav, transcript }: Recording): VoiceAudio => ({
  ...{ bytes: wav, type: 'audio/wav', transcript: transcript ?? '' },
})
const missing = (): RemoteFailure => new RemoteFailure('voice-not-found', ownReason('voice-not-listed'))

/** What the servers that speak like OpenAI's have beside speech: a list of voices, and with some a way to add to it. */
export const openAiVoiceAccess = (
  endpoint: OpenAiEndpoint,
  model: string,
  { wire, clock, random }: RemoteDeps,
): VoiceAccess => {
  const deps = { wire, clock, endpoint }
  const { voiceList, voiceUpload } = OPENAI_PROFILES[endpoint.profile]
  const listed = async (signal: AbortSignal) => {
    const voices = await listOpenAiVoices(deps, signal)
    if (!voices) return null
    return voices
      .filter(({ voice }) => voice.length <= 300)
      .map(({ voice, name }) => ({
        ...{ remoteVoice: voice, name: name.slice(0, 200) || voice.slice(0, 200), language: null, gender: NEUTRAL },
      }))
  }
  if (voiceUpload === 'siliconflow')
    return {
      takesTranscript: true,
      voicesOf: 'account',
      list: async (signal) =>
        (await listSiliconFlowVoices(deps, signal))
          .filter((voice) => voice.model === model && voice.voice.length <= 300)
          .map(({ voice, name }) => ({
            remoteVoice: voice,
            name: name.slice(0, 200),
            language: null,
            gender: NEUTRAL,
          })),
      enrol: async (recording, { name }, signal) => {
        requireTranscript(recording)
        const customName = voiceSlug(name, random)
        const voice = await uploadSiliconFlowVoice(
          deps,
          { name: customName, model, recording: audioOf(recording) },
          signal,
        )
        return { remoteVoice: voice, status: 'ready' }
      },
      state: async (remoteVoice, signal) => {
        const known = await listSiliconFlowVoices(deps, signal)
        if (!known.some(({ voice }) => voice === remoteVoice)) throw missing()
        return 'ready'
      },
      remove: (remoteVoice, signal) => deleteSiliconFlowVoice(deps, remoteVoice, signal),
    }
  if (voiceUpload === 'vllm-omni') {
    const upload: VoiceAccess['update'] = async (name, recording, { consent, name: description }, signal) => {
      await uploadVllmVoice(deps, { name, recording: audioOf(recording), consent, description }, signal)
      return { remoteVoice: name, status: 'ready' }
    }
    return {
      takesTranscript: true,
      voicesOf: 'endpoint',
      list: listed,
      // A voice of the same name would be replaced, so that each has a name of its own.
      enrol: (recording, facts, signal) => upload(voiceSlug(facts.name, random), recording, facts, signal),
      state: async (remoteVoice, signal) => {
        const known = await listed(signal)
        if (known && !known.some((voice) => voice.remoteVoice === remoteVoice)) throw missing()
        return 'ready'
      },
      update: upload,
      remove: (remoteVoice, signal) => deleteVllmVoice(deps, remoteVoice, signal),
    }
  }
  return { takesTranscript: true, voicesOf: 'endpoint', ...(voiceList !== 'no' && { list: listed }) }
}
