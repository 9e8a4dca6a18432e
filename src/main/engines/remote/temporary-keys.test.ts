import { expect, test } from 'vitest'
import { aRemoteSetup } from '../../../../test/support/a-remote-setup.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../../../../test/support/dashscope-server.ts'
import type { Connection } from '../../../shared/endpoint/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import { conformanceRequest, renderWhole } from '../engine-conformance.ts'
import { openRemoteEngine } from './open-remote-engine.ts'

const keysShown = async (usesTemporaryKeys: boolean): Promise<(string | undefined)[]> => {
  await using server = await startDashscopeServer(systemClock)
  const connection: Connection = {
    ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket' },
    ...{ workspaceId: null, usesTemporaryKeys },
  }
  await using opened = openRemoteEngine(
    aRemoteSetup(connection, { baseUrl: server.url, key: DASHSCOPE_KEY, concurrency: 2 }),
    { wire: createWire({ clock: systemClock, isOffline: () => false }), clock: systemClock, random: () => 0 },
  )
  // Two at once: one connection would serve them after another.
  await Promise.all(['你好。', '再见。'].map((text) => renderWhole(opened, conformanceRequest(opened, { text }))))
  return server.handshakes.map(({ headers }) => headers.authorization)
}

test('temporary keys open connections where they are asked for, and the key itself does not', async () => {
  const own = await keysShown(false)
  expect(own.length).toBeGreaterThan(0)
  for (const shown of own) expect(shown).toContain(DASHSCOPE_KEY)
  const temporary = await keysShown(true)
  expect(temporary.length).toBeGreaterThan(0)
  for (const shown of temporary) expect(shown).toMatch(/^bearer st-/i)
})

test('a temporary key that is refused is replaced, and the line is spoken', async () => {
  await using server = await startDashscopeServer(systemClock)
  const connection: Connection = {
    ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket' },
    ...{ workspaceId: null, usesTemporaryKeys: true },
  }
  await using opened = openRemoteEngine(
    aRemoteSetup(connection, { baseUrl: server.url, key: DASHSCOPE_KEY, concurrency: 2 }),
    { wire: createWire({ clock: systemClock, isOffline: () => false }), clock: systemClock, random: () => 0 },
  )
  const speak = (text: string) => renderWhole(opened, conformanceRequest(opened, { text }))
  await speak('你好。')
  server.revokeKeys()
  // One is spoken over the connection that is there, the other needs a new one.
  await Promise.all(['你好。', '再见。'].map(speak))
  expect(server.handshakes.map(({ headers }) => headers.authorization?.slice('Bearer '.length))).toEqual(
    [0, 0, 1].map((index) => server.temporaryKeys[index]),
  )
})
