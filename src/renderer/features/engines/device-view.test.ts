import { expect, test } from 'vitest'
import type { DeviceCertificate, DeviceTrial, ProviderFactsView } from '../../../shared/device/index.ts'
import {
  deviceWishes,
  largestError,
  providerName,
  splitProviders,
  toldError,
  toldSpeed,
  trialDevices,
  verdictOf,
} from './device-view.ts'

type Probe = DeviceCertificate['probes'][number]
const probe = (id: string, patch: Partial<Probe> = {}): Probe => ({
  id,
  isRight: true,
  relativeError: 1e-6,
  milliseconds: 1,
  speedRatioToCpu: 2,
  refusal: null,
  ...patch,
})
const certificate = (isRight: boolean, probes: readonly Probe[]): DeviceCertificate => ({
  provider: 'webgpu',
  isRight,
  speedRatioToCpu: 2,
  probes,
  refusal: null,
  provedAtEpochMs: 0,
})
const facts = (provider: ProviderFactsView['provider'], state: ProviderFactsView['state']): ProviderFactsView => ({
  provider,
  name: provider.toUpperCase(),
  state,
  missing: [],
})

test('the verdict tells wrong numbers from none, and half precision from all', () => {
  expect(verdictOf('cpu', undefined)).toBe('reference')
  expect(verdictOf('webgpu', undefined)).toBe('untested')
  expect(verdictOf('webgpu', certificate(true, [probe('matmul'), probe('matmul-half')]))).toBe('right')
  expect(verdictOf('webgpu', certificate(true, [probe('matmul'), probe('matmul-half', { isRight: false })]))).toBe(
    'right-single',
  )
  expect(verdictOf('webgpu', certificate(false, [probe('matmul', { isRight: false, relativeError: 0.5 })]))).toBe(
    'wrong',
  )
  expect(verdictOf('webgpu', certificate(false, [probe('matmul', { isRight: false, relativeError: null })]))).toBe(
    'refused',
  )
  expect(verdictOf('webgpu', certificate(false, []))).toBe('refused')
})

test('the largest error counts only probes that gave numbers, and of a device that is right only what it had right', () => {
  const probes = [probe('a', { relativeError: 0.002 }), probe('b', { relativeError: null }), probe('c')]
  expect(largestError({ isRight: true, probes })).toBe(0.002)
  expect(largestError({ isRight: true, probes: [probe('b', { relativeError: null })] })).toBeNull()
  const wrong = [...probes, probe('d-half', { isRight: false, relativeError: 0.7 })]
  expect(largestError({ isRight: true, probes: wrong })).toBe(0.002)
  expect(largestError({ isRight: false, probes: wrong })).toBe(0.7)
})

test('errors below a hundredth of a percent are told as a bound', () => {
  expect(toldError(0.5)).toEqual({ isBound: 'no', share: 0.5 })
  expect(toldError(0.0001)).toEqual({ isBound: 'no', share: 0.0001 })
  expect(toldError(3e-7)).toEqual({ isBound: 'yes', share: 0.0001 })
})

test('speed is told as times from 1 up, and as equal where it nearly is', () => {
  expect(toldSpeed(12)).toEqual({ direction: 'faster', times: 12 })
  expect(toldSpeed(0.25)).toEqual({ direction: 'slower', times: 4 })
  expect(toldSpeed(0.97)).toEqual({ direction: 'same', times: 1 })
})

test('absent providers are apart and not to be wished for, unless that is the wish', () => {
  const providers = [
    facts('cpu', 'ready'),
    facts('cuda', 'incomplete'),
    facts('dml', 'absent'),
    facts('coreml', 'absent'),
  ]
  const { present, absent } = splitProviders(providers)
  expect(present.map(({ provider }) => provider)).toEqual(['cpu', 'cuda'])
  expect(absent.map(({ provider }) => provider)).toEqual(['dml', 'coreml'])
  const wishes = (wish: 'automatic' | 'dml') =>
    deviceWishes(providers, wish).map((offered) => [offered.facts.provider, offered.isUsable])
  expect(wishes('automatic')).toEqual([
    ['cpu', true],
    ['cuda', false],
  ])
  expect(wishes('dml')).toEqual([
    ['cpu', true],
    ['cuda', false],
    ['dml', false],
  ])
  expect(providerName(providers, 'cuda')).toBe('CUDA')
  expect(providerName([], 'cuda')).toBe('cuda')
})

type Placement = DeviceTrial['placements'][number]
const placed = (provider: Placement['provider'], reason: Placement['reason']): Placement => ({
  graph: 'x',
  provider,
  reason,
  refusal: null,
})

test('a model was measured on all that took part, less what is always the processor’s', () => {
  const always = placed('cpu', 'always-processor')
  const cuda = placed('cuda', 'proved')
  expect(trialDevices({ placements: [placed('cpu', 'made-for-processor'), always] })).toEqual(['cpu'])
  expect(trialDevices({ placements: [always, cuda, cuda] })).toEqual(['cuda'])
  expect(trialDevices({ placements: [placed('cpu', 'unproved'), cuda, always] })).toEqual(['cuda', 'cpu'])
  expect(trialDevices({ placements: [always] })).toEqual(['cpu'])
})
