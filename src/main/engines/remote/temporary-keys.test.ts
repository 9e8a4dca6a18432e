import { expect, test } from 'vitest'
import { DASHSCOPE_KEY, startDashscopeServer } from '../../../../test/support/dashscope-server.ts'
import { remoteEngineSchema } from '../../../shared/endpoint/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import { conformanceRequest, renderWhole } from '../engine-conformance.ts'
import { openRemoteEngine } from './open-remote-engine.ts'

const keysShown = async (usesTemporaryKeys: boolean): Promise<(string | undefined)[]> => {
  await using server = await startDashscopeServer(systemClock)
  const engine = remoteEngineSchema.parse({
    ...{ engineId: 'far-a', createdAtEpochMs: 0, name: 'Far', voices: [], price: null, monthlyLimit: null },
    connection: {
      ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket' },
      ...{ workspaceId: null, usesTemporaryKeys },
    },
    members: [
      { memberId: 'member_a', baseUrl: server.url, concurrency: 2, requestsPerSecond: null, isDraining: false },
    ],
  })
  await using opened = openRemoteEngine(
    {
      engine,
      keyOf: () => DASHSCOPE_KEY,
      keyMark: () => null,
      remoteVoice: ({ source }) => (source.kind === 'presetSpeaker' ? source.speaker : undefined),
      recordingOf: async () => undefined,
      languageOf: () => null,
      admit: () => undefined,
    },
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
