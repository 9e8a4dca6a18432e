import { expect, test } from 'vitest'
import { aRemoteSetup } from '../../../../test/support/a-remote-setup.ts'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import type { Connection, Member } from '../../../shared/endpoint/index.ts'
import { createWire } from '../../remote/index.ts'
import { sharedGate } from './shared-gate.ts'

const { nowEpochMs, setTimer } = fakeTime()
const clock = { nowEpochMs: () => nowEpochMs, setTimer }
const aWire = () => createWire({ clock, isOffline: () => false })
const wire = aWire()
const gateOf = ({
  model = 'cosyvoice-v3-flash',
  key = 'sk-one',
  baseUrl = 'https://a.example',
  requestsPerSecond = 3 as number | null,
  over = wire,
} = {}) => {
  const connection: Connection = { kind: 'dashscope', region: 'cn', model, transport: 'websocket', workspaceId: null }
  const setup = aRemoteSetup(connection, { baseUrl, key })
  const [member] = setup.engine.members
  return sharedGate(setup, { ...member, requestsPerSecond } as Member, { wire: over, clock })
}

test('engines that use one key with one model share what passes in a second', () => {
  const gate = gateOf()
  expect(gate).toBeDefined()
  expect(gateOf()).toBe(gate)
  for (const other of [
    gateOf({ model: 'cosyvoice-v2' }),
    gateOf({ key: 'sk-two' }),
    gateOf({ baseUrl: 'https://b.example' }),
    gateOf({ over: aWire() }),
  ])
    expect(other).not.toBe(gate)
  expect(gateOf({ requestsPerSecond: null })).toBeUndefined()
})
