import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RuntimeServer, startRuntimeServer } from '../../../../test/support/cosyvoice-runtime-server.ts'
import { hear } from '../../../../test/support/hear.ts'
import { anAsk, attempt, eight, P, samplesOf, stillClock, W } from '../../../../test/support/speech-fixtures.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { createWire } from '../../remote/index.ts'
import { createRuntimeClient, probeRuntime, type RuntimeClientDeps, type RuntimeVoiceAudio } from './index.ts'

const never = new AbortController().signal
const MARK = 'You are a helpful assistant.<|endofprompt|>'
const AUDIO: RuntimeVoiceAudio = { file: W, transcript: '希望你好。', language: 'zh-CN' }

let server: RuntimeServer
beforeEach(async () => {
  server = await startRuntimeServer()
})
afterEach(async () => {
  await server.settled()
  await server[Symbol.asyncDispose]()
})

const runtime = (changes: Partial<RuntimeClientDeps['endpoint']> = {}, audio: RuntimeVoiceAudio | null = AUDIO) => {
  const { time, clock } = stillClock()
  const deps = { wire: createWire({ clock, isOffline: () => false }), clock }
  const endpoint = { baseUrl: `${server.baseUrl}/`, model: 'cosyvoice3', ...changes } as const
  const client = createRuntimeClient({ ...deps, endpoint, voiceAudio: () => Promise.resolve(audio) })
  return { client, time, probe: () => probeRuntime({ ...deps, endpoint }, never) }
}
const withSound = { hasPartialAudio: true }
const failing = (failureClass: string, facts: object = {}) =>
  expect.objectContaining({ failureClass, facts: expect.objectContaining(facts) })
const failingSilent = (failureClass: string) =>
  expect.objectContaining({ failureClass, facts: expect.not.objectContaining(withSound) })

describe('what is asked', () => {
  test('F1: of CosyVoice3 carries its mark, and what comes is the samples of all pieces', async () => {
    const { piece, delaysMs } = await hear(runtime().client, anAsk())
    expect([...(piece?.pcm ?? [])]).toEqual(eight(2))
    expect(piece).toMatchObject({ sampleRateHz: 24_000, characters: null, requestId: null, warnings: [] })
    expect(server.inferences).toEqual([
      {
        route: '/inference_zero_shot',
        fields: { tts_text: '你好', prompt_text: `${MARK}希望你好。`, prompt_wav: W },
      },
    ])
    expect([server.violations, delaysMs]).toEqual([[], []])
  })

  const own = { spk_id: 'ref1' }
  const file = { prompt_wav: W }
  const english = { language: 'en-GB' }
  const slowly = { instruct: ' slowly ' }
  const unknown = { ...AUDIO, transcript: null }
  const somewhere = { ...AUDIO, language: null }
  test.each([
    ['cosyvoice3', 'another language', english, AUDIO, 'cross_lingual', { tts_text: `${MARK}你好`, ...file }],
    [
      'cosyvoice2',
      'a recording in who knows what',
      english,
      somewhere,
      'zero_shot',
      { tts_text: '你好', prompt_text: '希望你好。', ...file },
    ],
    ['cosyvoice3', 'no transcript', {}, unknown, 'cross_lingual', { tts_text: `${MARK}你好`, ...file }],
    [
      'cosyvoice3',
      'directions',
      slowly,
      AUDIO,
      'instruct2',
      { tts_text: '你好', instruct_text: 'You are a helpful assistant. slowly<|endofprompt|>', ...file },
    ],
    ['cosyvoice3', 'a speaker of its own', {}, null, 'sft', { tts_text: `${MARK}你好`, ...own }],
    ['cosyvoice2', 'a recording', {}, AUDIO, 'zero_shot', { tts_text: '你好', prompt_text: '希望你好。', ...file }],
    ['cosyvoice2', 'another language', english, AUDIO, 'cross_lingual', { tts_text: '你好', ...file }],
    [
      'cosyvoice2',
      'directions',
      slowly,
      unknown,
      'instruct2',
      { tts_text: '你好', instruct_text: 'slowly<|endofprompt|>', ...file },
    ],
    ['cosyvoice2', 'a speaker of its own', {}, null, 'sft', { tts_text: '你好', ...own }],
    [
      'cosyvoice',
      'a recording',
      { language: 'zh' },
      AUDIO,
      'zero_shot',
      { tts_text: '你好', prompt_text: '希望你好。', ...file },
    ],
    ['cosyvoice', 'another language', english, AUDIO, 'cross_lingual', { tts_text: '<|en|>你好', ...file }],
    [
      'cosyvoice',
      'a language it has no mark for',
      { language: 'fr' },
      AUDIO,
      'cross_lingual',
      { tts_text: '你好', ...file },
    ],
    ['cosyvoice', 'a speaker of its own', english, null, 'sft', { tts_text: '你好', ...own }],
    [
      'cosyvoice',
      'a speaker of its own and directions',
      slowly,
      null,
      'instruct',
      { tts_text: '你好', instruct_text: 'slowly<|endofprompt|>', ...own },
    ],
  ] as const)('of %s with %s is the route for it', async (model, _what, changes, audio, route, fields) => {
    server.model = model
    const { piece } = await hear(runtime({ model }, audio).client, anAsk(changes))
    expect(server.inferences).toEqual([{ route: `/inference_${route}`, fields }])
    expect(piece?.warnings).toEqual([])
    expect(server.violations).toEqual([])
  })

  test.each([
    ['cosyvoice', AUDIO, 'zero_shot'],
    ['cosyvoice2', null, 'sft'],
    ['cosyvoice3', null, 'sft'],
  ] as const)('of %s with directions that it cannot follow says so', async (model, audio, route) => {
    server.model = model
    const { piece } = await hear(runtime({ model }, audio).client, anAsk({ instruct: 'slowly' }))
    expect(server.inferences[0]?.route).toBe(`/inference_${route}`)
    expect(piece?.warnings.map(({ field }) => field)).toEqual(['instruct'])
  })

  test('that it cannot honour is told', async () => {
    const { piece } = await hear(runtime().client, anAsk({ seed: 1, speed: 1.1, pitch: 0.9, volume: 60 }))
    expect(piece?.warnings.map(({ field }) => field)).toEqual(['seed', 'speed', 'pitch', 'volume'])
  })

  test.each([
    ['no text', { text: ' ' }, 'bad-request'],
    ['SSML', { isSsml: true }, 'bad-request'],
    ['too much text', { text: '𠀀'.repeat(301) }, 'text-too-long'],
  ])('with %s is refused before anything is sent', async (_what, changes, failureClass) => {
    expect(await hear(runtime().client, anAsk(changes))).toMatchObject({ failure: failing(failureClass), delaysMs: [] })
    expect(server.seen).toEqual([])
    expect((await hear(runtime().client, anAsk({ text: '𠀀'.repeat(300) }))).piece?.pcm).toHaveLength(16)
  })
})

describe('what comes', () => {
  const answering = (body: string | Uint8Array, times = 1, status = 200): void => {
    for (let time = 0; time < times; time++)
      server.answers.push((response) => {
        response.writeHead(status)
        response.end(body)
      })
  }

  test.each([
    ['cosyvoice', undefined, 22_050],
    ['cosyvoice2', undefined, 24_000],
    ['cosyvoice3', 44_100, 44_100],
  ] as const)('of %s, told to be at %s Hz, is at %i Hz', async (model, told, sampleRateHz) => {
    const endpoint = { model, ...(told !== undefined && { sampleRateHz: told }) }
    answering(P)
    expect((await hear(runtime(endpoint).client, anAsk())).piece?.sampleRateHz).toBe(sampleRateHz)
  })

  test('is the same whatever pieces it comes in, and is heard while it comes', async () => {
    const long = new Uint8Array(Buffer.concat(Array.from({ length: 9 }, () => P)))
    let more = (): void => undefined
    server.answers.push((response) => {
      response.writeHead(200)
      response.write(long.subarray(0, 65))
      more = () => response.end(long.subarray(65))
    })
    const heard = await attempt(runtime().client, anAsk(), undefined, () => more())
    expect(heard.events.length).toBeGreaterThan(1)
    expect(samplesOf(heard)).toEqual(eight(9))
  })

  test('F2: with half a sample at its end is no whole one, and is asked for once more', async () => {
    answering(new Uint8Array([...P, 0]), 2)
    const { failure, delaysMs } = await hear(runtime().client, anAsk())
    expect(failure).toEqual(failing('network', withSound))
    expect(delaysMs).toEqual([500])
    answering(new Uint8Array([1]))
    expect((await attempt(runtime().client, anAsk())).failure).toEqual(failing('network', withSound))
  })

  test('F2: is nothing at all where the model stopped, and is asked for again', async () => {
    answering('', 4)
    const { failure, delaysMs } = await hear(runtime().client, anAsk())
    expect(failure).toEqual(failingSilent('unavailable'))
    expect(delaysMs).toEqual([1000, 2000, 4000])
    answering('')
    expect((await attempt(runtime().client, anAsk({ seed: 1 }))).failure).toEqual(failingSilent('unavailable'))
  })

  test('breaks off where the connection does, without sound or after it', async () => {
    server.answers.push((response) => {
      response.writeHead(200)
      response.write(Buffer.concat(Array.from({ length: 8 }, () => P)), () => response.destroy())
    })
    expect((await attempt(runtime().client, anAsk())).failure).toEqual(failing('network', withSound))
    server.answers.push((response) => {
      response.writeHead(200)
      response.flushHeaders()
      response.destroy()
    })
    expect((await attempt(runtime().client, anAsk())).failure).toEqual(failingSilent('network'))
  })

  test.each([
    ['a page', '<!doctype html><title>sign in</title>'],
    ['JSON', '{"detail":"loading"}'],
    ['JSON with its end in the next piece', `{"detail":"${'loading '.repeat(20)}"}`],
    ['words', 'the model is not loaded yet'],
  ])('as %s where samples are due is refused', async (_what, body) => {
    answering(body, 2)
    const { failure, delaysMs } = await hear(runtime().client, anAsk())
    expect(failure).toEqual(failingSilent('protocol'))
    expect(delaysMs).toEqual([0])
  })

  test('as samples that begin like something else is samples all the same', async () => {
    for (const head of ['{"', '<!', '[1']) {
      const body = new Uint8Array([...Buffer.from(head), ...P, 0xff, 0xff])
      answering(body)
      expect((await hear(runtime().client, anAsk())).piece?.pcm).toHaveLength(10)
    }
    answering(new Uint8Array([0xff, 0xff, ...P]))
    expect((await hear(runtime().client, anAsk())).piece?.pcm).toHaveLength(9)
  })

  test.each([
    // F3
    [
      422,
      '{"detail":[{"loc":["body","prompt_wav"],"msg":"Field required","type":"missing"}]}',
      'bad-request',
      'prompt_wav: Field required',
      1,
    ],
    [500, 'Internal Server Error', 'unavailable', 'Internal Server Error', 4],
    [404, '{"detail":"Not Found"}', 'protocol', 'Not Found', 2],
    [401, '', 'auth', 'http-status', 1],
  ])('with %i and %j is %s', async (status, body, failureClass, reason, attempts) => {
    answering(body, attempts, status)
    const { failure, delaysMs } = await hear(runtime().client, anAsk())
    expect(failure).toEqual(failing(failureClass, { reason, httpStatus: status }))
    expect(delaysMs).toHaveLength(attempts - 1)
    expect(server.inferences).toHaveLength(attempts)
  })

  test('of a refusal repeats neither what a gateway was told nor the texts', async () => {
    const endpoint = { headers: { authorization: 'Bearer gateway-key-123' } }
    const [text, transcript] = ['一句不能写进日志的话，很长很长。', '录音里的话也不能写进日志，也很长。']
    answering(`refused: gateway-key-123, ${text}, ${transcript}`, 1, 400)
    const { failure } = await attempt(runtime(endpoint, { ...AUDIO, transcript }).client, anAsk({ text }))
    expect(server.seen[0]?.authorization).toBe('Bearer gateway-key-123')
    const said = `${failure} ${JSON.stringify(failure)}`
    expect(said).toContain('refused')
    expect(said).not.toMatch(/gateway-key|写进日志/)
  })

  test('from nobody is a failure of the network', async () => {
    await server.settled()
    await server[Symbol.asyncDispose]()
    const { failure, delaysMs } = await hear(runtime().client, anAsk())
    expect(failure).toEqual(failingSilent('network'))
    expect(delaysMs).toHaveLength(3)
    server = await startRuntimeServer()
  })
})

describe('a request', () => {
  test('that is cancelled lets go of its connection', async () => {
    const { client } = runtime()
    expect((await attempt(client, anAsk(), AbortSignal.abort())).failure).toBeInstanceOf(AppCancel)
    expect(server.seen).toEqual([])
    const waiting = new AbortController()
    server.answers.push(() => waiting.abort())
    expect((await attempt(client, anAsk(), waiting.signal)).failure).toBeInstanceOf(AppCancel)
    await server.settled()
    const reading = new AbortController()
    server.answers.push((response) => {
      response.writeHead(200)
      response.write(Buffer.concat(Array.from({ length: 8 }, () => P)))
    })
    const heard = await attempt(client, anAsk(), reading.signal, () => reading.abort())
    expect(heard.failure).toBeInstanceOf(AppCancel)
    expect(samplesOf(heard)).toEqual(eight(8))
    await server.settled()
  })

  test('that nobody listens to any more lets go of its connection', async () => {
    server.answers.push((response) => {
      response.writeHead(200)
      response.write(Buffer.concat(Array.from({ length: 8 }, () => P)))
    })
    for await (const _ of runtime().client.speak(anAsk(), never)) break
    await server.settled()
    expect(server.openExchanges()).toBe(0)
  })

  test('is given two minutes for each sentence', async () => {
    const { client, time } = runtime()
    server.answers.push((response) => {
      response.writeHead(200)
      response.flushHeaders()
    })
    const heard = attempt(client, anAsk())
    while (!time.pendingMs().includes(120_000)) await new Promise((resolve) => setImmediate(resolve))
    time.pass(119_999)
    expect(server.openExchanges()).toBe(1)
    time.pass(1)
    expect((await heard).failure).toEqual(failingSilent('timeout'))
  })

  test('whose recording cannot be had fails as that', async () => {
    const { clock } = stillClock()
    const gone = new Error('gone')
    const client = createRuntimeClient({
      wire: createWire({ clock, isOffline: () => false }),
      clock,
      endpoint: { baseUrl: server.baseUrl, model: 'cosyvoice2' },
      voiceAudio: () => Promise.reject(gone),
    })
    expect((await attempt(client, anAsk())).failure).toBe(gone)
    expect(server.seen).toEqual([])
  })
})

describe('a probe', () => {
  test('finds the routes of a runtime', async () => {
    expect(await runtime().probe()).toEqual([
      'inference_sft',
      'inference_zero_shot',
      'inference_cross_lingual',
      'inference_instruct',
      'inference_instruct2',
    ])
  })

  test('finds no runtime where another server answers, or none', async () => {
    await expect(runtime({ baseUrl: `${server.baseUrl}/v1` }).probe()).rejects.toMatchObject({
      failureClass: 'protocol',
      facts: { httpStatus: 404 },
    })
    for (const openApi of [{ paths: { '/v1/audio/speech': {} } }, { paths: null }, 'a page']) {
      server.openApi = openApi
      await expect(runtime().probe()).rejects.toMatchObject({ failureClass: 'protocol' })
    }
    server.openApi = { paths: { '/inference_sft': {}, '/docs': {} } }
    expect(await runtime().probe()).toEqual(['inference_sft'])
    await expect(runtime({ baseUrl: 'nowhere' }).probe()).rejects.toMatchObject({ failureClass: 'bad-request' })
  })
})
