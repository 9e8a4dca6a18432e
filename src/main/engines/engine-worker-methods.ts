import { assert } from '../../shared/kernel/index.ts'
import type { WorkerMethod } from '../worker-process/index.ts'
import type { Engine } from './engine.ts'
import type { EngineDescription } from './engine-description.ts'
import { engineInputSchema, type RenderItem, renderInputSchema } from './engine-messages.ts'

/** The worker's side of `createWorkerEngine`. Engines are made when they are first asked for and live as long as the process. */
export const engineWorkerMethods = (
  makers: Readonly<Record<string, () => Engine>>,
): Readonly<Record<'describe' | 'prepare' | 'render', WorkerMethod>> => {
  const engines = new Map<string, Engine>()
  const engineOf = (engineId: string): Engine => {
    const known = engines.get(engineId)
    if (known) return known
    const make = makers[engineId]
    assert(make, `this worker hosts ${engineId}`)
    const engine = make()
    engines.set(engineId, engine)
    return engine
  }
  return {
    describe: async (input): Promise<EngineDescription> => {
      const { capabilities, presetVoices } = engineOf(engineInputSchema.parse(input).engineId)
      return { capabilities, presetVoices }
    },
    prepare: async (input, { signal }) => {
      await engineOf(engineInputSchema.parse(input).engineId).prepare(signal)
    },
    render: async (input, { signal, item }) => {
      const request = renderInputSchema.parse(input)
      const send = (sent: RenderItem): void => item(sent)
      for await (const block of engineOf(request.engineId).render(request, { signal, progress: send })) send(block)
    },
  }
}
