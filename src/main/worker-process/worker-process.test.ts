import { expect, test } from 'vitest'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import type { FromWorker, ToWorker } from './protocol.ts'
import { serveWorker, type WorkerMethod } from './serve-worker.ts'
import type { SpawnWorker } from './spawn.ts'
import { WorkerClient } from './worker-client.ts'

/** A worker in this process whose messages are cloned, so that what cannot cross a process cannot pass a test. */
const inProcess = (methods: Readonly<Record<string, WorkerMethod>>) => {
  const spawned: { die(exitCode: number): void; killed: boolean }[] = []
  const spawn: SpawnWorker = () => {
    const toOwner: ((message: FromWorker) => void)[] = []
    const toWorker: ((message: ToWorker) => void)[] = []
    const onExit: ((exitCode: number | null) => void)[] = []
    serveWorker(methods, {
      send: (message) => {
        for (const listener of toOwner) listener(structuredClone(message))
      },
      onMessage: (listener) => toWorker.push(listener),
    })
    const state = {
      killed: false,
      die: (exitCode: number) => {
        for (const listener of onExit) listener(exitCode)
      },
    }
    spawned.push(state)
    return {
      send: (message) => {
        for (const listener of toWorker) listener(structuredClone(message))
      },
      onMessage: (listener) => toOwner.push(listener),
      onExit: (listener) => onExit.push(listener),
      kill: () => {
        state.killed = true
        state.die(137)
      },
    }
  }
  return { client: new WorkerClient(spawn, 'engine-worker'), spawned }
}
const untilAborted: WorkerMethod = (_input, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new AppCancel())))

test('items arrive in order before the answer', async () => {
  const { client } = inProcess({
    count: async (input, { item }) => {
      for (let index = 0; index < Number(input); index++) item(index)
      return 'done'
    },
  })
  const items: unknown[] = []
  expect(await client.call('count', 5, { onItem: (item) => items.push(item) })).toBe('done')
  expect(items).toEqual([0, 1, 2, 3, 4])
})

test('a failure keeps its name, and an unknown method is a bug', async () => {
  const { client } = inProcess({
    fail: async () => {
      throw new AppError('engine.nothing-to-say')
    },
  })
  await expect(client.call('fail', null)).rejects.toMatchObject({ code: 'engine.nothing-to-say' })
  await expect(client.call('other', null)).rejects.toMatchObject({ code: 'internal.bug' })
})

test('aborting the signal cancels the call in the worker', async () => {
  const { client } = inProcess({ wait: untilAborted })
  const controller = new AbortController()
  const call = client.call('wait', null, { signal: controller.signal })
  controller.abort()
  await expect(call).rejects.toBeInstanceOf(AppCancel)
  await expect(client.call('wait', null, { signal: controller.signal })).rejects.toBeInstanceOf(AppCancel)
})

test('a worker that dies settles every pending call, and the next call starts a fresh one', async () => {
  const { client, spawned } = inProcess({ wait: untilAborted, ping: async () => 'pong' })
  const calls = [client.call('wait', null), client.call('wait', null)]
  spawned[0]?.die(11)
  for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'engine.crashed', retryable: true })
  expect(await client.call('ping', null)).toBe('pong')
  expect(spawned).toHaveLength(2)
})

test('disposing ends the process', async () => {
  const { client, spawned } = inProcess({ ping: async () => 'pong' })
  await client.call('ping', null)
  await client[Symbol.asyncDispose]()
  expect(spawned[0]?.killed).toBe(true)
})
