import { expect, test } from 'vitest'
import { aRemoteSetup } from '../../../../test/support/a-remote-setup.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../../../../test/support/dashscope-server.ts'
import type { Connection } from '../../../shared/endpoint/index.ts'
import { instructsFor } from '../../../shared/render/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import type { RenderNote } from '../engine.ts'
import { conformanceRequest } from '../engine-conformance.ts'
import { openRemoteEngine } from './open-remote-engine.ts'

test.each([
  ['cosyvoice-v3-flash', 'longanyang', 70],
  ['cosyvoice-v3-flash', 'longanhuan_v3', 16],
  ['cosyvoice-v3-plus', 'longanhuan', 63],
])('%s takes every direction that is offered with %s', async (model, speaker, count) => {
  await using server = await startDashscopeServer(systemClock)
  const connection: Connection = {
    ...{ kind: 'dashscope', region: 'cn', model, transport: 'websocket', workspaceId: null },
  }
  await using opened = openRemoteEngine(aRemoteSetup(connection, { baseUrl: server.url, key: DASHSCOPE_KEY }), {
    ...{ wire: createWire({ clock: systemClock, isOffline: () => false }), clock: systemClock, random: () => 0 },
  })
  const voice = opened.presetVoices.find(({ name }) => name === speaker)
  if (!voice) throw new Error(`a voice ${speaker}`)
  const offered = instructsFor(opened.capabilities, voice).flatMap(({ text, feelings = [] }) => [
    text,
    ...feelings.map((feeling) => feeling.text),
  ])
  expect(new Set(offered).size).toBe(count)
  const warnings: RenderNote[] = []
  for (const instruct of offered) {
    const request = conformanceRequest(opened, {
      ...{ text: '你好。', instruct, voice: { voiceId: voice.voiceId, source: voice.source } },
    })
    const note = (said: RenderNote): void => {
      if (said.kind === 'warning') warnings.push(said)
    }
    const job = { signal: new AbortController().signal, progress: () => undefined, note }
    for await (const _pcm of opened.render(request, job));
  }
  expect(warnings).toEqual([])
  expect(server.tasks.map(({ parameters }) => parameters.instruction)).toEqual(offered)
  expect(server.complaints).toEqual([])
})
