import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EasServer, startEasServer, type Tasking } from '../../../../test/support/eas-server.ts'
import { hear } from '../../../../test/support/hear.ts'
import {
  anAsk,
  attempt,
  BAD64,
  base64Of,
  eight,
  H0,
  P,
  samplesOf,
  stillClock,
  W,
  WS,
} from '../../../../test/support/speech-fixtures.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { createWire } from '../../remote/index.ts'
import { createEasClient, type EasClientDeps } from './index.ts'

let server: EasServer
beforeEach(async () => {
  server = await startEasServer()
})
afterEach(async () => {
  await server.settled()
  await server[Symbol.asyncDispose]()
})

type Changes = Partial<EasClientDeps['endpoint']> & Pick<Partial<EasClientDeps>, 'languageOf' | 'decode'>
const eas = ({ languageOf = () => null, decode, ...endpoint }: Changes = {}) => {
  const { time, clock } = stillClock()
  const wire = createWire({ clock, isOffline: () => false })
  const client = createEasClient({
    wire,
    clock,
    endpoint: { baseUrl: `${server.baseUrl}/`, token: server.token, transport: 'rest', ...endpoint },
    languageOf,
    ...(decode && { decode }),
  })
  return { client, time }
}
const failing = (failureClass: string, facts: object = {}) =>
  expect.objectContaining({ failureClass, facts: expect.objectContaining(facts) })
const withSound = { hasPartialAudio: true }
const failingSilent = (failureClass: string) =>
  expect.objectContaining({ failureClass, facts: expect.not.objectContaining(withSound) })

describe('what is asked over HTTP', () => {
  test('D1: of a voice in its own language is its words and nothing it did not ask for', async () => {
    const { client } = eas()
    const { piece, failures } = await hear(client, anAsk())
    expect([...(piece?.pcm ?? [])]).toEqual(eight(1))
    expect(piece).toMatchObject({ sampleRateHz: 24_000, requestId: 'e1', characters: null, warnings: [] })
    expect(server.speeches).toEqual([
      {
        model: 'CosyVoice2-0.5B',
        input: {
          mode: 'fast_replication',
          reference_audio_id: 'ref1',
          text: '你好',
          output_format: 'wav',
          sample_rate: 24_000,
          volume: 1,
          speed: 1,
        },
        stream: false,
      },
    ])
    expect(server.seen[0]?.url).toBe('/api/predict/cosy/api/v1/audio/speech')
    expect([failures, server.violations]).toEqual([[], []])
  })

  test.each([
    ['another language', { language: 'en-US' }, 'cross_lingual_replication', undefined],
    ['the same language elsewhere', { language: 'zh-TW' }, 'fast_replication', undefined],
    ['directions', { instruct: ' 用四川话说 ' }, 'natural_language_replication', '用四川话说'],
    [
      'directions, in another language',
      { instruct: 'slowly', language: 'en' },
      'natural_language_replication',
      'slowly',
    ],
    ['directions that are blank', { instruct: '  ' }, 'fast_replication', undefined],
  ])('with %s is the mode for it', async (_what, changes, mode, instruct) => {
    const { client } = eas({ languageOf: (voice) => (voice === 'ref1' ? 'zh-CN' : null) })
    await hear(client, anAsk(changes))
    expect(server.speeches[0]?.input).toMatchObject({ mode })
    expect(server.speeches[0]?.input.instruct).toBe(instruct)
    expect(server.violations).toEqual([])
  })

  test('is put on the scales of the service', async () => {
    const { client } = eas()
    await hear(client, anAsk({ volume: 75, speed: 1.2345, sampleRateHz: 48_000 }))
    expect(server.speeches[0]?.input).toMatchObject({ volume: 1.5, speed: 1.23, sample_rate: 48_000 })
    const { piece } = await hear(client, anAsk({ speed: 3, pitch: 1.5, seed: 7 }))
    expect(server.speeches[1]?.input.speed).toBe(2)
    expect(piece?.warnings.map(({ field }) => field)).toEqual(['seed', 'pitch', 'speed'])
  })

  test('without any volume is spoken as it is, and is silent here', async () => {
    const { client } = eas()
    const { piece } = await hear(client, anAsk({ volume: 0 }))
    expect(server.speeches[0]?.input.volume).toBe(1)
    expect(piece?.pcm).toEqual(new Float32Array(8))
  })

  test.each([
    ['no text', { text: ' \n' }, 'bad-request'],
    ['SSML', { isSsml: true, text: '<speak>a</speak>' }, 'bad-request'],
    ['too much text', { text: '𠀀'.repeat(1001) }, 'text-too-long'],
  ])('with %s is refused before anything is sent', async (_what, changes, failureClass) => {
    for (const transport of ['rest', 'sse', 'websocket'] as const) {
      const { client } = eas({ transport })
      expect(await hear(client, anAsk(changes))).toMatchObject({ failure: failing(failureClass), delaysMs: [] })
    }
    expect(server.seen).toEqual([])
  })

  test('of just as much text as may be is sent', async () => {
    const { client } = eas()
    expect((await hear(client, anAsk({ text: '𠀀'.repeat(1000) }))).piece?.pcm).toHaveLength(8)
  })

  test.each(['ftp://a', 'not an address', 'https://name:password@host'])('of %s is refused', async (baseUrl) => {
    const { client } = eas({ baseUrl })
    expect((await hear(client, anAsk())).failure).toEqual(failing('bad-request'))
  })
})

describe('sound that comes whole', () => {
  test.each([
    ['of a failure', { error: { message: 'reference audio not found' } }, 'voice-not-found', 1],
    ['of a failure in other words', { message: 'instruct is empty', output: null }, 'bad-request', 1],
    ['without sound', { output: { finish_reason: null, audio: { data: '' } } }, 'protocol', 2],
    ['without anything', {}, 'protocol', 2],
    ['with sound of another type', { output: { audio: { data: 5 } } }, 'protocol', 2],
    ['that is no object', [], 'protocol', 2],
  ])('a message %s with a status of success fails', async (_what, message, failureClass, attempts) => {
    const { client } = eas()
    const body = JSON.stringify(message)
    for (let time = 0; time < attempts; time++)
      server.answers.push((answer) => {
        answer.head(200, { 'content-type': 'application/json' })
        answer.end(body)
      })
    const { failure, delaysMs } = await hear(client, anAsk())
    expect(failure).toEqual(failingSilent(failureClass))
    expect(delaysMs).toHaveLength(attempts - 1)
    expect(server.answers).toEqual([])
  })

  test('a page where sound is due fails, as does JSON that is cut short', async () => {
    const { client } = eas()
    for (const body of ['<html>sign in</html>', '{"output":{"audio":{"data":"UklG'])
      server.answers.push(
        (answer) => answer.end(body),
        (answer) => answer.end(body),
      )
    expect((await hear(client, anAsk())).failure).toEqual(failing('protocol'))
    expect((await hear(client, anAsk())).failure).toEqual(failing('protocol'))
  })

  test('is taken as a stream where it comes as one, and the other way round', async () => {
    server.answers.push((answer) => {
      answer.sound(W)
      answer.end()
    })
    expect((await hear(eas().client, anAsk())).piece?.pcm).toHaveLength(8)
    server.answers.push((answer) => {
      answer.head(200)
      answer.response.write(' \n')
      answer.response.write('{"output":{"audio":{"da')
      answer.end(`ta":"${base64Of(W)}"}}}`)
    })
    expect((await hear(eas({ transport: 'sse' }).client, anAsk())).piece?.pcm).toHaveLength(8)
  })
})

describe('sound that comes as a stream', () => {
  test.each([
    ['one header, then samples (D2)', [H0, P, P], 2],
    ['a file for each piece (D3)', [W, W, W], 3],
    ['bare samples, cut within one (D6)', [P.subarray(0, 3), P.subarray(3, 8), P.subarray(8)], 1],
    ['bare quiet samples, that begin as MP3 might', [new Uint8Array([0xff, 0xff]), P], 1],
  ])('as %s is the samples and nothing else', async (_what, pieces, times) => {
    server.answers.push((answer) => {
      for (const piece of pieces) answer.sound(piece)
      answer.end()
    })
    const { piece, delaysMs } = await hear(eas({ transport: 'sse' }).client, anAsk())
    expect([...(piece?.pcm ?? [])].slice(-8 * times)).toEqual(eight(times))
    expect(piece).toMatchObject({ sampleRateHz: 24_000, requestId: 'e2' })
    expect(server.speeches[0]?.stream).toBe(true)
    expect(delaysMs).toEqual([])
  })

  test('is not taken for MP3 in its middle', async () => {
    server.answers.push((answer) => {
      answer.sound(W)
      answer.sound(new Uint8Array([0xff, 0xfb]))
      answer.end()
    })
    const heard = await attempt(eas({ transport: 'sse' }).client, anAsk())
    expect(samplesOf(heard)).toEqual([...eight(1), -1025 / 32_768])
  })

  test('has the rate it says, else the one that was asked for', async () => {
    const { client } = eas({ transport: 'sse' })
    server.answers.push((answer) => {
      answer.sound(P)
      answer.end()
    })
    expect((await hear(client, anAsk({ sampleRateHz: 16_000 }))).piece?.sampleRateHz).toBe(16_000)
    expect((await hear(client, anAsk({ sampleRateHz: 16_000 }))).piece?.sampleRateHz).toBe(24_000)
  })

  test('is heard while it comes', async () => {
    const { client } = eas({ transport: 'sse' })
    let more = (): void => undefined
    server.answers.push((answer) => {
      answer.sound(W)
      more = () => {
        answer.sound(P)
        answer.end()
      }
    })
    // The second half is sent only when the first was heard.
    const heard = await attempt(client, anAsk(), undefined, ({ kind }) => kind === 'sound' && more())
    expect(samplesOf(heard)).toEqual(eight(2))
  })

  test('D4: fails with the class of its words where an event says so', async () => {
    server.answers.push((answer) => {
      answer.sound(P)
      answer.event({ error: 'reference audio not found', output: null })
      answer.end()
    })
    const { failure, delaysMs } = await hear(eas({ transport: 'sse' }).client, anAsk())
    expect(failure).toEqual(failing('voice-not-found', { ...withSound, reason: 'reference audio not found' }))
    expect(delaysMs).toEqual([])
  })

  test.each([
    [{ message: 'worker died', code: 17 }, 'unavailable', 'worker died'],
    [{ nothing: 'known' }, 'unavailable', 'no-words'],
    [true, 'unavailable', 'no-words'],
    ['instruct is empty', 'bad-request', 'instruct is empty'],
  ])('an error of any shape is an error: %j', async (error, failureClass, reason) => {
    server.answers.push((answer) => {
      answer.event({ error })
      answer.end()
    })
    const { failure } = await attempt(eas({ transport: 'sse' }).client, anAsk())
    expect(failure).toEqual(failing(failureClass, { reason }))
  })

  test('D5: that is cut short within a piece is asked for once more', async () => {
    const cut = { output: { audio: { data: BAD64 } } }
    for (let time = 0; time < 2; time++)
      server.answers.push((answer) => {
        answer.event(cut)
        answer.end()
      })
    const { failure, delaysMs } = await hear(eas({ transport: 'sse' }).client, anAsk())
    expect(failure).toEqual(failing('network', withSound))
    expect(delaysMs).toEqual([500])
    expect(server.speeches).toHaveLength(2)
  })

  test('that ends with half a sample is no whole one', async () => {
    server.answers.push((answer) => {
      answer.sound(P)
      answer.sound(P.subarray(0, 1))
      answer.end()
    })
    const { failure } = await attempt(eas({ transport: 'sse' }).client, anAsk())
    expect(failure).toEqual(failing('network', withSound))
  })

  test('D7: whose connection breaks is asked for once more, and nothing of the first is kept', async () => {
    server.answers.push((answer) => {
      answer.sound(W)
      answer.sound(P)
      answer.drop()
    })
    const { piece, delaysMs } = await hear(eas({ transport: 'sse' }).client, anAsk())
    expect(piece?.pcm).toHaveLength(8)
    expect(delaysMs).toEqual([500])
    for (let time = 0; time < 2; time++)
      server.answers.push((answer) => {
        answer.sound(W)
        answer.drop()
      })
    const again = await hear(eas({ transport: 'sse' }).client, anAsk())
    expect(again.failure).toEqual(failing('network', withSound))
    expect(again.delaysMs).toEqual([500])
  })

  test('D7: whose connection ends well is whole, whether it says so or not', async () => {
    for (const last of [undefined, '[DONE]', { output: { finish_reason: 'stop' } }]) {
      server.answers.push((answer) => {
        answer.sound(W)
        answer.sound(P)
        if (last !== undefined) answer.event(last)
        answer.end()
      })
      const { piece } = await hear(eas({ transport: 'sse' }).client, anAsk())
      expect([...(piece?.pcm ?? [])]).toEqual(eight(2))
    }
  })

  test('that says it is over is not waited for, nor listened to', async () => {
    server.answers.push((answer) => {
      answer.sound(W)
      answer.event('[DONE]')
      answer.sound(P)
    })
    expect(samplesOf(await attempt(eas({ transport: 'sse' }).client, anAsk()))).toEqual(eight(1))
    await server.settled()
  })

  test('passes over events that say nothing it knows', async () => {
    server.answers.push((answer) => {
      answer.head(200)
      answer.response.write(': keep alive\n\nevent: queue\ndata: {"place":3}\n\ndata:\n\n')
      answer.event({ output: null, error: null, anything: [1] })
      answer.event({ output: { audio: null, finish_reason: 5 }, request_id: {} })
      answer.sound(W)
      answer.end()
    })
    expect(samplesOf(await attempt(eas({ transport: 'sse' }).client, anAsk()))).toEqual(eight(1))
  })

  test.each(['no JSON', '[1]', '{"output":{"audio":{"data":[1]}}}', '{"output":5}'])(
    'with an event that cannot be read (%s) fails, so that nothing is missing unheard',
    async (event) => {
      server.answers.push((answer) => {
        answer.sound(W)
        answer.event(event)
        answer.sound(P)
        answer.end()
      })
      const { failure } = await attempt(eas({ transport: 'sse' }).client, anAsk())
      expect(failure).toEqual(failing('protocol', withSound))
    },
  )

  test('without any sound fails', async () => {
    for (let time = 0; time < 2; time++) server.answers.push((answer) => answer.end())
    expect((await hear(eas({ transport: 'sse' }).client, anAsk())).failure).toEqual(failing('protocol'))
  })
})

describe('compressed sound', () => {
  const MP3 = new Uint8Array([0xff, 0xfb, ...new Array<number>(62).fill(0)])
  const ID3 = new Uint8Array([...Buffer.from('ID3'), ...new Array<number>(61).fill(0)])
  const streamed = (...pieces: readonly Uint8Array[]): void => {
    server.answers.push((answer) => {
      for (const piece of pieces) answer.sound(piece)
      answer.end()
    })
  }

  test('is asked for with a bit rate of the service, and decoded when it is whole', async () => {
    const decoded: Uint8Array[] = []
    const { client } = eas({
      transport: 'sse',
      format: { kind: 'mp3', bitRateKbps: 100 },
      decode: (bytes) => {
        decoded.push(bytes)
        return Promise.resolve({ pcm: new Float32Array([0.5, -0.5]), sampleRateHz: 44_100 })
      },
    })
    streamed(ID3, P)
    const heard = await attempt(client, anAsk({ volume: 0 }))
    expect(server.speeches[0]?.input).toMatchObject({ output_format: 'mp3', bit_rate: '128k' })
    expect(decoded).toEqual([new Uint8Array([...ID3, ...P])])
    expect(heard.events.at(-1)).toEqual({ kind: 'sound', pcm: new Float32Array(2), sampleRateHz: 44_100 })
  })

  test('that was not asked for is refused where nothing can decode it', async () => {
    for (const piece of [MP3, ID3, Buffer.from('OggS0000'), Buffer.from('fLaC0000')]) {
      streamed(piece)
      const { failure } = await attempt(eas({ transport: 'sse' }).client, anAsk())
      expect(failure).toEqual(failing('protocol', withSound))
    }
    const { client } = eas({ format: { kind: 'mp3', bitRateKbps: 64 } })
    expect((await attempt(client, anAsk())).failure).toEqual(failing('bad-request'))
    expect(server.speeches).toHaveLength(4)
  })

  test('that cannot be decoded fails', async () => {
    const { client } = eas({ transport: 'sse', decode: () => Promise.reject(new Error('no frames')) })
    streamed(MP3)
    expect((await attempt(client, anAsk())).failure).toEqual(failing('protocol', withSound))
  })
})

describe('a refusal', () => {
  const refusing = (status: number, body: string, headers: Record<string, string> = {}, times = 1): void => {
    for (let time = 0; time < times; time++)
      server.answers.push((answer) => {
        answer.head(status, headers)
        answer.end(body)
      })
  }

  test.each([
    // D8
    [401, 'Unauthorized', 'auth', 1],
    [403, '', 'auth', 1],
    [503, 'no available upstream', 'unavailable', 4],
    [429, 'too many requests', 'rate-limit', 5],
    [504, '<html>timeout</html>', 'timeout', 2],
    [413, 'too large', 'text-too-long', 1],
    [404, '{"detail":"reference audio ref1 not found"}', 'voice-not-found', 1],
    [404, 'no such service', 'protocol', 2],
    [400, '{"error":{"message":"reference audio is broken"}}', 'voice-not-found', 1],
    [400, '{"message":"text length exceeds 500"}', 'text-too-long', 1],
    [400, '{"message":"mode"}', 'bad-request', 1],
    [422, '{"detail":[{"loc":["body","reference_audio_id"],"msg":"Field required"}]}', 'bad-request', 1],
    [500, '{"detail":"reference"}', 'unavailable', 4],
  ])('with %i and %j is %s, after %i attempts', async (status, body, failureClass, attempts) => {
    refusing(status, body, {}, attempts)
    const { failure, delaysMs } = await hear(eas({ transport: 'sse' }).client, anAsk())
    expect(failure).toEqual(failing(failureClass, { httpStatus: status }))
    expect(failure).toEqual(failingSilent(failureClass))
    expect(server.speeches).toHaveLength(attempts)
    expect(delaysMs).toHaveLength(attempts - 1)
  })

  test('of a token that cannot be one comes before anything is sent, and blanks around one do not matter', async () => {
    for (const transport of ['rest', 'websocket'] as const) {
      for (const token of ['', 'a\nb', '“a”'])
        expect((await hear(eas({ transport, token }).client, anAsk())).failure).toEqual(failing('auth'))
      expect(server.seen).toEqual([])
      const { client } = eas({ transport, token: ` ${server.token}\n` })
      expect((await hear(client, anAsk())).piece?.pcm).toHaveLength(8)
      server.seen.length = 0
    }
  })

  test('is waited out for as long as the gateway says', async () => {
    refusing(503, 'no available upstream', { 'retry-after': '7' })
    const { piece, delaysMs } = await hear(eas().client, anAsk())
    expect(delaysMs).toEqual([7000])
    expect(piece?.pcm).toHaveLength(8)
  })

  test('of a wrong token says so, and repeats neither token nor text', async () => {
    const wrong = eas({ token: 'eas-token-WRONG999' })
    expect((await hear(wrong.client, anAsk())).failure).toEqual(failing('auth', { reason: 'Unauthorized' }))
    const text = '一句不能写进日志的话，很长很长。'
    refusing(400, JSON.stringify({ message: `token ${server.token} may not say ${text}` }))
    const { failure } = await attempt(eas().client, anAsk({ text }))
    const said = `${failure} ${JSON.stringify(failure)}`
    expect(said).toContain('may not say')
    expect(said).not.toContain(server.token)
    expect(said).not.toContain('不能写进日志')
  })
})

describe('a request over HTTP', () => {
  test.each(['rest', 'sse'] as const)('that is cancelled lets go of its connection (%s)', async (transport) => {
    const { client } = eas({ transport })
    await expect(hear(client, anAsk(), AbortSignal.abort())).resolves.toMatchObject({ failure: new AppCancel() })
    expect(server.seen).toEqual([])
    const waiting = new AbortController()
    server.answers.push(() => waiting.abort())
    expect((await attempt(client, anAsk(), waiting.signal)).failure).toBeInstanceOf(AppCancel)
    await server.settled()
    const reading = new AbortController()
    server.answers.push((answer) => {
      answer.sound(W)
      answer.sound(P)
    })
    const { events, failure } = await attempt(client, anAsk(), reading.signal, ({ kind }) => {
      if (kind === 'sound') reading.abort()
    })
    expect(failure).toBeInstanceOf(AppCancel)
    expect(events.length).toBeGreaterThan(0)
    await server.settled()
  })

  test('that nobody listens to any more lets go of its connection', async () => {
    server.answers.push((answer) => {
      answer.sound(W)
      answer.sound(P)
    })
    for await (const { kind } of eas({ transport: 'sse' }).client.speak(anAsk(), new AbortController().signal))
      if (kind === 'sound') break
    await server.settled()
    expect(server.openExchanges()).toBe(0)
  })

  test('is given 300 s for what comes whole, and a minute for a stream to begin and half of one to go on', async () => {
    const whole = eas()
    server.answers.push(() => whole.time.pass(299_000))
    const wholeHeard = attempt(whole.client, anAsk())
    while (whole.time.nowEpochMs < 1_700_000_299_000) await new Promise((resolve) => setImmediate(resolve))
    expect(server.openExchanges()).toBe(1)
    whole.time.pass(1000)
    expect((await wholeHeard).failure).toEqual(failing('timeout', { reason: 'took-longer', params: { seconds: 300 } }))

    const stream = eas({ transport: 'sse' })
    server.answers.push(() => stream.time.pass(60_000))
    expect((await attempt(stream.client, anAsk())).failure).toEqual(failingSilent('timeout'))

    const stalled = eas({ transport: 'sse' })
    server.answers.push((answer) => answer.sound(W))
    let hasSound = false
    const heard = attempt(stalled.client, anAsk(), undefined, ({ kind }) => {
      hasSound ||= kind === 'sound'
    })
    while (!hasSound || !stalled.time.pendingMs().includes(30_000))
      await new Promise((resolve) => setImmediate(resolve))
    stalled.time.pass(30_000)
    expect((await heard).failure).toEqual(failing('timeout', withSound))
  })
})

describe('speech over a WebSocket', () => {
  const asked = anAsk({ instruct: '用四川话说', volume: 25 })

  test('D9: runs a task, sends the text and takes the sound out of the frames', async () => {
    server.scripts.push({
      onFinish: (task) => {
        task.sound(WS)
        task.event('task-finished')
        task.event('task-finished')
      },
    })
    const { client } = eas({ transport: 'websocket' })
    const { piece, delaysMs } = await hear(client, asked)
    expect([...(piece?.pcm ?? [])]).toEqual(eight(1).map((sample) => Math.fround(sample / 2)))
    expect(piece?.sampleRateHz).toBe(24_000)
    expect(server.tasks).toHaveLength(1)
    const [task] = server.tasks
    expect(task?.texts).toEqual(['你好'])
    expect(task?.run.payload.parameters).toEqual({
      mode: 'natural_language_replication',
      reference_audio_id: 'ref1',
      instruct: '用四川话说',
      output_format: 'wav',
      sample_rate: 24_000,
      speed: 1,
    })
    expect(piece?.requestId).toBe(task?.run.header.task_id)
    expect([server.violations, delaysMs]).toEqual([[], []])
    expect(server.seen.map(({ url }) => url)).toEqual(['/api/predict/cosy/api-ws/v1/audio/speech'])
  })

  test('goes where the endpoint says that its WebSocket is', async () => {
    const webSocketUrl = `${server.baseUrl}/api-ws/v1/audio/speech`
    const { client } = eas({ transport: 'websocket', baseUrl: 'https://elsewhere.invalid', webSocketUrl })
    expect((await hear(client, asked)).piece?.pcm).toHaveLength(8)
  })

  test('takes bytes as they are, and what comes for no task or for another not at all', async () => {
    server.scripts.push({
      onFinish: (task) => {
        task.event('result-generated', { output: { audio: { data: base64Of(P) } } }, { task_id: 'another' })
        task.event('task-failed', {}, { task_id: 'another', error_message: 'reference' })
        task.event('something-new', { output: { audio: { data: base64Of(P) } } })
        task.event('result-generated', null)
        task.event('result-generated', { output: { audio: {} }, metrics: 'none' })
        task.event('task-started')
        task.socket.send(W, { binary: true })
        // Text that was sent a second time would be heard before this answer.
        task.socket.once('pong', () => task.socket.send(JSON.stringify({ header: { event: 'task-finished' } })))
        task.socket.ping()
      },
    })
    const heard = await attempt(eas({ transport: 'websocket' }).client, anAsk())
    expect(server.violations).toEqual([])
    expect(samplesOf(heard)).toEqual(eight(1))
    expect(heard.failure).toBeUndefined()
  })

  test('leaves out sound that comes before it was asked for, and says so', async () => {
    server.scripts.push({
      onRun: (task) => {
        task.sound(P)
        task.socket.send(P, { binary: true })
        task.event('task-started')
      },
    })
    const { piece } = await hear(eas({ transport: 'websocket' }).client, anAsk())
    expect(piece?.pcm).toHaveLength(8)
    expect(piece?.warnings.map(({ field }) => field)).toEqual(['sound', 'sound'])
  })

  const saying = (error_message?: string) => (task: Tasking) => {
    task.event('task-failed', {}, { error_code: 'InvalidParameter', error_message })
    task.socket.close()
  }
  test.each([
    // D10
    ['a task that fails', saying('instruct is empty'), 'bad-request', 1],
    ['a task whose voice is gone', saying('no such reference audio'), 'voice-not-found', 1],
    ['a task that fails without words', saying(), 'unavailable', 2],
    ['a close with 1011', (task: Tasking) => task.socket.close(1011), 'unavailable', 2],
    ['a close with 1000', (task: Tasking) => task.socket.close(1000), 'protocol', 2],
    ['a close with 1008', (task: Tasking) => task.socket.close(1008, 'policy'), 'auth', 1],
    ['a connection that breaks', (task: Tasking) => task.drop(), 'network', 2],
    ['a frame that is no JSON', (task: Tasking) => task.socket.send('<html>'), 'protocol', 2],
    ['a frame of another shape', (task: Tasking) => task.socket.send('{"header":5}'), 'protocol', 2],
    [
      'sound that is cut short',
      (task: Tasking) => task.event('result-generated', { output: { audio: { data: BAD64 } } }),
      'network',
      2,
    ],
  ] as const)('after sound, %s fails with its class', async (_what, end, failureClass, attempts) => {
    for (let time = 0; time < attempts; time++)
      server.scripts.push({
        onFinish: (task) => {
          task.sound(W)
          end(task)
        },
      })
    const { failure, delaysMs } = await hear(eas({ transport: 'websocket' }).client, anAsk())
    expect(failure).toEqual(failing(failureClass, withSound))
    expect(delaysMs).toHaveLength(attempts - 1)
    expect(server.tasks).toHaveLength(attempts)
    expect(new Set(server.tasks.map(({ run }) => run.header.task_id)).size).toBe(attempts)
    await server.settled()
  })

  test('with a voice that the service does not have fails as that', async () => {
    const { failure, delaysMs } = await hear(eas({ transport: 'websocket' }).client, anAsk({ voice: 'ref9' }))
    expect(failure).toEqual(failingSilent('voice-not-found'))
    expect(delaysMs).toEqual([])
    const whole = await hear(eas().client, anAsk({ voice: 'ref9' }))
    expect(whole.failure).toEqual(failing('voice-not-found', { httpStatus: 404 }))
  })

  test('that ends before it began, or without sound, fails', async () => {
    const { client } = eas({ transport: 'websocket' })
    server.scripts.push({ onRun: (task) => task.event('task-finished') })
    expect((await attempt(client, anAsk())).failure).toEqual(failingSilent('protocol'))
    server.scripts.push({ onRun: saying('') })
    expect((await attempt(client, anAsk())).failure).toEqual(
      failing('unavailable', { reason: 'no-words', code: 'InvalidParameter' }),
    )
    server.scripts.push({ onFinish: (task) => task.event('task-finished') })
    expect((await attempt(client, anAsk())).failure).toEqual(failingSilent('protocol'))
    server.scripts.push({ onRun: (task) => task.drop() })
    expect((await attempt(client, anAsk())).failure).toEqual(failingSilent('network'))
  })

  test('with a wrong token, or to a place that is none, is refused', async () => {
    const wrong = eas({ transport: 'websocket', token: 'eas-token-WRONG999' })
    expect((await hear(wrong.client, anAsk())).failure).toEqual(failing('auth', { httpStatus: 401 }))
    server.refusals.push({ status: 503, body: `{"trace":"${'x'.repeat(1000)}","message":"busy, ${server.token}"}` })
    expect((await attempt(eas({ transport: 'websocket' }).client, anAsk())).failure).toEqual(
      failing('unavailable', { httpStatus: 503, reason: 'busy, sk-***1234' }),
    )
    const lost = eas({ transport: 'websocket', webSocketUrl: `${server.baseUrl}/elsewhere` })
    const { failure, delaysMs } = await hear(lost.client, anAsk())
    expect(failure).toEqual(failing('protocol', { httpStatus: 404 }))
    expect(delaysMs).toEqual([0])
  })

  test('says nothing of token and text where it fails', async () => {
    const text = '一句不能写进日志的话，很长很长。'
    server.scripts.push({ onFinish: saying(`key ${server.token} cannot say ${text}`) })
    const { failure } = await attempt(eas({ transport: 'websocket' }).client, anAsk({ text }))
    const said = `${failure} ${JSON.stringify(failure)}`
    expect(said).toContain('cannot say')
    expect(said).not.toMatch(/不能写进日志|ABCD1234 /)
    expect(said).not.toContain(server.token)
  })

  test.each(['before', 'while it connects', 'before it began', 'before sound', 'after sound'])(
    'that is cancelled %s lets go of its connection',
    async (when) => {
      const controller = new AbortController()
      const cancel = (): void => controller.abort()
      const { client } = eas({ transport: 'websocket' })
      if (when === 'before') cancel()
      if (when === 'while it connects') server.asked().then(cancel)
      if (when === 'before it began') server.scripts.push({ onRun: cancel })
      if (when === 'before sound') server.scripts.push({ onFinish: cancel })
      if (when === 'after sound') server.scripts.push({ onFinish: (task) => task.sound(W) })
      const heard = await attempt(client, anAsk(), controller.signal, ({ kind }) => {
        if (kind === 'sound') cancel()
      })
      expect(heard.failure).toBeInstanceOf(AppCancel)
      expect(samplesOf(heard)).toEqual(when === 'after sound' ? eight(1) : [])
      await server.settled()
    },
  )

  test('on which nothing comes is given up after a minute, and after half of one within the sound', async () => {
    const quiet = eas({ transport: 'websocket' })
    server.scripts.push({ onRun: () => quiet.time.pass(60_000) })
    expect((await attempt(quiet.client, anAsk())).failure).toEqual(failingSilent('timeout'))

    const stalled = eas({ transport: 'websocket' })
    server.scripts.push({ onFinish: (task) => task.sound(W) })
    const heard = attempt(stalled.client, anAsk())
    while (!stalled.time.pendingMs().includes(30_000)) await new Promise((resolve) => setImmediate(resolve))
    stalled.time.pass(29_999)
    expect(server.openExchanges()).toBe(1)
    stalled.time.pass(1)
    expect((await heard).failure).toEqual(failing('timeout', withSound))
    await server.settled()
  })

  test('that goes on and on is given up after 300 s', async () => {
    const { client, time } = eas({ transport: 'websocket' })
    let task: Tasking | undefined
    server.scripts.push({
      onFinish: (tasking) => {
        task = tasking
        tasking.sound(W)
      },
    })
    const { events, failure } = await attempt(client, anAsk(), undefined, ({ kind }) => {
      if (kind !== 'sound') return
      time.pass(20_000)
      task?.sound(P)
    })
    expect(failure).toEqual(failing('timeout', withSound))
    expect(events).toHaveLength(15)

    const slow = eas({ transport: 'websocket' })
    server.scripts.push({ onFinish: (task) => task.sound(W) })
    const heard = attempt(slow.client, anAsk(), undefined, ({ kind }) => {
      if (kind === 'sound') slow.time.pass(291_000)
    })
    while (!slow.time.pendingMs().includes(9000)) await new Promise((resolve) => setImmediate(resolve))
    slow.time.pass(9000)
    expect((await heard).failure).toEqual(failing('timeout', withSound))
  })
})
