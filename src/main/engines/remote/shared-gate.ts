import { createHash } from 'node:crypto'
import type { Member } from '../../../shared/endpoint/index.ts'
import { createRequestGate, type RateGate, type Wire } from '../../remote/index.ts'
import type { RemoteDeps, RemoteSetup } from './remote-setup.ts'

const gatesByWire = new WeakMap<Wire, Map<string, RateGate>>()

/**
 * Services count requests by key and model, whichever engine they are of: all that go over one wire share the gate.
 * @returns undefined where an endpoint takes as many as come
 */
export const sharedGate = (
  { engine: { connection }, keyOf }: Pick<RemoteSetup, 'engine' | 'keyOf'>,
  { memberId, baseUrl, requestsPerSecond }: Member,
  { wire, clock }: Pick<RemoteDeps, 'wire' | 'clock'>,
): RateGate | undefined => {
  if (requestsPerSecond === null) return undefined
  const model = 'model' in connection ? connection.model : connection.kind
  const counted = JSON.stringify([baseUrl, keyOf(memberId) ?? '', model, requestsPerSecond])
  const name = createHash('sha256').update(counted).digest('hex')
  const gates = gatesByWire.get(wire) ?? new Map<string, RateGate>()
  gatesByWire.set(wire, gates)
  const gate = gates.get(name) ?? createRequestGate(requestsPerSecond, clock)
  gates.set(name, gate)
  return gate
}
