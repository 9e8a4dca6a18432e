import { expect, test } from 'vitest'
import type { CudaOffer, ProviderFactsView } from '../../../shared/device/index.ts'
import { AppError } from '../../../shared/kernel/index.ts'
import { cudaPhase, hashGroups, isCudaUntested } from './cuda-view.ts'

const OFFER: CudaOffer = {
  packageName: 'libraries',
  licence: { spdx: 'MIT', url: 'https://example.org/licence' },
  host: 'example.org',
  page: 'https://example.org',
  sizeBytes: null,
  isDownloaded: false,
  isInstalled: false,
}
const cudaIs = (state: ProviderFactsView['state']): ProviderFactsView[] => [
  { provider: 'cpu', name: 'CPU', state: 'ready', missing: [] },
  { provider: 'cuda', name: 'CUDA', state, missing: [] },
]
const idle = { kind: 'idle' } as const
const running = { kind: 'running', progress: null } as const
const failed = { kind: 'failed', error: new AppError('model.download-failed').toData() } as const
const fetched = { sha256: 'a'.repeat(64), sizeBytes: 1, isKnown: false }
const phase = (way: Partial<Parameters<typeof cudaPhase>[0]>) =>
  cudaPhase({
    facts: { cuda: OFFER, providers: cudaIs('installable') },
    fetching: idle,
    installing: idle,
    fetched: null,
    ...way,
  })

test('libraries are offered where they are all that is missing', () => {
  expect(phase({})).toBe('offered')
  expect(phase({ facts: { cuda: OFFER, providers: cudaIs('incomplete') } })).toBe('none')
  expect(phase({ facts: { cuda: null, providers: cudaIs('absent') } })).toBe('none')
  const cuda = { ...OFFER, isInstalled: true }
  expect(phase({ facts: { cuda, providers: cudaIs('ready') } })).toBe('installed')
  expect(phase({ facts: { cuda, providers: cudaIs('incomplete') } })).toBe('installed')
})

test('what is on its way goes before what was, and a question before a failure', () => {
  expect(phase({ fetching: running })).toBe('fetching')
  expect(phase({ fetched })).toBe('confirming')
  expect(phase({ installing: running })).toBe('installing')
  expect(phase({ fetching: failed })).toBe('failed')
  expect(phase({ installing: failed })).toBe('failed')
  expect(phase({ installing: failed, fetched })).toBe('confirming')
  expect(phase({ installing: failed, fetching: running })).toBe('fetching')
})

test('a device that got its libraries is to be tested, once', () => {
  const certificate = {
    provider: 'cuda',
    isRight: true,
    speedRatioToCpu: null,
    probes: [],
    refusal: null,
    provedAtEpochMs: 1,
  } as const
  expect(isCudaUntested({ providers: cudaIs('ready'), certificates: [] })).toBe(true)
  expect(isCudaUntested({ providers: cudaIs('ready'), certificates: [certificate] })).toBe(false)
  expect(isCudaUntested({ providers: cudaIs('incomplete'), certificates: [] })).toBe(false)
})

test('a hash is read in groups, and is whole', () => {
  const sha256 = '0123456789abcdef'.repeat(4)
  expect(hashGroups(sha256)).toHaveLength(8)
  expect(hashGroups(sha256).join('')).toBe(sha256)
})
