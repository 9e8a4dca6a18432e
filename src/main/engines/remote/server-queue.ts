import type { Member, MemberTrial } from '../../../shared/endpoint/index.ts'
import { queueStats } from '../../speech-clients/index.ts'
import { gatewayHeaders } from './gateway-headers.ts'
import type { RemoteDeps, RemoteSetup } from './remote-setup.ts'

const IS_OVER = ['completed', 'failed']

/**
 * What waits in the queue of an endpoint; null where lines do not go through one.
 * @throws RemoteFailure; AppError `secret.unreadable`; AppCancel
 */
export const serverQueue = async (
  { engine: { connection }, keyOf }: RemoteSetup,
  member: Member,
  deps: RemoteDeps,
  signal: AbortSignal,
): Promise<MemberTrial['queue']> => {
  if (connection.kind !== 'cosyvoice-server' || connection.transport !== 'schedule') return null
  const endpoint = { baseUrl: member.baseUrl, ...gatewayHeaders(keyOf(member.memberId), member) }
  const { tasks, byStatus, averageSynthesisSec } = await queueStats({ ...deps, endpoint }, signal)
  const over = IS_OVER.reduce((sum, status) => sum + (byStatus[status] ?? 0), 0)
  return { waitingLines: Math.max(0, tasks - over), secPerLine: averageSynthesisSec > 0 ? averageSynthesisSec : null }
}
