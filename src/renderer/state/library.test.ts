import { expect, test, vi } from 'vitest'
import { createInMemoryCosy } from '../../../test/support/renderer-harness/in-memory-cosy.ts'
import { type CosyBridge, readAnswer, writeAnswer } from '../../shared/contract/index.ts'
import { engineCapabilitiesSchema } from '../../shared/render/index.ts'
import { settingsSchema } from '../../shared/settings/index.ts'
import { createBridge } from '../bridge/index.ts'
import { openLibrary } from './library.ts'

/** A contract whose engines rise in version with every question, and whose events the test sends. */
const openCounting = async () => {
  const wire = createInMemoryCosy({
    lines: 1,
    chapters: 1,
    rendered: 0,
    settings: {},
    hasProject: true,
    failingLine: null,
    outputFallback: false,
  })
  let asked = 0
  let emit: Parameters<CosyBridge['onEvent']>[0] = () => undefined
  const counting: CosyBridge = {
    ...wire,
    onEvent: (listener) => {
      emit = listener
      return wire.onEvent(listener)
    },
    call: async (message) => {
      const answer = await wire.call(message)
      if (message.channel !== 'engine.list') return answer
      asked += 1
      const read = readAnswer(answer)
      if (!read.ok) return answer
      const output = read.output as { engines: unknown[]; defaultVoiceId: string }
      const engines = output.engines.map((engine) => ({
        ...engineCapabilitiesSchema.parse(engine),
        version: `${asked}`,
      }))
      return writeAnswer({ ok: true, output: { ...output, engines } })
    },
  }
  const library = await openLibrary(
    createBridge(counting, () => crypto.randomUUID()),
    (error) => {
      throw error
    },
  )
  const version = () => [...library.store.getState().world.engines.values()][0]?.version
  return { library, version, tell: (channel: string, payload: unknown) => emit({ channel, payload }) }
}

test('engines are asked for anew when main says that they changed, and when another model is chosen', async () => {
  const { version, tell } = await openCounting()
  expect(version()).toBe('1')
  tell('engine.changed', { engineIds: ['local-cosyvoice'] })
  await vi.waitUntil(() => version() === '2')
  tell('settings.changed', settingsSchema.parse({ localModelId: 'other' }))
  await vi.waitUntil(() => version() === '3')
})

test('settings that engines do not depend on leave the world as it is', async () => {
  const { library, tell } = await openCounting()
  const { world } = library.store.getState()
  tell('settings.changed', settingsSchema.parse({ theme: 'dark' }))
  expect(library.store.getState().settings.theme).toBe('dark')
  tell('settings.changed', settingsSchema.parse({ theme: 'light', localModelId: 'other' }))
  await vi.waitUntil(() => library.store.getState().world !== world)
  expect([...library.store.getState().world.engines.values()][0]?.version).toBe('2')
})
