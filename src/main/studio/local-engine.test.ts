import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { aStudio } from '../../../test/support/a-studio.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import type { DeviceCertificate, ProviderId } from '../../shared/device/index.ts'
import { listDevices, openDeviceProofs } from '../engines/index.ts'

const rightCertificate = (provider: ProviderId): DeviceCertificate => ({
  provider,
  isRight: true,
  speedRatioToCpu: 20,
  probes: [],
  refusal: null,
  provedAtEpochMs: 1,
})

test('what was proved of a device says nothing once its libraries are gone', async () => {
  using folder = temporaryFolder()
  const library = path.join(folder.directory, 'library')
  mkdirSync(library)
  const proofs = openDeviceProofs(path.join(library, 'devices.json'))
  const devices = listDevices(path.join(library, 'cuda'))
  for (const { provider } of devices) if (provider !== 'cpu') proofs.keepCertificate(rightCertificate(provider))
  await using studio = aStudio(library)
  const { certificates } = await studio.localEngine.devices()
  const there = devices.filter(({ provider, state }) => provider !== 'cpu' && state === 'ready')
  expect(certificates.map(({ provider }) => provider)).toEqual(there.map(({ provider }) => provider))
  expect(certificates.map(({ provider }) => provider)).not.toContain('cuda')
})

test('when libraries come or go, the window hears of it and the engine is made again', async () => {
  using folder = temporaryFolder()
  const told: string[] = []
  await using studio = aStudio(folder.directory, {
    onDevicesChanged: () => told.push('devices'),
    onEnginesChanged: () => told.push('engines'),
  })
  await studio.localEngine.devicesChanged()
  expect(told).toEqual(['devices', 'engines'])
})
