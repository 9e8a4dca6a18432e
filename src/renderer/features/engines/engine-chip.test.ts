import { expect, test } from 'vitest'
import { anEngine, anEngineId } from '../../../../test/support/a-project.ts'
import { AppError } from '../../../shared/kernel/index.ts'
import type { DeviceFacts } from '../../state/index.ts'
import { engineChip } from './engine-chip.ts'

const local = anEngine({ engineId: anEngineId('local-cosyvoice'), name: 'Local CosyVoice' })
const facts: Pick<DeviceFacts, 'providers' | 'trial'> = {
  providers: [
    { provider: 'cpu', name: 'CPU', state: 'ready', missing: [] },
    { provider: 'webgpu', name: 'WebGPU', state: 'ready', missing: [] },
  ],
  trial: {
    modelId: 'm',
    placements: [
      { graph: 'llm', provider: 'cpu', reason: 'made-for-processor', refusal: null },
      { graph: 'vocoder', provider: 'webgpu', reason: 'proved', refusal: null },
    ],
    durationSec: 1,
    tookSec: 1,
    rtf: 1,
    firstAudioSec: 1,
    loadSec: 1,
    peakMemoryBytes: 1,
    triedAtEpochMs: 0,
  },
}

test('the local engine is named with all it was measured on', () => {
  expect(engineChip(local, facts)).toBe('Local CosyVoice · WebGPU + CPU')
})

test('nothing is claimed of a device where nothing was measured, or of an engine that has none', () => {
  expect(engineChip(local, { ...facts, trial: null })).toBe('Local CosyVoice')
  expect(engineChip(local, null)).toBe('Local CosyVoice')
  expect(engineChip(anEngine(), facts)).toBe('Tone')
  const unavailable = new AppError('engine.no-model').toData()
  expect(engineChip({ ...local, unavailable }, facts)).toBe('Local CosyVoice')
  expect(engineChip(undefined, facts)).toBeUndefined()
})
