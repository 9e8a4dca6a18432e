import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { aJob, aTwinDesk, WORDS } from '../../../test/support/a-twin-desk.ts'
import { leapingClock } from '../../../test/support/leaping-clock.ts'
import {
  dashscopePlace,
  EPOCH_MS,
  easPlace,
  enrol,
  FIRST,
  SECOND,
  saidOf,
  sync,
  twinsOf,
} from '../../../test/support/voice-places.ts'
import { appContract } from '../../shared/contract/index.ts'
import type { MemberVoices } from '../../shared/endpoint/index.ts'

/** A port that nobody answers at. */
const nobody = async (): Promise<string> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

test('endpoints are asked one by one what they have: one that does not answer hides no other', async () => {
  await using one = await easPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(one.connection, [await nobody(), one.baseUrl], { key: one.key })
  one.server.references.set('r', { id: 'r', filename: 'Ann.wav' })
  const job = aJob<MemberVoices>()
  const found = await desk.twins.sync(engineId, job)
  expect(found).toMatchObject([
    { memberId: FIRST, adoptable: null, error: { code: 'cloud.unreachable', params: { deed: 'list' } } },
    { memberId: SECOND, adoptable: [{ remoteVoice: 'r', name: 'Ann' }], error: null },
  ])
  expect(job.items).toEqual(found)
  expect(appContract['twin.sync'].output.parse({ members: found })).toEqual({ members: found })
  expect(saidOf(found[0]?.error)).toMatch(/^The voices were not listed\. Far was not reached/)
})

test('endpoints of one account have the same voices, and each its own twin of them', async () => {
  await using place = await dashscopePlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl, place.baseUrl], { key: place.key })
  const voiceId = await desk.voice()
  desk.remote.giveConsent(voiceId, engineId)
  await enrol(desk, voiceId, engineId).outcomes
  expect(new Set(twinsOf(desk).map(({ remoteVoice }) => remoteVoice))).toEqual(new Set(place.server.voices.keys()))
  expect(await sync(desk, engineId)).toMatchObject([{ adoptable: [] }, { adoptable: [] }])
})

test('what may not be listed is said, where a service lists no more than so many', async () => {
  await using place = await easPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
  const add = (count: number): void => {
    for (let at = place.server.references.size; at < count; at++)
      place.server.references.set(`r${at}`, { id: `r${at}`, filename: 'Ann.wav' })
  }
  add(99)
  expect(await sync(desk, engineId)).toMatchObject([{ mayHaveMore: false }])
  add(101)
  const [found] = await sync(desk, engineId)
  expect([found?.adoptable?.length, found?.mayHaveMore]).toEqual([100, true])
})

test('a copy that is taken over has the words that its service knows', async () => {
  await using place = await easPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
  const voiceId = await desk.voice()
  const words = { other: 'Something else.', same: WORDS, unknown: undefined }
  for (const [id, text] of Object.entries(words))
    place.server.references.set(id, { id, filename: 'a.wav', ...(text && { text }) })
  const adopted = async (remoteVoice: string): Promise<string> =>
    (await desk.twins.adopt({ voiceId, engineId, memberId: FIRST, remoteVoice })).promptText
  expect([await adopted('other'), await adopted('same'), await adopted('unknown')]).toEqual([words.other, WORDS, WORDS])
})
