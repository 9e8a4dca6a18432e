import { expect, test } from 'vitest'
import { aJob, aTwinDesk } from '../../../test/support/a-twin-desk.ts'
import { startCosyVoiceApiServer } from '../../../test/support/cosyvoice-api-server.ts'
import { startRuntimeServer } from '../../../test/support/cosyvoice-runtime-server.ts'
import { startEasServer } from '../../../test/support/eas-server.ts'
import { type Connection, type RemoteVoice, remoteDraftSchema } from '../../shared/endpoint/index.ts'
import { systemClock } from '../clock/index.ts'

/** An engine as its form has it before it is saved. */
const aForm = (connection: Connection, baseUrl: string, voices: readonly RemoteVoice[] = [], key?: string) =>
  remoteDraftSchema.parse({
    engineId: null,
    engine: {
      name: 'Far',
      connection,
      members: [{ memberId: 'member_0', baseUrl, concurrency: 1, requestsPerSecond: null, isDraining: false }],
      ...{ price: null, monthlyLimit: null, voices },
    },
    keys: key === undefined ? {} : { member_0: key },
  })

test('an engine without voices is tried with the first that its endpoint lists', async () => {
  await using eas = await startEasServer()
  await using server = await startCosyVoiceApiServer({ voices: ['harbour', 'mill'] })
  await using room = aTwinDesk({ clock: systemClock })
  expect(
    await room.remote.test(aForm({ kind: 'eas', transport: 'websocket' }, eas.baseUrl, [], eas.token), null, aJob()),
  ).toMatchObject([{ error: null, voices: [{ remoteVoice: 'ref1' }] }])
  expect(eas.tasks.map(({ run }) => run.payload.parameters.reference_audio_id)).toEqual(['ref1'])
  expect(
    await room.remote.test(aForm({ kind: 'cosyvoice-server', transport: 'cache' }, server.url), null, aJob()),
  ).toMatchObject([{ error: null, voices: [{ remoteVoice: 'harbour' }, { remoteVoice: 'mill' }] }])
  const asked = () => server.seen.filter(({ route }) => route === 'with-cache').map(({ body }) => body.voice_id)
  expect(asked()).toEqual(['harbour'])

  // One that a person has named goes before all that are listed.
  const mill: RemoteVoice = { remoteVoice: 'mill', name: 'Mill', language: null, gender: 'neutral' }
  await room.remote.test(aForm({ kind: 'cosyvoice-server', transport: 'cache' }, server.url, [mill]), null, aJob())
  expect(asked()).toEqual(['harbour', 'mill'])
  expect(room.remote.list()).toEqual([])
})

test('where there is no voice to try, it is said what makes one, and nothing is spoken', async () => {
  await using server = await startCosyVoiceApiServer({ voices: [] })
  await using runtime = await startRuntimeServer()
  await using room = aTwinDesk({ clock: systemClock })
  const tried = async (connection: Connection, baseUrl: string) =>
    (await room.remote.test(aForm(connection, baseUrl), null, aJob())).map(({ error }) => error)
  const none = (way: string) => [{ code: 'voice.none-to-try', params: { way } }]
  expect(await tried({ kind: 'cosyvoice-server', transport: 'cache' }, server.url)).toMatchObject(none('enrolled'))
  expect(await tried({ kind: 'cosyvoice-runtime', model: 'cosyvoice3' }, runtime.baseUrl)).toMatchObject(none('along'))
  expect(server.routes()).not.toContain('with-cache')
  expect(runtime.inferences).toEqual([])
})

test('what waits in the queue of an endpoint is told, where lines go through one', async () => {
  await using server = await startCosyVoiceApiServer({ voices: ['harbour'], polls: 1 })
  await using room = aTwinDesk({ clock: systemClock })
  for (const text of ['One', 'Two']) {
    const body = JSON.stringify({ text, voice_id: 'harbour' })
    const headers = { 'content-type': 'application/json' }
    await (await fetch(`${server.url}/api/v3/schedule/register`, { method: 'POST', headers, body })).text()
  }
  const [scheduled] = await room.remote.test(
    aForm({ kind: 'cosyvoice-server', transport: 'schedule' }, server.url),
    null,
    aJob(),
  )
  expect(scheduled).toMatchObject({ error: null, queue: { waitingLines: 2, secPerLine: 1.25 } })
  const [cached] = await room.remote.test(
    aForm({ kind: 'cosyvoice-server', transport: 'cache' }, server.url),
    null,
    aJob(),
  )
  expect(cached).toMatchObject({ error: null, queue: null })
})

test.each(['task', 'schedule'] as const)('a trial by a %s leaves nothing at the server', async (transport) => {
  await using server = await startCosyVoiceApiServer({ voices: ['harbour'], polls: 0 })
  await using room = aTwinDesk({ clock: systemClock })
  const [trial] = await room.remote.test(aForm({ kind: 'cosyvoice-server', transport }, server.url), null, aJob())
  expect(trial?.error).toBeNull()
  expect(server.tasks()).toBe(0)
})
