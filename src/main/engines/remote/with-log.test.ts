import { expect, test } from 'vitest'
import { aRemoteSetup } from '../../../../test/support/a-remote-setup.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../../../../test/support/dashscope-server.ts'
import { P } from '../../../../test/support/speech-fixtures.ts'
import type { Connection } from '../../../shared/endpoint/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import { conformanceRequest, renderWhole } from '../engine-conformance.ts'
import { openRemoteEngine } from './open-remote-engine.ts'

test('what a service did otherwise and how it failed is written down, without what was to be said', async () => {
  await using server = await startDashscopeServer(systemClock)
  const connection: Connection = {
    ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket', workspaceId: null },
  }
  const written: [level: string, facts: Readonly<Record<string, unknown>> | undefined][] = []
  await using opened = openRemoteEngine(aRemoteSetup(connection, { baseUrl: server.url, key: DASHSCOPE_KEY }), {
    ...{ wire: createWire({ clock: systemClock, isOffline: () => false }), clock: systemClock, random: () => 0 },
    log: (level, _message, facts) => written.push([level, facts]),
  })
  const text = 'Nobody may read this.'
  server.answerTask(async (task) => {
    task.event('task-started')
    task.event('weather-report', { output: { text } })
    await task.heardAll()
    task.spoken(0, P)
    task.finished()
  })
  await renderWhole(opened, conformanceRequest(opened, { text }))
  server.answerTask((task) => task.failed('InvalidParameter.Odd', `${text} is refused`))
  await expect(renderWhole(opened, conformanceRequest(opened, { text }))).rejects.toMatchObject({
    code: 'cloud.rejected',
  })
  const ids = { engineId: 'far-a', memberId: 'member_a' }
  const [first, second] = server.tasks
  expect(written).toEqual([
    ['warn', { ...ids, what: 'unknown-event', taskId: first?.taskId }],
    [
      'warn',
      expect.objectContaining({
        ...{ ...ids, failureClass: 'bad-request', code: 'InvalidParameter.Odd', requestId: second?.taskId },
      }),
    ],
  ])
  expect(JSON.stringify(written)).not.toMatch(/Nobody|sk-/)
})
