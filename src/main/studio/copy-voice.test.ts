import { describe, expect, test } from 'vitest'
import { aJob, aTwinDesk, WORDS } from '../../../test/support/a-twin-desk.ts'
import { startRuntimeServer } from '../../../test/support/cosyvoice-runtime-server.ts'
import { VOICES_KEY } from '../../../test/support/dashscope-voices-server.ts'
import { leapingClock } from '../../../test/support/leaping-clock.ts'
import {
  anAccount,
  caught,
  DASHSCOPE,
  EPOCH_MS,
  easPlace,
  enrol,
  only,
  openAi,
  openAiPlace,
  renew,
  saidOf,
  serverPlace,
  twinsOf,
} from '../../../test/support/voice-places.ts'
import { appContract } from '../../shared/contract/index.ts'
import type { Connection, TwinOutcome } from '../../shared/endpoint/index.ts'
import { putVoiceTwin } from '../library/index.ts'

describe('the making of a voice at DashScope', () => {
  test('is not asked for twice where its answer is lost: the voice is found', async () => {
    await using account = await anAccount()
    const { server, desk, engineId, voiceId } = account
    server.next('create_voice', { resets: 'after' })
    await enrol(desk, voiceId, engineId).outcomes
    expect(only(desk)).toMatchObject({ status: 'ready', remoteVoice: [...server.voices.keys()][0] })
    expect(server.count('create_voice')).toBe(1)
  })

  test('ends with a cancel, which leaves nothing open', async () => {
    await using account = await anAccount()
    const { server, desk, engineId, voiceId } = account
    server.next('create_voice', { hangs: 'head' })
    const controller = new AbortController()
    const { outcomes } = enrol(desk, voiceId, engineId, controller.signal)
    await server.asked('create_voice')
    controller.abort()
    await expect(outcomes).rejects.toThrow('cancelled')
    await server.allClosed()
    expect(twinsOf(desk)).toEqual([])
    await enrol(desk, voiceId, engineId).outcomes
    expect(only(desk).status).toBe('ready')
  })

  test('sends 24 kHz, 16 bits, mono, whatever the recording has, or the address where a person put it', async () => {
    await using account = await anAccount()
    const { server, desk, engineId } = account
    const voiceId = await desk.voice({ name: 'High', language: 'en-GB' }, { sampleRateHz: 48_000, durationSec: 6 })
    desk.remote.giveConsent(voiceId, engineId)
    await enrol(desk, voiceId, engineId).outcomes
    const [sample] = server.objects.values()
    const view = new DataView(sample?.slice().buffer ?? new ArrayBuffer(44))
    expect([view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true)]).toEqual([1, 24_000, 16])
    expect(sample?.length).toBeCloseTo(44 + 2 * 6 * 24_000, -2)
    const [made] = server.requests.filter(({ action }) => action === 'create_voice')
    expect(made?.input).toMatchObject({ target_model: 'cosyvoice-v3.5-plus', language_hints: ['en'] })
    expect(made?.input.prefix).toMatch(/^hig[0-9a-z]{6}$/)

    const own = await desk.voice({ name: 'Own', language: 'yue' })
    desk.remote.giveConsent(own, engineId)
    await desk.twins.enrol({ voiceId: own, engineId, sampleUrl: 'https://example.org/a.wav' }, aJob<TwinOutcome>())
    const asked = server.requests.filter(({ action }) => action === 'create_voice').at(-1)
    expect(asked?.input).toMatchObject({ url: 'https://example.org/a.wav', language_hints: ['zh'] })
    expect(server.objects.size).toBe(1)
  })

  test.each([
    [{ durationSec: 3 }, / only 3 s of speech without a long pause are in it, where at least 5 s are needed/],
  ] as const)('is refused for a recording %j before anything is sent', async (sound, said) => {
    await using account = await anAccount()
    const { server, desk, engineId } = account
    const voiceId = await desk.voice({ name: 'Short' }, sound)
    desk.remote.giveConsent(voiceId, engineId)
    const error = await caught(enrol(desk, voiceId, engineId).outcomes)
    expect(error).toMatchObject({ code: 'cloud.sample-unfit', remedies: ['choose-another-voice'] })
    expect(saidOf(error)).toMatch(said)
    expect([server.requests, twinsOf(desk)]).toEqual([[], []])
  })

  test.each([
    [
      { status: 401, body: { code: 'InvalidApiKey', message: 'Invalid API-key provided.' } },
      'The voice was not copied. Far refused the key: “InvalidApiKey: Invalid API-key provided.”.',
    ],
    [
      { status: 400, body: { code: 'InvalidParameter', message: 'Maximum voice-clone voice limit exceeded.' } },
      /^The voice was not copied\. Far has nothing left for this account: .* Delete voices there that are no longer needed\.$/,
    ],
    [
      { status: 400, body: { code: 'Audio.AudioSilentError', message: 'silent' } },
      /^The voice was not copied\. Far refused the request: .* It finds the recording unfit/,
    ],
  ])('tells what the service refuses it for: %j', async (answer, said) => {
    await using account = await anAccount()
    const { server, desk, engineId, voiceId } = account
    server.next('create_voice', { answer })
    const words = saidOf(await caught(enrol(desk, voiceId, engineId).outcomes))
    if (typeof said === 'string') expect(words).toBe(said)
    else expect(words).toMatch(said)
    expect(twinsOf(desk)).toEqual([])
  })
})

test('words and a language alone are not sent to DashScope, which cannot be told of them', async () => {
  await using account = await anAccount()
  const { server, desk, engineId, voiceId } = account
  await enrol(desk, voiceId, engineId).outcomes
  const asked = server.requests.length
  await desk.voices.change(voiceId, { name: 'Lin', promptText: '嗯。', language: 'yue', gender: 'female', notes: '' })
  await renew(desk, voiceId, engineId)
  expect(only(desk)).toMatchObject({ promptText: '嗯。', language: 'yue' })
  expect(server.requests).toHaveLength(asked)
})

test('a copy at DashScope is made anew in another language, and the former removed; not where the service hears the same', async () => {
  await using account = await anAccount()
  const { server, desk, engineId, voiceId } = account
  const changed = async (language: string): Promise<string> => {
    await desk.voices.change(voiceId, { name: 'Lin', promptText: '嗯。', language, gender: 'female', notes: '' })
    await renew(desk, voiceId, engineId)
    expect([...server.voices.keys()]).toEqual([only(desk).remoteVoice])
    expect(only(desk)).toMatchObject({ status: 'ready', language })
    return only(desk).remoteVoice
  }
  await enrol(desk, voiceId, engineId).outcomes
  const first = only(desk).remoteVoice
  const japanese = await changed('ja')
  expect(japanese).not.toBe(first)
  const made = server.requests.filter(({ action }) => action === 'create_voice')
  expect(made.map(({ input }) => input.language_hints)).toEqual([['zh'], ['ja']])
  expect(await changed('ja-JP')).toBe(japanese)
  expect([server.count('create_voice'), server.count('update_voice')]).toEqual([2, 0])
})

test.each([
  ['keeps its name with a model that is told of recordings alone', 'cosyvoice-v3-plus', 'zh-CN', ['update_voice']],
  ['but not in another language', 'cosyvoice-v3-plus', 'ja', ['create_voice', 'delete_voice']],
  [
    'nor where the model is told how much to listen to',
    'cosyvoice-v3-flash',
    'zh-CN',
    ['create_voice', 'delete_voice'],
  ],
])('a copy at DashScope of another recording %s', async (_what, model, language, actions) => {
  await using account = await anAccount()
  const { server, desk } = account
  const engineId = desk.engine({ ...DASHSCOPE, model } as Connection, [server.url], { key: VOICES_KEY })
  const voiceId = await desk.voice({ language })
  desk.remote.giveConsent(voiceId, engineId)
  await enrol(desk, voiceId, engineId).outcomes
  putVoiceTwin(desk.db, { ...only(desk), audioSha256: 'b'.repeat(64), language: 'zh-CN' })
  desk.remote.forgetVoices()
  const before = server.requests.length
  await renew(desk, voiceId, engineId)
  const asked = server.requests.slice(before).map(({ action }) => action)
  expect(asked.filter((action) => /^(create|update|delete)/.test(action))).toEqual(actions)
  expect([...server.voices.keys()]).toEqual([only(desk).remoteVoice])
})

test('of a recording all is listened to, and it is cleaned where a person wants that and the model can', async () => {
  await using account = await anAccount()
  const { server, desk, engineId } = account
  const voiceId = await desk.voice({ name: 'Long' }, { durationSec: 18 })
  desk.remote.giveConsent(voiceId, engineId)
  await enrol(desk, voiceId, engineId).outcomes
  const asked = () => server.requests.filter(({ action }) => action === 'create_voice').at(-1)?.input
  expect(asked()).toMatchObject({ max_prompt_audio_length: 18 })
  expect(asked()).not.toHaveProperty('enable_preprocess')
  await desk.twins.remove({ voiceId, memberId: only(desk).memberId, alsoThere: true })
  await desk.twins.enrol({ voiceId, engineId, sampleUrl: null, isCleaned: true }, aJob<TwinOutcome>())
  expect(asked()).toMatchObject({ max_prompt_audio_length: 18, enable_preprocess: true })

  const plain = desk.engine({ ...DASHSCOPE, model: 'cosyvoice-v3-plus' } as Connection, [server.url], {
    key: VOICES_KEY,
  })
  const other = await desk.voice({ name: 'Plain' }, { durationSec: 18 })
  desk.remote.giveConsent(other, plain)
  await enrol(desk, other, plain).outcomes
  expect(Object.keys(asked() ?? {}).toSorted()).toEqual(['action', 'language_hints', 'prefix', 'target_model', 'url'])
})

test('how the recording got there is said where the first way was of no use, and an address is asked for at the end', async () => {
  await using account = await anAccount()
  const { server, desk, engineId, voiceId } = account
  server.unreachable.add('https').add('oss')
  const sampleUrl = 'https://example.org/a.wav'
  const [outcome] = await desk.twins.enrol({ voiceId, engineId, sampleUrl }, aJob<TwinOutcome>())
  expect(outcome?.warnings.map(({ field, reason }) => `${field} ${reason}`)).toEqual([
    'recording not-by-own-url',
    'recording not-by-temporary-upload',
    'recording by-data-uri',
  ])
  expect(appContract['twin.enrol'].item.parse(outcome)).toEqual(outcome)
  await desk.twins.remove({ voiceId, memberId: only(desk).memberId, alsoThere: true })
  server.unreachable.add('data')
  const error = await caught(enrol(desk, voiceId, engineId).outcomes)
  expect(error).toMatchObject({ params: { hint: 'address' }, remedies: ['give-address'] })
})

test('temporary keys make voices where they are asked for, and the key itself does not', async () => {
  await using account = await anAccount()
  const { server, desk, voiceId } = account
  const connection = { ...DASHSCOPE, usesTemporaryKeys: true } as Connection
  const engineId = desk.engine(connection, [server.url], { key: VOICES_KEY })
  desk.remote.giveConsent(voiceId, engineId)
  await enrol(desk, voiceId, engineId).outcomes
  const shown = server.requests.map(({ headers }) => headers.authorization ?? 'none')
  expect(shown.length).toBeGreaterThan(0)
  for (const authorization of shown) expect(authorization).toMatch(/^(Bearer st-|none)/)
})

test('a copy is made once for two who ask at the same time', async () => {
  await using place = await easPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
  const voiceId = await desk.voice()
  desk.remote.giveConsent(voiceId, engineId)
  let answer = (): void => undefined
  place.server.uploads.push(({ response }) => {
    answer = () => response.end(JSON.stringify({ id: 'slow' }))
  })
  const one = enrol(desk, voiceId, engineId)
  await place.server.asked()
  const two = enrol(desk, voiceId, engineId)
  await expect.poll(() => two.job.said).toHaveLength(1)
  answer()
  for (const { outcomes } of [one, two]) expect(await outcomes).toMatchObject([{ twin: { remoteVoice: 'slow' } }])
  expect(place.requests()).toBe(1)
})

test('a server keeps the name of a copy whose language or name changed, and makes another of other words', async () => {
  await using place = await serverPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl])
  const voiceId = await desk.voice({ name: 'Ann', language: null })
  desk.remote.giveConsent(voiceId, engineId)
  await enrol(desk, voiceId, engineId).outcomes
  const changed = async (language: string, promptText: string): Promise<string[]> => {
    const before = place.server.seen.length
    await desk.voices.change(voiceId, { ...{ name: 'Anna', language, promptText }, gender: 'female', notes: '' })
    await renew(desk, voiceId, engineId)
    expect(await place.names()).toEqual([only(desk).remoteVoice])
    return place.server.seen.slice(before).map(({ route }) => route)
  }
  expect(await changed('ja', WORDS)).toContain('voice-update')
  expect(only(desk)).toMatchObject({ remoteVoice: 'ann-iiiiii', language: 'ja' })
  expect(place.server.seen.find(({ route }) => route === 'voice-update')?.body).toEqual({
    name: 'Anna',
    language: 'ja',
  })
  const routes = await changed('ja', 'はい。')
  expect(routes).toEqual(expect.arrayContaining(['voices-create', 'voice-delete']))
  expect(only(desk)).toMatchObject({ remoteVoice: 'anna-iiiiii', promptText: 'はい。' })
  await fetch(`${place.baseUrl}/api/v3/voices/anna-iiiiii`, { method: 'DELETE' })
  expect(await changed('ko', 'はい。')).toEqual(expect.arrayContaining(['voice-update', 'voices-create']))
})

test('a name that is taken at a server is no failure, and each voice has its own', async () => {
  await using place = await serverPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl])
  for (const name of ['Ann', 'Ann', 'Ann']) {
    const voiceId = await desk.voice({ name })
    desk.remote.giveConsent(voiceId, engineId)
    await enrol(desk, voiceId, engineId).outcomes
  }
  expect(await place.names()).toEqual(['ann-iiiiii', 'ann-iiiiii_2', 'ann-iiiiii_3'])
  expect(place.server.seen.filter(({ route }) => route === 'voices-create')).toHaveLength(6)
})

test('a copy at vLLM spares the sending of the recording with every line', async () => {
  await using place = await openAiPlace('vllm-omni')
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl])
  const voiceId = await desk.voice()
  desk.remote.giveConsent(voiceId, engineId)
  const { createdAtEpochMs: _made, engineId: _id, ...engine } = desk.remote.get(engineId)
  const spoken = async () => {
    const [trial] = await desk.remote.test({ engineId, engine, keys: {} }, voiceId, aJob())
    expect(trial?.error).toBeNull()
    return place.server.speeches().at(-1)
  }
  const sent = await spoken()
  expect([sent?.ref_text, sent?.voice]).toEqual([WORDS, undefined])
  await enrol(desk, voiceId, engineId).outcomes
  const named = await spoken()
  expect([named?.ref_audio, named?.voice]).toEqual([undefined, only(desk).remoteVoice])
})

test('PAI-EAS wants the words of a recording, and is not asked without', async () => {
  await using place = await easPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
  const voiceId = await desk.voice({ promptText: '' })
  desk.remote.giveConsent(voiceId, engineId)
  const error = await caught(enrol(desk, voiceId, engineId).outcomes)
  expect(saidOf(error)).toBe(
    'The voice was not copied. Far would refuse its recording: nobody has written down what is said in it; write it into the voice.',
  )
  expect(place.requests()).toBe(0)
})

test('an engine that recordings cannot be copied to says so, and one without a key as well', async () => {
  await using runtime = await startRuntimeServer()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const voiceId = await desk.voice()
  for (const connection of [
    { kind: 'cosyvoice-runtime', model: 'cosyvoice2' } as const,
    openAi('generic'),
    openAi('sglang-omni'),
    { ...DASHSCOPE, model: 'cosyvoice-v1' } as Connection,
  ]) {
    const engineId = desk.engine(connection, [runtime.baseUrl])
    desk.remote.giveConsent(voiceId, engineId)
    const error = await caught(enrol(desk, voiceId, engineId).outcomes)
    expect(error.code, JSON.stringify(connection)).toMatch(/^(engine\.unsupported-voice|secret\.missing)$/)
  }
  const keyless = desk.engine({ kind: 'eas', transport: 'rest' }, [runtime.baseUrl])
  desk.remote.giveConsent(voiceId, keyless)
  expect((await caught(enrol(desk, voiceId, keyless).outcomes)).code).toBe('secret.missing')
})
