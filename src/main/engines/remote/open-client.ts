import type { Member } from '../../../shared/endpoint/index.ts'
import type { SpeechClient } from '../../remote/index.ts'
import {
  createCosyVoiceServerClient,
  createDashscopeClient,
  createDashscopeHttpClient,
  createEasClient,
  createOpenAiClient,
  createRuntimeClient,
  createTemporaryKeys,
} from '../../speech-clients/index.ts'
import { decodeSound } from './decode-sound.ts'
import { gatewayHeaders } from './gateway-headers.ts'
import type { RemoteDeps, RemoteSetup } from './remote-setup.ts'

const WAV = { fileName: 'voice.wav', type: 'audio/wav' } as const

/** The client that speaks to one endpoint. @throws AppError `secret.unreadable` */
export const openClient = (
  { engine: { connection }, keyOf, recordingOf, languageOf }: RemoteSetup,
  { memberId, baseUrl }: Member,
  { wire, clock }: RemoteDeps,
): SpeechClient => {
  const key = keyOf(memberId)
  const recording = (voice: string) => recordingOf(voice, memberId)
  switch (connection.kind) {
    case 'dashscope': {
      const { region, workspaceId, transport, usesTemporaryKeys, fixes } = connection
      const own = { baseUrl, apiKey: async () => key ?? '', region, workspaceId, fixes }
      const endpoint = usesTemporaryKeys ? { ...own, apiKey: createTemporaryKeys({ wire, clock, endpoint: own }) } : own
      return transport === 'websocket'
        ? createDashscopeClient({ wire, clock, endpoint })
        : createDashscopeHttpClient({ wire, clock, endpoint, isStreaming: true })
    }
    case 'openai': {
      const { profile, sampleRateHz, takesInstructions } = connection
      return createOpenAiClient({
        wire,
        clock,
        endpoint: { baseUrl, profile, sampleRateHz, takesInstructions, ...(key !== undefined && { apiKey: key }) },
        decode: decodeSound,
        voiceAudio: async (voice) => {
          const found = await recording(voice)
          return found && { bytes: found.wav, type: WAV.type, transcript: found.transcript ?? '' }
        },
      })
    }
    case 'eas':
      return createEasClient({
        wire,
        clock,
        endpoint: { baseUrl, token: key ?? '', transport: connection.transport },
        languageOf: (voice) => languageOf(voice, memberId),
        decode: decodeSound,
      })
    case 'cosyvoice-server':
      return createCosyVoiceServerClient({
        wire,
        clock,
        endpoint: { baseUrl, transport: connection.transport, ...gatewayHeaders(key) },
        voiceAudio: async (voice) => {
          const found = await recording(voice)
          return found && { bytes: found.wav, fileName: WAV.fileName, isOnServer: true }
        },
      })
    case 'cosyvoice-runtime':
      return createRuntimeClient({
        wire,
        clock,
        endpoint: { baseUrl, model: connection.model, ...gatewayHeaders(key) },
        voiceAudio: async (voice) => {
          const found = await recording(voice)
          return found ? { file: found.wav, transcript: found.transcript, language: found.language } : null
        },
      })
  }
}
