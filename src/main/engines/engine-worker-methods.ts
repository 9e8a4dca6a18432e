import { assert } from '../../shared/kernel/index.ts'
import type { WorkerMethod } from '../worker-process/index.ts'
import type { Engine } from './engine.ts'
import type { EngineDescription } from './engine-description.ts'
import {
  type EngineInput,
  engineInputSchema,
  proveInputSchema,
  type RenderItem,
  renderInputSchema,
  type WorkerReport,
} from './engine-messages.ts'

/** An engine as its process hosts it. */
export type HostedEngine = Engine & { placements?(): Promise<WorkerReport['placements']> }
type EngineMaker = (setup: unknown) => HostedEngine | Promise<HostedEngine>

type Methods = Readonly<Record<'describe' | 'prepare' | 'render' | 'report' | 'prove', WorkerMethod>>

/**
 * The worker's side of `createWorkerEngine`. Engines are made when they are first asked for and live as long as the process.
 * @param prove tries a device; kept apart because it loads ONNX Runtime
 */
export const engineWorkerMethods = (
  makers: Readonly<Record<string, EngineMaker>>,
  prove: (input: ReturnType<typeof proveInputSchema.parse>, signal: AbortSignal) => Promise<unknown>,
): Methods => {
  const engines = new Map<string, Promise<HostedEngine>>()
  const engineOf = ({ engineId, setup }: EngineInput): Promise<HostedEngine> => {
    const known = engines.get(engineId)
    if (known) return known
    const make = makers[engineId]
    assert(make, `this worker hosts ${engineId}`)
    const made = Promise.resolve(make(setup))
    engines.set(engineId, made)
    return made
  }
  return {
    describe: async (input): Promise<EngineDescription> => {
      const { capabilities, presetVoices } = await engineOf(engineInputSchema.parse(input))
      return { capabilities, presetVoices }
    },
    prepare: async (input, { signal }) => {
      const engine = await engineOf(engineInputSchema.parse(input))
      await engine.prepare(signal)
    },
    render: async (input, { signal, item }) => {
      const { request, ...asked } = renderInputSchema.parse(input)
      const engine = await engineOf(asked)
      const send = (sent: RenderItem): void => item(sent)
      for await (const block of engine.render(request, { signal, progress: send })) send(block)
      return { memoryBytes: process.memoryUsage.rss() }
    },
    report: async (input): Promise<WorkerReport> => {
      const engine = await engineOf(engineInputSchema.parse(input))
      return {
        memoryBytes: process.memoryUsage.rss(),
        peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
        placements: (await engine.placements?.()) ?? [],
      }
    },
    prove: (input, { signal }) => prove(proveInputSchema.parse(input), signal),
  }
}
