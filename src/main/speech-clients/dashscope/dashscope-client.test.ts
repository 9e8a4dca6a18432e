import { afterEach, describe, expect, test } from 'vitest'
import {
  DASHSCOPE_KEY,
  type DashscopeServer,
  startDashscopeServer,
  type Tasking,
} from '../../../../test/support/dashscope-server.ts'
import type { FakeTime } from '../../../../test/support/fake-time.ts'
import { hear } from '../../../../test/support/hear.ts'
import {
  type Attempt,
  anAsk,
  attempt,
  eight,
  P,
  samplesOf,
  stillClock,
  WS,
} from '../../../../test/support/speech-fixtures.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { createWire, type RemoteFailure, type SpeechClient, type SpeechEvent } from '../../remote/index.ts'
import { createDashscopeClient, type DashscopeClient } from './dashscope-client.ts'
import type { DashscopeEndpoint, DashscopeOddity } from './endpoint.ts'

type Scene = {
  readonly server: DashscopeServer
  readonly client: DashscopeClient
  readonly time: FakeTime
  readonly oddities: DashscopeOddity['what'][]
}
const scenes: Scene[] = []
/** Nothing may be left open, and nothing may have been sent that the service does not take. */
const complaintsAllowed = new Set<Scene>()

const begin = async (endpoint: Partial<DashscopeEndpoint> = {}): Promise<Scene> => {
  const { time, clock } = stillClock()
  const server = await startDashscopeServer(clock)
  const oddities: DashscopeOddity['what'][] = []
  const client = createDashscopeClient({
    wire: createWire({ clock, isOffline: () => false }),
    clock,
    endpoint: { baseUrl: server.url, apiKey: async () => DASHSCOPE_KEY, ...endpoint },
    onOddity: ({ what }) => oddities.push(what),
  })
  const scene = { server, client, time, oddities }
  scenes.push(scene)
  return scene
}
afterEach(async () => {
  for (const scene of scenes.splice(0)) {
    await scene.client[Symbol.asyncDispose]()
    await scene.server.settled()
    expect(scene.time.pendingMs()).toEqual([])
    if (!complaintsAllowed.delete(scene)) expect(scene.server.complaints).toEqual([])
    await scene.server[Symbol.asyncDispose]()
  }
})

const ask = anAsk({ model: 'cosyvoice-v3-flash', voice: 'longanyang', text: '你好。' })
const never = new AbortController().signal

const gate = (): { opened: Promise<void>; open: () => void } => {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Of a client, and tells when the first sound has come. */
const listening = (client: DashscopeClient): { client: SpeechClient; heardSound: Promise<void> } => {
  const { opened, open } = gate()
  return {
    heardSound: opened,
    client: {
      async *speak(asked, signal) {
        for await (const event of client.speak(asked, signal)) {
          if (event.kind === 'sound') open()
          yield event
        }
      },
      [Symbol.asyncDispose]: client[Symbol.asyncDispose],
    },
  }
}

const startedAndHeard = async (task: Tasking): Promise<void> => {
  task.event('task-started')
  await task.heardAll()
}

describe('a task', () => {
  test('A1: speaks a text that goes out as soon as it has begun; a WAV header is taken off, and the connection is kept', async () => {
    const { server, client } = await begin()
    server.answerTask(async (task) => {
      await startedAndHeard(task)
      task.result('sentence-begin', 0)
      task.spoken(0, WS)
      task.spoken(0, P)
      task.result('sentence-end', 0, { characters: 5 })
      task.finished({ characters: 5 })
    })
    const { piece, failures } = await hear(client, ask)
    expect(piece).toMatchObject({ sampleRateHz: 24_000, characters: 5, requestId: 'r-1', warnings: [] })
    expect([...(piece?.pcm ?? [])]).toEqual(eight(2))
    const second = await hear(client, { ...ask, text: 'Again.' })
    expect([...(second.piece?.pcm ?? [])]).toEqual(eight(1))
    expect(second.piece?.characters).toBe(6)
    expect(server.tasks.map(({ connection, texts }) => [connection, texts])).toEqual([
      [1, ['你好。']],
      [1, ['Again.']],
    ])
    expect(server.tasks[0]).toMatchObject({
      model: 'cosyvoice-v3-flash',
      parameters: { voice: 'longanyang', format: 'pcm', sample_rate: 24_000 },
      isFinished: true,
    })
    expect([failures, second.failures]).toEqual([[], []])
    expect(server.tasks[0]?.taskId).not.toBe(server.tasks[1]?.taskId)
    expect(server.handshakes).toHaveLength(1)
  })

  test('opens its connection with the key in a header, with the workspace, and on a path below that of the endpoint', async () => {
    const { server, client } = await begin({ workspaceId: 'ws-1' })
    expect((await attempt(client, ask)).failure).toBeUndefined()
    const [handshake] = server.handshakes
    expect(handshake?.headers).toMatchObject({
      authorization: `Bearer ${DASHSCOPE_KEY}`,
      'x-dashscope-workspace': 'ws-1',
    })
    expect(handshake?.url).toBe('/api-ws/v1/inference')
  })

  test.each([undefined, 0])(
    'A2: words come once, though two messages tell them (the last of sentence %s), and are asked for only of voices that have them',
    async (index) => {
      const { server, client } = await begin()
      const words = [
        { text: '你', begin_index: 0, end_index: 1, begin_time: 80, end_time: 240 },
        { text: '好', begin_index: 1, end_index: 2, begin_time: 240, end_time: 400 },
      ]
      const task = async (task: Tasking): Promise<void> => {
        await startedAndHeard(task)
        task.result('sentence-begin', 0)
        task.spoken(0, P)
        task.result('sentence-end', 0, { words, characters: 5 })
        task.finished({ words, ...(index !== undefined && { index }) })
      }
      server.answerTask(task)
      const { events } = await attempt(client, ask)
      expect(events.map(({ kind }) => kind)).toEqual(['sound', 'usage', 'words', 'usage'])
      expect(events[2]).toEqual({
        kind: 'words',
        words: [
          { text: '你', beginMs: 80, endMs: 240 },
          { text: '好', beginMs: 240, endMs: 400 },
        ],
      })
      expect(server.tasks[0]?.parameters.word_timestamp_enabled).toBe(true)
      const { events: untimed } = await attempt(client, { ...ask, voice: 'loongabby_v3' })
      expect(untimed.map(({ kind }) => kind)).not.toContain('words')
      expect(server.tasks[1]?.parameters).not.toHaveProperty('word_timestamp_enabled')
    },
  )

  test('A3: whose connection breaks after sound fails as network, and is said once more with a new name', async () => {
    const { server, client } = await begin()
    const { client: watched, heardSound } = listening(client)
    server.answerTask(async (task) => {
      await startedAndHeard(task)
      task.spoken(0, P)
      await heardSound
      task.reset()
    })
    const { piece, delaysMs, failures } = await hear(watched, ask)
    expect([...(piece?.pcm ?? [])]).toEqual(eight(1))
    expect(delaysMs).toEqual([500])
    expect(failures).toMatchObject([{ failureClass: 'network', facts: { hasPartialAudio: true, closeCode: 1006 } }])
    expect(new Set(server.tasks.map(({ taskId }) => taskId)).size).toBe(2)
    expect(server.handshakes).toHaveLength(2)
  })

  test('A3: a second break after sound is the last', async () => {
    const { server, client } = await begin()
    let isHeard = gate()
    const watched: SpeechClient = {
      async *speak(asked, signal) {
        for await (const event of client.speak(asked, signal)) {
          if (event.kind === 'sound') isHeard.open()
          yield event
        }
      },
      [Symbol.asyncDispose]: client[Symbol.asyncDispose],
    }
    for (let index = 0; index < 2; index++)
      server.answerTask(async (task) => {
        isHeard = gate()
        await startedAndHeard(task)
        task.spoken(0, P)
        await isHeard.opened
        task.reset()
      })
    const { piece, failure, delaysMs } = await hear(watched, ask)
    expect(failure).toMatchObject({ failureClass: 'network', facts: { hasPartialAudio: true } })
    expect([piece, delaysMs, server.tasks.length]).toEqual([undefined, [500], 2])
  })

  test('A9: a second close after sound is the last', async () => {
    const { server, client } = await begin()
    for (let index = 0; index < 2; index++)
      server.answerTask(async (task) => {
        await startedAndHeard(task)
        task.spoken(0, P)
        task.socket.close(1011, 'broken')
      })
    const { failure, delaysMs } = await hear(client, ask)
    expect(failure).toMatchObject({ failureClass: 'unavailable', facts: { hasPartialAudio: true, closeCode: 1011 } })
    expect([delaysMs, server.tasks.length]).toEqual([[1000], 2])
  })

  test('A4: a voice that the model does not have is no reason to try again, nor is a connection that told so', async () => {
    const { server, client } = await begin()
    server.answerTask(async (task) => {
      await startedAndHeard(task)
      task.failed('InvalidParameter', '[tts:]Engine return error code: 418')
    })
    const { failure, delaysMs } = await hear(client, ask)
    expect(failure).toMatchObject({
      failureClass: 'voice-not-found',
      facts: { code: 'InvalidParameter', requestId: server.tasks[0]?.taskId },
    })
    expect((failure as RemoteFailure).facts.hasPartialAudio).toBeUndefined()
    expect(delaysMs).toEqual([])
    expect((await attempt(client, ask)).failure).toBeUndefined()
    expect(server.tasks.map(({ connection }) => connection)).toEqual([1, 2])
  })

  test('A5: that fails after sound is said once more at most, and nothing of what failed is kept', async () => {
    const { server, client } = await begin()
    const fail = async (task: Tasking): Promise<void> => {
      await startedAndHeard(task)
      task.spoken(0, P)
      task.spoken(0, P)
      task.failed('InternalError', 'Something went wrong.')
    }
    server.answerTask(fail)
    const { piece, delaysMs, failures } = await hear(client, ask)
    expect([[...(piece?.pcm ?? [])], delaysMs]).toEqual([eight(1), [1000]])
    expect(failures).toMatchObject([
      { failureClass: 'unavailable', facts: { code: 'InternalError', hasPartialAudio: true } },
    ])
    server.answerTask(fail)
    server.answerTask(fail)
    const again = await hear(client, ask)
    expect(again.failure).toMatchObject({ failureClass: 'unavailable', facts: { hasPartialAudio: true } })
    expect(again.piece).toBeUndefined()
    expect(server.tasks.map(({ connection }) => connection)).toEqual([1, 2, 2, 3])
  })

  test('A6: a refused key is told without the key', async () => {
    const { server, client } = await begin()
    server.refuse(
      401,
      JSON.stringify({ code: 'InvalidApiKey', message: `Invalid API-key ${DASHSCOPE_KEY} provided.`, request_id: 'q' }),
    )
    const { failure, delaysMs } = await hear(client, ask)
    expect(failure).toMatchObject({
      failureClass: 'auth',
      facts: { reason: 'Invalid API-key sk-***ghij provided.', httpStatus: 401, code: 'InvalidApiKey', requestId: 'q' },
    })
    expect(JSON.stringify([failure, String(failure), (failure as Error).stack])).not.toContain(DASHSCOPE_KEY)
    expect([delaysMs, server.handshakes.length]).toEqual([[], 1])
  })

  test('A6: nor is a key of another shape told', async () => {
    const { server, client } = await begin({ apiKey: async () => 'PLAINKEY99' })
    server.refuse(403, '{"code":"AccessDenied","message":"PLAINKEY99 may not"}')
    const { failure } = await attempt(client, ask)
    expect(failure).toMatchObject({ failureClass: 'auth', facts: { reason: 'sk-***EY99 may not' } })
  })

  test.each([
    [401, '<html>denied</html>', 'auth'],
    [403, '{"code":"AccessDenied.Unpurchased","message":"Not activated"}', 'quota'],
    [404, '', 'protocol'],
    [429, '', 'rate-limit'],
    [503, '', 'unavailable'],
  ] as const)('a handshake that is answered with %i %s fails as %s', async (status, body, failureClass) => {
    const { server, client } = await begin()
    server.refuse(status, body, { 'retry-after': '7' })
    expect((await attempt(client, ask)).failure).toMatchObject({
      failureClass,
      facts: { httpStatus: status, retryAfterMs: 7000 },
    })
  })

  test('A7: when there are too many it waits longer each time', async () => {
    const { server, client } = await begin()
    for (let index = 0; index < 2; index++)
      server.answerTask((task) =>
        task.failed('Throttling.RateQuota', 'Requests rate limit exceeded, please try again later.'),
      )
    const { piece, delaysMs } = await hear(client, ask)
    expect([[...(piece?.pcm ?? [])], delaysMs]).toEqual([eight(1), [1000, 2000]])
  })

  test('A8: a command that is not understood is sent once more on another connection, then told with the words of the close', async () => {
    const { server, client } = await begin()
    for (let index = 0; index < 2; index++) server.answerTask((task) => task.socket.close(1007, 'task can not be null'))
    const { failure, delaysMs } = await hear(client, ask)
    expect(failure).toMatchObject({
      failureClass: 'protocol',
      facts: { reason: 'closed', params: { closeCode: 1007, detail: 'task can not be null' }, closeCode: 1007 },
    })
    expect([delaysMs, server.handshakes.length]).toEqual([[0], 2])
  })

  test.each([
    [1000, '', 'protocol'],
    [1007, 'Model not found', 'model-mismatch'],
    [1009, '', 'text-too-long'],
    [1011, '', 'unavailable'],
    [1012, '', 'unavailable'],
  ] as const)(
    'A9: a close with %i %s before the end fails as %s, also after sound',
    async (code, reason, failureClass) => {
      const { server, client } = await begin()
      server.answerTask(async (task) => {
        await startedAndHeard(task)
        task.spoken(0, P)
        task.socket.close(code, reason)
      })
      expect((await attempt(client, ask)).failure).toMatchObject({
        failureClass,
        facts: { closeCode: code, hasPartialAudio: true },
      })
    },
  )

  test('A11: may drip: forty samples in halves, nearly a second apart', async () => {
    const { server, client, time } = await begin()
    let next = gate()
    server.answerTask(async (task) => {
      await startedAndHeard(task)
      for (let index = 0; index < 40; index++) {
        next = gate()
        task.spoken(0, Uint8Array.of(index))
        task.spoken(0, Uint8Array.of(1))
        await next.opened
        time.pass(900)
      }
      task.finished()
    })
    const spoken = await attempt(client, ask, never, (event) => {
      if (event.kind === 'sound') next.open()
    })
    expect(spoken.failure).toBeUndefined()
    expect(samplesOf(spoken)).toEqual(Array.from({ length: 40 }, (_, index) => (256 + index) / 32_768))
  })

  test('A12: what comes after the end is heard by nobody, not by the next task either', async () => {
    const { server, client, oddities } = await begin()
    server.answerTask(async (task) => {
      await startedAndHeard(task)
      task.spoken(0, P)
      task.finished()
      task.finished()
      task.spoken(0, P)
    })
    const first = await attempt(client, ask)
    expect(samplesOf(first)).toEqual(eight(1))
    expect(first.events.filter(({ kind }) => kind === 'usage')).toHaveLength(1)
    const second = await attempt(client, ask)
    expect(samplesOf(second)).toEqual(eight(1))
    expect(server.handshakes).toHaveLength(1)
    expect(oddities).toEqual(['frame-of-another-task', 'frame-of-another-task', 'sound-out-of-place'])
  })

  test('A14: that does not begin within ten seconds fails as timeout and lets go of its connection', async () => {
    const { server, client, time } = await begin()
    const asked = gate()
    server.answerTask(() => asked.open())
    const spoken = attempt(client, ask)
    await asked.opened
    time.pass(9999)
    expect(server.openExchanges()).toBe(1)
    time.pass(1)
    expect((await spoken).failure).toMatchObject({
      failureClass: 'timeout',
      facts: { reason: 'no-answer', params: { seconds: 10 } },
    })
    await server.settled()
  })

  test('A14: that does not begin is asked for once more, at once', async () => {
    const { server, client, time } = await begin()
    for (let index = 0; index < 2; index++) server.answerTask(() => time.pass(10_000))
    const { failure, delaysMs } = await hear(client, ask)
    expect(failure).toMatchObject({ failureClass: 'timeout' })
    expect((failure as RemoteFailure).facts.hasPartialAudio).toBeUndefined()
    expect([delaysMs, server.tasks.length]).toEqual([[0], 2])
    await server.settled()
  })

  test.each([
    ['without any sound within 20 s', 19_999, 1, 'no-first-sound', false],
    ['that stops for 30 s after sound', 29_999, 1, 'silent', true],
  ])('%s fails as timeout', async (_, beforeMs, lastMs, reason, hasSound) => {
    const { server, client, time } = await begin()
    const heard = gate()
    server.answerTask(async (task) => {
      await startedAndHeard(task)
      if (hasSound) task.spoken(0, P)
      else heard.open()
    })
    let isOver = false
    const spoken = attempt(client, ask, never, () => heard.open()).finally(() => {
      isOver = true
    })
    await heard.opened
    await new Promise((resolve) => setImmediate(resolve))
    time.pass(beforeMs)
    await new Promise((resolve) => setImmediate(resolve))
    expect(isOver).toBe(false)
    time.pass(lastMs)
    const { failure } = await spoken
    expect(failure).toMatchObject({
      failureClass: 'timeout',
      facts: { reason, params: { seconds: (beforeMs + lastMs) / 1000 } },
    })
    expect((failure as RemoteFailure).facts.hasPartialAudio).toBe(hasSound ? true : undefined)
  })

  test('that never ends fails as timeout after ten minutes; time in which nobody listens does not count', async () => {
    const { server, client, time } = await begin()
    const asked = gate()
    let next = gate()
    server.answerTask(async (task) => {
      await startedAndHeard(task)
      asked.open()
      while (task.socket.readyState === task.socket.OPEN) {
        next = gate()
        task.spoken(0, P)
        await next.opened
        time.pass(20_000)
      }
    })
    let sounds = 0
    const { failure } = await attempt(client, ask, never, ({ kind }) => {
      if (kind !== 'sound') return
      sounds += 1
      if (sounds === 5) time.pass(3_600_000)
      next.open()
    })
    expect(failure).toMatchObject({
      failureClass: 'timeout',
      facts: { reason: 'took-longer', params: { seconds: 600 }, hasPartialAudio: true },
    })
    expect(sounds).toBe(30)
    next.open()
  })

  test('that ends without sound, within a sample, or with sound of another kind fails as protocol', async () => {
    const { server, client } = await begin()
    const foreign = Uint8Array.from([...new TextEncoder().encode('ID3 '), ...P])
    for (const [pieces, reason] of [
      [[], 'no-sound'],
      [[P.subarray(0, 3)], 'sound-cut-short'],
      [[foreign], 'other-kind'],
    ] as const) {
      server.answerTask(async (task) => {
        await startedAndHeard(task)
        for (const piece of pieces) task.spoken(0, piece)
        task.finished()
      })
      expect((await attempt(client, ask)).failure).toMatchObject({ failureClass: 'protocol', facts: { reason } })
    }
    expect(server.handshakes).toHaveLength(3)
  })

  test('ignores what it does not understand, and needs no more than the events', async () => {
    const { server, client, oddities } = await begin()
    server.answerTask(async (task) => {
      task.sound(P)
      task.event('result-generated')
      task.send('no json')
      task.send('[]')
      task.send({ header: { event: 'task-paused', task_id: task.taskId } })
      task.event('task-started', {}, { task_id: undefined })
      await task.heardAll()
      task.send({ header: { event: 'result-generated', attributes: 7 }, payload: { output: null, usage: 'much' } })
      task.sound(P)
      task.event('result-generated', { output: { sentence: { index: 'first', words: [{ text: 1 }] } } })
      task.send({ header: { event: 'task-finished' }, payload: null })
    })
    const { events, failure } = await attempt(client, ask)
    expect(failure).toBeUndefined()
    expect(events.map(({ kind }) => kind)).toEqual(['sound', 'usage'])
    expect(events[1]).toEqual({ kind: 'usage', characters: null, requestId: server.tasks[0]?.taskId })
    expect(oddities).toEqual([
      ...['sound-out-of-place', 'unknown-event', 'unreadable-frame', 'unreadable-frame', 'unknown-event'],
    ])
  })

  test('that ends before it has begun fails as protocol', async () => {
    const { server, client } = await begin()
    server.answerTask((task) => task.event('task-finished'))
    expect((await attempt(client, ask)).failure).toMatchObject({ failureClass: 'protocol' })
  })

  test('words of the server that repeat the text are not passed on', async () => {
    const { server, client } = await begin()
    const text = 'A secret that nobody may read.'
    server.answerTask(async (task) => {
      await startedAndHeard(task)
      task.failed('InvalidParameter', `cannot say: ${text} (${DASHSCOPE_KEY})`)
    })
    const { failure } = await attempt(client, { ...ask, text })
    expect(failure).toMatchObject({ failureClass: 'bad-request', facts: { reason: 'cannot say: … (sk-***ghij)' } })
    expect(JSON.stringify([failure, (failure as Error).stack])).not.toContain('secret')
  })
})

describe('a connection that is kept', () => {
  test('A13: and has died is replaced without counting as an attempt', async () => {
    const { server, client, oddities } = await begin()
    await attempt(client, ask)
    server.answerTask((task) => task.reset())
    const { piece, delaysMs } = await hear(client, ask)
    expect([[...(piece?.pcm ?? [])], delaysMs]).toEqual([eight(1), []])
    expect(server.tasks.map(({ connection }) => connection)).toEqual([1, 1, 2])
    expect(oddities).toEqual(['connection-died'])
  })

  test('and says nothing any more is replaced by a new one, with the others that were kept, and the line is spoken', async () => {
    const { server, client, time, oddities } = await begin()
    expect(await Promise.all([1, 2].map(async () => (await attempt(client, ask)).failure))).toEqual([
      ...[undefined, undefined],
    ])
    expect(server.handshakes).toHaveLength(2)
    const { opened: isAsked, open } = gate()
    server.answerTask(() => open())
    const heard = hear(client, ask)
    await isAsked
    await new Promise((resolve) => setImmediate(resolve))
    time.pass(10_000)
    const { piece, failures } = await heard
    expect([[...(piece?.pcm ?? [])], failures]).toEqual([eight(1), []])
    expect(oddities).toEqual(['connection-died'])
    await Promise.all([attempt(client, ask), attempt(client, ask)])
    expect(server.tasks.slice(3).map(({ connection }) => connection)).toEqual([3, 3, 4])
  })

  test('and is new is no such case: its silence is told', async () => {
    const { server, client, time } = await begin()
    const { opened: isAsked, open } = gate()
    server.answerTask(() => open())
    const spoken = attempt(client, ask)
    await isAsked
    await new Promise((resolve) => setImmediate(resolve))
    time.pass(10_000)
    expect((await spoken).failure).toMatchObject({ failureClass: 'timeout', facts: { reason: 'no-answer' } })
    expect(server.handshakes).toHaveLength(1)
  })

  test('A13: and refuses the task is not replaced, and one that dies when it is new is not either', async () => {
    const { server, client } = await begin()
    await attempt(client, ask)
    server.answerTask((task) => task.socket.close(1007, 'illegal'))
    expect((await attempt(client, ask)).failure).toMatchObject({ failureClass: 'protocol' })
    server.answerTask((task) => task.reset())
    expect((await attempt(client, ask)).failure).toMatchObject({ failureClass: 'network' })
    expect(server.tasks).toHaveLength(3)
    await attempt(client, ask)
    server.answerTask((task) => task.failed('Throttling', 'slower'))
    expect((await attempt(client, ask)).failure).toMatchObject({ failureClass: 'rate-limit' })
    expect(server.tasks).toHaveLength(5)
  })

  test('is let go after 45 s, and one that the server closed is not used', async () => {
    const { server, client, time, oddities } = await begin()
    await attempt(client, ask)
    time.pass(44_999)
    await attempt(client, ask)
    expect(server.handshakes).toHaveLength(1)
    time.pass(45_000)
    await server.settled()
    let close: () => void = () => undefined
    server.answerTask(async (task) => {
      close = () => task.socket.close(1000)
      await startedAndHeard(task)
      task.spoken(0, P)
      task.finished()
    })
    await attempt(client, ask)
    close()
    await server.settled()
    await attempt(client, ask)
    expect(server.tasks.map(({ connection }) => connection)).toEqual([1, 1, 2, 3])
    expect(oddities).toEqual([])
  })

  test('is none where it was closed, or the client was, before the last event was taken', async () => {
    const { server, client, time } = await begin()
    server.answerTask(async (task) => {
      await startedAndHeard(task)
      task.spoken(0, P)
      task.finished()
      task.socket.close(1000)
    })
    for await (const { kind } of client.speak(ask, never)) if (kind === 'usage') await server.settled()
    expect(time.pendingMs()).toEqual([])
    for await (const event of client.speak(ask, never))
      if (event.kind === 'usage' && event.requestId !== null) await client[Symbol.asyncDispose]()
    await server.settled()
  })

  test('has one task at a time; three are kept at most', async () => {
    const { server, client } = await begin()
    const all = gate()
    let running = 0
    for (let index = 0; index < 5; index++)
      server.answerTask(async (task) => {
        running += 1
        if (running === 5) all.open()
        await all.opened
        await startedAndHeard(task)
        task.spoken(0, P)
        task.finished()
      })
    const spoken = await Promise.all(Array.from({ length: 5 }, () => attempt(client, ask)))
    expect(spoken.map(samplesOf)).toEqual(Array.from({ length: 5 }, () => eight(1)))
    expect(server.handshakes).toHaveLength(5)
    while (server.openExchanges() > 3) await new Promise((resolve) => setImmediate(resolve))
    expect(server.openExchanges()).toBe(3)
  })
})

describe('a cancel', () => {
  const cancelled = async (spoken: Promise<Attempt>, server: DashscopeServer): Promise<void> => {
    expect((await spoken).failure).toBeInstanceOf(AppCancel)
    await server.settled()
  }

  test('before anything opens nothing', async () => {
    const { server, client } = await begin()
    await cancelled(attempt(client, ask, AbortSignal.abort()), server)
    expect(server.handshakes).toHaveLength(0)
  })

  test('ends the waiting for a key', async () => {
    const asked = gate()
    const { server, client } = await begin({
      apiKey: () => {
        asked.open()
        return new Promise(() => undefined)
      },
    })
    const controller = new AbortController()
    const spoken = attempt(client, ask, controller.signal)
    await asked.opened
    controller.abort()
    await cancelled(spoken, server)
  })

  test.each(['before it begins', 'before there is sound', 'with sound'] as const)(
    'of a task %s closes its connection',
    async (stage) => {
      const { server, client } = await begin()
      const controller = new AbortController()
      server.answerTask(async (task) => {
        if (stage === 'before it begins') return controller.abort()
        await startedAndHeard(task)
        if (stage === 'before there is sound') return controller.abort()
        task.spoken(0, P)
      })
      await cancelled(
        attempt(client, ask, controller.signal, () => controller.abort()),
        server,
      )
    },
  )

  test('of the loop closes the connection as well, and the end of the client ends what runs', async () => {
    const { server, client } = await begin()
    for await (const event of client.speak(ask, never)) if (event.kind === 'sound') break
    await server.settled()
    const running = gate()
    server.answerTask(() => running.open())
    const spoken = attempt(client, ask)
    await running.opened
    await client[Symbol.asyncDispose]()
    await cancelled(spoken, server)
  })
})

describe('a text that is still being written', () => {
  const pushed = async (
    client: DashscopeClient,
    texts: AsyncIterable<string>,
    changes: Partial<typeof ask> = {},
  ): Promise<{ events: SpeechEvent[]; failure?: unknown }> => {
    const { text: _, ...manner } = { ...ask, ...changes }
    const events: SpeechEvent[] = []
    try {
      for await (const event of client.speakPushed(manner, texts, never)) events.push(event)
      return { events }
    } catch (failure) {
      return { events, failure }
    }
  }

  test('goes out piece by piece and is heard before it is whole', async () => {
    const { server, client } = await begin()
    const heard = gate()
    const texts = async function* () {
      yield '一。'
      yield ' '
      await heard.opened
      yield '二。'
    }
    const { text: _, ...manner } = ask
    let samples = 0
    for await (const event of client.speakPushed(manner, texts(), never))
      if (event.kind === 'sound') {
        samples += event.pcm.length
        heard.open()
      }
    expect(samples).toBe(16)
    expect(server.tasks[0]).toMatchObject({ texts: ['一。', '二。'], isFinished: true })
  })

  test('A10: and stays silent for 23 s fails as timeout, and its writer is told', async () => {
    const { server, client, time } = await begin()
    const heard = gate()
    let isReturned = false
    let pushes = 0
    const texts: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          pushes += 1
          if (pushes === 1) return Promise.resolve({ done: false, value: '一，' })
          return new Promise(() => undefined)
        },
        return: async () => {
          isReturned = true
          return { done: true, value: undefined }
        },
      }),
    }
    server.answerTask(async (task) => {
      task.event('task-started')
      await task.next()
      heard.open()
    })
    const spoken = pushed(client, texts)
    await heard.opened
    await new Promise((resolve) => setImmediate(resolve))
    time.pass(23_000)
    const { failure } = await spoken
    expect(failure).toMatchObject({ failureClass: 'timeout', facts: { code: 'CLIENT_ERROR' } })
    expect(isReturned).toBe(true)
  })

  test('may come slowly, and be spoken slowly', async () => {
    const { server, client, time } = await begin()
    const arrived = [gate(), gate(), gate(), gate()]
    const written = [gate(), gate(), gate()]
    const isLate = gate()
    const texts = async function* () {
      yield '一，'
      for (const next of written) {
        await next.opened
        yield '二，'
      }
    }
    server.answerTask(async (task) => {
      task.event('task-started')
      await task.next()
      arrived[0]?.open()
      await task.next()
      arrived[1]?.open()
      await task.next()
      task.spoken(0, P)
      arrived[2]?.open()
      await task.heardAll()
      arrived[3]?.open()
      await isLate.opened
      task.spoken(0, P)
      task.finished()
    })
    const spoken = pushed(client, texts())
    for (const [index, delayMs] of [20_000, 20_000, 20_000, 25_000].entries()) {
      await arrived[index]?.opened
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
      time.pass(delayMs)
      await new Promise((resolve) => setImmediate(resolve))
      written[index]?.open()
    }
    isLate.open()
    const { events, failure } = await spoken
    expect(failure).toBeUndefined()
    expect(events.filter(({ kind }) => kind === 'sound')).toHaveLength(2)
  })

  test('is not read on where the task has failed, though its writer does not stop', async () => {
    const { server, client } = await begin()
    const hasFailed = gate()
    let pushes = 0
    const texts: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          pushes += 1
          if (pushes === 2) await hasFailed.opened
          return pushes > 9 ? { done: true, value: undefined } : { done: false, value: '一。' }
        },
      }),
    }
    server.answerTask((task) => {
      task.event('task-started')
      task.failed('InternalError', 'x')
    })
    expect((await pushed(client, texts)).failure).toMatchObject({ failureClass: 'unavailable' })
    hasFailed.open()
    await new Promise((resolve) => setImmediate(resolve))
    expect(pushes).toBe(2)
  })

  test('A15: is no SSML: nothing is sent', async () => {
    const { server, client } = await begin()
    const texts = async function* () {
      yield '<speak>一</speak>'
      yield '<speak>二</speak>'
    }
    const { failure } = await pushed(client, texts(), { isSsml: true })
    expect(failure).toMatchObject({ failureClass: 'bad-request' })
    expect(server.handshakes).toHaveLength(0)
  })

  test('fails with what its writer throws, with a piece that is too long, and with nothing at all', async () => {
    const { server, client } = await begin()
    const broken = async function* () {
      yield '一。'
      throw new TypeError('a bug')
    }
    const long = async function* () {
      yield '一。'
      yield '二'.repeat(1001)
    }
    const silent = async function* () {
      yield '  '
    }
    expect((await pushed(client, broken())).failure).toBeInstanceOf(TypeError)
    expect((await pushed(client, long())).failure).toMatchObject({ failureClass: 'text-too-long' })
    expect((await pushed(client, silent())).failure).toMatchObject({ failureClass: 'bad-request' })
    await server.settled()
    expect(server.tasks.map(({ isFinished }) => isFinished)).toEqual([false, false, false])
  })

  test('of more than 200 000 characters is not sent to its end, and an end before all of it came is none', async () => {
    const { server, client } = await begin()
    const endless = async function* () {
      for (;;) yield '二'.repeat(1000)
    }
    expect((await pushed(client, endless())).failure).toMatchObject({ failureClass: 'text-too-long' })
    await server.settled()
    expect(server.tasks[0]?.texts.length).toBeLessThanOrEqual(100)
    server.answerTask(async (task) => {
      task.event('task-started')
      await task.next()
      task.spoken(0, P)
      task.finished()
    })
    const stalled = async function* () {
      yield '一。'
      await new Promise(() => undefined)
    }
    expect((await pushed(client, stalled())).failure).toMatchObject({ failureClass: 'protocol' })
  })
})

describe('what the service would refuse', () => {
  test.each([
    ['no text', { text: ' \n' }, 'bad-request'],
    ['2001 characters', { text: 'a'.repeat(2001) }, 'text-too-long'],
    ['1001 ideographs', { text: '二'.repeat(1001) }, 'text-too-long'],
    ['what is no SSML', { text: '你好', isSsml: true }, 'bad-request'],
    [
      'SSML with a voice that has none',
      { text: '<speak>a</speak>', isSsml: true, voice: 'loongabby_v3' },
      'bad-request',
    ],
    ['a voice of the service with v3.5', { model: 'cosyvoice-v3.5-flash' }, 'model-mismatch'],
    ['a voice cloned for another model', { voice: 'cosyvoice-v3-plus-mine-0001' }, 'model-mismatch'],
    ['a long instruction', { voice: 'cosyvoice-v3-flash-mine-0001', instruct: '慢'.repeat(51) }, 'bad-request'],
  ] as const)('is not sent: %s', async (_, changes, failureClass) => {
    const { server, client } = await begin()
    const { failure, delaysMs } = await hear(client, { ...ask, ...changes })
    expect(failure).toMatchObject({ failureClass })
    expect([server.handshakes.length, delaysMs]).toEqual([0, []])
  })

  test('2000 characters are sent, and more where the endpoint is said to take them', async () => {
    const { client } = await begin()
    expect((await attempt(client, { ...ask, text: 'a'.repeat(2000) })).failure).toBeUndefined()
    expect((await attempt(client, { ...ask, text: '二'.repeat(1000) })).failure).toBeUndefined()
    const { server, client: patient } = await begin({ charactersPerSend: 20_000 })
    const scene = scenes.at(-1)
    if (scene) complaintsAllowed.add(scene)
    const { failure } = await attempt(patient, { ...ask, text: 'a'.repeat(2001) })
    expect(failure).toMatchObject({ failureClass: 'bad-request' })
    expect(server.complaints).toEqual(['Text request limit violated'])
  })

  test('a key with characters that no key has, and none at all, are not sent', async () => {
    for (const key of ['', ' \n', 'sk-1\r\nx: y', 'ключ']) {
      const { server, client } = await begin({ apiKey: async () => key })
      expect((await attempt(client, ask)).failure).toMatchObject({ failureClass: 'auth' })
      expect(server.handshakes).toHaveLength(0)
    }
  })
})

test('frames of any content neither crash nor hang a task', async () => {
  const { server, client } = await begin()
  const values: unknown[] = [null, 7, '', 'x', [], {}, [null], { a: 1 }]
  const frames = values.flatMap((value) => [
    value,
    { header: value },
    { header: { event: value } },
    { header: { event: 'result-generated', task_id: value, attributes: value }, payload: value },
    { header: { event: 'result-generated' }, payload: { output: value, usage: value } },
    { header: { event: 'result-generated' }, payload: { output: { sentence: value }, usage: { characters: value } } },
    {
      header: { event: 'result-generated' },
      payload: { output: { sentence: { index: value, words: value } }, usage: {} },
    },
    { header: { event: 'result-generated' }, payload: { output: { sentence: { index: 0, words: [value] } } } },
  ])
  server.answerTask(async (task) => {
    await startedAndHeard(task)
    for (const frame of frames) task.send(frame)
    task.event('result-generated')
    task.sound(P)
    task.finished()
  })
  expect(samplesOf(await attempt(client, ask))).toEqual(eight(1))
  for (const value of values) {
    server.answerTask(async (task) => {
      await startedAndHeard(task)
      task.send({ header: { event: 'task-failed', error_code: value, error_message: value, attributes: value } })
    })
    const { failure } = await attempt(client, ask)
    expect(failure).toMatchObject({ name: 'RemoteFailure' })
  }
})
