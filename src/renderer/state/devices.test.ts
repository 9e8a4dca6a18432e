import { expect, test, vi } from 'vitest'
import { createInMemoryCosy } from '../../../test/support/renderer-harness/in-memory-cosy.ts'
import { type CosyBridge, writeAnswer } from '../../shared/contract/index.ts'
import type { DeviceCertificate } from '../../shared/device/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import { settingsSchema } from '../../shared/settings/index.ts'
import { createBridge } from '../bridge/index.ts'
import { createDevices, isAnotherTrial, withCertificate } from './devices.ts'
import { openLibrary } from './library.ts'

const cosy = () =>
  createInMemoryCosy({
    lines: 1,
    chapters: 1,
    rendered: 0,
    settings: {},
    hasProject: true,
    failingLine: null,
    outputFallback: false,
  })

const open = async (wire: CosyBridge) => {
  const told = vi.fn()
  const bridge = createBridge(wire, () => crypto.randomUUID())
  const library = await openLibrary(bridge, told)
  const devices = createDevices(bridge, library, told)
  await vi.waitUntil(() => devices.store.getState().facts !== null || devices.store.getState().failure !== null)
  return { devices, library, told }
}
const refuse = (error: AppError) => writeAnswer({ ok: false, error: error.toData() })

test('certificates show as they come, and stopping leaves neither a failure nor a job', async () => {
  const { devices, told } = await open(cosy())
  expect(devices.store.getState().facts?.certificates).toEqual([])
  devices.proof.start({ providers: null })
  expect(devices.proof.store.getState()).toEqual({ kind: 'running', progress: null })
  await vi.waitUntil(() => devices.store.getState().facts?.certificates.length === 1)
  expect(devices.proof.store.getState()).toMatchObject({ kind: 'running', progress: { totalDevices: 2 } })
  devices.proof.cancel()
  await vi.waitUntil(() => devices.proof.store.getState().kind !== 'running')
  expect(devices.proof.store.getState()).toEqual({ kind: 'idle' })
  // What was stopped is not kept, and the window says what main knows.
  await vi.waitUntil(() => devices.store.getState().facts?.certificates.length === 0)
  expect(told).not.toHaveBeenCalled()
})

test('a model that was measured has its certificate', async () => {
  const { devices } = await open(cosy())
  expect(devices.store.getState().facts?.trial).toBeNull()
  devices.trial.start(undefined)
  await vi.waitUntil(() => devices.store.getState().facts?.trial, { timeout: 10_000 })
  await vi.waitUntil(() => devices.trial.store.getState().kind === 'idle')
  expect(devices.store.getState().facts?.trial?.rtf).toBeGreaterThan(0)
})

test('a measurement that fails says why, and can be begun again', async () => {
  const wire = cosy()
  const { devices } = await open({ ...wire, start: async () => refuse(new AppError('engine.out-of-memory')) })
  devices.trial.start(undefined)
  await vi.waitUntil(() => devices.trial.store.getState().kind === 'failed')
  expect(devices.trial.store.getState()).toMatchObject({ error: { code: 'engine.out-of-memory' } })
  devices.trial.start(undefined)
  expect(devices.trial.store.getState().kind).toBe('running')
})

test('devices that main cannot tell of are a failure of the page until it can', async () => {
  const wire = cosy()
  let isBroken = true
  const { devices, told } = await open({
    ...wire,
    call: async (message) =>
      isBroken && message.channel === 'engine.devices' ? refuse(new AppError('engine.crashed')) : wire.call(message),
  })
  expect(devices.store.getState()).toMatchObject({ facts: null, failure: { code: 'engine.crashed' } })
  isBroken = false
  devices.refresh()
  await vi.waitUntil(() => devices.store.getState().facts !== null)
  expect(devices.store.getState().failure).toBeNull()
  expect(told).not.toHaveBeenCalled()
})

test('a window that loads during a measurement shows it, but not one that ends before anybody listens', async () => {
  const running = { jobId: 'job_before', channel: 'engine.try-model', progress: null }
  const listing = async (answers: readonly (readonly unknown[])[]) => {
    const wire = cosy()
    let asked = 0
    const { devices } = await open({
      ...wire,
      call: async (message) => {
        if (message.channel !== 'job.list') return wire.call(message)
        asked += 1
        return writeAnswer({ ok: true, output: answers[asked - 1] ?? [] })
      },
    })
    await vi.waitUntil(() => asked === answers.length)
    return devices.trial.store
  }
  const still = await listing([[running], [running]])
  await vi.waitUntil(() => still.getState().kind === 'running')
  const ended = await listing([[running], []])
  await vi.waitUntil(() => ended.getState().kind === 'idle')
})

test('another model, device or way of working is another trial; a theme is not', async () => {
  const settings = settingsSchema.parse({})
  expect(isAnotherTrial(settings, { ...settings, theme: 'dark' })).toBe(false)
  expect(isAnotherTrial(settings, { ...settings, localSteps: 6 })).toBe(true)
  expect(isAnotherTrial(settings, { ...settings, localModelId: 'other' })).toBe(true)
})

test('a new certificate takes the place of the device’s older one', () => {
  const of = (provider: DeviceCertificate['provider'], provedAtEpochMs: number): DeviceCertificate => ({
    provider,
    isRight: true,
    speedRatioToCpu: null,
    probes: [],
    refusal: null,
    provedAtEpochMs,
  })
  const known = [of('cuda', 1), of('webgpu', 1)]
  expect(withCertificate(known, of('cuda', 2))).toEqual([of('cuda', 2), of('webgpu', 1)])
  expect(withCertificate(known, of('dml', 2))).toEqual([...known, of('dml', 2)])
})
