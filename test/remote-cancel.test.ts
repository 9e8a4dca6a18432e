import { expect, test } from 'vitest'
import { conformanceRequest } from '../src/main/engines/engine-conformance.ts'
import { RemoteFailure, type SpeechClient } from '../src/main/remote/index.ts'
import { AppCancel, AppError } from '../src/shared/kernel/index.ts'
import { engineOver } from './support/hear.ts'
import { stillClock } from './support/speech-fixtures.ts'

/** An engine whose endpoint fails as it is told to, in a time that stands still. */
const anEngine = (failure: RemoteFailure) => {
  const { time, clock } = stillClock()
  let asked = 0
  const client: SpeechClient = {
    // biome-ignore lint/correctness/useYield: it fails before it has anything to say
    async *speak() {
      asked += 1
      throw failure
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  const engine = engineOver(client, clock)
  const request = conformanceRequest(engine, { text: 'a', language: null })
  const render = (signal: AbortSignal): Promise<unknown> =>
    engine
      .render(request, { signal, progress: () => undefined })
      [Symbol.asyncIterator]()
      .next()
  return { time, render, asked: () => asked }
}
/** Waits until somebody waits for so long. */
const waiting = async ({ time }: Pick<ReturnType<typeof anEngine>, 'time'>, delayMs: number): Promise<void> => {
  while (!time.pendingMs().includes(delayMs)) await new Promise((resolve) => setImmediate(resolve))
}

test('a cancel ends the waiting for the next attempt at once', async () => {
  const engine = anEngine(new RemoteFailure('unavailable', { reason: 'down' }))
  const controller = new AbortController()
  const rendering = engine.render(controller.signal)
  await waiting(engine, 1000)
  controller.abort()
  await expect(rendering).rejects.toBeInstanceOf(AppCancel)
  expect([engine.asked(), engine.time.pendingMs()]).toEqual([1, []])
})

test('a cancel ends the waiting before a line is asked for once more after sound', async () => {
  const engine = anEngine(new RemoteFailure('network', { reason: 'gone', hasPartialAudio: true }))
  const failed = engine.render(new AbortController().signal)
  await expect(failed).rejects.toMatchObject({ code: 'cloud.unreachable', retryable: true })
  await expect(failed).rejects.toBeInstanceOf(AppError)
  const controller = new AbortController()
  const rendering = engine.render(controller.signal)
  await waiting(engine, 500)
  controller.abort()
  await expect(rendering).rejects.toBeInstanceOf(AppCancel)
  expect([engine.asked(), engine.time.pendingMs()]).toEqual([1, []])
})
