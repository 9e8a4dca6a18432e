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
  type DashscopeOddity,
} from '../../speech-clients/index.ts'
import { decodeSound } from './decode-sound.ts'
import { gatewayHeaders, openAiKey } from './gateway-headers.ts'
import type { RemoteDeps, RemoteSetup } from './remote-setup.ts'

const WAV = { fileName: 'voice.wav', type: 'audio/wav' } as const

/** The client that speaks to one endpoint. @throws AppError `secret.unreadable` */
export const openClient = (
  { engine: { engineId, connection }, keyOf, recordingOf, languageOf }: RemoteSetup,
  member: Member,
  { wire, clock, log }: RemoteDeps,
): SpeechClient => {
  const { memberId, baseUrl } = member
  const key = keyOf(memberId)
  const recording = (voice: string) => recordingOf(voice, memberId)
  switch (connection.kind) {
    case 'dashscope': {
      const { region, workspaceId, transport, usesTemporaryKeys, fixes, mostText } = connection
      const own = {
        ...{ baseUrl, apiKey: async () => key ?? '', region, workspaceId, fixes },
        ...(mostText !== undefined && { charactersPerSend: mostText }),
      }
      const endpoint = usesTemporaryKeys ? { ...own, apiKey: createTemporaryKeys({ wire, clock, endpoint: own }) } : own
      const onOddity = ({ what, taskId }: DashscopeOddity): void =>
        log?.('warn', 'a service did what its protocol does not have', { engineId, memberId, what, taskId })
      return transport === 'websocket'
        ? createDashscopeClient({ wire, clock, endpoint, onOddity })
        : createDashscopeHttpClient({ wire, clock, endpoint, isStreaming: true })
    }
    case 'openai': {
      const { profile, sampleRateHz, takesInstructions, mostText, extra } = connection
      return createOpenAiClient({
        wire,
        clock,
        endpoint: {
          ...{ baseUrl, profile, sampleRateHz, takesInstructions, ...openAiKey(key, member) },
          ...(mostText !== undefined && { mostText }),
          ...(extra && { extra }),
        },
        decode: decodeSound,
        voiceAudio: async (voice) => {
          const found = await recording(voice)
          return (
            found && {
              ...{ bytes: found.wav, type: WAV.type, transcript: found.transcript ?? '', language: found.language },
            }
          )
        },
      })
    }
    case 'eas':
      return createEasClient({
        wire,
        clock,
        endpoint: {
          ...{ baseUrl, token: key ?? '', transport: connection.transport },
          ...(member.webSocketUrl !== undefined && { webSocketUrl: member.webSocketUrl }),
        },
        languageOf: (voice) => languageOf(voice, memberId),
        decode: decodeSound,
      })
    case 'cosyvoice-server':
      return createCosyVoiceServerClient({
        wire,
        clock,
        endpoint: { baseUrl, transport: connection.transport, ...gatewayHeaders(key, member) },
        voiceAudio: async (voice) => {
          const found = await recording(voice)
          return found && { bytes: found.wav, fileName: WAV.fileName, isOnServer: true }
        },
      })
    case 'cosyvoice-runtime':
      return createRuntimeClient({
        wire,
        clock,
        endpoint: {
          ...{ baseUrl, model: connection.model, ...gatewayHeaders(key, member) },
          ...(connection.sampleRateHz !== undefined && { sampleRateHz: connection.sampleRateHz }),
        },
        voiceAudio: async (voice) => {
          const found = await recording(voice)
          return found ? { file: found.wav, transcript: found.transcript, language: found.language } : null
        },
      })
  }
}
