import { expect, test } from 'vitest'
import { aRemoteSetup } from '../../../../test/support/a-remote-setup.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../../../../test/support/dashscope-server.ts'
import type { Connection } from '../../../shared/endpoint/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import type { RenderNote } from '../engine.ts'
import { conformanceRequest } from '../engine-conformance.ts'
import { openRemoteEngine } from './open-remote-engine.ts'

test.each(['websocket', 'http'] as const)(
  'how words are read goes with every line of a cloned voice, by %s',
  async (transport) => {
    await using server = await startDashscopeServer(systemClock)
    const connection: Connection = {
      ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport, workspaceId: null },
      fixes: { readings: [{ written: '草地', said: 'cao3 di4' }], replacements: [], isMarkdownFiltered: true },
    }
    const spoken = async (voice: string): Promise<readonly RenderNote[]> => {
      const setup = aRemoteSetup(connection, { baseUrl: server.url, key: DASHSCOPE_KEY }, { remoteVoice: () => voice })
      const wire = createWire({ clock: systemClock, isOffline: () => false })
      await using engine = openRemoteEngine(setup, { wire, clock: systemClock, random: () => 0 })
      const notes: RenderNote[] = []
      const { signal } = new AbortController()
      const job = { signal, progress: () => undefined, note: (note: RenderNote) => notes.push(note) }
      for await (const _ of engine.render(conformanceRequest(engine, { text: '草地。' }), job));
      return notes
    }
    const asked = (): unknown =>
      transport === 'http' ? JSON.parse(server.requests.at(-1) ?? '').input : server.tasks.at(-1)?.parameters
    const cloned = await spoken('cosyvoice-v3-flash-mine-0001')
    expect(asked()).toMatchObject({
      hot_fix: { pronunciation: [{ 草地: 'cao3 di4' }] },
      enable_markdown_filter: true,
    })
    expect(cloned.filter(({ kind }) => kind === 'warning')).toEqual([])
    const own = await spoken('longanyang')
    expect(asked()).not.toHaveProperty('hot_fix')
    expect(own).toContainEqual({ kind: 'warning', field: 'readings', reason: 'not-with-voice' })
    expect(server.complaints).toEqual([])
  },
)
