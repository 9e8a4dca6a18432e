import { createEasReferenceAudio, type EasEndpoint } from '../../speech-clients/index.ts'
import type { RemoteDeps } from './remote-setup.ts'
import { requireEasSample, requireTranscript } from './sample-rules.ts'
import type { VoiceAccess } from './voice-access.ts'

const LONGEST_NAME = 80
/** What the service lists where nothing else is asked for; it has no pages. */
const MOST_LISTED = 100

/** What a file can be called everywhere. */
const fileNameOf = (name: string): string => {
  const plain = name.replaceAll(/[^\p{L}\p{N} _-]/gu, '').trim()
  return `${plain.slice(0, LONGEST_NAME) || 'voice'}.wav`
}
const nameOf = (fileName: string | null, id: string): string => fileName?.replace(/\.\w{1,5}$/, '') || id

/** Reference audio of a service; its id is the voice. */
export const easVoiceAccess = (endpoint: EasEndpoint, { wire, clock }: RemoteDeps): VoiceAccess => {
  const store = createEasReferenceAudio({ wire, clock, endpoint })
  return {
    takesTranscript: true,
    voicesOf: 'endpoint',
    list: async (signal) =>
      (await store.list({ limit: MOST_LISTED }, signal)).map(({ id, fileName }) => ({
        ...{ remoteVoice: id, name: nameOf(fileName, id).slice(0, 200), language: null, gender: 'neutral' as const },
      })),
    listsAtMost: MOST_LISTED,
    enrol: async (recording, { name, report }, signal) => {
      requireEasSample(report, recording.wav.length)
      const transcript = requireTranscript(recording)
      const { id } = await store.upload({ file: recording.wav, fileName: fileNameOf(name), transcript }, signal)
      return { remoteVoice: id, status: 'ready' }
    },
    state: async (remoteVoice, signal) => {
      await store.get(remoteVoice, signal)
      return 'ready'
    },
    transcriptOf: async (remoteVoice, signal) => (await store.get(remoteVoice, signal)).transcript,
    remove: (remoteVoice, signal) => store.delete(remoteVoice, signal),
  }
}
