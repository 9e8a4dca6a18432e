import { expect, test, vi } from 'vitest'
import { createInMemoryCosy } from '../../../test/support/renderer-harness/in-memory-cosy.ts'
import { type CosyBridge, type WireJobMessage, writeAnswer } from '../../shared/contract/index.ts'
import type { FetchedCuda } from '../../shared/device/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import { createBridge } from '../bridge/index.ts'
import { createDevices } from './devices.ts'
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
  const started: string[] = []
  const listening: CosyBridge = {
    ...wire,
    start: (message) => {
      started.push(message.channel)
      return wire.start(message)
    },
  }
  const bridge = createBridge(listening, () => crypto.randomUUID())
  const devices = createDevices(bridge, await openLibrary(bridge, told), told)
  await vi.waitUntil(() => devices.store.getState().facts !== null)
  const isInstalled = () => devices.store.getState().facts?.cuda?.isInstalled
  return { cuda: devices.cuda, isInstalled, started, told }
}
const patient = { timeout: 10_000 }

/** The same wire, whose jobs end otherwise. */
const ending = (wire: CosyBridge, change: (message: WireJobMessage) => WireJobMessage): CosyBridge => ({
  ...wire,
  onJob: (listener) => wire.onJob((message) => listener(change(message))),
})
const isFetched = (output: unknown): output is FetchedCuda =>
  typeof output === 'object' && output !== null && 'isKnown' in output

test('what nobody knows waits for a person, and is installed once its hash was said to be right', async () => {
  const { cuda, isInstalled, started, told } = await open(cosy())
  cuda.confirm()
  cuda.fetch('MIT')
  expect(cuda.fetching.store.getState()).toEqual({ kind: 'running', progress: null })
  const fetched = await vi.waitUntil(() => cuda.store.getState().fetched, patient)
  expect(fetched).toMatchObject({ isKnown: false })
  expect(started).toEqual(['engine.fetch-cuda'])
  expect(isInstalled()).toBe(false)
  cuda.confirm()
  expect(cuda.store.getState().fetched).toBeNull()
  await vi.waitUntil(isInstalled, patient)
  expect(started).toEqual(['engine.fetch-cuda', 'engine.install-cuda'])
  await vi.waitUntil(() => cuda.installing.store.getState().kind === 'idle')

  cuda.remove()
  await vi.waitUntil(() => isInstalled() === false)
  expect(told).not.toHaveBeenCalled()
})

test('what is known installs itself', async () => {
  const wire = ending(cosy(), (message) =>
    message.kind === 'done' && isFetched(message.output)
      ? { ...message, output: { ...message.output, isKnown: true } }
      : message,
  )
  const { cuda, isInstalled } = await open(wire)
  cuda.fetch('MIT')
  await vi.waitUntil(isInstalled, patient)
  expect(cuda.store.getState().fetched).toBeNull()
})

test('what was stopped or thrown away leaves nothing to be asked about', async () => {
  const { cuda, told } = await open(cosy())
  cuda.fetch('MIT')
  await vi.waitUntil(() => cuda.fetching.store.getState().kind === 'running')
  cuda.fetching.cancel()
  await vi.waitUntil(() => cuda.fetching.store.getState().kind === 'idle')
  expect(cuda.store.getState().fetched).toBeNull()

  cuda.fetch('MIT')
  await vi.waitUntil(() => cuda.store.getState().fetched, patient)
  cuda.remove()
  expect(cuda.store.getState().fetched).toBeNull()
  expect(told).not.toHaveBeenCalled()
})

test('an installation that failed is forgotten when the libraries are fetched again', async () => {
  const error = new AppError('model.disk-full', { remedies: ['free-disk-space'] })
  const wire = cosy()
  const { cuda } = await open({
    ...wire,
    start: async (message) =>
      message.channel === 'engine.install-cuda'
        ? writeAnswer({ ok: false, error: error.toData() })
        : wire.start(message),
  })
  cuda.fetch('MIT')
  await vi.waitUntil(() => cuda.store.getState().fetched, patient)
  cuda.confirm()
  await vi.waitUntil(() => cuda.installing.store.getState().kind === 'failed')
  cuda.fetch('MIT')
  expect(cuda.installing.store.getState()).toEqual({ kind: 'idle' })
})

test('a window that loads while libraries come shows it, and asks about them when they are there', async () => {
  const wire = cosy()
  let jobId = ''
  const before = await open({
    ...wire,
    start: (message) => {
      jobId = message.jobId
      return wire.start(message)
    },
  })
  before.cuda.fetch('MIT')
  await vi.waitUntil(() => jobId !== '')
  const { cuda } = await open({
    ...wire,
    call: async (message) =>
      message.channel === 'job.list'
        ? writeAnswer({ ok: true, output: [{ jobId, channel: 'engine.fetch-cuda', progress: null }] })
        : wire.call(message),
  })
  await vi.waitUntil(() => cuda.fetching.store.getState().kind === 'running')
  await vi.waitUntil(() => cuda.store.getState().fetched, patient)
})
