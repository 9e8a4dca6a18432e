import type { Member } from '../../../shared/endpoint/index.ts'
import { listOpenAiModels } from '../../speech-clients/index.ts'
import { openAiKey } from './gateway-headers.ts'
import type { RemoteDeps, RemoteSetup } from './remote-setup.ts'

/**
 * Models that an endpoint says it has; null where it does not say.
 * @throws RemoteFailure; AppError `secret.unreadable`; AppCancel
 */
export const listModels = async (
  { engine: { connection }, keyOf }: RemoteSetup,
  member: Member,
  deps: RemoteDeps,
  signal: AbortSignal,
): Promise<readonly string[] | null> => {
  if (connection.kind !== 'openai') return null
  const { memberId, baseUrl } = member
  const endpoint = { baseUrl, profile: connection.profile, ...openAiKey(keyOf(memberId), member) }
  return (await listOpenAiModels({ ...deps, endpoint }, signal)) ?? null
}
