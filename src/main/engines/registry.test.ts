import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { writeVoiceModel } from '../../../test/support/tiny-voice-model.ts'
import { AppError, engineIdSchema, voiceIdSchema } from '../../shared/kernel/index.ts'
import { systemClock } from '../clock/index.ts'
import { createWire } from '../remote/index.ts'
import { type SpawnWorker, spawnOnNode } from '../worker-process/index.ts'
import { conformanceRequest, renderWhole } from './engine-conformance.ts'
import type { LocalSetup } from './local-cosyvoice/local-setup.ts'
import { createEngineRegistry } from './registry.ts'
import type { RemoteDeps } from './remote/remote-setup.ts'

const REACH: RemoteDeps = {
  wire: createWire({ clock: systemClock, isOffline: () => true }),
  clock: systemClock,
  random: () => 0,
}

/** A spawn that starts nothing. */
const notStarted: SpawnWorker = () => {
  throw new Error('no worker may be started for this')
}

test('engines, what they can do and their voices are known without a process', async () => {
  await using registry = createEngineRegistry({ spawnWorker: notStarted, remote: REACH })
  expect(registry.list().map(({ engineId }) => engineId)).toEqual(['local-cosyvoice', 'draft', 'tone'])
  const voices = registry.presetVoices()
  expect(new Set(voices.map(({ voiceId }) => voiceId)).size).toBe(voices.length)
  expect(voices[0]?.voiceId).toBe('voice_draft-linden')
  expect(registry.get(engineIdSchema.parse('draft'))).toBe(registry.get(engineIdSchema.parse('draft')))
})

test('the ids of voices that projects may hold are never lost', async () => {
  await using registry = createEngineRegistry({ spawnWorker: notStarted, remote: REACH })
  const known = registry.presetVoices().map(({ voiceId }) => voiceId)
  const released = ['linden', 'aspen', 'cedar', 'birch', 'maple', 'oak', 'willow', 'rowan', 'hazel', 'alder', 'sage']
  for (const speaker of released) expect(known).toContain(voiceIdSchema.parse(`voice_draft-${speaker}`))
})

test('an engine that there is not is refused with the names of those that there are', async () => {
  await using registry = createEngineRegistry({ spawnWorker: notStarted, remote: REACH })
  expect(() => registry.get(engineIdSchema.parse('loud'))).toThrow(
    expect.objectContaining({
      code: 'engine.unknown',
      params: { engine: 'loud', known: 'local-cosyvoice, draft, tone' },
      remedies: ['choose-another-engine'],
    }),
  )
})

test('without a model the local engine is there, and says what it lacks', async () => {
  await using registry = createEngineRegistry({ spawnWorker: notStarted, remote: REACH })
  const lacks = { code: 'engine.no-model', remedies: ['open-models', 'choose-another-engine'] }
  expect(registry.list()[0]?.unavailable).toMatchObject(lacks)
  expect(() => registry.get(engineIdSchema.parse('local-cosyvoice'))).toThrow(expect.objectContaining(lacks))
})

test('a model that cannot be used is the reason that the local engine gives', async () => {
  using folder = temporaryFolder()
  await using registry = createEngineRegistry({ spawnWorker: notStarted, remote: REACH })
  await registry.setLocal({
    ...{ modelId: 'lost', modelName: 'Lost', modelDirectory: folder.directory, layout: 'bundle' },
    ...{ voicesDirectory: folder.directory, featuresDirectory: folder.directory },
    ...{ device: 'automatic', certificates: [], memory: 'resident', speaking: 'whole', steps: 10, lines: 1 },
  })
  expect(registry.list()[0]?.unavailable).toMatchObject({ code: 'model.not-found' })
  await registry.setLocal(undefined)
  expect(registry.list()[0]?.unavailable).toMatchObject({ code: 'engine.no-model' })
})

test('the same model again changes nothing; another, or none, makes another engine', async () => {
  using folder = temporaryFolder()
  await writeVoiceModel('cosyvoice3', folder.directory)
  await using registry = createEngineRegistry({ spawnWorker: notStarted, remote: REACH })
  const local = engineIdSchema.parse('local-cosyvoice')
  const setup: LocalSetup = {
    ...{ modelId: 'tiny', modelName: 'Tiny', modelDirectory: folder.directory, layout: 'bundle' },
    ...{ voicesDirectory: folder.directory, featuresDirectory: folder.directory },
    ...{ device: 'automatic', certificates: [], memory: 'resident', speaking: 'whole', steps: 10, lines: 1 },
  }
  await registry.setLocal(setup)
  const engine = registry.get(local)
  await registry.setLocal({ ...setup })
  expect(registry.get(local)).toBe(engine)
  await registry.setLocal({ ...setup, steps: 5 })
  expect(registry.get(local)).not.toBe(engine)
  expect(registry.get(local).capabilities.version).not.toBe(engine.capabilities.version)
  await registry.closeLocal(new AppError('model.busy', { retryable: true }).toData())
  expect(registry.list()[0]?.unavailable).toMatchObject({ code: 'model.busy', retryable: true })
  await registry.setLocal({ ...setup, steps: 5 })
  expect(registry.list()[0]?.unavailable).toBeNull()
})

test('its engines speak, each in a process of its own, and all end with it', async () => {
  const exits: Promise<void>[] = []
  const fork = spawnOnNode(import.meta.dirname, '.ts')
  const registry = createEngineRegistry({
    remote: REACH,
    spawnWorker: (entry) => {
      const channel = fork(entry)
      exits.push(new Promise((resolve) => channel.onExit(() => resolve())))
      return channel
    },
  })
  for (const { engineId } of registry.list().filter(({ unavailable }) => !unavailable)) {
    const engine = registry.get(engineId)
    const { pcm } = await renderWhole(engine, conformanceRequest(engine, { text: 'Hello.' }))
    expect(pcm.length).toBeGreaterThan(0)
    const ssml = conformanceRequest(engine, { text: '<speak>Hello.<break time="3s"/></speak>' })
    const paused = await renderWhole(engine, ssml)
    expect(paused.pcm.length).toBe(pcm.length + 3 * engine.capabilities.sampleRateHz)
  }
  expect(exits).toHaveLength(2)
  await registry[Symbol.asyncDispose]()
  await Promise.all(exits)
})
