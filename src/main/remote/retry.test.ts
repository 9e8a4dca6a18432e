import { expect, test } from 'vitest'
import { AppCancel } from '../../shared/kernel/index.ts'
import type { Clock } from '../clock/index.ts'
import { createCircuit } from './circuit.ts'
import { classOfClose, classOfStatus, type FailureClass, failureOfError, RemoteFailure, toAppError } from './failure.ts'
import { createRateGate } from './rate-gate.ts'
import { retryAfterMs, retryDelayMs, withRetries } from './retry.ts'

/** A clock whose timers ring at once, as if their time had passed. */
const leapingClock = (): Clock & { waitedMs: number[] } => {
  let nowEpochMs = 0
  const waitedMs: number[] = []
  return {
    waitedMs,
    nowEpochMs: () => nowEpochMs,
    setTimer: (run, delayMs) => {
      let isStopped = false
      setImmediate(() => {
        if (isStopped) return
        nowEpochMs += delayMs
        waitedMs.push(delayMs)
        run()
      })
      return () => {
        isStopped = true
      }
    },
  }
}
const never = new AbortController().signal
const failure = (failureClass: FailureClass, facts = {}) => new RemoteFailure(failureClass, { reason: 'x', ...facts })

test.each([
  ['rate-limit', [1000, 2000, 4000, 8000]],
  ['unavailable', [1000, 2000, 4000]],
  ['network', [500, 1000, 2000]],
  ['timeout', [0]],
  ['protocol', [0]],
  ['auth', []],
  ['quota', []],
  ['bad-request', []],
  ['voice-not-found', []],
  ['model-mismatch', []],
  ['content-blocked', []],
  ['offline', []],
] as const)('%s is tried again after %j ms, and then no more', async (failureClass, delays) => {
  const clock = leapingClock()
  let attempts = 0
  const failing = async (): Promise<never> => {
    attempts += 1
    throw failure(failureClass)
  }
  await expect(withRetries(failing, { clock, random: () => 0 }, { signal: never })).rejects.toMatchObject({
    failureClass,
  })
  expect(attempts).toBe(delays.length + 1)
  expect(clock.waitedMs).toEqual(delays.filter((delay) => delay > 0))
})

test('what the server says of waiting counts, a minute at most; after sound there is one more attempt; a certificate gets none', () => {
  expect(retryDelayMs(failure('rate-limit', { retryAfterMs: 7000 }), 1, 0.9)).toBe(7000)
  expect(retryDelayMs(failure('rate-limit', { retryAfterMs: 600_000 }), 1, 0.9)).toBe(60_000)
  expect(retryDelayMs(failure('network').afterAudio(), 1, 0)).toBe(500)
  expect(retryDelayMs(failure('network').afterAudio(), 2, 0)).toBeUndefined()
  expect(retryDelayMs(failure('unavailable'), 1, 0.5)).toBe(1100)
  const untrusted = Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' })
  expect(retryDelayMs(failureOfError(untrusted), 1, 0)).toBeUndefined()
  expect(retryAfterMs('7', 0)).toBe(7000)
  expect(retryAfterMs('Thu, 01 Jan 1970 00:00:09 GMT', 2000)).toBe(7000)
  expect(retryAfterMs('soon', 0)).toBeUndefined()
  expect(retryAfterMs(null, 0)).toBeUndefined()
})

test('a cancel ends the waiting, and what is no failure of a request is thrown at once', async () => {
  const controller = new AbortController()
  const waiting = withRetries(
    async () => Promise.reject(failure('unavailable')),
    { clock: leapingClock(), random: () => 0 },
    {
      signal: controller.signal,
      onRetry: () => controller.abort(),
    },
  )
  await expect(waiting).rejects.toBeInstanceOf(AppCancel)
  let attempts = 0
  const broken = withRetries(
    async () => {
      attempts += 1
      throw new TypeError('a bug')
    },
    { clock: leapingClock(), random: () => 0 },
    { signal: never },
  )
  await expect(broken).rejects.toThrow('a bug')
  expect(attempts).toBe(1)
})

test('a gate lets a burst through and then so many a second, in their order', async () => {
  const clock = leapingClock()
  const gate = createRateGate({ perSecond: 2, burst: 3 }, clock)
  const passedAt: number[] = []
  for (let index = 0; index < 6; index++) {
    await gate.pass(never)
    passedAt.push(clock.nowEpochMs())
  }
  expect(passedAt).toEqual([0, 0, 0, 500, 1000, 1500])
})

test('a circuit opens after five failures of the service in a row, and closes after half a minute', () => {
  let nowEpochMs = 0
  const circuit = createCircuit({ nowEpochMs: () => nowEpochMs, setTimer: () => () => undefined })
  for (const failureClass of ['network', 'unavailable', 'network', 'unavailable', 'bad-request'] as const)
    circuit.failed(failure(failureClass))
  for (let index = 0; index < 4; index++) circuit.failed(failure('unavailable'))
  expect(circuit.openForMs).toBe(0)
  circuit.failed(failure('unavailable'))
  expect(circuit.openForMs).toBe(30_000)
  nowEpochMs = 30_000
  expect([circuit.openForMs, circuit.downForMs]).toEqual([0, 30_000])
  // The one that finds out fails again: half a minute more.
  circuit.failed(failure('network'))
  expect(circuit.openForMs).toBe(30_000)
  nowEpochMs = 60_000
  circuit.succeeded()
  expect([circuit.openForMs, circuit.downForMs]).toEqual([0, undefined])
  for (let index = 0; index < 4; index++) circuit.failed(failure('network'))
  circuit.succeeded()
  circuit.failed(failure('network'))
  expect(circuit.openForMs).toBe(0)
})

test('statuses and closes have their classes, and every class its error', () => {
  const statuses = [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504].map(classOfStatus)
  expect(statuses).toEqual([
    ...['bad-request', 'auth', 'quota', 'auth', 'protocol', 'timeout', 'bad-request', 'text-too-long', 'bad-request'],
    ...['rate-limit', 'unavailable', 'unavailable', 'unavailable', 'timeout'],
  ])
  expect([1000, 1001, 1006, 1007, 1008, 1009, 1011, 1012, 1015].map(classOfClose)).toEqual([
    ...[
      'protocol',
      'unavailable',
      'network',
      'protocol',
      'auth',
      'text-too-long',
      'unavailable',
      'unavailable',
      'network',
    ],
  ])
  expect(toAppError(failure('auth', { requestId: 'r-1' }), 'Cloud')).toMatchObject({
    code: 'cloud.unauthorized',
    params: { engine: 'Cloud', reason: 'said', detail: 'x', requestId: 'r-1' },
    retryable: false,
  })
})
