import type { Member } from '../../../shared/endpoint/index.ts'
import { createEasReferenceAudio, probeRuntime, probeServer } from '../../speech-clients/index.ts'
import { gatewayHeaders } from './gateway-headers.ts'
import { listModels } from './list-models.ts'
import type { RemoteDeps, RemoteSetup } from './remote-setup.ts'

/**
 * Finds out whether an endpoint is there, by something that costs nothing; undefined for services that have no such thing.
 * @throws AppError `secret.unreadable`
 */
export const probeOf = (
  setup: RemoteSetup,
  member: Member,
  deps: RemoteDeps,
): ((signal: AbortSignal) => Promise<void>) | undefined => {
  const { connection } = setup.engine
  const { memberId, baseUrl } = member
  const key = setup.keyOf(memberId)
  const ask = (request: (signal: AbortSignal) => Promise<unknown>) => async (signal: AbortSignal) => {
    await request(signal)
  }
  switch (connection.kind) {
    case 'dashscope':
      return undefined
    case 'openai':
      return ask((signal) => listModels(setup, member, deps, signal))
    case 'eas': {
      const audio = createEasReferenceAudio({ ...deps, endpoint: { baseUrl, token: key ?? '' } })
      return ask((signal) => audio.list({ limit: 1 }, signal))
    }
    case 'cosyvoice-server':
      return ask((signal) => probeServer({ ...deps, endpoint: { baseUrl, ...gatewayHeaders(key, member) } }, signal))
    case 'cosyvoice-runtime':
      return ask((signal) => probeRuntime({ ...deps, endpoint: { baseUrl, ...gatewayHeaders(key, member) } }, signal))
  }
}
