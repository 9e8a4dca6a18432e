import { describe, expect, test } from 'vitest'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { countCharacters } from '../../../shared/endpoint/index.ts'
import { AppCancel, AppError, engineIdSchema, memberIdSchema } from '../../../shared/kernel/index.ts'
import type { EngineCapabilities, RenderRequest, SpokenWord } from '../../../shared/render/index.ts'
import { systemClock } from '../../clock/index.ts'
import {
  type FailureClass,
  type FailureFacts,
  RemoteFailure,
  type SpeechAsked,
  type SpeechClient,
  type SpeechEvent,
} from '../../remote/index.ts'
import type { Engine, RenderNote } from '../engine.ts'
import { conformanceRequest, engineConformance, renderWhole } from '../engine-conformance.ts'
import { presetVoice } from '../preset-voice.ts'
import { createRemoteEngine, type RemoteEngineOptions, type RemoteMember } from './remote-engine.ts'

const RATE_HZ = 24_000
const CAPABILITIES: EngineCapabilities = {
  engineId: engineIdSchema.parse('far'),
  ...{
    version: '1',
    name: 'Far',
    isDraft: false,
    isRemote: true,
    needsEnrolment: false,
    modes: ['presetSpeaker', 'zeroShot'],
    languages: ['zh', 'en'],
  },
  ...{
    sampleRateHz: RATE_HZ,
    streaming: true,
    speaksForAnyVoice: false,
    honoursInstruct: false,
    instructSpeakers: null,
    instructs: [],
  },
  ...{ honoursSeed: true, speed: { min: 0.5, max: 2 }, pitchSemitones: { min: -12, max: 12 } },
  ...{ concurrency: 2, unavailable: null },
}
const VOICE = presetVoice('far', 'anna', { name: 'Anna', gender: 'female', notes: '' })
/** Long enough that a short line is spoken in several blocks. */
const SEC_PER_CHARACTER = 0.1

const failure = (failureClass: FailureClass, facts: Omit<Partial<FailureFacts>, 'params'> = {}): RemoteFailure =>
  new RemoteFailure(failureClass, { reason: 'x', ...facts })

type Speak = (asked: SpeechAsked, signal: AbortSignal) => AsyncGenerator<SpeechEvent>

/** A tone as high as its voice and text say, in pieces. */
async function* speakTone({ text, sampleRateHz, seed }: SpeechAsked): AsyncGenerator<SpeechEvent> {
  for (const character of text) {
    const pcm = Float32Array.from(
      { length: Math.round(SEC_PER_CHARACTER * sampleRateHz) },
      (_, index) => 0.5 * Math.sin((index * ((character.codePointAt(0) ?? 0) + (seed ?? 0))) / 1000),
    )
    yield { kind: 'sound', pcm, sampleRateHz }
  }
  yield { kind: 'usage', characters: text.length, requestId: 'request-1' }
}

const clientOf = (speak: Speak) => {
  const asked: SpeechAsked[] = []
  const client: SpeechClient = {
    async *speak(what, signal) {
      asked.push(what)
      yield* speak(what, signal)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  return { asked, client }
}
const memberOf = (name: string, client: SpeechClient, rest: Partial<RemoteMember> = {}): RemoteMember => ({
  memberId: memberIdSchema.parse(`member_${name}`),
  ...{ client, concurrency: 2, requestsPerSecond: null, isDraining: false },
  ...rest,
})
const engineOf = (members: readonly RemoteMember[], changes: Partial<RemoteEngineOptions> = {}) =>
  createRemoteEngine({
    capabilities: CAPABILITIES,
    presetVoices: [VOICE],
    model: 'model-1',
    limits: { pieceUnits: 1000, measure: (text) => text.length },
    billed: (text) => text.length,
    readsSsml: () => false,
    members,
    remoteVoice: ({ source }) => (source.kind === 'presetSpeaker' ? source.speaker : undefined),
    admit: () => undefined,
    clock: systemClock,
    random: () => 0,
    ...changes,
  })
/** An engine in a time that a test moves; every wait is over at once, and counted. */
const inItsTime = (members: readonly RemoteMember[], changes: Partial<RemoteEngineOptions> = {}) => {
  const time = fakeTime()
  const waitedMs: number[] = []
  const clock = {
    nowEpochMs: () => time.nowEpochMs,
    setTimer: (run: () => void, delayMs: number) => {
      waitedMs.push(delayMs)
      const stop = time.setTimer(run, delayMs)
      queueMicrotask(() => time.pass(delayMs))
      return stop
    },
  }
  return { waitedMs, engine: engineOf(members, { clock, ...changes }) }
}
/** Fails so many times, then speaks. */
const failing = (...failures: RemoteFailure[]) => {
  const left = [...failures]
  return clientOf(async function* (asked) {
    const next = left.shift()
    if (next) throw next
    yield* speakTone(asked)
  })
}
const requestOf = (text: string) => conformanceRequest(engineOf([]), { text })

engineConformance('a remote engine', () => engineOf([memberOf('one', clientOf(speakTone).client)]), {
  lines: ['你好世界', 'Good morning'],
  longLine: 'A line that takes much longer to say than others do.',
  secPerCharacter: { min: SEC_PER_CHARACTER / 2, max: SEC_PER_CHARACTER * 1.1 },
  isDeterministic: true,
  unreadable: { text: 'Bonjour', language: 'fr' },
})

test('what is asked is on the one scale, and usage and warnings are told', async () => {
  const { client, asked } = clientOf(async function* (what) {
    yield { kind: 'warning', field: 'seed', reason: 'not honoured' }
    yield* speakTone(what)
  })
  const engine = engineOf([memberOf('one', client)])
  const notes: RenderNote[] = []
  const request = { ...requestOf('你好'), pitchSemitones: 12, speed: 1.5, seed: 7, language: 'zh' }
  const job = {
    signal: new AbortController().signal,
    isUrgent: true,
    progress: () => undefined,
    note: (note: RenderNote) => notes.push(note),
  }
  for await (const _ of engine.render(request, job));
  expect(asked).toEqual([
    {
      ...{
        text: '你好',
        model: 'model-1',
        voice: 'anna',
        instruct: null,
        language: 'zh',
        isSsml: false,
        isUrgent: true,
      },
      ...{ speed: 1.5, pitch: 2, volume: 50, seed: 7, sampleRateHz: RATE_HZ },
    },
  ])
  expect(notes).toEqual([
    { kind: 'warning', field: 'seed', reason: 'not honoured' },
    { kind: 'usage', units: 2, requestId: 'request-1' },
  ])
})

test('a long text is asked for in pieces that the service takes, and is one sound', async () => {
  const { client, asked } = clientOf(speakTone)
  const engine = engineOf([memberOf('one', client)], { limits: { pieceUnits: 6, measure: (text) => text.length } })
  const { pcm, fractions } = await renderWhole(engine, requestOf('一二三四。五六七八。九十。'))
  expect(asked.map(({ text }) => text)).toEqual(['一二三四。', '五六七八。', '九十。'])
  expect(pcm).toHaveLength(13 * SEC_PER_CHARACTER * RATE_HZ)
  expect(fractions).toHaveLength(4)
})

describe('a service that takes less than it is said to take', () => {
  const sentence = (sign: string, length: number): string => `${sign.repeat(length - 1)}。`
  const takingAtMost = (most: number) =>
    clientOf(async function* ({ text }) {
      if (text.length > most) throw failure('text-too-long')
      yield { kind: 'sound', pcm: new Float32Array(10 * text.length).fill(0.1), sampleRateHz: RATE_HZ }
    })
  const limits = { pieceUnits: 100, measure: (text: string) => text.length }
  const lengthsOf = ({ asked }: ReturnType<typeof takingAtMost>) => asked.map(({ text }) => text.length)

  test('is asked with half as much, for all that is left of the line, and of the next one', async () => {
    const service = takingAtMost(60)
    const engine = engineOf([memberOf('one', service.client)], { limits })
    const text = ['一', '二', '三', '四'].map((sign) => sentence(sign, 50)).join('')
    const { pcm } = await renderWhole(engine, requestOf(text))
    expect(lengthsOf(service)).toEqual([100, 50, 50, 50, 50])
    expect(pcm).toHaveLength(10 * text.length)
    await renderWhole(engine, requestOf(text.slice(0, 100)))
    expect(lengthsOf(service).slice(5)).toEqual([50, 50])
  })

  test('is asked with half as much again where that is still too long', async () => {
    const service = takingAtMost(30)
    const engine = engineOf([memberOf('one', service.client)], { limits })
    const { pcm } = await renderWhole(engine, requestOf(sentence('一', 100)))
    expect(lengthsOf(service).filter((length) => length > 30)).toEqual([100, 50])
    expect(pcm).toHaveLength(1000)
  })

  test('is not believed where it takes nothing', async () => {
    const service = takingAtMost(0)
    const engine = engineOf([memberOf('one', service.client)], { limits })
    const error = await renderWhole(engine, requestOf(sentence('一', 100))).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'cloud.text-too-long' })
    expect(lengthsOf(service)).toEqual([100, 50, 25, 12, 6])
    await renderWhole(engine, requestOf(sentence('一', 100))).catch(() => undefined)
    expect(lengthsOf(service)[5]).toBe(100)
  })
})

test('what a service counted of a piece that failed is told, and what it counted of the one that came', async () => {
  let attempts = 0
  const { client } = clientOf(async function* (what) {
    attempts += 1
    yield { kind: 'usage', characters: 7, requestId: `request-${attempts}` }
    if (attempts === 1) throw failure('unavailable')
    yield* speakTone(what)
    if (attempts === 3) throw failure('network', { hasPartialAudio: true })
  })
  const { engine } = inItsTime([memberOf('one', client)])
  const notes: RenderNote[] = []
  const controller = new AbortController()
  const job = { signal: controller.signal, progress: () => undefined, note: (note: RenderNote) => notes.push(note) }
  const hear = async (text: string): Promise<void> => {
    for await (const _ of engine.render(requestOf(text), job));
  }
  await hear('你好')
  const usage = (units: number, requestId: string) => ({ kind: 'usage', units, requestId })
  expect(notes.splice(0)).toEqual([usage(7, 'request-1'), usage(2, 'request-1')])
  await expect(hear('再见')).rejects.toMatchObject({ code: 'cloud.unreachable' })
  expect(notes.splice(0)).toEqual([usage(2, 'request-1')])
  const stopping = async (): Promise<void> => {
    for await (const _ of engine.render(requestOf('早上好'), job)) controller.abort()
  }
  await expect(stopping()).rejects.toBeInstanceOf(AppCancel)
  expect(notes).toEqual([usage(7, 'request-4')])
})

describe('an endpoint that lacks a voice', () => {
  test.each(['voice-not-found', 'model-mismatch'] as const)('gives its lines to another: %s', async (failureClass) => {
    const one = failing(...Array.from({ length: 40 }, () => failure(failureClass)))
    const other = clientOf(speakTone)
    const { engine } = inItsTime([memberOf('one', one.client), memberOf('other', other.client)])
    for (let line = 0; line < 40; line += 1) await renderWhole(engine, requestOf('你好'))
    expect([one.asked.length, other.asked.length]).toEqual([1, 40])
  })

  test('is told where no other has it', async () => {
    const clients = [0, 1].map(() => failing(...Array.from({ length: 9 }, () => failure('voice-not-found'))))
    const members = clients.map(({ client }, index) => memberOf(`${index}`, client))
    const { engine } = inItsTime(members)
    for (const _ of [1, 2])
      await expect(renderWhole(engine, requestOf('你好'))).rejects.toMatchObject({ code: 'cloud.voice-not-found' })
    expect(clients.map(({ asked }) => asked.length).reduce((sum, count) => sum + count)).toBe(3)
  })
})

test('sound at another rate is resampled', async () => {
  const { client } = clientOf((what) => speakTone({ ...what, sampleRateHz: 16_000 }))
  const { pcm } = await renderWhole(engineOf([memberOf('one', client)]), requestOf('你好世界'))
  expect(Math.abs(pcm.length - 4 * SEC_PER_CHARACTER * RATE_HZ)).toBeLessThan(64)
})

test('words are told where they are heard in the line, of a piece that came, and none that lie outside its sound', async () => {
  let attempts = 0
  const { client } = clientOf(async function* (what) {
    attempts += 1
    const words = [...what.text].map((text, index) => ({ text, beginMs: 100 * index, endMs: 100 * index + 90 }))
    yield { kind: 'words', words: [{ text: 'early', beginMs: 0, endMs: 1 }] }
    if (attempts === 2) throw failure('unavailable')
    yield* speakTone({ ...what, sampleRateHz: 16_000 })
    yield { kind: 'words', words: [...words, { text: 'late', beginMs: 5000, endMs: 5100 }] }
  })
  const limits = { pieceUnits: 3, measure: (text: string) => text.length }
  const { engine } = inItsTime([memberOf('one', client)], { limits })
  const heard: SpokenWord[] = []
  const job = {
    signal: new AbortController().signal,
    progress: () => undefined,
    note: (said: RenderNote) => {
      if (said.kind === 'words') heard.push(...said.words)
    },
  }
  let samples = 0
  const text = '<speak>一二<break time="1s"/>三四。五</speak>'
  for await (const pcm of engine.render(requestOf(text), job)) samples += pcm.length
  expect(attempts).toBe(4)
  expect(samples / RATE_HZ).toBeCloseTo(1.6, 2)
  expect(heard.map(({ text, beginMs, endMs }) => [text, Math.round(beginMs), Math.round(endMs)])).toEqual([
    ['一', 0, 90],
    ['二', 100, 190],
    ['三', 1200, 1290],
    ['四', 1300, 1390],
    ['。', 1400, 1490],
    ['五', 1500, 1590],
  ])
})

describe('a line of SSML', () => {
  const reading = (pieceUnits: number): Partial<RemoteEngineOptions> => ({
    readsSsml: () => true,
    limits: { pieceUnits, measure: (text, { isSsml }) => countCharacters(text, { isSsml }) },
    billed: (text) => countCharacters(text),
  })
  const told = async (engine: Engine, request: RenderRequest) => {
    const notes: RenderNote[] = []
    let samples = 0
    const job = {
      signal: new AbortController().signal,
      progress: () => undefined,
      note: (note: RenderNote) => notes.push(note),
    }
    for await (const pcm of engine.render(request, job)) samples += pcm.length
    const warnings = notes.flatMap((note) => (note.kind === 'warning' ? [`${note.field} ${note.reason}`] : []))
    return { samples, warnings, units: notes.flatMap((note) => (note.kind === 'usage' ? [note.units] : [])) }
  }
  /** Says nothing of what it bills. */
  const silentOnUsage = () =>
    clientOf(async function* (what) {
      for await (const event of speakTone(what)) if (event.kind !== 'usage') yield event
    })

  test('is sent as it is where it is read, and counts without its tags', async () => {
    const { client, asked } = silentOnUsage()
    const admitted: number[] = []
    const admit = (units: number): unknown => admitted.push(units)
    const text = '<speak rate="1.5">你好<break time="1s"/>A&amp;B</speak>'
    const engine = engineOf([memberOf('one', client)], { ...reading(20), admit })
    const { units, warnings } = await told(engine, requestOf(text))
    expect(asked).toMatchObject([{ text, isSsml: true, speed: 1, pitch: 1, volume: 50 }])
    expect([admitted, units, warnings]).toEqual([[7], [7], []])
    const strict = engineOf([memberOf('one', client)], reading(8))
    await told(strict, requestOf('<speak>一二。三四。<emphasis>五</emphasis></speak>'))
    expect(asked.slice(1).map((what) => [what.text, what.isSsml])).toEqual([
      ['<speak>一二。</speak>', true],
      ['<speak>三四。<emphasis>五</emphasis></speak>', true],
    ])
  })

  test('says what of it the service may not know', async () => {
    const engine = engineOf([memberOf('one', clientOf(speakTone).client)], reading(8))
    const { warnings } = await told(engine, requestOf('<speak rate="9"><emphasis>五</emphasis></speak>'))
    expect(warnings).toEqual(['<speak rate> ssml-unknown', '<emphasis> ssml-unknown'])
  })

  test('is halved where the service counts otherwise', async () => {
    const { client, asked } = clientOf(async function* (what) {
      if (what.text.includes('一') && what.text.includes('三')) throw failure('text-too-long')
      yield* speakTone(what)
    })
    await told(engineOf([memberOf('one', client)], reading(100)), requestOf('<speak pitch="2">一二。三四。</speak>'))
    expect(asked.slice(1).map(({ text }) => text)).toEqual([
      ...['<speak pitch="2">一二。</speak>', '<speak pitch="2">三四。</speak>'],
    ])
  })

  test('is told in texts and silences where it is not read', async () => {
    const { client, asked } = clientOf(async function* (what) {
      yield { kind: 'warning', field: 'volume', reason: 'not-supported' }
      yield* speakTone(what)
    })
    const engine = engineOf([memberOf('one', client)])
    const { samples, warnings } = await told(engine, {
      ...requestOf(
        '<speak rate="1.5" pitch="0.5" volume="80" bgm="x">一二<break time="1500ms"/><sub alias="三四五">x</sub></speak>' +
          '<speak><say-as interpret-as="digits">6</say-as></speak>',
      ),
      speed: 0.8,
    })
    expect(asked.map(({ text, isSsml, speed, pitch, volume }) => [text, isSsml, speed, pitch, volume])).toEqual([
      ['一二', false, 1.5, 0.5, 80],
      ['三四五', false, 1.5, 0.5, 80],
      ['6', false, 0.8, 1, 50],
    ])
    expect(samples / RATE_HZ).toBeCloseTo(6 * SEC_PER_CHARACTER + 1.5, 6)
    expect(warnings).toEqual(['<speak bgm> ssml-left-out', '<say-as> ssml-read-plainly', 'volume not-supported'])
  })

  test('that is none is refused before anything is sent or admitted', async () => {
    const { client, asked } = clientOf(speakTone)
    const admitted: number[] = []
    for (const readsSsml of [true, false]) {
      const engine = engineOf([memberOf('one', client)], {
        readsSsml: () => readsSsml,
        admit: (units) => admitted.push(units),
      })
      await expect(renderWhole(engine, requestOf('<speak>一<b></speak>'))).rejects.toMatchObject({
        code: 'script.ssml-invalid',
        params: { reason: 'endTag', line: 1, column: 12 },
        retryable: false,
      })
      await expect(renderWhole(engine, requestOf('<speak><break/></speak>'))).rejects.toMatchObject({
        code: 'engine.nothing-to-say',
      })
    }
    expect([asked, admitted]).toEqual([[], []])
  })
})

describe('what fails', () => {
  test('is asked for again as its class says, and only then', async () => {
    const { client, asked } = failing(failure('network'), failure('network'))
    const { engine, waitedMs } = inItsTime([memberOf('one', client)])
    await renderWhole(engine, requestOf('你好'))
    expect([asked.length, waitedMs]).toEqual([3, [500, 1000]])
    const refused = failing(failure('bad-request', { reason: 'no such field' }))
    await expect(
      renderWhole(inItsTime([memberOf('one', refused.client)]).engine, requestOf('你好')),
    ).rejects.toMatchObject({
      code: 'cloud.rejected',
      params: { engine: 'Far', reason: 'said', detail: 'no such field' },
      retryable: false,
    })
    expect(refused.asked).toHaveLength(1)
  })

  test('goes to another endpoint without waiting, a refused key included', async () => {
    for (const failureClass of ['unavailable', 'auth', 'quota', 'rate-limit'] as const) {
      const [bad, good] = [failing(...Array.from({ length: 9 }, () => failure(failureClass))), clientOf(speakTone)]
      const { engine, waitedMs } = inItsTime([memberOf('bad', bad.client), memberOf('good', good.client)])
      for (let line = 0; line < 4; line++) await renderWhole(engine, requestOf('你好'))
      expect([failureClass, good.asked.length, waitedMs]).toEqual([failureClass, 4, []])
    }
  })

  test('after sound had come is not asked for again here, and by the queue once, at another endpoint', async () => {
    const { client, asked } = clientOf(async function* (what) {
      yield { kind: 'sound', pcm: new Float32Array(4800).fill(0.1), sampleRateHz: what.sampleRateHz }
      throw failure('unavailable')
    })
    const other = clientOf(async function* () {
      yield* []
      throw failure('unavailable')
    })
    const { engine, waitedMs } = inItsTime([memberOf('one', client), memberOf('two', other.client)])
    const request = requestOf('你好')
    const render = (): Promise<unknown> => renderWhole(engine, request).catch((thrown: unknown) => thrown)
    expect(await render()).toMatchObject({ code: 'cloud.unavailable', retryable: true })
    expect([asked.length, other.asked.length, waitedMs]).toEqual([1, 0, []])
    // Though no sound came this time: it was paid once, and would be paid a third time.
    expect(await render()).toMatchObject({ code: 'cloud.unavailable', retryable: false })
    expect([asked.length, other.asked.length, waitedMs]).toEqual([1, 1, [1000]])
    // Who asks for it later asks anew.
    expect(await render()).toMatchObject({ retryable: true })
  })

  test.each([
    ['with sound that was heard', 480],
    ['with sound that nobody heard yet', 0],
  ])('twice %s is final', async (_, samples) => {
    const { client, asked } = clientOf(async function* (what) {
      if (samples > 0) yield { kind: 'sound', pcm: new Float32Array(samples), sampleRateHz: what.sampleRateHz }
      throw failure('network', { hasPartialAudio: true })
    })
    const { engine } = inItsTime([memberOf('one', client)])
    const request = requestOf('你好')
    for (const retryable of [true, false])
      await expect(renderWhole(engine, request)).rejects.toMatchObject({ code: 'cloud.unreachable', retryable })
    expect(asked).toHaveLength(2)
  })

  test('with its own retries is final for the queue', async () => {
    const { client, asked } = failing(...Array.from({ length: 9 }, () => failure('network')))
    const { engine } = inItsTime([memberOf('one', client)])
    await expect(renderWhole(engine, requestOf('你好'))).rejects.toMatchObject({ retryable: false })
    expect(asked).toHaveLength(4)
  })

  test('with a text that has no halves is asked for once', async () => {
    const { client, asked } = failing(failure('text-too-long'), failure('text-too-long'))
    await expect(renderWhole(engineOf([memberOf('one', client)]), requestOf('好'))).rejects.toMatchObject({
      code: 'cloud.text-too-long',
    })
    expect(asked).toHaveLength(1)
  })

  test('with a refused key fails every line that waits at once', async () => {
    const { client, asked } = failing(failure('auth'), failure('auth'))
    const engine = engineOf([memberOf('one', client)])
    await expect(renderWhole(engine, requestOf('你好'))).rejects.toMatchObject({ code: 'cloud.unauthorized' })
    await expect(engine.prepare(new AbortController().signal)).rejects.toMatchObject({ code: 'cloud.unauthorized' })
    expect(asked).toHaveLength(1)
  })

  test('and gives no sound is an answer that nobody understands', async () => {
    const { client, asked } = clientOf(async function* () {
      yield { kind: 'usage', characters: 2, requestId: null }
    })
    const { engine } = inItsTime([memberOf('one', client)])
    await expect(renderWhole(engine, requestOf('你好'))).rejects.toMatchObject({ code: 'cloud.protocol' })
    expect(asked).toHaveLength(2)
  })
})

test('a voice is spoken by endpoints that know it, by the name it has there', async () => {
  const [one, two] = [clientOf(speakTone), clientOf(speakTone)]
  const engine = engineOf([memberOf('one', one.client), memberOf('two', two.client)], {
    remoteVoice: (_, memberId) => (memberId === 'member_two' ? 'copy-2' : undefined),
  })
  for (let line = 0; line < 3; line++) await renderWhole(engine, requestOf('你好'))
  expect([one.asked.length, two.asked.map(({ voice }) => voice)]).toEqual([0, ['copy-2', 'copy-2', 'copy-2']])
  const nobody = engineOf([memberOf('one', one.client)], { remoteVoice: () => undefined })
  await expect(renderWhole(nobody, requestOf('你好'))).rejects.toMatchObject({ code: 'voice.not-enrolled' })
})

test('who stops listening lets go of the connection and of the place', async () => {
  let isOpen = false
  const { client } = clientOf(async function* (what) {
    isOpen = true
    try {
      yield* speakTone(what)
    } finally {
      isOpen = false
    }
  })
  const engine = engineOf([memberOf('one', client)])
  const job = { signal: new AbortController().signal, progress: () => undefined }
  for await (const _ of engine.render(requestOf('你好世界'), job)) {
    expect([isOpen, engine.memberStates()[0]?.running]).toEqual([true, 1])
    break
  }
  expect([isOpen, engine.memberStates()[0]?.running]).toEqual([false, 0])
})

test('nothing is sent that is not admitted', async () => {
  const { client, asked } = clientOf(speakTone)
  const admitted: number[] = []
  const engine = engineOf([memberOf('one', client)], {
    limits: { pieceUnits: 6, measure: (text) => text.length },
    admit: (units) => {
      if (admitted.length > 0) throw new AppError('cloud.limit-reached')
      admitted.push(units)
    },
  })
  await expect(renderWhole(engine, requestOf('一二三四。五六七八。'))).rejects.toMatchObject({
    code: 'cloud.limit-reached',
  })
  expect([admitted, asked.length]).toEqual([[5], 1])
})
